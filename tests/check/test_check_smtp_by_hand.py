"""Notebook 03: answers in other words, functions in other hands, and what the run may hand to `happened`."""

import pytest

from helpers import check
from helpers.check.answers import smtp_by_hand as answers

IMPORTS = "from helpers.check.answers.smtp_by_hand import read_reply, stuff\n\n\n"

LINE_BY_LINE = """\
def read_reply(sock):
    text = ""
    while True:
        line = b""
        while line[-2:] != b"\\r\\n":
            octet = sock.recv(1)
            if octet == b"":
                raise ConnectionResetError("gone")
            line += octet
        text += line.decode().strip() + "\\n"
        if line[3:4] != b"-":
            return text.strip()
"""

BY_FILE = """\
import itertools


def read_reply(sock):
    def line():
        with sock.makefile("rb", buffering=0) as wire:
            text = str(wire.readline(), "ascii")
        if not text.endswith("\\n"):
            raise BrokenPipeError("no more to read")
        return text.rstrip()

    lines = [line()]
    while lines[-1][3:4] == "-":
        lines.append(line())
    return "\\n".join(lines)
"""

BY_NUMBER = """\
def read_reply(sock):
    sock.settimeout(30)
    data, start = bytearray(), 0
    while True:
        octet = sock.recv(1)
        if not octet:
            raise ConnectionAbortedError
        data += octet
        if data[-2:] == b"\\r\\n":
            if len(data) - start < 5 or data[start + 3] != ord("-"):
                return data.decode()[:-2].replace("\\r\\n", "\\n")
            start = len(data)
"""

BY_LINES = """\
def stuff(letter):
    lines = letter.removesuffix(b"\\r\\n").split(b"\\r\\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\\r\\n" for line in [*lines, b""][:-1]) + b".\\r\\n"
"""

IN_ONE = """\
import re


def stuff(letter):
    text = re.sub(rb"^\\.", b"..", letter.replace(b"\\r\\n", b"\\n"), flags=re.MULTILINE)
    if text[-1:] not in (b"", b"\\n"):
        text += b"\\n"
    return text.replace(b"\\n", b"\\r\\n") + b".\\r\\n"
"""

STEP_BY_STEP = """\
def send_mail(sock, sender, recipients, letter):
    def say(data):
        sock.sendall(data)
        return read_reply(sock)

    def goodbye(fates):
        try:
            say(b"quit\\r\\n")
        except OSError:
            pass
        return fates

    reply = read_reply(sock)
    if not reply.startswith("220"):
        return goodbye({r: reply for r in recipients})
    reply = say(b"EHLO laptop.learner.test\\r\\n")
    if reply[0] != "2":
        reply = say(b"HELO laptop.learner.test\\r\\n")
    if reply[0] != "2":
        return goodbye({r: reply for r in recipients})
    reply = say(f"MAIL FROM:<{sender}>\\r\\n".encode())
    if reply[0] != "2":
        return goodbye({r: reply for r in recipients})
    fates, good = {}, []
    for recipient in recipients:
        fates[recipient] = say(f"RCPT TO:<{recipient}>\\r\\n".encode())
        if fates[recipient].startswith("25"):
            good.append(recipient)
    if not good:
        return goodbye(fates)
    reply = say(b"DATA\\r\\n")
    if reply[:3] == "354":
        reply = say(stuff(letter))
    for recipient in good:
        fates[recipient] = reply
    return goodbye(fates)
"""


IN_GROUPS = """\
from contextlib import closing


def send_mail(sock, sender, recipients, letter):
    sock.settimeout(60)
    with closing(sock):
        greeting = read_reply(sock)
        if greeting[:3] != "220":
            sock.sendall(b"QUIT\\r\\n")
            return {name: greeting for name in recipients}
        sock.sendall(b"EHLO [192.0.2.10]\\r\\n")
        hello = read_reply(sock)
        if hello[0] in "45":
            sock.sendall(b"QUIT\\r\\n")
            return {name: hello for name in recipients}
        group = [f"MAIL FROM:<{sender}> SIZE={len(letter)}", *(f"RCPT TO:<{name}>" for name in recipients)]
        sock.sendall("".join(line + "\\r\\n" for line in group).encode())
        mail, *fates = [read_reply(sock) for _ in group]
        fates = dict(zip(recipients, fates if mail[0] == "2" else [mail] * len(recipients)))
        if accepted := [name for name in fates if fates[name].startswith("2")]:
            sock.sendall(b"DATA\\r\\n")
            answer = read_reply(sock)
            if answer[0] == "3":
                sock.sendall(stuff(letter))
                answer = read_reply(sock)
            fates |= {name: answer for name in accepted}
        else:
            sock.sendall(b"RSET\\r\\n")
            read_reply(sock)
        sock.sendall(b"QUIT\\r\\n")
        return fates
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("read_reply", LINE_BY_LINE),
        ("read_reply", BY_FILE),
        ("read_reply", BY_NUMBER),
        ("stuff", BY_LINES),
        ("stuff", IN_ONE),
        ("send_mail", IMPORTS + STEP_BY_STEP),
        ("send_mail", IMPORTS + IN_GROUPS),
    ],
    ids=lambda text: text if text.isidentifier() else "",
)
def test_a_function_in_another_hand_passes(name, text, cells):
    result = getattr(check, name)(cells.run(text, name))
    assert result.passed, result


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("order_commands", "ehlo, mail, rcpt, data, letter, quit"),
        ("order_commands", tuple(answers.order_commands)),
        ("find_mistake", "line 9"),
        ("find_mistake", [9]),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize(
    ("name", "value", "letter"),
    [
        ("who_greets", b"250", "a"),
        ("who_greets", b"503", "c"),
        ("noop_unannounced", "503 5.5.1 Say HELO", "b"),
        ("envelope_commands", ("ada@gmail.test", 1, 0), "a"),
        ("envelope_commands", ("ada@gmail.test", 0, 1), "c"),
        ("no_data", 1, "b"),
        ("no_data", "a letter", "a"),
        ("first_recv", b"250-mx1.outlook.test\r\n", "a"),
        ("first_recv", b"250-m", "b"),
        ("lone_dot", "the letter", "a"),
        ("lone_dot", "nothing", "c"),
        ("bare_lf", "250 2.0.0 OK", "a"),
        ("bare_lf", "nothing", "b"),
        ("one_refused", 0, "a"),
        ("one_refused", 2, "c"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, letter):
    assert f"What happened: {letter})" in repr(check.happened(name, value))
