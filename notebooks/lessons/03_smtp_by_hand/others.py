"""Notebook 03, SMTP by hand: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re
from contextlib import closing

from helpers import answers as course


def read_reply(sock):
    text = ""
    while True:
        line = b""
        while line[-2:] != b"\r\n":
            octet = sock.recv(1)
            if octet == b"":
                raise ConnectionResetError("gone")
            line += octet
        text += line.decode().strip() + "\n"
        if line[3:4] != b"-":
            return text.strip()


def read_reply_2(sock):
    def line():
        with sock.makefile("rb", buffering=0) as wire:
            text = str(wire.readline(), "ascii")
        if not text.endswith("\n"):
            raise BrokenPipeError("no more to read")
        return text.rstrip()

    lines = [line()]
    while lines[-1][3:4] == "-":
        lines.append(line())
    return "\n".join(lines)


def read_reply_3(sock):
    sock.settimeout(30)
    data, start = bytearray(), 0
    while True:
        octet = sock.recv(1)
        if not octet:
            raise ConnectionAbortedError
        data += octet
        if data[-2:] == b"\r\n":
            if len(data) - start < 5 or data[start + 3] != ord("-"):
                return data.decode()[:-2].replace("\r\n", "\n")
            start = len(data)


def stuff(letter):
    lines = letter.removesuffix(b"\r\n").split(b"\r\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in [*lines, b""][:-1]) + b".\r\n"


def stuff_2(letter):
    text = re.sub(rb"^\.", b"..", letter.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    if text[-1:] not in (b"", b"\n"):
        text += b"\n"
    return text.replace(b"\n", b"\r\n") + b".\r\n"


def send_mail(sock, sender, recipients, letter):
    def say(data):
        sock.sendall(data)
        return course.read_reply(sock)

    def goodbye(fates):
        try:
            say(b"quit\r\n")
        except OSError:
            pass
        return fates

    reply = course.read_reply(sock)
    if not reply.startswith("220"):
        return goodbye({r: reply for r in recipients})
    reply = say(b"EHLO laptop.learner.test\r\n")
    if reply[0] != "2":
        reply = say(b"HELO laptop.learner.test\r\n")
    if reply[0] != "2":
        return goodbye({r: reply for r in recipients})
    reply = say(f"MAIL FROM:<{sender}>\r\n".encode())
    if reply[0] != "2":
        return goodbye({r: reply for r in recipients})
    fates, good = {}, []
    for recipient in recipients:
        fates[recipient] = say(f"RCPT TO:<{recipient}>\r\n".encode())
        if fates[recipient].startswith("25"):
            good.append(recipient)
    if not good:
        return goodbye(fates)
    reply = say(b"DATA\r\n")
    if reply[:3] == "354":
        reply = say(course.stuff(letter))
    for recipient in good:
        fates[recipient] = reply
    return goodbye(fates)


def send_mail_2(sock, sender, recipients, letter):
    sock.settimeout(60)
    with closing(sock):
        greeting = course.read_reply(sock)
        if greeting[:3] != "220":
            sock.sendall(b"QUIT\r\n")
            return {name: greeting for name in recipients}
        sock.sendall(b"EHLO [192.0.2.10]\r\n")
        hello = course.read_reply(sock)
        if hello[0] in "45":
            sock.sendall(b"QUIT\r\n")
            return {name: hello for name in recipients}
        group = [f"MAIL FROM:<{sender}> SIZE={len(letter)}", *(f"RCPT TO:<{name}>" for name in recipients)]
        sock.sendall("".join(line + "\r\n" for line in group).encode())
        mail, *fates = [course.read_reply(sock) for _ in group]
        fates = dict(zip(recipients, fates if mail[0] == "2" else [mail] * len(recipients)))
        if accepted := [name for name in fates if fates[name].startswith("2")]:
            sock.sendall(b"DATA\r\n")
            answer = course.read_reply(sock)
            if answer[0] == "3":
                sock.sendall(course.stuff(letter))
                answer = course.read_reply(sock)
            fates |= {name: answer for name in accepted}
        else:
            sock.sendall(b"RSET\r\n")
            course.read_reply(sock)
        sock.sendall(b"QUIT\r\n")
        return fates
