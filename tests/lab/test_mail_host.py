"""A mail host over real sockets, without the rest of the lab: a loop, a route table and the host."""

import asyncio
import gc
import logging
import random
import re
import smtplib
import socket
import threading
import time
from email.message import EmailMessage

import pytest

from helpers.lab import mail_host
from helpers.lab.certificates import LOCAL
from helpers.lab.clock import Clock
from helpers.lab.mail_host import Conversation, MailHost
from helpers.lab.mailbox import MailboxStore
from helpers.lab.net import Net
from helpers.lab.sending import MailSystem
from helpers.wire import ReplyReader

PEOPLE = {
    "outlook.test": ("support", "grace", "Mixed.Case", '"two words"', *(f"user{n}" for n in range(120))),
    "gmail.test": ("ada",),
}
LETTER = b"From: ada@gmail.test\r\nSubject: Hello\r\n\r\nDear all\r\n"
HELLO = b"EHLO out.gmail.test\r\n"
FROM = b"MAIL FROM:<ada@gmail.test>\r\n"
TO = b"RCPT TO:<support@outlook.test>\r\n"
QUIT = b"QUIT\r\n"


class Network:
    """A net, and one mail host in it."""

    def __init__(self):
        self.net, self.clock, self.mailboxes = Net(), Clock(), MailboxStore(PEOPLE)
        self.who, forget, self.net.forget = self.net.who, self.net.forget, self.forget
        self.forgotten, self.connected, self.writes, self._forget = [], 0, [], forget
        system = MailSystem(self.net, self.clock, self.mailboxes, LOCAL)
        self.host = MailHost(system, self.net.host("mx1.outlook.test"), ("outlook.test",))
        self.service = self.net.run(self.net.serve(self.host.host, 25, self.protocol))
        self.endpoint = self.service.endpoint

    def protocol(self):
        protocol = self.host.protocol()
        made = protocol.connection_made

        def connection_made(transport):
            write = transport.write
            transport.write = lambda data: (self.writes.append(bytes(data)), write(data))
            made(transport)

        protocol.connection_made = connection_made
        return protocol

    def forget(self, peer, kind):
        self.forgotten.append((peer, kind))
        self._forget(peer, kind)

    def connect(self, source="out.gmail.test"):
        self.connected += 1
        return self.net.connect("203.0.113.25", 25, source, 5)

    def client(self, **kwargs):
        return Caller(self.connect(**kwargs))

    def box(self, address="support@outlook.test"):
        return self.mailboxes.mailbox(address)

    def settle(self):
        """Wait until the host has done with all connections."""
        deadline = time.monotonic() + 10
        while len(self.forgotten) < self.connected:
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def close(self):
        async def stop_listening():
            self.service.close()

        self.net.close(stop_listening)


class Caller:
    """A raw client: octets out, replies in. Each reply has the enhanced code that its kind must have."""

    def __init__(self, sock):
        self.sock, self.reader, self.replies = sock, ReplyReader(), []
        self.greeting = self.reply()

    def reply(self):
        while not self.replies:
            data = self.sock.recv(65536)
            assert data, "the host closed the connection"
            self.replies += self.reader.feed(data)
        return self.replies.pop(0)

    def say(self, octets):
        self.sock.sendall(octets)
        reply = self.reply()
        if octets[:4].upper() not in (b"EHLO", b"HELO") and not reply.intermediate:
            for line in reply.raw.decode().splitlines():  # RFC 2034 section 4, RFC 3463 section 2
                assert re.match(rf"\d\d\d[ -]{line[0]}\.\d+\.\d+ \S", line), line
        return reply

    def code(self, octets):
        reply = self.say(octets)
        return f"{reply.code} {reply.enhanced}"

    def start(self, *lines):
        for line in lines or (HELLO, FROM, TO):
            assert self.say(line).ok
        return self

    def letter(self, octets=LETTER):
        assert self.say(b"DATA\r\n").code == 354
        return self.code(octets + b".\r\n")

    def ended(self):
        return not self.replies and self.sock.recv(100) == b""


@pytest.fixture
def net(caplog):
    network = Network()
    yield network
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []
    network.close()


# The session


def test_banner_and_ehlo_to_the_octet_each_in_one_write(net):
    client = net.client()
    assert client.greeting.raw == b"220 mx1.outlook.test ESMTP\r\n"
    hello = client.say(HELLO)
    assert hello.raw == (
        b"250-mx1.outlook.test\r\n250-PIPELINING\r\n250-SIZE 16777216\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
        b"250-ENHANCEDSTATUSCODES\r\n250 HELP\r\n"
    )
    assert net.writes == [client.greeting.raw, hello.raw]


def test_a_letter_is_kept_with_its_trace(net):
    client = net.client().start()
    assert client.letter(LETTER) == "250 2.0.0"
    (letter,) = net.box()
    assert letter.content == (
        b"Return-Path: <ada@gmail.test>\r\n"
        b"Received: from out.gmail.test (out.gmail.test [198.51.100.10])\r\n"
        b"\tby mx1.outlook.test with ESMTP id 0001\r\n"
        b"\tfor <support@outlook.test>; Mon, 02 Mar 2026 09:00:00 +0000\r\n" + LETTER
    )
    assert (letter.envelope.sender, letter.envelope.recipients) == ("ada@gmail.test", ("support@outlook.test",))
    assert (letter.from_host.name, letter.helo, letter.received_by.name, letter.id) == (
        "out.gmail.test",
        "out.gmail.test",
        "mx1.outlook.test",
        "0001",
    )
    assert letter.time == net.clock.now()
    assert client.code(QUIT) == "221 2.0.0"
    assert client.ended()
    (session,) = net.host.sessions
    assert session.letters == [letter] and session.client.name == "out.gmail.test"
    said = [f"{line.who}: {line.text}" for line in session.transcript.lines]
    assert said[0] == "S: 220 mx1.outlook.test ESMTP" and said[-1] == "S: 221 2.0.0 mx1.outlook.test Goodbye"
    assert "C: Subject: Hello" in said and "C: ." in said


@pytest.mark.parametrize(
    ("hello", "mail", "protocol"),
    [
        (b"HELO out.gmail.test\r\n", FROM, "SMTP"),
        (HELLO, FROM, "ESMTP"),
        (HELLO, b"MAIL FROM:<ada@gmail.test> SMTPUTF8\r\n", "UTF8SMTP"),
    ],
)
def test_received_names_the_protocol_and_one_recipient_only(net, hello, mail, protocol):
    client = net.client().start(hello, mail, TO, b"RCPT TO:<grace@outlook.test>\r\n")
    assert client.letter() == "250 2.0.0"
    text = net.box()[0].content.decode()
    assert f"by mx1.outlook.test with {protocol} id 0001; Mon" in text and "for <" not in text
    assert net.box()[0] is net.box("grace@outlook.test")[0]


def test_the_caller_is_who_the_route_table_says_and_is_forgotten_afterwards(net):
    client = net.client(source="mallory.test").start(b"EHLO bank.test\r\n", FROM, TO)
    peer = client.sock.getsockname()
    assert client.letter() == "250 2.0.0"
    assert b"Received: from bank.test (mallory.test [203.0.113.66])" in net.box()[0].content
    assert net.who(peer).name == "mallory.test"
    client.sock.close()
    net.settle()
    assert net.forgotten == [(peer, "tcp")] and net.who(peer).name == "laptop.learner.test"


def test_an_ipv6_caller_is_written_as_a_literal(net):
    with net.net.wires.connect(net.net.host("mx.six.test"), "2001:db8::25", net.endpoint, 5) as sock:
        assert Caller(sock).start(b"EHLO [IPv6:2001:db8::25]\r\n", FROM, TO).letter() == "250 2.0.0"
    assert b"from [IPv6:2001:db8::25] (mx.six.test [IPv6:2001:db8::25])" in net.box()[0].content


def test_a_return_path_that_the_letter_brought_is_replaced(net):
    content = (
        b"Return-Path: <forged@bank.test>\r\nX: 1\r\nreturn-PATH:\r\n\t<two@bank.test>\r\n\r\nReturn-Path: stays\r\n"
    )
    client = net.client().start()
    assert client.letter(content) == "250 2.0.0"
    kept = net.box()[0].content
    assert kept.count(b"bank.test") == 0 and kept.endswith(b"\r\nX: 1\r\n\r\nReturn-Path: stays\r\n")
    assert kept.lower().count(b"return-path") == 2


def test_pipelining_a_whole_session_in_one_packet(net):
    client = net.client()
    client.sock.sendall(HELLO + FROM + TO + b"DATA\r\n" + LETTER + b".\r\n" + FROM + TO + b"RSET\r\nNOOP\r\n" + QUIT)
    codes = [client.reply().code for _ in range(10)]
    assert codes == [250, 250, 250, 354, 250, 250, 250, 250, 250, 221]
    assert len(net.box()) == 1
    assert len(net.writes) == 11  # one for each reply
    assert client.ended()


def test_a_session_octet_by_octet(net):
    client = net.client()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in HELLO + FROM + TO + b"DATA\r\n" + LETTER + b".\r\n" + QUIT:
        client.sock.sendall(bytes([octet]))
    assert [client.reply().code for _ in range(6)] == [250, 250, 250, 354, 250, 221]
    assert net.box()[0].content.endswith(LETTER)


def test_what_was_said_before_the_client_ended_its_side_is_carried_out(net):
    client = net.client()
    client.sock.sendall(HELLO + FROM + TO + b"DATA\r\n" + LETTER + b".\r\n" + b"NOOP")  # the last one is not ended
    client.sock.shutdown(socket.SHUT_WR)
    assert [client.reply().code for _ in range(5)] == [250, 250, 250, 354, 250]
    assert client.ended()
    assert len(net.box()) == 1


def test_smtplib_and_a_letter_of_the_email_package(net):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@gmail.test", "support@outlook.test", "Grüße"
    message.set_content("Ein Käfer\n.\n..zwei\n")
    with smtplib.SMTP(*net.endpoint, local_hostname="laptop.learner.test", timeout=5) as client:
        assert client.ehlo()[0] == 250 and client.has_extn("pipelining") and client.has_extn("smtputf8")
        assert client.send_message(message) == {}
        assert client.verify("support")[0] == 252
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("ada@gmail.test", ["nobody@outlook.test"], "x")
    letter = net.box()[-1]
    assert letter.headers["Subject"] == "Grüße" and letter.text == "Ein Käfer\n.\n..zwei\n"
    assert letter.from_host.name == "laptop.learner.test"  # an unknown program is the learner's


# Commands, one by one

AFTER = {
    "nothing": (),
    "hello": (HELLO,),
    "helo": (b"HELO out.gmail.test\r\n",),
    "mail": (HELLO, FROM),
    "rcpt": (HELLO, FROM, TO),
}


@pytest.mark.parametrize(
    ("after", "command", "expected"),
    [
        ("nothing", b"MAIL FROM:<a@b.test>", "503 5.5.1"),
        ("nothing", b"RCPT TO:<support@outlook.test>", "503 5.5.1"),
        ("nothing", b"DATA", "503 5.5.1"),
        ("nothing", b"NOOP", "250 2.0.0"),  # section 4.1.4: these need no greeting
        ("nothing", b"RSET", "250 2.0.0"),
        ("nothing", b"HELP", "214 2.0.0"),
        ("nothing", b"VRFY support", "252 2.5.0"),
        ("nothing", b"QUIT", "221 2.0.0"),
        ("hello", b"RCPT TO:<support@outlook.test>", "503 5.5.1"),
        ("hello", b"DATA", "503 5.5.1"),
        ("mail", b"DATA", "503 5.5.1"),
        ("mail", b"MAIL FROM:<a@b.test>", "503 5.5.1"),
        ("rcpt", b"DATA now", "501 5.5.4"),
        ("rcpt", b"RSET now", "501 5.5.4"),
        ("rcpt", b"QUIT now", "501 5.5.4"),
        ("hello", b"NOOP some words", "250 2.0.0"),
        ("hello", b"HELP MAIL", "214 2.0.0"),
        ("hello", b"VRFY", "501 5.5.4"),
        ("hello", b"noop", "250 2.0.0"),
        ("hello", b"NOOP \t ", "250 2.0.0"),
        ("hello", b"", "500 5.5.2"),
        ("hello", b"FROM: ada@gmail.test", "500 5.5.2"),
        ("hello", b"EXPN list", "502 5.5.1"),
        ("hello", b"STARTTLS", "502 5.5.1"),
        ("hello", b"AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("hello", b"X" * 998, "500 5.5.2"),
        ("hello", b"NOOP " + b"x" * 993, "250 2.0.0"),  # 1000 octets with CR LF
        ("hello", b"NOOP " + b"x" * 994, "500 5.5.2"),
        ("hello", b"NOOP " + b"x" * 200000, "500 5.5.2"),
        ("hello", b"NOOP \x00", "500 5.5.2"),
        ("hello", b"NOOP a\x7fb", "500 5.5.2"),
        ("hello", b"NOOP a\rQUIT", "550 5.5.2"),
        ("hello", b"NOOP \r", "550 5.5.2"),
        ("hello", "NOOP é".encode(), "500 5.5.2"),
        ("rcpt", "Rſet".encode(), "500 5.5.2"),  # in capitals it would be RSET
        ("hello", b"NOOP \xff", "500 5.5.2"),
        # senders
        ("hello", b"MAIL", "501 5.5.4"),
        ("hello", b"MAIL ada@gmail.test", "501 5.5.4"),
        ("hello", b"MAIL TO:<ada@gmail.test>", "501 5.5.4"),
        ("hello", b"MAIL FROM:", "501 5.1.7"),
        ("hello", b"MAIL FROM:ada@gmail.test", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@gmail.test", "501 5.1.7"),
        ("hello", b"MAIL FROM:ada@gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<@gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada.@gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@gmail..test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@-gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<a b@gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@gmail.test.>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@[203.0.113]>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<" + b"x" * 65 + b"@gmail.test>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<postmaster>", "501 5.1.7"),
        ("hello", b"MAIL FROM:<ada@gmail.test>SIZE=1", "501 5.5.4"),
        ("hello", b"MAIL FROM: <ada@gmail.test>", "250 2.1.0"),
        ("hello", b"mail from:<ada@gmail.test>", "250 2.1.0"),
        ("hello", b"MAIL FROM:<>", "250 2.1.0"),
        ("hello", b"MAIL FROM:<> SIZE=10", "250 2.1.0"),
        ("hello", b'MAIL FROM:<"a > \\" b"@gmail.test>', "250 2.1.0"),
        ("hello", b"MAIL FROM:<ada@[198.51.100.10]>", "250 2.1.0"),
        ("hello", b"MAIL FROM:<ada@[IPv6:2001:db8::1]>", "250 2.1.0"),
        ("hello", b"MAIL FROM:<@relay.test,@other.test:ada@gmail.test>", "250 2.1.0"),
        # parameters
        ("hello", b"MAIL FROM:<ada@gmail.test> BODY=8BITMIME SIZE=1000 SMTPUTF8", "250 2.1.0"),
        ("hello", b"MAIL FROM:<ada@gmail.test>  body=7bit   size=1000", "250 2.1.0"),
        ("hello", b"MAIL FROM:<ada@gmail.test> BODY=BINARYMIME", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> BODY", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=many", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=" + b"9" * 21, "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SMTPUTF8=yes", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=1 SIZE=2", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=", "501 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> AUTH=<>", "555 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> RET=HDRS", "555 5.5.4"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=16777216", "250 2.1.0"),
        ("hello", b"MAIL FROM:<ada@gmail.test> SIZE=16777217", "552 5.3.4"),
        ("helo", b"MAIL FROM:<ada@gmail.test> SIZE=1", "555 5.5.4"),
        # recipients
        ("mail", b"RCPT", "501 5.5.4"),
        ("mail", b"RCPT FROM:<support@outlook.test>", "501 5.5.4"),
        ("mail", b"RCPT TO:", "501 5.1.3"),
        ("mail", b"RCPT TO:support@outlook.test", "501 5.1.3"),
        ("mail", b"RCPT TO:<>", "501 5.1.3"),
        ("mail", b"RCPT TO:<support>", "501 5.1.3"),
        ("mail", b"RCPT TO:<@outlook.test>", "501 5.1.3"),
        ("mail", b"RCPT TO:<support@outlook.test> NOTIFY=NEVER", "555 5.5.4"),
        ("mail", b"RCPT TO:<support@outlook.test> =", "501 5.5.4"),
        ("mail", b"RCPT TO:<nobody@outlook.test>", "550 5.1.1"),
        ("mail", b"RCPT TO:<ada@gmail.test>", "550 5.7.1"),
        ("mail", b"RCPT TO:<support@[203.0.113.99]>", "550 5.7.1"),
        ("mail", b"RCPT TO:<nobody@[203.0.113.25]>", "550 5.1.1"),
        ("mail", b"rcpt to:<SUPPORT@Outlook.Test>", "250 2.1.5"),
        ("mail", b"RCPT TO:<mixed.case@outlook.test>", "250 2.1.5"),
        ("mail", b'RCPT TO:<"support"@outlook.test>', "250 2.1.5"),
        ("mail", b'RCPT TO:<"two\\ words"@outlook.test>', "250 2.1.5"),
        ("mail", b"RCPT TO:<support@[203.0.113.25]>", "250 2.1.5"),
        ("mail", b"RCPT TO:<@relay.test,@other.test:support@outlook.test>", "250 2.1.5"),
        ("mail", b"RCPT TO:<postmaster>", "250 2.1.5"),
        ("mail", b"RCPT TO:<PostMaster>", "250 2.1.5"),
        ("mail", b"RCPT TO:<postmaster@outlook.test>", "250 2.1.5"),
        # beyond ASCII
        ("hello", "MAIL FROM:<jürgen@gmail.test>".encode(), "550 5.6.7"),
        ("hello", "MAIL FROM:<jürgen@grüße.test> SMTPUTF8".encode(), "250 2.1.0"),
        ("helo", "MAIL FROM:<jürgen@gmail.test> SMTPUTF8".encode(), "555 5.5.4"),
        ("mail", "RCPT TO:<jürgen@outlook.test>".encode(), "553 5.6.7"),
        ("hello", "VRFY jürgen".encode(), "550 5.6.7"),
        ("hello", "VRFY jürgen SMTPUTF8".encode(), "252 2.5.0"),
    ],
)
def test_one_command(net, after, command, expected):
    client = net.client().start(*AFTER[after]) if AFTER[after] else net.client()
    assert client.code(command + b"\r\n") == expected
    if not expected.startswith("221"):
        assert client.say(b"NOOP\r\n").ok  # the session goes on


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("support@outlook.test", "address goes between < and >"),
        ("<support@outlook.test", "address goes between < and >"),
        ("Support <support@outlook.test>", "address goes between < and >"),
        ("<support>", "address has no @ and no domain"),
        ("<.support@outlook.test>", "local part, before the @, is missing or has spaces, special characters or dots"),
        ("<two words@outlook.test>", "local part, before the @, is missing or has spaces"),
        ('<"support@outlook.test>', "local part, before the @, is missing or has spaces, special characters"),
        ("<a@b@outlook.test>", "local part, before the @, is missing or has spaces, special characters"),
        ("<@outlook.test>", "local part, before the @, is missing"),
        ("<support@outlook.test.>", "domain, after the @, is not right"),
        ("<support@my_host.test>", "domain, after the @, is not right"),
        ('<"a>b"@my_host.test>', "domain, after the @, is not right"),
        ("<support@>", "domain, after the @, is not right"),
        (f"<{'x' * 65}@outlook.test>", "address has more than 64 octets before the @ or 255 after it"),
        (f"<x@{'.'.join(['y' * 60] * 5)}>", "address has more than 64 octets before the @ or 255 after it"),
        ("<support@[203.0.113]>", "address has no IP address in its brackets"),
        ("<@my_host.test:support@outlook.test>", "path has a wrong route before its address"),
    ],
)
def test_the_refusal_of_an_address_names_its_fault(net, path, fault):
    client = net.client().start(*AFTER["hello"])
    assert f"501 5.1.7 The sender's {fault}" in client.say(f"MAIL FROM:{path}\r\n".encode()).raw.decode()
    client = net.client().start(*AFTER["mail"])
    assert f"501 5.1.3 The recipient's {fault}" in client.say(f"RCPT TO:{path}\r\n".encode()).raw.decode()


@pytest.mark.parametrize("verb", ["EHLO", "HELO"])
@pytest.mark.parametrize("name", [b"", b" ", b"a b", b"(x)", b"a..b", b".", b"<a>", b"a@b"])
def test_a_greeting_needs_a_name_and_its_refusal_has_no_enhanced_code(net, verb, name):
    client = net.client()
    reply = client.say(f"{verb} ".encode() + name + b"\r\n")
    assert (reply.code, reply.enhanced) == (501, None)
    assert client.code(FROM) == "503 5.5.1"


@pytest.mark.parametrize("name", [b"localhost", b"a_b.test", b"[127.0.0.1]", b"[IPv6:2001:db8::1]", b"WIN-1"])
def test_names_that_real_clients_give(net, name):
    assert net.client().say(b"EHLO " + name + b"\r\n").code == 250


def test_helo_gives_no_extensions_and_takes_letters(net):
    client = net.client()
    assert client.say(b"HELO out.gmail.test\r\n").raw == b"250 mx1.outlook.test\r\n"
    assert client.start(FROM, TO).letter() == "250 2.0.0"


def test_a_second_ehlo_and_rset_begin_anew(net):
    for again in (HELLO, b"RSET\r\n", b"HELO out.gmail.test\r\n"):
        client = net.client().start(HELLO, FROM, TO)
        assert client.say(again).code == 250
        assert client.code(TO) == "503 5.5.1"
        assert client.start(FROM, b"RCPT TO:<grace@outlook.test>\r\n").letter() == "250 2.0.0"
        assert net.box("grace@outlook.test")[-1].envelope.recipients == ("grace@outlook.test",)
    assert len(net.box()) == 0


def test_a_refused_greeting_changes_nothing(net):
    client = net.client().start(HELLO, FROM)
    assert client.say(b"EHLO\r\n").code == 501
    assert client.start(TO).letter() == "250 2.0.0"  # section 4.1.4


def test_the_null_sender_and_the_recipients_as_they_are_recorded(net):
    recipients = (b'"support"@outlook.test', b"GRACE@outlook.test", b"postmaster", b"user1@[203.0.113.25]")
    client = net.client().start(HELLO, b"MAIL FROM:<>\r\n", *(b"RCPT TO:<%s>\r\n" % r for r in recipients))
    assert client.letter() == "250 2.0.0"
    letter = net.box("postmaster@outlook.test")[0]
    assert letter.envelope.sender == ""
    assert letter.envelope.recipients == (
        '"support"@outlook.test',
        "GRACE@outlook.test",
        "postmaster@outlook.test",
        "user1@[203.0.113.25]",
    )
    assert letter.content.startswith(b"Return-Path: <>\r\n")
    for name in ("support", "grace", "user1"):
        assert list(net.box(f"{name}@outlook.test")) == [letter]


def test_a_mailbox_named_twice_gets_one_copy(net):
    net.client().start(HELLO, FROM, TO, b'RCPT TO:<"Support"@outlook.test>\r\n').letter()
    assert len(net.box()) == 1


def test_a_source_route_is_read_and_ignored(net):
    client = net.client().start(
        HELLO, b"MAIL FROM:<@a.test:ada@gmail.test>\r\n", b"RCPT TO:<@b.test:support@outlook.test>\r\n"
    )
    assert client.letter() == "250 2.0.0"
    assert net.box()[0].envelope == mail_host.Envelope("ada@gmail.test", ("support@outlook.test",))


def test_smtputf8_names_reach_the_record(net):
    client = net.client().start(HELLO, "MAIL FROM:<jürgen@grüße.test> SMTPUTF8\r\n".encode(), TO)
    assert client.letter("Subject: Grüße\r\n\r\nü\r\n".encode()) == "250 2.0.0"
    letter = net.box()[0]
    assert letter.envelope.sender == "jürgen@grüße.test"
    assert letter.content.startswith("Return-Path: <jürgen@grüße.test>\r\n".encode())


# CR LF and nothing else


@pytest.mark.parametrize("command", [b"NOOP\n", b"QUIT\n", b"RSET\n", b"DATA\n", b"\n", b"NOOP\n\r\n"[:5]])
def test_a_command_that_ends_in_lf_is_not_carried_out(net, command):
    client = net.client().start()
    assert client.code(command) == "550 5.5.2"
    assert client.letter() == "250 2.0.0"  # RSET, DATA and QUIT have not happened
    assert len(net.box()) == 1


ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r.\r\n",
    b"\r\n\x00.\r\n",
    b"\r\n.\x00\r\n",
]


@pytest.mark.parametrize("end", ENDS)
def test_nothing_but_cr_lf_dot_cr_lf_ends_a_letter(net, end):
    smuggled = b"MAIL FROM:<boss@bank.test>\r\nRCPT TO:<grace@outlook.test>\r\nDATA\r\nSubject: pay\r\n\r\nnow\r\n.\r\n"
    client = net.client().start()
    assert client.say(b"DATA\r\n").code == 354
    client.sock.sendall(LETTER[:-2] + end + smuggled + b"NOOP\r\n")
    code, noop = client.reply(), client.reply()
    assert noop.text == "OK" and not client.replies  # one letter, then the NOOP: nothing was smuggled in
    assert len(net.box("grace@outlook.test")) == 0
    lone = end.replace(b"\r\n", b"")
    if b"\r" in lone or b"\n" in lone:
        assert (code.code, code.enhanced) == (550, "5.6.0") and len(net.box()) == 0
    else:
        assert code.code == 250 and smuggled[:-3] in net.box()[0].content


@pytest.mark.parametrize(
    "content", [b"Subject: x\r\n\r\na\nb\r\n", b"Subject: x\r\n\r\na\rb\r\n", b"a\r\r\n", b"\n\r\n", b"a\n"]
)
def test_a_letter_with_half_a_line_end_is_refused_after_its_true_end(net, content):
    client = net.client().start()
    assert client.letter(content + b"\r\n") == "550 5.6.0"
    assert client.code(TO) == "503 5.5.1"  # the transaction is over all the same
    assert client.start(FROM, TO).letter() == "250 2.0.0"
    assert len(net.box()) == 1


# Letters of all kinds


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        (b"", b""),
        (b"\r\n", b"\r\n"),
        (b"..\r\n", b".\r\n"),
        (b"..\r\n..\r\n...\r\n", b".\r\n.\r\n..\r\n"),
        (b"a\r\n..b\r\n.c\r\n", b"a\r\n.b\r\nc\r\n"),  # section 4.5.2: a first dot goes, whatever follows
        (b"a.\r\n", b"a.\r\n"),
        (bytes(range(128, 256)) + b"\r\n", bytes(range(128, 256)) + b"\r\n"),
        (b"\x00\x01\x1b[31m\r\n", b"\x00\x01\x1b[31m\r\n"),
        (b"x" * 998 + b"\r\n", b"x" * 998 + b"\r\n"),
        (b".." + b"x" * 997 + b"\r\n", b"." + b"x" * 997 + b"\r\n"),  # 1001 octets on the way
    ],
)
def test_content_is_kept_octet_for_octet(net, wire, kept):
    client = net.client().start(HELLO, b"MAIL FROM:<ada@gmail.test> BODY=8BITMIME\r\n", TO)
    assert client.letter(wire) == "250 2.0.0"
    trace, _, rest = net.box()[0].content.partition(b"+0000\r\n")
    assert rest == kept


@pytest.mark.parametrize("line", [b"x" * 999, b"x" * 200000, b"." + b"." + b"x" * 998])
def test_a_line_that_is_too_long(net, line):
    client = net.client().start()
    assert client.letter(b"Subject: x\r\n\r\n" + line + b"\r\n") == "500 5.6.0"
    assert len(net.box()) == 0


def test_a_letter_of_ten_megabytes(net):
    content = b"Subject: big\r\n\r\n" + b"".join(b"..%09d" % n + b"x" * 66 + b"\r\n" for n in range(130_000))
    assert len(content) > 10_000_000
    client = net.client().start(HELLO, b"MAIL FROM:<ada@gmail.test> SIZE=%d\r\n" % len(content), TO)
    assert client.letter(content) == "250 2.0.0"
    assert net.box()[0].content.endswith(content.replace(b"\r\n..", b"\r\n."))
    (session,) = net.host.sessions
    assert session.transcript.lines[-1].text == "what was said from here on was not kept"


@pytest.mark.parametrize("extra", [0, 1, 5000])
def test_the_limit_on_size(net, monkeypatch, extra):
    monkeypatch.setattr(mail_host, "SIZE_LIMIT", 3000)
    content = b".\r\n" * 1000 + b"x" * max(0, extra - 2) + b"\r\n" * bool(extra)
    client = net.client().start()
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    assert client.letter(stuffed) == ("250 2.0.0" if not extra else "552 5.3.4")
    assert len(net.box()) == (not extra)
    assert client.start(FROM, TO).letter() == "250 2.0.0"


def test_a_hundred_recipients_and_no_more(net):
    client = net.client().start(HELLO, FROM)
    for n in range(100):
        assert client.code(b"RCPT TO:<user%d@outlook.test>\r\n" % n) == "250 2.1.5"
    assert client.code(b"RCPT TO:<user100@outlook.test>\r\n") == "452 4.5.3"
    assert client.code(b"RCPT TO:<user101@outlook.test>\r\n") == "452 4.5.3"
    assert client.letter() == "250 2.0.0"
    assert all(len(net.box(f"user{n}@outlook.test")) == (n < 100) for n in range(120))
    assert len(net.box("user99@outlook.test")[0].envelope.recipients) == 100


# Connections that end


def test_a_cut_at_any_point_keeps_a_letter_whole_or_not_at_all(net):
    session = HELLO + FROM + TO + b"DATA\r\n" + LETTER + b".\r\n" + QUIT
    dot = session.index(b"\r\n.\r\n") + 5
    cuts = [*range(0, dot - 8, 5), *range(dot - 8, len(session) + 1)]
    for cut in cuts:
        with net.connect() as sock:
            sock.sendall(session[:cut])
        net.settle()
    assert len(net.box()) <= sum(cut >= dot for cut in cuts)
    assert all(letter.content.endswith(LETTER) for letter in net.box())
    assert len(net.forgotten) == len(cuts)
    assert net.client().start().letter() == "250 2.0.0"


def test_a_letter_cut_before_its_dot_is_not_kept(net):
    for cut in range(1, len(LETTER) + 4):
        client = net.client().start()
        client.say(b"DATA\r\n")
        client.sock.sendall((LETTER + b".\r\n")[: cut - 1])
        client.sock.close()
    net.settle()
    assert len(net.box()) == 0


def test_a_reset_in_the_middle_of_a_letter(net):
    client = net.client().start()
    client.say(b"DATA\r\n")
    client.sock.sendall(LETTER)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.sock.close()
    net.settle()
    assert len(net.box()) == 0
    assert net.client().start().letter() == "250 2.0.0"


def test_too_many_errors_end_the_session(net):
    client = net.client()
    for _ in range(9):
        assert client.code(b"BOGUS\r\n") == "500 5.5.2"
    assert client.say(b"NOOP\r\n").ok  # what is right is no error
    assert client.code(b"DATA\r\n") == "421 4.7.0"
    assert client.ended()


def test_the_reason_reaches_a_client_that_went_on_talking(net):
    client = net.client()
    client.sock.sendall(b"BOGUS\n" * 5000)
    codes = [client.reply().code for _ in range(10)]
    assert codes == [550] * 9 + [421]
    client.sock.shutdown(socket.SHUT_WR)
    assert client.ended()


def test_unknown_users_are_no_errors_of_the_protocol(net):
    client = net.client().start(HELLO, FROM)
    for n in range(30):
        assert client.code(b"RCPT TO:<nobody%d@outlook.test>\r\n" % n) == "550 5.1.1"
    assert client.start(TO).letter() == "250 2.0.0"


@pytest.mark.parametrize("begun", [b"", b"NOO", HELLO + FROM + TO + b"DATA\r\nSubject: x\r\n"])
def test_idling_is_measured_by_the_labs_clock(net, begun):
    client = net.client()
    if b"DATA" in begun:
        client.start()
        begun = b"DATA\r\nSubject"
    client.sock.sendall(begun)
    if b"DATA" in begun:
        assert client.reply().code == 354
    net.clock.advance(seconds=299)
    net.net.run(asyncio.sleep(0))
    assert net.host.open
    net.clock.advance(seconds=1)
    reply = client.reply()
    assert (reply.code, reply.enhanced) == (421, "4.4.2")
    assert client.ended()
    client.sock.close()
    net.settle()
    assert len(net.box()) == 0


def test_a_word_in_time_keeps_the_session(net):
    client = net.client()
    for _ in range(5):
        net.clock.advance(seconds=200)
        assert client.say(b"NOOP\r\n").ok


def test_a_client_that_never_reads_is_let_go(net, monkeypatch):
    monkeypatch.setattr(mail_host, "LINGER", 0.05)
    with net.connect() as sock:
        assert sock.recv(100)
        sock.sendall(b"BOGUS\r\n" * 10)
        net.settle()  # although it neither reads nor closes


def test_a_closed_loop_does_not_mind_the_clock():
    other = Network()
    other.close()
    other.clock.advance(hours=1)


# Hostile input


def test_random_octets_then_an_honest_client(net, caplog):
    gc.collect()  # what other tests left behind is not this one's affair
    caplog.clear()
    dice = random.Random(20260302)
    good = [
        HELLO,
        FROM,
        TO,
        b"DATA\r\n",
        LETTER,
        b".\r\n",
        QUIT,
        b"MAIL FROM:<>",
        b"RCPT TO:<",
        b"\r\n",
        b"\n",
        b"\r",
        b"EHLO ",
    ]
    for number in range(2500):
        if number % 2:
            octets = dice.randbytes(dice.randrange(1, 400))
        else:
            octets = b"".join(dice.choice(good) if dice.random() < 0.9 else dice.randbytes(3) for _ in range(12))
        with net.connect() as sock:
            sock.sendall(octets)
            if number % 50 == 0:
                sock.recv(1000)
        if number % 50 == 49:  # before the system's list of callers in waiting is full
            net.settle()
    assert [session.error for session in net.host.sessions] == [None] * len(net.host.sessions)
    for letter in net.box():
        assert letter.envelope.recipients and repr(letter) and letter._repr_html_()
    gc.collect()  # a task whose error nobody saw says so when it goes; the fixture looks for that
    before = len(net.box())
    assert net.client().start().letter() == "250 2.0.0"
    assert len(net.box()) == before + 1


def test_many_clients_at_once(net):
    clients = [net.client() for _ in range(40)]
    for line in (HELLO, FROM, TO):
        for client in clients:
            client.sock.sendall(line)
        assert {client.reply().code for client in clients} == {250}
    assert {client.letter() for client in clients} == {"250 2.0.0"}
    assert len({letter.id for letter in net.box()}) == len(net.box()) == 40


def test_a_chatterbox_does_not_fill_the_record(net, monkeypatch):
    monkeypatch.setattr(mail_host, "SESSION_KEPT", 1000)
    client = net.client()
    for _ in range(100):
        client.say(b"NOOP\r\n")
    lines = net.host.sessions[0].transcript.lines
    assert sum(len(line.data) for line in lines if line.who) <= 1000
    assert [line.text for line in lines if not line.who] == ["what was said from here on was not kept"]


# A policy of one's own


@pytest.mark.parametrize(
    ("step", "value", "commands"),
    [
        ("HELO", "out.gmail.test", ()),
        ("MAIL", "ada@gmail.test", (HELLO,)),
        ("RCPT", "support@outlook.test", (HELLO, FROM)),
        ("DATA", None, (HELLO, FROM, TO)),
    ],
)
def test_a_policy_may_refuse_any_step(net, step, value, commands):
    asked = []

    def policy(session, at, what):
        asked.append((at, what, session.client.name, threading.current_thread().name == "the lab"))
        return "451 4.7.1 Come back later" if at == step else None

    net.host.policy = policy
    client = net.client()
    if commands:
        client.start(*commands)
    reply = client.say({"HELO": HELLO, "MAIL": FROM, "RCPT": TO, "DATA": b"DATA\r\n"}[step])
    assert (reply.code, reply.enhanced) == (451, "4.7.1")
    assert asked[-1] == (step, value, "out.gmail.test", False)  # in a thread of its own
    net.host.policy = None
    for line in {"HELO": (HELLO, FROM, TO), "MAIL": (FROM, TO), "RCPT": (TO,), "DATA": ()}[step]:
        assert client.say(line).ok  # nothing but that step was refused
    assert client.letter() == "250 2.0.0"


def test_a_policy_sees_the_letter_and_may_refuse_or_change_it(net):
    def policy(session, step, value):
        if step == "letter":
            assert session.envelope.mail_from is None  # the transaction is over; the letter knows its envelope
            if b"spam" in value.content:
                return "550 5.7.1 No"
            value.content = b"X-Seen: yes\r\n" + value.content
        return None

    net.host.policy = policy
    client = net.client().start()
    assert client.letter(b"Subject: spam\r\n\r\n") == "550 5.7.1"
    assert client.start(FROM, TO).letter() == "250 2.0.0"
    (letter,) = net.box()
    assert letter.content.startswith(b"X-Seen: yes\r\nReturn-Path:")


def test_a_policy_knows_the_envelope_so_far(net):
    seen = []
    net.host.policy = lambda session, step, value: seen.append(
        (step, session.envelope.mail_from, tuple(session.envelope.rcpt_tos))
    )
    net.client().start()
    assert seen[-2:] == [("MAIL", None, ()), ("RCPT", "ada@gmail.test", ())]


def test_a_policy_that_fails_defers_and_is_on_record(net):
    def policy(session, step, value):
        if step == "RCPT":
            raise KeyError("oops")

    net.host.policy = policy
    client = net.client().start(HELLO, FROM)
    reply = client.say(TO)
    assert (reply.code, reply.enhanced) == (451, "4.3.0") and "KeyError" in reply.text and "oops" not in reply.text
    assert isinstance(net.host.sessions[0].error, KeyError)
    net.host.policy = None
    assert client.start(TO).letter() == "250 2.0.0"


def test_a_policy_whose_own_connection_is_lost_does_not_end_the_clients(net):
    def policy(session, step, value):
        if step == "MAIL":
            raise ConnectionResetError("somebody else's")

    net.host.policy = policy
    assert net.client().start(HELLO).code(FROM) == "451 4.3.0"


def test_a_mailbox_that_fails_defers_the_letter(net, monkeypatch):
    def broken(self, letter):
        raise RuntimeError("no space left")

    client = net.client().start()
    with monkeypatch.context() as patch:
        patch.setattr(mail_host.Letter, "__init__", broken)
        assert client.letter() == "451 4.3.0"
    assert client.start(FROM, TO).letter() == "250 2.0.0"
    assert len(net.box()) == 1


def test_a_refused_caller_may_only_quit(net):
    net.host.policy = lambda session, step, value: "554 mx1.outlook.test No service" if step == "connect" else None
    client = net.client()
    assert client.greeting.code == 554
    assert client.say(HELLO).code == 503  # section 3.1
    assert client.code(b"NOOP\r\n") == "503 5.5.1"
    assert client.code(QUIT) == "221 2.0.0"
    assert client.ended()


def test_a_caller_may_be_sent_away_at_once(net):
    net.host.policy = lambda session, step, value: "421 mx1.outlook.test Busy" if step == "connect" else None
    client = net.client()
    assert client.greeting.code == 421
    assert client.ended()


def test_the_conversation_is_aiosmtpds_protocol(net):
    from aiosmtpd.smtp import SMTP

    async def made():
        return net.host.protocol()

    assert issubclass(Conversation, SMTP) and isinstance(net.net.run(made()), Conversation)
