"""Node's own: nodemailer brings letters, and the smtp-server program that notebook 05 prints takes them."""

import json
import re
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.peers.letters import LETTERS, TOO_LONG, bare

SEND = Path(__file__).parent / "node" / "send.js"


# nodemailer, into the lab's hosts and the learner's server


def nodemailer(node, server, message: dict) -> dict:
    """Let nodemailer bring a message; return what it reports."""
    words, message = (SEND, *map(str, server.place)), json.dumps(message)
    done = node(subprocess.run, *words, input=message, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def raw(content: bytes, recipients: list[str]) -> dict:
    return {"raw": content.decode(), "envelope": {"from": "ada@gmail.test", "to": recipients, "use8BitMime": True}}


@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_by_nodemailer(node, server, content):
    report = nodemailer(node, server, raw(content, server.people[:1]))
    assert report["accepted"] == server.people[:1] and report["response"].startswith("250 2.0.0 Letter kept")
    assert server.kept() == [content]


def test_a_hundred_recipients_by_nodemailer(node, server):
    report = nodemailer(node, server, raw(LETTERS["dots"], server.people))
    assert report["accepted"] == server.people
    assert server.kept() == [LETTERS["dots"]]


def test_a_line_that_is_too_long_by_nodemailer(node, server):
    report = nodemailer(node, server, raw(TOO_LONG, server.people[:1]))
    assert (report["code"], report["responseCode"]) == ("EMESSAGE", 500)
    assert server.kept() == []


def test_a_letter_that_nodemailer_has_written(node, server):
    text = f"Grüße\n.\n{'z' * 1200}\n"  # it encodes what does not fit
    message = {"from": "Ada <ada@gmail.test>", "to": server.people[:1], "subject": "Grüße ☃", "text": text}
    message["attachments"] = [{"filename": "ünï.bin", "content": "AAH/", "encoding": "base64"}]
    assert nodemailer(node, server, message)["accepted"] == server.people[:1]
    (content,) = server.kept()
    letter = message_from_bytes(content, policy=policy.default)
    assert letter["Subject"] == "Grüße ☃"
    assert letter.get_body().get_content().replace("\r\n", "\n") == text
    (attachment,) = letter.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("ünï.bin", b"\x00\x01\xff")


# The program of notebook 05, which the lab's hosts find by the DNS


def carried(lab, content: bytes, recipients: list[str]):
    """Send a letter to learner.test from a host of the lab; return the Delivery, once everyone has got it."""
    delivery = lab.send(content, sender="ada@gmail.test", recipients=recipients)
    told = {(fate.status, fate.code, fate.text, fate.exchange) for fate in delivery.fates.values()}
    assert told == {("delivered", 250, "OK: message queued", "mail.learner.test")}
    return delivery


def test_what_the_program_says_and_prints(lab, tutorial):
    transcript = (
        carried(lab, b"Subject: Hello\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n", ["me@learner.test"]).attempts[0].transcript
    )
    said = [line.text for line in transcript.lines if line.who == "S"]
    assert re.fullmatch(r"220 \S+ ESMTP", said[0]) and re.fullmatch(r"250-\S+ Nice to meet you, \S+", said[1])
    assert said[2:8] == [
        *("250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8", "250-AUTH LOGIN PLAIN", "250 STARTTLS"),
        "220 Ready to start TLS",  # the lab's hosts take the offer, whosever the certificate is
    ]
    assert re.fullmatch(r"250-\S+ Nice to meet you, \S+", said[8])
    assert said[9:] == [
        *("250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8", "250 AUTH LOGIN PLAIN"),
        *("250 Accepted", "250 Accepted", "354 End data with <CR><LF>.<CR><LF>"),
        *("250 OK: message queued", "221 Bye"),
    ]
    warning, connect, sender, recipient, *letter = tutorial.printed.decode().splitlines()
    assert "private key of this certificate is publicly known" in warning
    assert re.fullmatch(r"connect \S+", connect)
    assert (sender, recipient) == ("from ada@gmail.test", "to me@learner.test")
    assert "Subject: Hello" in letter and "Grüße" in letter


def test_a_piece_may_end_in_the_middle_of_a_character(lab, tutorial):
    """The notebook says so: what it prints can be broken."""
    with lab.connect("192.0.2.25", 25) as sock, sock.makefile("rb") as replies:
        for command in ("HELO laptop.learner.test", "MAIL FROM:<>", "RCPT TO:<me@learner.test>", "DATA"):
            replies.readline()
            sock.sendall(f"{command}\r\n".encode())
        assert replies.readline().startswith(b"354")
        sock.sendall(b"Subject: Hello\r\n\r\nGr\xc3\xbc123")
        tutorial.wait_for(b"Gr")  # the last four octets wait: they might begin the end of the letter
        sock.sendall(b"\r\n.\r\n")
        assert replies.readline() == b"250 OK: message queued\r\n"
    assert "\nGr\ufffd\n\ufffd123\r\n" in tutorial.printed.decode()


@pytest.mark.parametrize("content", [*LETTERS.values(), TOO_LONG], ids=[*LETTERS, "a line that is too long"])
def test_the_program_gets_every_octet(lab, tutorial, content):
    """It ends the line after each piece of a letter, wherever that is: so line ends are not compared."""
    delivery = carried(lab, content, ["me@learner.test"])
    _, _, printed = tutorial.printed.partition(b"to me@learner.test\n")
    assert printed.replace(b"\n", b"") == delivery.content.replace(b"\n", b"")
    assert bare(delivery.content) == content


def test_the_program_takes_a_hundred_recipients(lab, tutorial):
    people = [f"reader{n}@learner.test" for n in range(100)]
    carried(lab, LETTERS["dots"], people)
    assert re.findall(r"^to (.*)", tutorial.printed.decode(), re.M) == people


def test_the_program_waits_for_a_password_and_has_nobody_to_ask(lab, tutorial):
    """What the notebook's table says of allowInsecureAuth without onAuth."""
    with lab.connect("192.0.2.25", 25) as sock, sock.makefile("rw", newline="", encoding="utf-8") as wire:
        wire.readline()
        wire.write("EHLO laptop.learner.test\r\n")
        wire.flush()
        offered = [wire.readline() for _ in range(6)]
        wire.write("AUTH PLAIN AGFkYQBzZWNyZXQ=\r\n")
        wire.flush()
        assert wire.readline()[:3] == "535"
    assert "250-AUTH LOGIN PLAIN\r\n" in offered
