"""How a host of the lab sends: to the lab's own hosts, and to servers that say what a test tells them to."""

import contextlib
import re
import socket
import threading
from email import message_from_bytes, message_from_string, policy
from email.header import Header
from email.message import EmailMessage, Message

import pytest

from helpers.lab import Lab, LabError, UnknownHost, sending
from helpers.lab.address import BadAddress
from helpers.lab.delivery import Fate, Fates
from helpers.lab.lookup import Lookup
from helpers.lab.outgoing import BadLetter
from tests.wire.pages import Page

TEXT = "From: Ada <ada@gmail.test>\nTo: support@outlook.test\nSubject: Hello\n\nDear all,\n.\n..two\n"
EMPTY = "Subject: x\n\nx\n"


USUAL = {
    "greeting": "220 scripted ESMTP",
    "EHLO": "250-scripted\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8",
    "HELO": "250 scripted",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 Go on",
    ".": "250 2.0.0 Kept",
    "QUIT": "221 2.0.0 Bye",
}


class ScriptedServer:
    """An SMTP server on a loopback port of its own, which answers each command by `script`.

    That maps a command to a reply, to a list of replies that are used up, or to None: it closes.

    A reply of "" is silence. `heard` holds the command lines, `letters` the letters as they were on the wire.
    """

    def __init__(self, **script):
        self.script = USUAL | {{"dot": "."}.get(key, key): value for key, value in script.items()}
        self.heard, self.letters, self.connections = [], [], 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = self._listener.getsockname()
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._open.append(sock)
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        with contextlib.suppress(OSError), sock, sock.makefile("rb") as lines:
            if not self._answer(sock, "greeting"):
                return
            for line in lines:
                verb = line[:4].decode().upper()
                self.heard.append(line.decode().removesuffix("\r\n"))
                if not self._answer(sock, verb):
                    return
                if verb == "DATA" and self.heard[-1] == "DATA" and self.answered.startswith("354"):
                    letter = b""
                    while not (b"\r\n" + letter).endswith(b"\r\n.\r\n"):
                        more = lines.readline()
                        if not more:
                            return
                        letter += more
                    self.letters.append(letter)
                    if not self._answer(sock, "."):
                        return
                if verb == "QUIT":
                    return

    def _answer(self, sock, what):
        reply = self.script[what]
        if isinstance(reply, list):
            reply = reply.pop(0)
        self.answered = reply or ""
        if reply is None:
            return False
        sock.sendall(reply.encode("latin-1") + b"\r\n" * bool(reply))
        return True


@pytest.fixture
def scripted(lab):
    """Put a scripted server in the place of a host; all are closed at the end."""
    servers = []

    def put(host="mx1.outlook.test", **script):
        servers.append(ScriptedServer(**script))
        lab.serve(host, 25, servers[-1].endpoint)
        return servers[-1]

    yield put
    for server in servers:
        server.close()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(sending, "REPLY_TIMEOUT", 0.5)


def fate(delivery, recipient=None):
    return delivery.fates[recipient or delivery.recipients[0]]


def told(fate):
    return fate.status, fate.code, fate.enhanced


# A letter arrives


def test_a_letter_goes_from_ada_to_support(lab):
    delivery = lab.send(TEXT)
    assert fate(delivery) == Fate("delivered", 250, "2.0.0", "Letter kept as 0002", "mx1.outlook.test")
    (letter,) = lab.mailbox("support@outlook.test")
    assert letter.content == (
        b"Return-Path: <ada@gmail.test>\r\n"
        b"Received: from out.gmail.test (out.gmail.test [198.51.100.10])\r\n"
        b"\tby mx1.outlook.test with ESMTP id 0002\r\n"
        b"\tfor <support@outlook.test>; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        b"Received: by out.gmail.test id 0001; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        b"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        b"Message-ID: <20260302090000.0001@out.gmail.test>\r\n" + TEXT.replace("\n", "\r\n").encode()
    )
    assert letter.content.endswith(delivery.content)
    assert [(x.name, x.rdtype, x.answers) for x in delivery.lookups] == [
        ("outlook.test", "MX", ("10 mx1.outlook.test", "20 mx2.outlook.test")),
        ("mx1.outlook.test", "A", ("203.0.113.25",)),
    ]
    assert all(lookup.trail.question == (f"{lookup.name}.", lookup.rdtype) for lookup in delivery.lookups)
    assert all(lookup.trail.asker.name == "out.gmail.test" for lookup in delivery.lookups)
    (attempt,) = delivery.attempts
    assert (attempt.exchange, attempt.address, attempt.error) == ("mx1.outlook.test", "203.0.113.25", None)
    assert [line.text for line in attempt.transcript.lines if line.who == "C"][:5] == [
        "EHLO out.gmail.test",
        f"MAIL FROM:<ada@gmail.test> SIZE={len(delivery.content)}",
        "RCPT TO:<support@outlook.test>",
        "DATA",
        "Received: by out.gmail.test id 0001; Mon, 02 Mar 2026 09:00:00 +0000",
    ]
    assert delivery.bounce is None and delivery.bounce_delivery is None
    (session,) = lab.mail_hosts["mx1.outlook.test"].sessions
    assert [line.data for line in session.transcript.lines] == [line.data for line in attempt.transcript.lines]


def test_the_story_is_the_same_in_each_new_lab(lab):
    with Lab(beside=True) as other:
        stories = [repr(each.send(TEXT)) + each.send(TEXT)._repr_html_() for each in (lab, other)]
    assert stories[0] == stories[1]


def test_the_text_face_is_a_story_in_order(lab):
    lines = repr(lab.send(TEXT)).split("\n")
    assert lines[0] == "out.gmail.test sends a letter from <ada@gmail.test> to <support@outlook.test>"
    assert lines[1] == "1. MX records of outlook.test: 10 mx1.outlook.test, 20 mx2.outlook.test"
    assert lines[2] == "2. A records of mx1.outlook.test: 203.0.113.25"
    assert lines[3] == "3. connection to mx1.outlook.test (203.0.113.25)"
    assert "     S: 220 mx1.outlook.test ESMTP" in lines and "     C: .." in lines and "     C: ...two" in lines
    assert lines[-1] == "✓ support@outlook.test: delivered: mx1.outlook.test answered 250 2.0.0 Letter kept as 0002"


def test_the_html_face_is_escaped_and_folds_the_talk(lab):
    page = lab.send(TEXT.replace("Hello", "<script>"))._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert page.count("<summary>What was said</summary>") == 1 and page.count("<li>") == 3
    assert not re.search(r"127\.0\.0\.1|\b\d{5}\b", page)


def test_an_email_message_with_bcc(lab):
    message = EmailMessage()
    message["From"], message["To"], message["Cc"] = (
        "Ada <ada@gmail.test>",
        "support@outlook.test",
        "Bob <bob@gmail.test>",
    )
    message["Bcc"] = "grace@outlook.test, olive@corner-shop.test"
    message["Subject"] = "Grüße"
    message.set_content("Ein Käfer\n")
    delivery = lab.send(message)
    assert delivery.recipients == (
        "support@outlook.test",
        "bob@gmail.test",
        "grace@outlook.test",
        "olive@corner-shop.test",
    )
    assert {f.status for f in delivery.fates.values()} == {"delivered"}
    assert len(delivery.attempts) == 3  # one conversation for a domain
    for recipient in delivery.recipients:
        letter = lab.mailbox(recipient)[0]
        assert letter.headers["Bcc"] is None and b"olive" not in letter.content.split(b"Received: by")[1]
        assert letter.headers["Subject"] == "Grüße" and letter.text == "Ein Käfer\n"
    assert message["Bcc"]  # the author's own copy is as it was


def test_what_is_no_email_message_of_the_new_kind(lab):
    message = message_from_string(TEXT)  # the older policy
    assert fate(lab.send(message)).status == "delivered"
    assert lab.mailbox("support@outlook.test")[0].content.endswith(b"\r\n.\r\n..two\r\n")


def test_bcc_is_taken_out_of_octets_too(lab):
    text = (
        TEXT.replace("Subject", "bCC:grace@outlook.test,\n\tbob@gmail.test\nX-Bcc: stays\nSubject")
        + "\n\nBcc: in the body\n"
    )
    delivery = lab.send(text)
    assert delivery.recipients == ("support@outlook.test", "grace@outlook.test", "bob@gmail.test")
    assert b"grace" not in delivery.content and b"X-Bcc: stays\r\nSubject" in delivery.content
    assert delivery.content.endswith(b"\r\nBcc: in the body\r\n")


def test_date_and_message_id_of_the_author_stay(lab):
    delivery = lab.send(f"Message-ID: <mine@gmail.test>\ndate: Tue, 03 Mar 2026 10:00:00 +0000\n{TEXT}")
    assert delivery.content.count(b"Message-ID") == 1 and delivery.content.lower().count(b"\ndate:") == 1


def test_octets_go_as_they_are(lab):
    content = b"From: ada@gmail.test\r\nTo: support@outlook.test\r\n\r\n\xff\x00.\r\n.\r\n"
    assert fate(lab.send(content)).status == "delivered"
    assert lab.mailbox("support@outlook.test")[0].content.endswith(content)
    delivery = lab.send(
        b"Subject: only a header, and its last line not ended", sender="", recipients="support@outlook.test"
    )
    assert fate(delivery).status == "delivered" and delivery.content.endswith(b"not ended\r\n")


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_a_str_may_have_any_line_ends(lab, ends):
    delivery = lab.send(TEXT.replace("\n", ends))
    assert fate(delivery).status == "delivered" and delivery.content.endswith(b"\r\n.\r\n..two\r\n")


def test_the_envelope_may_differ_from_the_header(lab):
    delivery = lab.send(TEXT, sender="bob@gmail.test", recipients=["grace@outlook.test", "grace@outlook.test"])
    assert (delivery.sender, delivery.recipients) == ("bob@gmail.test", ("grace@outlook.test",))
    assert lab.mailbox("grace@outlook.test")[0].envelope.sender == "bob@gmail.test"
    assert len(lab.mailbox("support@outlook.test")) == 0
    assert lab.send("Sender: bob@gmail.test\n" + TEXT).sender == "bob@gmail.test"


def test_another_host_may_send(lab):
    lab.send(TEXT, host="mallory.test")
    assert lab.mailbox("support@outlook.test")[0].from_host.name == "mallory.test"
    with pytest.raises(UnknownHost):
        lab.send(TEXT, host="out.gmial.test")


def test_a_letter_of_ten_megabytes(lab):
    content = EMPTY.encode().replace(b"\n", b"\r\n") + b"".join(
        b".%09d" % n + b"x" * 66 + b"\r\n" for n in range(132_000)
    )
    delivery = lab.send(content, sender="ada@gmail.test", recipients="support@outlook.test")
    assert len(delivery.content) > 10_000_000 and fate(delivery).status == "delivered"
    assert lab.mailbox("support@outlook.test")[0].content.endswith(content)
    assert len(repr(delivery)) < 60_000


def test_characters_beyond_ascii(lab):
    text = "From: Jürgen <jürgen@grüße.test>\nTo: support@outlook.test\nSubject: Grüße\n\nÜ\n"
    delivery = lab.send(text)
    assert fate(delivery).status == "delivered"
    mail = next(line.text for line in delivery.attempts[0].transcript.lines if line.data.startswith(b"MAIL"))
    assert mail == f"MAIL FROM:<jürgen@grüße.test> SIZE={len(delivery.content)} BODY=8BITMIME SMTPUTF8"
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jürgen@grüße.test", "support@outlook.test", "x"
    message.set_content("x")
    assert fate(lab.send(message)).status == "delivered"
    assert lab.mailbox("support@outlook.test")[1].envelope.sender == "jürgen@grüße.test"


# What cannot be sent


@pytest.mark.parametrize(
    ("letter", "more", "error", "sentence"),
    [
        (None, {}, BadLetter, "A letter is an EmailMessage, a str or bytes, and this is a NoneType"),
        ("To: support@outlook.test\n\nx", {}, BadLetter, "Nobody sends this letter: give it a From field"),
        ("From: ada@gmail.test\n\nx", {}, BadLetter, "The letter goes to nobody: give it a To field"),
        (TEXT, {"recipients": []}, BadLetter, "The letter goes to nobody"),
        (TEXT, {"recipients": [None]}, BadAddress, "None is not the address of a mailbox"),
        (TEXT + "\ud800", {}, BadLetter, "The letter has '\\ud800' in it, half a character"),
        ("From: ada@gmail.test\nTo: undisclosed:;\n\nx", {}, BadLetter, "The letter goes to nobody"),
        (TEXT, {"sender": 0}, BadAddress, "0 is not the address of a mailbox"),
        (TEXT, {"sender": b""}, BadAddress, "b'' is not the address of a mailbox"),
        (TEXT, {"recipients": 5}, BadAddress, "5 is not the address of a mailbox"),
        (TEXT, {"recipients": b"support@outlook.test"}, BadAddress, "b'support@outlook.test' is not the address"),
        (TEXT, {"recipients": [["support@outlook.test"]]}, BadAddress, "is not the address of a mailbox"),
        (TEXT, {"sender": "ada"}, BadAddress, "'ada' is not the address of a mailbox"),
        (TEXT, {"recipients": "support"}, BadAddress, "'support' is not the address of a mailbox"),
        (TEXT, {"recipients": ["<support@outlook.test>"]}, BadAddress, "is not the address of a mailbox"),
        ("From: ada\nTo: support@outlook.test\n\nx", {}, BadAddress, "'ada' is not the address of a mailbox"),
        ("From: ada@gmail.test\nTo: support at outlook.test\n\nx", {}, BadAddress, "is not the address of a mailbox"),
        (TEXT, {"sender": "ada@gmail.test>\r\nRCPT TO:<boss@bank.test"}, BadAddress, "is not the address of a mailbox"),
        (b"Subject: x\n\nx\n", {}, BadLetter, "In a letter of bytes each line ends in CR LF"),
        (b"Subject: x\r\n\r\na\rb\r\n", {}, BadLetter, "In a letter of bytes each line ends in CR LF"),
        ("Hello there", {}, BadLetter, "In the header stands 'Hello there', which is no field"),
        ("", {}, BadLetter, "In the header stands ''"),
        ("\nHello", {}, BadLetter, "In the header stands ''"),
        ("Subject: x\nHello there\n\nx", {}, BadLetter, "In the header stands 'Hello there'"),
    ],
)
def test_a_clear_sentence_for_what_cannot_be_sent(lab, letter, more, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)) as caught:
        lab.send(letter, **more)
    assert isinstance(caught.value, LabError) and isinstance(caught.value, ValueError)
    assert not lab.recursive.trails  # nothing was asked, nothing sent


@pytest.mark.parametrize("domain", ["b\u3002\u3002c.test", "b\u202ec.test", f"{'a' * 63}.{'ü' * 40}.test"])
def test_a_domain_that_cannot_be_a_name_does_not_exist(lab, domain):
    delivery = lab.send(TEXT, recipients=[f"a@{domain}"])
    assert told(fate(delivery)) == ("bounced", None, "5.1.2")


def test_an_address_that_turns_the_writing_around_is_written_out(lab):
    delivery = lab.send(TEXT, sender="a\u202eb@gmail.test", recipients=["nobody@outlook.test", "b\u202ea@outlook.test"])
    assert "\u202e" not in repr(delivery) + delivery._repr_html_()


def test_a_field_that_the_email_package_cannot_read(lab, monkeypatch):
    def broken(self, *args):
        raise IndexError("string index out of range")

    monkeypatch.setattr("email.message.Message.get_all", broken)
    with pytest.raises(BadLetter, match="The field Sender cannot be read as a list of addresses"):
        lab.send(TEXT)


# Where it goes: the outcomes of section 5.1


def where(delivery):
    return [attempt.exchange for attempt in delivery.attempts]


@pytest.mark.parametrize(
    ("recipient", "expected", "exchanges"),
    [
        ("olive@corner-shop.test", ("delivered", 250, "2.0.0"), ["corner-shop.test"]),
        ("sam@six.test", ("delivered", 250, "2.0.0"), ["mx.six.test"]),
        ("alice@alias.test", ("delivered", 250, "2.0.0"), ["mail.alias.test"]),
        ("nora@one-down.test", ("delivered", 250, "2.0.0"), ["mx1.one-down.test", "mx2.one-down.test"]),
        ("support@[203.0.113.26]", ("delivered", 250, "2.0.0"), ["[203.0.113.26]"]),
        ("sam@[IPv6:2001:db8::25]", ("delivered", 250, "2.0.0"), ["[ipv6:2001:db8::25]"]),
        ("support@oulook.test", ("bounced", None, "5.1.2"), []),
        ("dan@dangling.test", ("bounced", None, "5.4.4"), []),
        ("x@no-mail.test", ("bounced", 556, "5.1.10"), []),
        ("x@" + ("y" * 60 + ".") * 4 + "test", ("bounced", None, "5.1.2"), []),
        ("x@lame.test", ("deferred", None, "4.4.3"), []),
        ("x@[198.51.100.80]", ("deferred", None, "4.4.1"), ["[198.51.100.80]"]),  # a host without a mail server
        ("x@[192.0.2.99]", ("deferred", None, "4.4.1"), ["[192.0.2.99]"]),  # nobody's address
    ],
)
def test_outcomes_of_the_lookups(lab, recipient, expected, exchanges):
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients=recipient)
    assert told(fate(delivery)) == expected and where(delivery) == exchanges
    assert len(lab.mailbox("ada@gmail.test")) == (expected[0] == "bounced")
    assert (delivery.bounce is not None) == (expected[0] == "bounced")
    if expected[0] == "deferred":
        assert "not delivered yet (it could be tried again later" in repr(delivery)


def test_a_host_that_is_down_is_named_and_the_next_address_tried(lab):
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="nora@one-down.test")
    assert delivery.attempts[0].error == "mx1.one-down.test said nothing for 0.4 s"
    assert delivery.attempts[0].transcript.lines == ()
    assert fate(delivery).exchange == "mx2.one-down.test"


def test_when_no_exchange_can_be_reached_the_letter_waits(lab):
    lab.faults.down("mx1.outlook.test")
    lab.faults.refuse("mx2.outlook.test")
    delivery = lab.send(TEXT)
    assert told(fate(delivery)) == ("deferred", None, "4.4.1") and where(delivery) == [
        "mx1.outlook.test",
        "mx2.outlook.test",
    ]
    assert delivery.bounce is None
    lab.faults.up("mx1.outlook.test")
    assert fate(lab.send(TEXT)).status == "delivered"


def test_equal_preferences_share_the_load(lab):
    first = [where(lab.send(EMPTY, sender="ada@gmail.test", recipients="tom@twins.test"))[0] for _ in range(20)]
    assert set(first) == {"mx1.twins.test", "mx2.twins.test"}


def test_records_that_cannot_be_used_never_lead_to_the_domains_own_address(lab):
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="dan@dangling.test")
    assert [(x.name, x.outcome) for x in delivery.lookups] == [
        ("dangling.test", "answer"),
        ("mx.dangling.test", "NXDOMAIN"),
    ]


ZONE = """$ORIGIN learner.test.
$TTL 60
@ SOA ns.learner.test. hostmaster.learner.test. {serial} 3600 600 86400 60
@ NS ns.learner.test.
ns A 192.0.2.52
{records}
"""


def publish(lab, records, serial=1):
    lab.publish(ZONE.format(serial=serial, records=records))


def test_ones_own_name_in_the_list_cuts_it_there(lab):
    publish(lab, "@ MX 5 mx2.outlook.test.\n@ MX 10 out.gmail.test.\n@ MX 10 mx1.outlook.test.\n@ MX 20 in.gmail.test.")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert where(delivery) == ["mx2.outlook.test"]
    assert told(fate(delivery)) == ("bounced", 550, "5.7.1")
    assert "out.gmail.test finds itself in the list" in repr(delivery)


@pytest.mark.parametrize(
    "records",
    [
        "@ MX 10 out.gmail.test.",
        "@ MX 10 OUT.gmail.test.\n@ MX 20 mx1.outlook.test.",
        "@ A 198.51.100.10",
        "@ MX 10 also\nalso A 198.51.100.10",
    ],
)
def test_a_way_that_leads_back_is_an_error(lab, records):
    publish(lab, records)
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert told(fate(delivery)) == ("bounced", None, "5.4.6") and not delivery.attempts
    assert delivery.bounce is not None


def test_a_better_exchange_that_is_down_outweighs_the_way_back(lab):
    lab.faults.down("mx2.outlook.test")
    publish(lab, "@ MX 5 mx2.outlook.test.\n@ MX 10 also\nalso A 198.51.100.10")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert told(fate(delivery)) == ("deferred", None, "4.4.1") and where(delivery) == ["mx2.outlook.test"]


def test_all_addresses_of_an_exchange_are_tried_those_of_ipv4_first(lab):
    publish(lab, "@ MX 5 mx\nmx A 192.0.2.99\nmx AAAA 2001:db8::25")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert [attempt.address for attempt in delivery.attempts] == ["192.0.2.99", "2001:db8::25"]
    assert fate(delivery).exchange == "mx.learner.test" and fate(delivery).enhanced == "5.7.1"


def test_a_domain_without_any_address_takes_no_mail(lab):
    publish(lab, "@ TXT nothing")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert told(fate(delivery)) == ("bounced", None, "5.4.4")
    assert [(x.rdtype, x.outcome) for x in delivery.lookups] == [("MX", "NODATA"), ("A", "NODATA"), ("AAAA", "NODATA")]


def test_an_exchange_that_the_dns_cannot_tell_of_at_the_moment(lab):
    publish(lab, "@ MX 5 mx.lame.test.")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert told(fate(delivery)) == ("deferred", None, "4.4.3")


def test_a_null_mx_beside_others_is_no_null_mx(lab):
    publish(lab, "@ MX 0 .\n@ MX 10 mx1.outlook.test.")
    delivery = lab.send(EMPTY, sender="ada@gmail.test", recipients="me@learner.test")
    assert where(delivery) == ["mx1.outlook.test"]


def test_a_host_hands_letters_for_its_own_domain_to_itself(lab):
    delivery = lab.send(
        EMPTY, host="corner-shop.test", sender="olive@corner-shop.test", recipients="olive@corner-shop.test"
    )
    assert fate(delivery).status == "delivered" and not delivery.lookups
    assert lab.mailbox("olive@corner-shop.test")[0].from_host.name == "corner-shop.test"


# What is said: each reply means what its first digit says


def test_recipients_of_a_domain_share_a_transaction_and_each_has_a_fate(lab, scripted):
    lab.faults.refuse("mx2.outlook.test")
    server = scripted(RCPT=["250 2.1.5 OK", "550 5.1.1 Unknown", "451 4.2.1 Later", "251 2.1.5 Forwarded", "553 Odd"])
    names = ["a", "b", "c", "d", "e"]
    delivery = lab.send(TEXT, recipients=[f"{name}@outlook.test" for name in names])
    assert [told(delivery.fates[f"{name}@outlook.test"]) for name in names] == [
        ("delivered", 250, "2.0.0"),
        ("bounced", 550, "5.1.1"),
        ("deferred", 451, "4.2.1"),
        ("delivered", 250, "2.0.0"),
        ("bounced", 553, "5.0.0"),
    ]
    assert server.connections == 1 and len(server.letters) == 1
    assert server.letters[0].endswith(b"\r\n..\r\n...two\r\n.\r\n")
    assert [line[:4] for line in server.heard] == ["EHLO", "MAIL", *["RCPT"] * 5, "DATA", "QUIT"]


def test_more_recipients_than_a_server_takes_at_once(lab, scripted):
    server = scripted(
        RCPT=["250 OK", "250 OK", "452 4.5.3 Too many", "452 4.5.3 Too many", "250 OK", "452 4.5.3 Too many", "250 OK"]
    )
    delivery = lab.send(TEXT, recipients=[f"user{n}@outlook.test" for n in range(4)])
    assert {fate.status for fate in delivery.fates.values()} == {"delivered"}
    assert server.connections == 1 and len(server.letters) == 3


def test_whoever_was_put_off_is_not_forgotten_when_data_is_refused(lab, scripted):
    server = scripted(
        RCPT=["250 OK", "452 4.5.3 Too many", "250 OK"], DATA=["554 5.7.0 No", "354 Go on"], RSET="250 OK"
    )
    delivery = lab.send(TEXT, recipients=["support@outlook.test", "grace@outlook.test"])
    assert told(fate(delivery, "support@outlook.test")) == ("bounced", 554, "5.7.0")
    assert fate(delivery, "grace@outlook.test").status == "delivered"
    assert server.heard[server.heard.index("DATA") + 1] == "RSET"


def test_a_hundred_and_fifty_recipients_of_a_lab_host(lab):
    people = [f"user{n}@outlook.test" for n in range(150)]
    delivery = lab.send(TEXT, recipients=[*people[:120], "support@outlook.test", "grace@outlook.test"])
    assert sum(fate.status == "bounced" for fate in delivery.fates.values()) == 120
    assert fate(delivery, "grace@outlook.test").status == "delivered"


def test_a_server_with_no_room_at_all_defers(lab, scripted):
    lab.faults.refuse("mx2.outlook.test")
    server = scripted(RCPT="452 4.3.1 Full")
    delivery = lab.send(TEXT)
    assert told(fate(delivery)) == ("deferred", 452, "4.3.1")
    assert [line[:4] for line in server.heard] == ["EHLO", "MAIL", "RCPT", "QUIT"]  # no DATA for nobody


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"MAIL": "550 5.7.1 Not from you"}, ("bounced", 550, "5.7.1")),
        ({"MAIL": "552 5.3.4 Too big"}, ("bounced", 552, "5.3.4")),
        ({"MAIL": "354 What?"}, ("bounced", 354, "5.0.0")),
        ({"DATA": "554 5.5.1 No"}, ("bounced", 554, "5.5.1")),
        ({"DATA": "250 2.0.0 OK"}, ("bounced", 250, "5.0.0")),
        ({"dot": "550 5.7.1 Spam"}, ("bounced", 550, "5.7.1")),
        ({"dot": "250 thanks"}, ("delivered", 250, "2.0.0")),
        ({"QUIT": None}, ("delivered", 250, "2.0.0")),
        ({"QUIT": "500 What?"}, ("delivered", 250, "2.0.0")),
    ],
)
def test_replies_that_decide(lab, scripted, script, expected):
    first, second = scripted(**script), scripted("mx2.outlook.test")
    delivery = lab.send(TEXT)
    assert told(fate(delivery)) == expected and fate(delivery).exchange == "mx1.outlook.test"
    assert first.connections == 1 and second.connections == 0
    assert first.heard[-1] == "QUIT"


@pytest.mark.parametrize(
    "script",
    [
        {"greeting": "421 4.3.2 Busy"},
        {"RCPT": "451 4.7.1 Come again"},
        {"DATA": "451 4.3.0 Not now"},
        {"dot": "452 4.3.1 Disk full"},
        {"greeting": "554 No SMTP service here"},
        {"greeting": "521 Host does not accept mail"},
        {"greeting": None},
        {"greeting": "hello"},
        {"EHLO": "451 Not now"},
        {"EHLO": "550 No", "HELO": "550 No"},
        {"EHLO": None},
        {"MAIL": "451 4.7.1 Greylisted"},
        {"MAIL": "421 4.3.2 Going away"},
        {"MAIL": None},
        {"RCPT": "421 4.3.2 Going away"},
        {"RCPT": None},
        {"DATA": None},
        {"MAIL": "250-one\r\n251 two"},
    ],
)
def test_what_sends_a_letter_on_to_the_next_exchange(lab, scripted, script):
    first, second = scripted(**script), scripted("mx2.outlook.test")
    delivery = lab.send(TEXT)
    assert fate(delivery) == Fate("delivered", 250, "2.0.0", "Kept", "mx2.outlook.test")
    assert (first.connections, second.connections, len(second.letters)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("554 No", "554 No", ("bounced", 554, "5.0.0")),
        ("421 Busy", "554 No", ("deferred", 421, "4.0.0")),
        ("554 No", "421 Busy", ("deferred", 421, "4.0.0")),
        ("554 No", None, ("deferred", None, "4.4.2")),
    ],
)
def test_a_letter_waits_as_long_as_one_exchange_may_take_it_later(lab, scripted, first, second, expected):
    scripted(greeting=first)
    scripted("mx2.outlook.test", greeting=second)
    assert told(fate(lab.send(TEXT))) == expected


def test_what_was_settled_stays_settled_at_the_next_exchange(lab, scripted):
    scripted(RCPT=["550 5.1.1 Unknown", "421 4.3.2 Going away"])
    second = scripted("mx2.outlook.test")
    delivery = lab.send(TEXT, recipients=["a@outlook.test", "b@outlook.test", "c@outlook.test"])
    assert [fate.status for fate in delivery.fates.values()] == ["bounced", "delivered", "delivered"]
    assert [line for line in second.heard if line.startswith("RCPT")] == [
        "RCPT TO:<b@outlook.test>",
        "RCPT TO:<c@outlook.test>",
    ]


@pytest.mark.parametrize("dot", [None, "", "what?"])
def test_no_answer_after_the_dot_leaves_the_letter_in_doubt(lab, scripted, quick, dot):
    first, second = scripted(dot=dot), scripted("mx2.outlook.test")
    delivery = lab.send(TEXT)
    assert told(fate(delivery)) == ("deferred", None, "4.4.2")
    assert fate(delivery).text.startswith("no answer came to the letter: ")
    assert len(first.letters) == 1 and second.connections == 0  # not at once, and not elsewhere
    assert delivery.attempts[0].error


def test_the_next_transaction_on_a_lost_connection_goes_elsewhere(lab, scripted):
    scripted(RCPT=["250 OK", "452 4.5.3 Too many"], dot=None)
    second = scripted("mx2.outlook.test")
    delivery = lab.send(TEXT, recipients=["a@outlook.test", "b@outlook.test"])
    assert [fate.status for fate in delivery.fates.values()] == ["deferred", "delivered"]
    assert "RCPT TO:<a@outlook.test>" not in second.heard


@pytest.mark.parametrize("silent", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_silence_is_named_and_the_next_exchange_tried(lab, scripted, quick, silent):
    scripted(**{silent: ""})
    delivery = lab.send(TEXT)
    assert delivery.attempts[0].error == "mx1.outlook.test gave no whole answer for 0.5 s"
    assert fate(delivery).exchange == "mx2.outlook.test"


def test_a_server_that_hangs_up_is_named(lab, scripted):
    scripted(EHLO=None)
    assert lab.send(TEXT).attempts[0].error == "mx1.outlook.test closed the connection"


def test_helo_where_ehlo_is_not_known(lab, scripted):
    server = scripted(EHLO="502 5.5.1 What?")
    assert fate(lab.send(TEXT)).status == "delivered"
    assert server.heard[:3] == ["EHLO out.gmail.test", "HELO out.gmail.test", "MAIL FROM:<ada@gmail.test>"]


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (TEXT + "Ü\n", ("bounced", None, "5.6.3")),
        (TEXT.replace("Ada", "Adä"), ("bounced", None, "5.6.3")),
        (TEXT, ("delivered", 250, "2.0.0")),
    ],
)
def test_a_server_without_extensions_gets_plain_ascii_only(lab, scripted, letter, expected):
    server = scripted(EHLO="250 scripted")
    assert told(fate(lab.send(letter))) == expected
    assert all(line == "MAIL FROM:<ada@gmail.test>" for line in server.heard if line.startswith("MAIL"))


@pytest.mark.parametrize("more", [{}, {"recipients": "jürgen@outlook.test"}, {"sender": "jürgen@grüße.test"}])
def test_a_server_without_smtputf8(lab, scripted, more):
    scripted(EHLO="250-scripted\r\n250 8bitmime")
    letter = TEXT if more else TEXT.replace("Ada", "Adä")
    assert told(fate(lab.send(letter, **more))) == ("bounced", None, "5.6.7" if more else "5.6.9")


def test_replies_in_pieces_and_in_one(lab):
    lab.faults.split("mx1.outlook.test", at=30)
    assert fate(lab.send(TEXT)).status == "delivered"


# The bounce, as a part of the delivery


def test_what_is_refused_comes_back_to_the_sender(lab):
    delivery = lab.send(TEXT.replace("support", "suport"))
    assert told(fate(delivery)) == ("bounced", 550, "5.1.1")
    bounce = delivery.bounce
    assert bounce is lab.mailbox("ada@gmail.test")[0]
    assert bounce.envelope.sender == "" and bounce.headers["Return-Path"] == "<>"
    assert delivery.bounce_delivery.fates["ada@gmail.test"].exchange == "in.gmail.test"
    assert "4. a bounce to <ada@gmail.test>: delivered: in.gmail.test answered 250" in repr(delivery)
    assert repr(delivery.bounce_delivery).startswith("out.gmail.test sends a letter from <> (the null return path) to")


def test_no_bounce_for_a_letter_without_return_path(lab):
    delivery = lab.send(EMPTY, sender="", recipients="nobody@outlook.test")
    assert fate(delivery).status == "bounced" and delivery.bounce is None and delivery.bounce_delivery is None
    assert "there is no return path to send a bounce to: the letter is dropped, and nobody is told" in repr(delivery)


def test_a_bounce_that_is_refused_is_dropped(lab):
    delivery = lab.send(TEXT.replace("support", "suport"), sender="nobody@gmail.test")
    assert delivery.bounce is None
    assert delivery.bounce_delivery.fates["nobody@gmail.test"].status == "bounced"
    assert (
        "the letter is dropped" in repr(delivery.bounce_delivery) and delivery.bounce_delivery.bounce_delivery is None
    )
    assert "a bounce to <nobody@gmail.test>: not deliverable" in repr(delivery)


def test_a_bounce_that_must_wait_says_so(lab):
    lab.faults.refuse("in.gmail.test")
    delivery = lab.send(TEXT.replace("support", "suport"))
    assert delivery.bounce is None and delivery.bounce_delivery.fates["ada@gmail.test"].status == "deferred"
    assert "a bounce to <ada@gmail.test>: not delivered yet" in repr(delivery)


def test_a_bounce_to_a_sender_on_the_same_host(lab):
    delivery = lab.send(EMPTY, host="mail.isp.test", sender="learner@isp.test", recipients="nobody@outlook.test")
    assert delivery.bounce is lab.mailbox("learner@isp.test")[0]


def test_fates_say_whose_letter_and_a_delivery_does_not_say_it_twice(lab):
    delivery = lab.send(TEXT)
    whose = "from ada@gmail.test to support@outlook.test: delivered"
    assert repr(delivery.fates).startswith(f"✓ {whose}") and whose in Page(delivery.fates._repr_html_()).text
    assert whose not in repr(delivery) and "✓ support@outlook.test: delivered" in repr(delivery)
    assert repr(Fates(delivery.fates, "")).startswith("✓ from <> to ")
    hostile = Fates({"<b>@x.test": delivery.fates["support@outlook.test"]}, "\x1b<i>@x.test")
    assert r"from \x1b<i>@x.test to <b>@x.test" in Page(hostile._repr_html_()).text
    assert not Page(hostile._repr_html_()).tags & {"b", "i"}


def test_a_lookup_has_its_sign():
    assert Page(Lookup("a.test", "AAAA", "NODATA")._repr_html_()).text.startswith("○ AAAA records of a.test: ")
    assert Page(Lookup("a.test", "MX", "answer", ("10 <b>",))._repr_html_()).text == "✓ MX records of a.test: 10 <b>\n"


def test_values_by_themselves():
    assert str(Fate("bounced", None, "5.1.2", "there is no domain called x")) == (
        "not deliverable: 5.1.2 there is no domain called x"
    )
    assert str(Fate("bounced", 550, "5.1.1", "\x1b[2J", "mx")) == r"not deliverable: mx answered 550 5.1.1 \x1b[2J"
    assert str(Lookup("a.test", "MX", "NODATA")) == "MX records of a.test: there are none (NODATA)"


RAW = b"From: ada@gmail.test\nTo: support@outlook.test\n%s\n\nhi\n"


@pytest.mark.parametrize("rules", ["default", "SMTP", "SMTPUTF8", "HTTP", "compat32"])
@pytest.mark.parametrize(
    "field",
    [
        "Subject: =?utf-8?Q?=C3=A9?= " + "您" * 40 + " =?utf-8?Q?=C3=A9?=",
        "Subject: " + "x" * 2000,
        'To: "a',
        "Cc: ;:,<>@",
        "Message-ID: <[>",
        "Content-Type: multipart/mixed",
        "Content-Type: ;",
        "Content-Disposition: a; b*0*=x'",
    ],
)
def test_a_letter_that_was_read_goes_out_or_is_told_to_be_none(lab, rules, field):
    letter = message_from_bytes(RAW % field.encode(), policy=getattr(policy, rules))
    with contextlib.suppress(LabError):
        lab.send(letter, recipients=["support@outlook.test"])


def test_a_letter_whose_parts_have_no_boundary_goes_out_with_its_lines_ended(lab):
    letter = message_from_bytes(RAW % b"Content-Type: multipart/mixed", policy=policy.default)
    assert lab.send(letter).fates["support@outlook.test"].status == "delivered"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Subject", "x\r\nBcc: eve@bank.test"),
        ("Subject", "x\nBcc: eve@bank.test"),
        ("Subject", "x\rBcc: eve@bank.test"),
        ("Subject", "x\r\n\r\nAnother body"),
        ("Subject", "x\n"),
        ("Subject", Header("x\nBcc: eve@bank.test")),
        ("X: a\nBcc", "eve@bank.test"),
    ],
)
def test_a_field_with_a_line_end_brings_no_other_field_in(lab, name, value):
    letter = Message()
    letter["From"], letter["To"] = "ada@gmail.test", "support@outlook.test"
    letter.set_raw(name, value)  # newer Pythons refuse such a name themselves
    with pytest.raises(BadLetter, match="a line ends within a field"):
        lab.send(letter)


@pytest.mark.parametrize("payload", [5, [5], "\ud800"])
def test_what_the_email_package_cannot_write_is_no_letter(lab, payload):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Content-Type"] = "ada@gmail.test", "support@outlook.test", "multipart/mixed"
    letter.set_payload(payload)
    with pytest.raises(BadLetter, match="The email package cannot write this letter"):
        lab.send(letter)


# Doors that are dead, and a limit


NORA = "From: ada@gmail.test\nTo: nora@one-down.test\n\nx\n"


def tried(delivery):
    return [attempt.exchange for attempt in delivery.attempts]


def test_a_dead_address_is_left_out_for_a_while_where_that_is_wanted(lab):
    both, second = ["mx1.one-down.test", "mx2.one-down.test"], ["mx2.one-down.test"]
    assert [tried(lab.send(NORA)), tried(lab.send(NORA))] == [both, both], "it is a switch"
    lab.remember_dead(minutes=10)
    assert [tried(lab.send(NORA)), tried(lab.send(NORA))] == [both, second]
    left_out = lab.send(NORA)
    assert "mx1.one-down.test (203.0.113.41) could not be reached, and is left out until 09:10" in left_out.steps
    assert fate(left_out).status == "delivered"
    assert tried(lab.send(NORA, host="bulk.test", sender="news@bulk.test")) == both, "each host has a list of its own"
    lab.clock.advance(minutes=10)
    assert tried(lab.send(NORA)) == both
    lab.remember_dead(0)
    assert tried(lab.send(NORA)) == both


def test_an_address_that_answers_again_is_forgotten(lab):
    lab.remember_dead(minutes=10)
    lab.faults.down("mx1.outlook.test")
    lab.send(TEXT)
    lab.faults.up("mx1.outlook.test")
    assert tried(lab.send(TEXT)) == ["mx2.outlook.test"]
    lab.clock.advance(minutes=10)
    assert [tried(lab.send(TEXT)), tried(lab.send(TEXT))] == [["mx1.outlook.test"]] * 2


def test_where_all_are_dead_the_letter_waits_and_nobody_is_asked(lab):
    lab.remember_dead(minutes=10)
    lab.faults.refuse("corner-shop.test")
    letter = "From: ada@gmail.test\nTo: olive@corner-shop.test\n\nx\n"
    first, second = lab.send(letter), lab.send(letter)
    assert tried(first) == ["corner-shop.test"] and tried(second) == []
    assert told(fate(second)) == ("deferred", None, "4.4.1") and "is left out until 09:10" in str(fate(second))


def test_a_refusal_is_no_dead_host(lab):
    lab.remember_dead(minutes=10)
    lab.mail_hosts["mx1.outlook.test"].policy = lambda session, step, value: "421 4.3.2 Not now" * (step == "connect")
    assert [tried(lab.send(TEXT)), tried(lab.send(TEXT))] == [["mx1.outlook.test", "mx2.outlook.test"]] * 2


@pytest.mark.parametrize("minutes", [-1, 1441, "10", None, True])
def test_minutes_that_are_none_are_a_sentence(lab, minutes):
    with pytest.raises(LabError, match="A dead host is left out for some minutes"):
        lab.remember_dead(minutes)


def test_five_addresses_are_tried_and_no_more(lab):
    hosts = ("outlook.test", "gmail.test", "ns1.gmail.test", "ns1.outlook.test", "ns2.outlook.test")
    exchanges = "".join(
        f"many MX {n} h{n}.many\nh{n}.many A {lab.host(host).address}\n" for n, host in enumerate((*hosts, "bulk.test"))
    )
    lab.publish(f"$ORIGIN learner.test.\n$TTL 60\n@ SOA ns postmaster 1 9 9 9 9\n@ NS ns\nns A 192.0.2.52\n{exchanges}")
    delivery = lab.send(TEXT, recipients="x@many.learner.test")
    assert tried(delivery) == [f"h{n}.many.learner.test" for n in range(5)]
    assert told(fate(delivery)) == ("deferred", None, "4.4.1")


def put_off_at(lab, step):
    """A domain of five exchanges, and a letter to it; each of them says 451 at a step."""
    hosts = ("mx1.outlook.test", "mx2.outlook.test", "corner-shop.test", "shop.test", "bulk.test")
    exchanges = ""
    for number, name in enumerate(hosts):
        exchanges += f"put-off MX {number} h{number}.put-off\nh{number}.put-off A {lab.host(name).address}\n"
        lab.mail_hosts[name].policy = lambda session, asked, value: "451 4.3.0 Not now" * (asked == step)
    lab.publish(f"$ORIGIN learner.test.\n$TTL 60\n@ SOA ns postmaster 1 9 9 9 9\n@ NS ns\nns A 192.0.2.52\n{exchanges}")
    return lab.send(TEXT, recipients="x@put-off.learner.test")


def test_two_conversations_are_enough_for_one_letter(lab):
    delivery = put_off_at(lab, "MAIL")
    assert tried(delivery) == ["h0.put-off.learner.test", "h1.put-off.learner.test"]
    assert delivery.steps[-1] == "2 conversations are enough for now: h2.put-off.learner.test is not asked"
    assert told(fate(delivery)) == ("deferred", 451, "4.3.0")


@pytest.mark.parametrize("step", ["connect", "HELO"])
def test_who_sends_one_away_at_the_door_counts_for_none(lab, step):
    assert len(tried(put_off_at(lab, step))) == 5


def test_all_addresses_of_a_host_are_tried_both_kinds_in_order(lab):
    lab.publish(
        "$ORIGIN learner.test.\n$TTL 60\n@ SOA ns postmaster 1 9 9 9 9\n@ NS ns\nns A 192.0.2.52\n"
        "both MX 10 h.both\nh.both A 203.0.113.80\nh.both A 198.51.100.80\nh.both AAAA 2001:db8::25\n"
    )
    delivery = lab.send(TEXT, recipients="sam@both.learner.test")
    kinds = [":" in attempt.address for attempt in delivery.attempts]
    assert kinds == [False, False, True] and delivery.attempts[-1].error is None
    assert fate(delivery).exchange == "h.both.learner.test"  # which does not know that domain
    assert told(fate(delivery)) == ("bounced", 550, "5.7.1")


@pytest.mark.parametrize("hello", ["", "451 4.3.0 Not now", "421 4.3.2 Leaving"])
def test_helo_comes_after_a_no_to_ehlo_and_after_nothing_else(scripted, lab, quick, hello):
    server = scripted(EHLO=hello)
    assert fate(lab.send(TEXT)).exchange == "mx2.outlook.test"
    assert [line for line in server.heard if line.startswith("HELO")] == []


def test_an_exchange_without_a_list_takes_anybody_and_reports_afterwards(lab):
    lab.mail_hosts["mx1.outlook.test"].knows_people = False
    delivery = lab.send(TEXT, recipients=["support@outlook.test", "nobody@outlook.test"])
    assert [told(fate) for fate in delivery.fates.values()] == [("delivered", 250, "2.0.0")] * 2
    assert len(lab.mailbox("support@outlook.test")) == 1
    report = lab.mailbox("ada@gmail.test")[-1]
    assert report.received_by.name == "in.gmail.test" and report.from_host.name == "mx1.outlook.test"
    assert report.envelope.sender == "" and "nobody@outlook.test" in report.text
    assert "support@outlook.test" not in report.text
    assert fate(lab.send(TEXT, sender="", recipients=["nobody@outlook.test"])).status == "delivered"  # nobody to tell
