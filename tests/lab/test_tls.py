"""STARTTLS on an exchange's port 25 (RFC 3207), and what a tap and a man in the middle make of it."""

import contextlib
import http.client
import os
import smtplib
import socket
import ssl
import struct
import time

import pytest

from helpers.lab import overview
from helpers.wire import ReplyReader

pytestmark = pytest.mark.usefixtures("certificates_made")
RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # for SO_LINGER: end with a reset
LETTER = b"From: ada@gmail.test\r\nSubject: Hello\r\n\r\nDear clerk\r\n.\r\n"


class Caller:
    """A client that reads whole replies. `say` returns the next one, as text."""

    def __init__(self, lab, host="bank.test", port=25, tls=False):
        self.lab, self.host = lab, lab.host(host)
        self.sock, self.replies = lab.connect(self.host.address, port), []
        self.reader = ReplyReader()
        if tls:
            self.start_tls()
        self.greeting = self.reply()

    def start_tls(self):
        context = self.lab.certificates.client_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host.name)

    def reply(self):
        while not self.replies:
            octets = self.sock.recv(65536)
            assert octets, "the server closed"
            self.replies += self.reader.feed(octets)
        return repr(self.replies.pop(0))

    def say(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode() + b"\r\n")
        return self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def session(lab, host="bank.test"):
    return lab.mail_hosts[host].sessions[-1]


def test_a_letter_under_tls(lab):
    with Caller(lab) as client:
        assert "250-STARTTLS\n250 HELP" in client.say("EHLO laptop.learner.test")
        assert client.say("starttls") == "220 2.0.0 Ready to start TLS"
        client.start_tls()
        assert "STARTTLS" not in client.say("EHLO laptop.learner.test")
        client.say("MAIL FROM:<ada@gmail.test>")
        client.say("RCPT TO:<clerk@bank.test>")
        client.say("DATA")
        assert client.say(LETTER) == "250 2.0.0 Letter kept as 0001"
        assert client.say("QUIT").startswith("221")
        assert client.sock.recv(1) == b""
    assert session(lab).tls == "TLSv1.3" and session(lab).user is None
    (letter,) = lab.mailbox("clerk@bank.test")
    assert b"\tby bank.test with ESMTPS id 0001\r\n" in letter.content
    notes = [line.text for line in session(lab).transcript.lines if not line.who]
    assert notes == ["TLS begins: TLSv1.3"]


def test_a_large_letter_under_tls(lab):
    body = b"".join(b"%09d%s\r\n" % (n, b"x" * 60) for n in range(30_000))
    with smtplib.SMTP(*lab.route("bank.test", 25), local_hostname="laptop.learner.test", timeout=10) as client:
        client._host = "bank.test"
        client.starttls(context=lab.certificates.client_context())
        client.sendmail("ada@gmail.test", "clerk@bank.test", b"Subject: big\r\n\r\n" + body)
    assert lab.mailbox("clerk@bank.test")[0].content.endswith(body)


def test_what_was_said_before_is_forgotten(lab):
    with Caller(lab) as client:
        client.say("EHLO laptop.learner.test")
        client.say("MAIL FROM:<ada@gmail.test>")
        client.say("RCPT TO:<clerk@bank.test>")
        client.say("STARTTLS")
        client.start_tls()
        assert client.say("MAIL FROM:<ada@gmail.test>") == "503 5.5.1 Say EHLO or HELO first"
        client.say("EHLO laptop.learner.test")
        assert client.say("RCPT TO:<clerk@bank.test>") == "503 5.5.1 Say MAIL first"


def test_what_came_behind_it_in_clear_is_thrown_away(lab):
    """CVE-2011-0411 and its like: words of somebody in the middle, taken for the client's own."""
    with Caller(lab) as client:
        client.say("EHLO laptop.learner.test")
        assert client.say(b"STARTTLS\r\nEHLO mallory.test\r\nMAIL FROM:<eve@mallory.test>\r\n").startswith("220")
        client.start_tls()
        assert client.say("NOOP") == "250 2.0.0 OK"
        assert session(lab).host_name is None and session(lab).envelope.mail_from is None
    assert "mallory" not in repr(session(lab).transcript)


def test_when_it_is_not_to_be_had(lab):
    with Caller(lab) as client:
        assert client.say("STARTTLS now") == "501 5.5.4 STARTTLS stands alone"
        client.say("STARTTLS")
        client.start_tls()
        assert client.say("STARTTLS") == "503 5.5.1 TLS is on already"
        assert "STARTTLS" in client.say("HELP")
    with Caller(lab, "mx1.outlook.test") as client:
        assert "STARTTLS" not in client.say("EHLO laptop.learner.test")
        assert client.say("STARTTLS") == "502 5.5.1 STARTTLS is not offered here"


def test_any_exchange_can_be_told_to_offer_it_and_none_needs_it(lab):
    lab.mail_hosts["mx1.outlook.test"].tls = "valid"
    with Caller(lab, "mx1.outlook.test") as client:
        assert "STARTTLS" in client.say("EHLO laptop.learner.test")
        assert client.say("MAIL FROM:<ada@gmail.test>").startswith("250")  # RFC 3207 section 4
    lab.mail_hosts["mx1.outlook.test"].tls = None
    with Caller(lab, "mx1.outlook.test") as client:
        assert "STARTTLS" not in client.say("EHLO laptop.learner.test")


@pytest.mark.parametrize("words", [b"EHLO laptop.learner.test\r\n", b"\x16\x03\x01\x00\x05hello"])
def test_a_client_that_does_not_begin(lab, words):
    with Caller(lab) as client:
        client.say("STARTTLS")
        client.sock.sendall(words)
        with contextlib.suppress(ConnectionResetError):
            while client.sock.recv(1000):  # an alert of TLS, perhaps
                pass
        deadline = time.monotonic() + 5
        while session(lab).transcript.lines[-1].text != "TLS did not come about":  # it may be noted a moment later
            assert time.monotonic() < deadline
    assert session(lab).tls is None


@pytest.mark.parametrize("reset", [True, False])
def test_a_client_that_goes_away_instead_of_beginning(lab, reset):
    with Caller(lab) as client:
        client.say("STARTTLS")
        client.sock.sendall(b"\x16\x03\x01")
        if reset:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    deadline = time.monotonic() + 5
    while lab.mail_hosts["bank.test"].open:
        assert time.monotonic() < deadline


def test_a_client_that_is_gone_before_its_replies(lab, capfd):
    for _ in range(20):
        with Caller(lab) as client:
            client.say("STARTTLS")
            client.start_tls()
            client.sock.sendall(b"HELP\r\n" * 200)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    deadline = time.monotonic() + 5
    while lab.mail_hosts["bank.test"].open:
        assert time.monotonic() < deadline
    assert capfd.readouterr() == ("", "")


def test_a_client_that_says_nothing_instead_of_beginning(lab, monkeypatch):
    monkeypatch.setattr("helpers.lab.mail_host.HANDSHAKE_LIMIT", 0.1)
    with Caller(lab) as client:
        client.say("STARTTLS")
        assert client.sock.recv(1) == b""


def test_a_client_that_does_not_like_the_certificate(lab, capfd):
    lab.mail_hosts["bank.test"].tls = "expired"
    with Caller(lab) as client:
        client.say("STARTTLS")
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired$"):
            client.start_tls()
    with Caller(lab) as client:  # the next one is served as ever
        assert client.say("NOOP") == "250 2.0.0 OK"
    assert capfd.readouterr() == ("", "")


def test_hanging_up_and_ending_idleness_work_under_tls(lab, capfd):
    with Caller(lab) as client:
        client.say("STARTTLS")
        client.start_tls()
        client.say("NOOP")
        lab.clock.advance(minutes=6)
        assert client.reply() == "421 4.4.2 bank.test You have been silent for too long"
        assert client.sock.recv(1) == b""
    with Caller(lab) as client:
        client.say("STARTTLS")
        client.start_tls()
        client.sock.sendall(b"NOOP\r\n")
        client.sock.unwrap().close()  # the client says goodbye to TLS
    assert capfd.readouterr() == ("", "")


# Taps and the man in the middle


def test_a_tap_hears_the_words_before_and_only_octets_after(lab):
    with lab.tap("bank.test") as tap, Caller(lab) as client:
        client.say("EHLO laptop.learner.test")
        client.say("STARTTLS")
        client.start_tls()
        client.say("EHLO laptop.learner.test")
        client.say("MAIL FROM:<secret@gmail.test>")
        client.say("QUIT")
    shown = repr(tap)
    assert shown.endswith("S: 220 2.0.0 Ready to start TLS\n-- TLS begins: what follows is for the two ends alone")
    octets = tap.octets[0]["C"]
    assert octets.startswith(b"EHLO laptop.learner.test\r\nSTARTTLS\r\n\x16\x03\x01")
    assert b"bank.test" in octets  # the name that is wanted stands there in clear (SNI)
    assert b"secret" not in octets and b"secret" not in tap.octets[0]["S"]
    assert len(octets) > 500 < len(tap.octets[0]["S"])


@pytest.mark.parametrize("port", [465, 587])
def test_a_tap_before_the_submission_ports(lab, port):
    with lab.tap("smtp.gmail.test", port) as tap, Caller(lab, "smtp.gmail.test", port, tls=port == 465) as client:
        client.say("QUIT")
    assert [line.who for line in tap.connections[0].lines] == ([""] if port == 465 else ["S", "C", "S"])


def test_strip_blanks_the_offer_and_the_command(lab):
    lab.faults.strip_tls("bank.test")
    assert repr(lab.faults) == "bank.test: on the way to and from port 25 somebody writes XXXXXXXX for STARTTLS"
    with Caller(lab) as client:
        hello = client.say("EHLO laptop.learner.test")
        assert "250-XXXXXXXX\n250 HELP" in hello and "STARTTLS" not in hello
        assert client.say("STARTTLS") == "500 5.5.2 No such command; try HELP"
    assert "C: XXXXXXXX" in repr(session(lab).transcript) and "S: 250-STARTTLS" in repr(session(lab).transcript)
    lab.faults.clear("bank.test")
    with Caller(lab) as client:
        assert "STARTTLS" in client.say("EHLO laptop.learner.test")


def test_strip_leaves_letters_alone(lab):
    lab.faults.strip_tls("bank.test")
    with Caller(lab) as client:
        for command in ("EHLO laptop.learner.test", "MAIL FROM:<ada@gmail.test>", "RCPT TO:<clerk@bank.test>", "DATA"):
            client.say(command)
        client.say(b"Subject: Hello\r\n\r\nSTARTTLS\r\n250-STARTTLS\r\n.\r\n")
    assert lab.mailbox("clerk@bank.test")[0].content.endswith(b"\r\n\r\nSTARTTLS\r\n250-STARTTLS\r\n")


# TLS from the first byte


@pytest.fixture
def eager_reading(monkeypatch):
    """Let asyncio begin to read after `connection_made`, whatever that said, as it does in Python 3.11.2."""

    def add_reader(self, *args):
        self._loop._add_reader(*args)

    monkeypatch.setattr("asyncio.selector_events._SelectorTransport._add_reader", add_reader, raising=False)


@pytest.mark.parametrize("seconds", [0, 0.2])
def test_the_first_octets_wait_for_the_certificate(eager_reading, lab, monkeypatch, seconds):
    real = lab.certificates.server_context

    def slow(*args):
        time.sleep(seconds)  # the client's first octets come meanwhile
        return real(*args)

    monkeypatch.setattr(lab.certificates, "server_context", slow)
    for _ in range(3):
        with Caller(lab, "smtp.gmail.test", 465, tls=True) as client:
            assert client.greeting == "220 smtp.gmail.test ESMTP"
        assert get(lab)[0] == 200


# The policy over HTTPS


def get(lab, path="/.well-known/mta-sts.txt", name="mta-sts.bank.test"):
    connection = http.client.HTTPConnection(name)
    sock = lab.connect("203.0.113.60", 443)
    connection.sock = lab.certificates.client_context().wrap_socket(sock, server_hostname=name)
    connection.request("GET", path)
    response = connection.getresponse()
    with connection.sock or sock:
        return response.status, response.getheader("Content-Type"), response.read().decode()


def test_the_policy_is_served_by_https(lab):
    status, kind, text = get(lab)
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert text == "version: STSv1\r\nmode: enforce\r\nmx: bank.test\r\nmax_age: 604800\r\n"
    assert get(lab, "/")[0] == 404
    lab.policy_sites["bank.test"].policy = "version: STSv1\nmode: none\nmax_age: 1\n"
    assert "mode: none" in get(lab)[2]


def test_the_policy_sites_certificate(lab):
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'bank.test'"):
        get(lab, name="bank.test")
    lab.policy_sites["bank.test"].tls = "unknown authority"
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        get(lab)


@pytest.mark.parametrize("words", [b"\r\n\r\n", b"GET\r\n\r\n", b"\xff\xfe /\x00\r\n\r\n"])
def test_a_web_site_answers_nonsense_as_well(lab, words):
    with lab.connect("203.0.113.80", 80) as sock:
        sock.sendall(words)
        assert sock.recv(100).startswith(b"HTTP/1.0 200 OK\r\n")


def test_a_web_site_is_not_held_open(lab, monkeypatch):
    monkeypatch.setattr("helpers.lab.web_site.LIMIT", 0.1)
    for words in (b"GET / HTTP/1.0\r\n", b"x" * 100_000):
        with lab.connect("203.0.113.80", 80) as sock, pytest.raises((ConnectionResetError, AssertionError)):
            sock.sendall(words)
            assert sock.recv(100)


def test_the_names_in_the_dns(lab):
    def texts(name):
        return [b"".join(record.strings).decode() for record in lab.resolver.resolve(name, "TXT")]

    assert texts("_mta-sts.bank.test") == ["v=STSv1; id=20260302090000"]
    assert texts("_smtp._tls.bank.test") == ["v=TLSRPTv1; rua=mailto:postmaster@bank.test"]
    assert [str(a) for a in lab.resolver.resolve("mta-sts.bank.test", "A")] == ["203.0.113.60"]


def test_the_map_shows_the_doors(lab):
    services = {name: said for _, name, said, _ in overview.rows(lab._net)}
    assert services["smtp.gmail.test"] == "submission (TLS), submission"
    assert services["bank.test"] == "SMTP, DNS, web (TLS)"
