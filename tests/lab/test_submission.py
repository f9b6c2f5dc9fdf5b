"""Submission: ports 587 and 465 of smtp.gmail.test, the log-in, and what becomes of letters handed in there."""

import smtplib
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers.lab import recursion, sending
from helpers.lab.cast import PASSWORDS
from helpers.lab.mail_host import ERROR_LIMIT
from helpers.wire import ReplyReader

pytestmark = pytest.mark.usefixtures("certificates_made")
ADA, BOB = PASSWORDS
LETTER = "From: Ada <ada@gmail.test>\r\nTo: support@outlook.test\r\nSubject: Hello\r\n\r\nDear all\r\n.\r\n"


def code(text):
    return b64encode(text.encode()).decode()


def plain(name=ADA, password=PASSWORDS[ADA], behalf=""):
    return code(f"{behalf}\0{name}\0{password}")


class Program:
    """Somebody's mail program, which has said EHLO."""

    def __init__(self, lab, port=465, source=None, timeout=2):
        self.lab, self.sock = lab, lab.connect("198.51.100.11", port, source=source, timeout=timeout)
        self.replies, self.reader = [], ReplyReader()
        if port == 465:
            self.start_tls()
        assert self.reply() == "220 smtp.gmail.test ESMTP"
        self.extensions = self.say("EHLO laptop.learner.test")

    def start_tls(self):
        context = self.lab.certificates.client_context()
        self.sock = context.wrap_socket(self.sock, server_hostname="smtp.gmail.test")

    def reply(self):
        while not self.replies:
            octets = self.sock.recv(65536)
            assert octets, "the server closed"
            self.replies += self.reader.feed(octets)
        return repr(self.replies.pop(0))

    def say(self, text):
        self.sock.sendall(text.encode() + b"\r\n")
        return self.reply()

    def log_in(self, name=ADA):
        assert self.say(f"AUTH PLAIN {plain(name, PASSWORDS[name])}") == f"235 2.7.0 Welcome, {name}"
        return self

    def hand_in(self, sender=ADA, recipients=("support@outlook.test",), letter=LETTER):
        replies = [self.say(f"MAIL FROM:<{sender}>")]
        replies += [self.say(f"RCPT TO:<{recipient}>") for recipient in recipients]
        assert all(reply.startswith("250 ") for reply in replies), replies
        assert self.say("DATA").startswith("354")
        return self.say(letter.removesuffix("\r\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


# Handing in


def test_a_letter_handed_in_arrives(lab):
    with Program(lab) as program:
        assert program.log_in().hand_in() == "250 2.0.0 Letter taken as 0001"
    (letter,) = lab.mailbox("support@outlook.test")
    assert letter.from_host.name == "out.gmail.test" and letter.envelope.sender == ADA
    text = letter.content.decode()
    assert (
        "Received: from laptop.learner.test (laptop.learner.test [192.0.2.10])\r\n"
        "\tby smtp.gmail.test with ESMTPSA id 0001\r\n"
    ) in text
    assert text.count("Return-Path:") == 1
    # It adds what is missing (RFC 6409 section 8), and the hosts after it nothing (RFC 5321 section 6.4).
    assert (
        text.index("with ESMTPSA") < text.index("\r\nDate: ") < text.index("\r\nMessage-ID: ") < text.index("\r\n\r\n")
    )
    assert "@smtp.gmail.test>" in letter.headers["Message-ID"]
    (delivery,) = lab.submission.deliveries
    assert delivery.host.name == "out.gmail.test" and delivery.fates["support@outlook.test"].status == "delivered"
    (session,) = lab.submission.sessions
    assert (session.tls, session.user) == ("TLSv1.3", ADA)
    assert session.letters[0].id == "0001" and session.client.name == "laptop.learner.test"


def test_port_587_begins_in_clear(lab):
    with Program(lab, 587) as program:
        assert "250-STARTTLS" in program.extensions and "AUTH" not in program.extensions
        assert program.say(f"AUTH PLAIN {plain()}") == (
            "538 5.7.11 This log-in sends the password as it is: STARTTLS first"
        )
        assert program.say("MAIL FROM:<ada@gmail.test>") == "530 5.7.0 STARTTLS first, then log in (AUTH)"
        assert program.say("STARTTLS").startswith("220")
        program.start_tls()
        assert program.say("AUTH LOGIN") == "503 5.5.1 Say EHLO first"
        hello = program.say("EHLO laptop.learner.test")
        assert "250-AUTH PLAIN LOGIN\n250 HELP" in hello and "STARTTLS" not in hello
        assert program.log_in().hand_in().startswith("250 2.0.0")


def test_port_465_has_tls_from_the_first_word(lab):
    with Program(lab) as program:
        assert "250-AUTH PLAIN LOGIN\n250 HELP" in program.extensions and "STARTTLS" not in program.extensions
        assert program.say("STARTTLS") == "503 5.5.1 TLS is on already"
        assert "AUTH DATA EHLO" in program.say("HELP")


def test_smtplib_hands_in(lab):
    context = lab.certificates.client_context()
    with smtplib.SMTP(*lab.route("smtp.gmail.test", 587), local_hostname="laptop.learner.test", timeout=5) as client:
        client._host = "smtp.gmail.test"  # what smtplib believes that it has connected to
        client.starttls(context=context)
        client.login(BOB, PASSWORDS[BOB])
        refused = client.sendmail(BOB, ["support@outlook.test", "olive@corner-shop.test"], f"From: {BOB}\n\nx\n")
    assert refused == {}
    assert len(lab.mailbox("support@outlook.test")) == len(lab.mailbox("olive@corner-shop.test")) == 1


def test_the_people_of_its_own_domain_get_theirs_by_the_exchange(lab):
    with Program(lab) as program:
        assert program.log_in().hand_in(recipients=[BOB, "postmaster"]).startswith("250 2.0.0")
    assert lab.mailbox(BOB)[0].received_by.name == "in.gmail.test"
    assert len(lab.mailbox("postmaster@gmail.test")) == 1


def test_what_nobody_takes_comes_back_as_a_bounce(lab):
    with Program(lab) as program:
        assert program.log_in().hand_in(recipients=["nobody@outlook.test"]).startswith("250 2.0.0")
    assert "could not be delivered" in lab.mailbox(ADA)[0].field("Subject")


def test_what_has_to_wait_is_not_taken(lab):
    lab.faults.refuse("mx1.outlook.test").refuse("mx2.outlook.test")
    with Program(lab) as program:
        assert program.log_in().hand_in() == (
            "451 4.4.0 The letter cannot be handed on at the moment; bring it again later"
        )
        lab.faults.clear()
        assert program.hand_in().startswith("250 2.0.0")
    assert len(lab.mailbox("support@outlook.test")) == 1 and len(lab.submission.deliveries) == 2


def test_a_letter_without_a_header_that_is_one(lab):
    with Program(lab) as program:
        reply = program.log_in().hand_in(letter=f"From: {ADA}\r\nDear all, this is no field\r\n\r\nx\r\n.\r\n")
        assert reply == "554 5.6.0 In the letter's header stands a line that is no field"
    assert not lab.submission.deliveries and not lab.submission.sessions[-1].error


def test_a_policy_is_asked_as_elsewhere(lab):
    lab.submission.policy = lambda session, step, value: "550 5.7.1 No" if step == "letter" else None
    with Program(lab) as program:
        assert program.log_in().hand_in() == "550 5.7.1 No"
    assert not lab.submission.deliveries


# The log-in


def test_login_by_its_three_steps_and_by_two(lab):
    with Program(lab) as program:
        assert program.say("AUTH LOGIN") == "334 VXNlcm5hbWU6"
        assert program.say(code(ADA)) == "334 UGFzc3dvcmQ6"
        assert program.say(code(PASSWORDS[ADA])) == f"235 2.7.0 Welcome, {ADA}"
    with Program(lab) as program:
        assert program.say(f"auth login {code(BOB.upper())}") == "334 UGFzc3dvcmQ6"
        assert program.say(code(PASSWORDS[BOB])) == f"235 2.7.0 Welcome, {BOB}"


def test_plain_with_a_challenge(lab):
    with Program(lab) as program:
        program.sock.sendall(b"AUTH PLAIN\r\n")
        assert program.sock.recv(100) == b"334 \r\n"  # the space belongs to it (RFC 4954 section 4)
        assert program.say(plain(behalf=ADA)) == f"235 2.7.0 Welcome, {ADA}"


@pytest.mark.parametrize("name", [ADA, "nobody@gmail.test"])
def test_a_wrong_password_and_an_unknown_name_sound_alike(lab, name):
    with Program(lab) as program:
        assert program.say(f"AUTH PLAIN {plain(name, 'wrong')}") == "535 5.7.8 Name or password is wrong"
        assert program.say("MAIL FROM:<ada@gmail.test>") == "530 5.7.0 Log in first (AUTH)"


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (["AUTH"], "501 5.5.4"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["AUTH PLAIN a b"], "501 5.5.4"),
        (["AUTH PLAIN not=base64"], "501 5.5.2 This is no text in base64"),
        (["AUTH PLAIN " + b64encode(b"\0\xff\0x").decode()], "501 5.5.2 This is no text in base64"),
        (["AUTH PLAIN ="], "501 5.5.2 PLAIN takes"),
        (["AUTH PLAIN " + code("ada\0secret")], "501 5.5.2 PLAIN takes"),
        (["AUTH PLAIN " + plain(password="")], "501 5.5.2 PLAIN takes"),
        (["AUTH PLAIN " + plain(behalf=BOB)], "535 5.7.8 Nobody acts for somebody else here"),
        (["AUTH PLAIN", "*"], "501 5.7.0 The log-in is cancelled"),
        (["AUTH LOGIN", "*"], "501 5.7.0 The log-in is cancelled"),
        (["AUTH LOGIN", code(ADA), "*"], "501 5.7.0 The log-in is cancelled"),
        (["AUTH LOGIN", "?"], "501 5.5.2"),
        (["AUTH LOGIN", "x" * 2000], "500 5.5.6"),
        (["AUTH PLAIN " + "x" * 2000], "500 5.5.2"),
    ],
)
def test_a_log_in_that_is_none(lab, words, reply):
    with Program(lab) as program:
        *first, last = words
        for line in first:
            assert program.say(line).startswith("334")
        assert program.say(last).startswith(reply)
        assert program.say("NOOP") == "250 2.0.0 OK"
    assert lab.submission.sessions[-1].user is None


def test_not_twice_and_not_within_a_letter(lab):
    with Program(lab) as program:
        program.log_in()
        assert program.say(f"AUTH PLAIN {plain()}") == "503 5.5.1 You have logged in already"
    lab.submission.auth_optional = True
    with Program(lab) as program:
        program.say("MAIL FROM:<ada@gmail.test>")
        assert program.say(f"AUTH PLAIN {plain()}") == "503 5.5.1 Not within a letter; RSET ends it"


def test_who_tries_many_passwords_is_hung_up_on(lab, monkeypatch):
    monkeypatch.setattr(lab.submission.accounts, "check", lambda name, password: False)
    with Program(lab) as program:
        replies = [program.say(f"AUTH PLAIN {plain(password=str(n))}") for n in range(10)]
        assert {reply[:3] for reply in replies[:-1]} == {"535"} and replies[-1].startswith("421 4.7.0")


def test_who_logs_in_without_tls_again_and_again_is_hung_up_on(lab):
    with Program(lab, 587) as program:
        replies = [program.say("AUTH PLAIN AGEAYg==") for _ in range(ERROR_LIMIT)]
    assert replies[0].startswith("538") and replies[-1].startswith("421 4.7.0")


def test_hosts_that_wait_for_one_another_do_not_starve(lab, monkeypatch):
    """Each letter keeps a thread that hands it on, while the exchange asks its policy in another."""
    for module, name in (
        (sending, "CONNECT_TIMEOUT"),
        (sending, "REPLY_TIMEOUT"),
        (recursion, "A_QUERY"),
        (recursion, "IN_ALL"),
    ):
        monkeypatch.setattr(module, name, 10 * getattr(module, name))  # twenty at once on a busy machine
    lab.mail_hosts["mx1.outlook.test"].policy = lab.mail_hosts["mx2.outlook.test"].policy = lambda *_: None

    def hand_in(_):
        with Program(lab, timeout=30) as program:  # twenty passwords are checked at once; who starves waits for ever
            return program.log_in().hand_in()

    monkeypatch.setattr("helpers.lab.waiting.REAL", 30)  # and not by the lab's clock
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(hand_in, range(20)))
    assert all(reply.startswith("250 2.0.0 Letter taken") for reply in replies), replies
    assert len(lab.mailbox("support@outlook.test")) == 20


def test_helo_is_not_enough(lab):
    with Program(lab) as program:
        program.say("HELO laptop.learner.test")
        assert program.say("AUTH LOGIN") == "503 5.5.1 Say EHLO first"


@pytest.mark.parametrize("port", [465, 587])
def test_the_hosts_own_record_holds_no_password(lab, port):
    lab.submission.allow_insecure_auth = True
    with Program(lab, port) as program:
        program.say("auth  plain " + plain(password="guess"))
        program.say("AUTH LOGIN " + code(ADA))
        program.say(code("guess"))
        program.log_in()
    said = repr(lab.submission.sessions[-1].transcript)
    for secret in (code("guess"), plain(password="guess"), plain(), code(ADA)):
        assert secret not in said
    assert "-- AUTH, and words of a log-in, not written down" in said and f"S: 235 2.7.0 Welcome, {ADA}" in said


def test_ones_own_name_only(lab):
    with Program(lab) as program:
        program.log_in()
        assert program.say(f"MAIL FROM:<{BOB}>") == f"550 5.7.1 {ADA} may not send as <{BOB}>"
        assert program.say("MAIL FROM:<Ada@GMAIL.test>").startswith("250")
        program.say("RSET")
        assert program.say("MAIL FROM:<>").startswith("250")
        program.say("RSET")
        assert program.say(f"MAIL FROM:<{ADA}> SIZE=100 AUTH=<>").startswith("250")
        program.say("RSET")
        assert program.say(f"MAIL FROM:<{ADA}> SIZE=100 RET=HDRS").startswith("555 5.5.4 RET")


def _headed(header):
    return f"{header}\r\nTo: support@outlook.test\r\n\r\nHello\r\n.\r\n"


@pytest.mark.parametrize(
    "header",
    [
        "From: ada@gmail.test",
        "from: Ada Lovelace <Ada@GMAIL.test>",
        'FROM: "Lovelace, Ada" <"ada"@gmail.test> (of (the) engine)',
        "From: A. Lovelace\r\n <ada@gmail.test>",
        "From: =?utf-8?q?=C3=84da?= <ada @ gmail.test>",
        "From: Äda <ada@gmail.test>",
        "From: The engine: Ada <ada@gmail.test>;",
        "From: ada@gmail.test\r\nSender: Ada <ada@gmail.test>",
        "From: ada@gmail.test, Ada <Ada@gmail.test>\r\nSender: ada@gmail.test",
    ],
)
def test_ones_own_name_in_any_spelling_stands_in_from(lab, header):
    with Program(lab) as program:
        assert program.log_in().hand_in(letter=_headed(header)).startswith("250 2.0.0")


@pytest.mark.parametrize(
    ("header", "reply"),
    [
        (
            "From: Bob <bob@gmail.test>",
            "550 5.7.1 ada@gmail.test may not write as <bob@gmail.test>, and that stands in From:",
        ),
        (
            "From: Ada <ada@gmail.test>, bob@gmail.test\r\nSender: ada@gmail.test",
            "550 5.7.1 ada@gmail.test may not write as <bob",
        ),
        ("From: Both: ada@gmail.test, bob@gmail.test;", "550 5.7.1 ada@gmail.test may not write as <bob@gmail.test>"),
        (
            "From: ada@gmail.test\r\nSender: bob@gmail.test",
            "550 5.7.1 ada@gmail.test may not write as <bob@gmail.test>, and that stands in Sender:",
        ),
        ("From: The Boss <boss@gmail.test>\r\nSender: ada@gmail.test", "550 5.7.1"),
        ("From: ada@learner.test", "550 5.7.1 ada@gmail.test may not write as <ada@learner.test>"),
        ("From: bob@[198.51.100.11]", "550 5.7.1 ada@gmail.test may not write as <bob@[198.51.100.11]>"),
        ("From: ädä@gmail.test", "550 5.7.1 ada@gmail.test may not write as somebody else"),
        ("Subject: From nobody", "554 5.6.0 From: names nobody"),
        ("From: Undisclosed:;", "554 5.6.0 From: names nobody"),
        ("From: ada@gmail.test\r\nFrom: bob@gmail.test", "554 5.6.0 The letter has 2 From fields"),
        ("From: ada@gmail.test\r\nFROM : ada@gmail.test", "554 5.6.0 The letter has 2 From fields"),
        (
            "From: ada@gmail.test\r\nSender: ada@gmail.test\r\nSender: bob@gmail.test",
            "554 5.6.0 The letter has 2 Sender",
        ),
        ("From: ada@gmail.test, Ada <ada@gmail.test>", "554 5.6.0 Where From: has several"),
        ("From: ada@gmail.test\r\nSender: ada@gmail.test, ada@gmail.test", "554 5.6.0 Where From: has several"),
        ("From: Ada", "554 5.6.0 The field From cannot be read"),
        ("From:", "554 5.6.0 The field From cannot be read"),
        ("From: ada@gmail.test <bob@gmail.test>", "554 5.6.0 The field From cannot be read"),
        ("From: <ada@gmail.test> <bob@gmail.test>", "554 5.6.0 The field From cannot be read"),
        ("From: bob@gmail.test (ada@gmail.test", "554 5.6.0 The field From cannot be read"),
        ("From: bob. ada@gmail.test", "554 5.6.0 The field From cannot be read"),
        ("From: =?utf-8?q?ada?=@gmail.test", "550 5.7.1 ada@gmail.test may not write as <=?utf-8?q?ada?=@gmail.test>"),
        ("From: . <ada@gmail.test>", "554 5.6.0 The field From cannot be read"),
        ("From: bob ada@gmail.test", "554 5.6.0 The field From cannot be read"),
        ("From: bob@gmail.test\x00 <ada@gmail.test>", "554 5.6.0 The field From cannot be read"),
        ("From: ada@gmail.test\r\nSender: nobody", "554 5.6.0 The field Sender cannot be read"),
        (
            f"From: {'(' * 70_000}ada@gmail.test".replace("(" * 900, "(" * 900 + "\r\n "),
            "554 5.6.0 The field From cannot",
        ),
    ],
)
def test_nobody_elses_name_and_nothing_unreadable_stands_in_from(lab, header, reply):
    with Program(lab) as program:
        assert program.log_in().hand_in(letter=_headed(header)).startswith(reply)
        assert program.hand_in().startswith("250 2.0.0")
    assert len(lab.mailbox("support@outlook.test")) == 1 and not lab.submission.sessions[-1].error


def test_a_name_in_letters_beyond_ascii_is_the_same_in_its_two_spellings(lab):
    lab.submission.accounts.add("eve@bücher.test", "secret")
    with Program(lab) as program:
        assert program.say(f"AUTH PLAIN {plain('eve@bücher.test', 'secret')}").startswith("235")
        reply = program.hand_in("eve@xn--bcher-kva.test", letter=_headed("From: Eve <Eve@Bücher.test>"))
        assert reply.startswith("250 2.0.0")


def test_a_notification_has_no_sender_on_its_envelope_and_an_author_inside(lab):
    with Program(lab) as program:
        program.log_in()
        assert program.hand_in("", letter=_headed("From: bob@gmail.test")).startswith("550 5.7.1")
        assert program.hand_in("", letter=_headed("From: ada@gmail.test")).startswith("250 2.0.0")


def test_a_careless_host_looks_at_the_envelope_only(lab):
    lab.submission.checks_from = False
    with Program(lab) as program:
        assert program.log_in().say(f"MAIL FROM:<{BOB}>") == f"550 5.7.1 {ADA} may not send as <{BOB}>"
        assert program.hand_in(letter=_headed("From: Bob <bob@gmail.test>")).startswith("250 2.0.0")
    (letter,) = lab.mailbox("support@outlook.test")
    assert letter.envelope.sender == ADA and letter.headers["From"] == "Bob <bob@gmail.test>"


# What allowInsecureAuth and authOptional allow


def test_a_password_in_clear_can_be_read_on_the_way(lab):
    lab.submission.allow_insecure_auth = True
    with lab.tap("smtp.gmail.test", 587) as tap, Program(lab, 587) as program:
        assert "250-STARTTLS\n250-AUTH PLAIN LOGIN\n250 HELP" in program.extensions
        assert program.log_in().hand_in().startswith("250 2.0.0")
    assert plain().encode() in tap.octets[0]["C"] and f"C: AUTH PLAIN {plain()}" in repr(tap)
    assert b"with ESMTPA id" in lab.mailbox("support@outlook.test")[0].content


def test_without_a_log_in_anybody_writes_as_anybody(lab):
    lab.submission.auth_optional = True
    with Program(lab, 587, source="mallory.test") as program:
        assert program.hand_in(sender="clerk@bank.test").startswith("250 2.0.0")
    assert lab.mailbox("support@outlook.test")[0].envelope.sender == "clerk@bank.test"


# An exchange that relays


def talk(lab, host, *lines):
    with lab.connect(lab.host(host).address, 25, source="mallory.test") as sock, sock.makefile("rwb") as stream:
        stream.readline()
        for line in ("HELO mallory.test", *lines):
            stream.write(f"{line}\r\n".encode())
            stream.flush()
            reply = stream.readline().decode().strip()
        return reply


WORDS = ("MAIL FROM:<eve@mallory.test>", "RCPT TO:<support@outlook.test>")


def test_no_exchange_relays(lab):
    for name, host in lab.mail_hosts.items():
        if not lab.faults.is_down(name) and "outlook.test" not in host.domains and ":" not in host.host.address:
            assert talk(lab, name, *WORDS).startswith("550 5.7.1"), name


def test_an_open_relay(lab):
    relay = lab.mail_hosts["corner-shop.test"]
    relay.relays = True
    letter = "Subject: Buy\r\nBcc: x@outlook.test\r\n\r\nnow\r\n."
    assert talk(lab, "corner-shop.test", *WORDS, "RCPT TO:<olive@corner-shop.test>", "DATA", letter) == (
        "250 2.0.0 Letter taken as 0001"
    )
    (theirs,), (own,) = lab.mailbox("support@outlook.test"), lab.mailbox("olive@corner-shop.test")
    assert own.received_by.name == "corner-shop.test"
    assert theirs.from_host.name == "corner-shop.test" and theirs.envelope.recipients == ("support@outlook.test",)
    # A relay adds its Received and changes nothing: no Date, no Message-ID (RFC 5321 section 6.4).
    ending = "\r\n".join(theirs.content.decode().split("\r\n")[4:])
    assert ending == (
        "Received: from mallory.test (mallory.test [203.0.113.66])\r\n"
        "\tby corner-shop.test with SMTP id 0001; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        "Subject: Buy\r\nBcc: x@outlook.test\r\n\r\nnow\r\n"
    )
    assert len(relay.deliveries) == 1
    assert talk(lab, "corner-shop.test", WORDS[0], "RCPT TO:<nobody@corner-shop.test>").startswith("550 5.1.1")
