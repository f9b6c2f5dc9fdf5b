"""The console by code: what it says, what is behind one, and what it never says."""

import base64
import socket
import sys
import time

import pytest

from helpers.lab import Lab
from helpers.lab.cast import PASSWORDS
from helpers.show import console as module
from helpers.show.console import Console
from helpers.show.console_widget import ConsoleView
from helpers.show.session import Session
from helpers.wire import Transcript

HOST = "mx1.outlook.test"
ENVELOPE = ["EHLO laptop.learner.test", "MAIL FROM:<ada@gmail.test>", "RCPT TO:<grace@outlook.test>"]
LETTER = ["From: Ada <ada@gmail.test>", 'Subject: it\'s "by hand"', "", "..", "Hello", "."]


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def say(console, *lines):
    return [console.say(line) for line in lines]


def behind(console):
    return list(Session.of(console.transcript.lines).behind.items())


def test_each_line_has_its_reply(lab):
    console = Console(lab, HOST)
    assert [line.text for line in console.transcript.lines] == [f"220 {HOST} ESMTP"]
    assert say(console, *ENVELOPE, "DATA", *LETTER)[1:] == [
        "250 2.1.0 Sender <ada@gmail.test> OK",
        "250 2.1.5 Recipient <grace@outlook.test> OK",
        "354 Send the letter, and end it with a line that holds only a dot",
        *[""] * 5,
        "250 2.0.0 Letter kept as 0001",
    ]
    assert console.say("EHLO laptop.learner.test").count("\n250") == 6
    assert lab.mailbox("grace@outlook.test")[0].text.startswith(".")


def test_what_is_behind_one_is_lit_by_replies_alone(lab):
    console, start = Console(lab, HOST), [("connected", ""), ("greeted", "220")]
    assert behind(console) == start
    for line in ("MAIL FROM:<ada@gmail.test>", "RCPT TO:<grace@outlook.test>", "DATA", "Hello", "."):
        assert console.say(line)[0] == "5" and behind(console) == start
    say(console, *ENVELOPE, "RCPT TO:<nobody@outlook.test>", "RCPT TO:<support@outlook.test>")
    envelope = [*start, ("EHLO", "250"), ("MAIL", "250"), ("RCPT", "250 250")]
    assert behind(console) == envelope
    console.say("RSET")
    assert behind(console) == envelope[:3]
    say(console, *ENVELOPE[1:], "data")
    assert behind(console)[-1] == ("DATA", "354")
    say(console, "MAIL FROM:<a@b.test>", "", "QUIT", ".")
    assert behind(console) == [*envelope[:3], ("sent", "250")]
    assert console.say("QUIT").startswith("221")
    assert console.closed and console.transcript.lines[-1].text == f"{HOST} closed the connection"


def test_a_letter_that_is_refused_is_not_sent_and_leaves_no_envelope():
    said = Transcript("a", "b")
    for who, data in [
        ("S", b"220 b\r\n"),
        ("C", b"MAIL\r\n"),
        ("S", b"250 \r\n"),
        ("C", b"DATA\r\n"),
        ("S", b"354\r\n"),
    ]:
        said.add(who, data, None)
    said.add("C", b"a\n.\nb\r\n..\r\n", None)
    assert Session.of(said.lines).letter and not Session.of(said.lines).asked
    said.add("C", b".\r\n", None)
    assert Session.of(said.lines).asked == ["sent"]
    said.add("S", b"550-no\r\n550 no", None)
    assert Session.of(said.lines).asked == ["sent"]
    said.add("S", b"\r\n", None)
    session = Session.of(said.lines)
    assert session.behind == {"connected": "", "greeted": "220"} and not session.letters and not session.asked


def test_lines_that_end_otherwise(lab):
    console = Console(lab, HOST)
    assert console.say("NOOP", end="\n").startswith("550 5.5.2")
    assert console.say("NO", end="") == ""
    assert console.say("OP") == "250 2.0.0 OK"
    assert console.say("NOOP\r\nNOOP").count("250") == 2
    assert console.say("Grüße").startswith("500")
    assert [line.text for line in console.transcript.lines if line.who == "C"] == [
        r"NOOP\n",
        "NOOP",
        "NOOP",
        "NOOP",
        "Grüße",
    ]


def test_the_same_as_lines_of_python_once_a_letter_has_arrived(lab):
    console = Console(lab, HOST)
    say(console, *ENVELOPE)
    console.say("NOOP", "\n")
    assert repr(console.code) == module.UNTIL_THEN and compile(console.code, "", "exec")
    say(console, "DATA", *LETTER, "QUIT")
    assert console.code.splitlines()[:5] == [
        'sock = lab.connect("203.0.113.25", 25)',
        "print(sock.recv(1024))",
        'print(say(sock, "EHLO laptop.learner.test"))',
        'print(say(sock, "MAIL FROM:<ada@gmail.test>"))',
        'print(say(sock, "RCPT TO:<grace@outlook.test>"))',
    ]
    assert "def " not in console.code

    def said(sock, line):
        sock.sendall(line.encode() + b"\r\n")
        return sock.recv(1024)

    printed = []
    exec(console.code, {"lab": lab, "say": said, "print": printed.append})
    assert printed[-2].startswith(b"250 2.0.0 Letter kept as 0002")
    one, two = lab.mailbox("grace@outlook.test")
    assert one.text == two.text


def test_a_reply_that_does_not_come_is_said_after_two_seconds(lab):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lab.serve("mail.learner.test", 25, silent.getsockname())
        began = time.monotonic()
        console = Console(lab, "mail.learner.test")
        peer = silent.accept()[0]
        assert 2 <= time.monotonic() - began < 2.5
        assert console._news == "mail.learner.test said nothing for 2 s."
        peer.sendall(b"220 late\r\n")
        time.sleep(0.1)
        began = time.monotonic()
        assert console.say("NOOP") == "220 late"  # it has slipped, and does not hide that
        assert 2 <= time.monotonic() - began < 2.5
        peer.close()
        console.say("NOOP")
        assert console.closed and "The connection is closed." in console._news
        with pytest.raises(ConnectionError, match="For another, run its cell again"):
            console.say("NOOP")


def test_it_closes_with_its_lab_and_another_is_another_connection(lab):
    one, two = Console(lab, HOST), Console(lab, HOST)
    one.say("EHLO laptop.learner.test")
    assert two.say("MAIL FROM:<ada@gmail.test>").startswith("503")
    two.close()
    with pytest.raises(ConnectionError, match="is closed. For another, run its cell again"):
        two.say("NOOP")
    lab.close()
    with pytest.raises(ConnectionError, match="The lab is closed, and the connection with it"):
        one.say("NOOP")
    assert len(one.transcript.lines) == 9


def test_a_host_that_hung_up_meanwhile_is_heard_first(lab):
    console = Console(lab, HOST)
    lab.clock.advance(minutes=10)
    time.sleep(0.2)
    assert console.say("NOOP").startswith("421")
    assert [line.who for line in console.transcript.lines if line.who == "C"] == []
    assert console.closed


@pytest.mark.parametrize("port", [465, 587])
def test_tls_begins_by_itself(lab, port):
    console = Console(lab, "smtp.gmail.test", port)
    if port == 587:
        say(console, "EHLO laptop.learner.test")
        assert console.say("STARTTLS").startswith("220")
        assert console.say("MAIL FROM:<ada@gmail.test>").startswith("503")
    assert behind(console)[:2] == [("connected", ""), ("TLS", "")]
    assert "250-AUTH PLAIN LOGIN" in console.say("EHLO laptop.learner.test")
    began = time.monotonic()
    assert console.say("NO", end="") == ""
    assert time.monotonic() - began < 0.5
    assert console.say("OP").startswith("250")
    for word in (
        "AUTH LOGIN",
        *(base64.b64encode(w.encode()).decode() for w in ("ada@gmail.test", PASSWORDS["ada@gmail.test"])),
    ):
        console.say(word)
    assert behind(console)[-1] == ("AUTH", "235")
    say(console, ENVELOPE[1], ENVELOPE[2], "DATA", *LETTER)
    assert 'sock = context.wrap_socket(sock, server_hostname="smtp.gmail.test")' in console.code.splitlines()


def test_a_lock_that_does_not_hold_closes_the_connection(lab):
    lab.submission.tls = "wrong name"
    console = Console(lab, "smtp.gmail.test", 465)
    assert console.closed and console.transcript.lines[-1].text == "TLS did not come about"


def test_its_faces_never_change_and_give_nothing_away(lab):
    console = Console(lab, HOST)
    before = repr(console), console._repr_html_()
    say(console, *ENVELOPE)
    console.close()
    assert (repr(console), console._repr_html_()) == before == (repr(Console(lab, HOST)), console._repr_html_())
    assert before[0].startswith(f"A console to {HOST}, port 25: type a line, and Enter says it. By code:\n")
    for word in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT"):
        assert word not in before[0] + before[1]
    assert set(console._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_widget_follows_what_is_said_by_code_and_by_hand(lab, in_kernel):
    console = Console(lab, HOST)
    shown = console._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown and shown["text/plain"] == repr(console)
    view = console._widget
    assert isinstance(view, ConsoleView) and view.connected and view.behind == ["connected", "greeted 220"]
    view._typed(view, {"line": "<b>NOOP</b>", "end": "\r\n"}, [])
    console.say("NOOP")
    assert [row["text"] for row in view.rows][1:] == [
        "<b>NOOP</b>",
        "500 5.5.2 No such command; try HELP",
        "NOOP",
        "250 2.0.0 OK",
    ]
    assert view.rows[-1] | {"ground": ""} == {
        "sign": "✓",
        "colour": "mail-good",
        "who": "S",
        "text": "250 2.0.0 OK",
        "lane": "mail-line mail-lane-server",
        "ground": "",
    }
    assert view.typed == ["<b>NOOP</b>", "NOOP"] and view.answered == 1 and view.code == ""
    lab.close()
    assert not view.connected and "The lab is closed" in view.news
    view._typed(view, {"line": "NOOP", "end": "\r\n"}, [])
    assert view.answered == 2 and "The lab is closed" in view.news


def test_no_html_is_ever_parsed_by_the_view():
    source = ConsoleView._esm
    assert "textContent" in source
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]
