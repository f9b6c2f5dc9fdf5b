"""Notebook 03, SMTP by hand: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re
from contextlib import ExitStack, closing, suppress

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
            text = str(wire.readline(), "utf-8")
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


def read_reply_4(sock) -> str:
    def octets():
        while octet := sock.recv(1):
            yield octet
        raise ConnectionError("the server has gone")

    wire, reply = octets(), bytearray()
    for octet in wire:
        reply += octet
        if re.search(rb"(?:\A|\n)\d{3}(?!-)[^\n]*\r\n\Z", reply):
            break
    return reply.decode("utf-8", errors="backslashreplace").replace("\r\n", "\n").rstrip("\n")


def read_reply_5(sock):
    reply = []
    try:
        while True:
            line = []
            while line[-2:] != [13, 10]:
                line.append(sock.recv(1)[0])
            reply.append(bytes(line[:-2]))
            if reply[-1][3:4] != b"-":
                return "\n".join(part.decode() for part in reply)
    except IndexError:
        raise ConnectionError("closed in the middle of a reply") from None


def read_reply_6(sock):
    def one_line(sofar=b""):
        if sofar[-2:] == b"\r\n":
            return sofar.decode()
        octet = sock.recv(1)
        if not octet:
            raise ConnectionError
        return one_line(sofar + octet)

    line = one_line()
    return line.rstrip("\r\n") if line[3] != "-" else line.rstrip("\r\n") + "\n" + read_reply_6(sock)


def stuff(letter):
    lines = letter.removesuffix(b"\r\n").split(b"\r\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in [*lines, b""][:-1]) + b".\r\n"


def stuff_2(letter):
    text = re.sub(rb"^\.", b"..", letter.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    if text[-1:] not in (b"", b"\n"):
        text += b"\n"
    return text.replace(b"\n", b"\r\n") + b".\r\n"


def stuff_3(letter: bytes) -> bytes:
    out = bytearray()
    begins = True
    for number in letter:
        if begins and number == 46:
            out += b"."
        out.append(number)
        begins = number == 10
    if not begins:
        out += b"\r\n"
    return bytes(out + b".\r\n")


def stuff_4(letter):
    def whole(text):
        return text if text == b"" or text.endswith(b"\r\n") else text + b"\r\n"

    lines = []
    for line in whole(letter).splitlines(keepends=True):
        try:
            first = line[0]
        except IndexError:
            first = None
        lines.append(b"." + line if first == ord(".") else line)
    return b"".join(lines) + b".\r\n"


def stuff_5(letter):
    text = letter.decode("latin-1")
    if not text.endswith("\r\n"):
        text += "\r\n"
    if text.startswith("."):
        text = "." + text
    return (text.replace("\r\n.", "\r\n..") + ".\r\n").encode("latin-1")


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


def send_mail_3(sock, sender, recipients, letter):
    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        return course.read_reply(sock)

    try:
        reply = course.read_reply(sock)
        for line in ("EHLO laptop.learner.test", f"MAIL FROM:<{sender}>"):
            if reply[0] == "2":
                reply = say(line)
        if reply[0] != "2":
            return {r: reply for r in recipients}
        fates = {r: say(f"RCPT TO:<{r}>") for r in recipients}
        good = [r for r in fates if fates[r][0] == "2"]
        if good:
            reply = say("DATA")
            if reply[:3] == "354":
                sock.sendall(course.stuff(letter))
                reply = course.read_reply(sock)
            fates.update({r: reply for r in good})
        return fates
    finally:
        try:
            say("QUIT")
        except OSError:
            pass


def send_mail_4(sock, sender: str, recipients: list[str], letter: bytes) -> dict[str, str]:
    class Refused(Exception):
        pass

    def say(line, good="2"):
        sock.sendall(line + b"\r\n")
        reply = course.read_reply(sock)
        if not re.match(good, reply):
            raise Refused(reply)
        return reply

    replies, waiting = {}, list(recipients)
    try:
        greeting = course.read_reply(sock)
        if greeting[0] != "2":
            raise Refused(greeting)
        say(b"EHLO laptop.learner.test")
        say(b"MAIL FROM:<" + sender.encode() + b">")
        for recipient in recipients:
            try:
                say(b"RCPT TO:<" + recipient.encode() + b">")
            except Refused as no:
                replies[recipient] = str(no)
                waiting.remove(recipient)
        if waiting:
            say(b"DATA", "354")
            replies.update(dict.fromkeys(waiting, say(course.stuff(letter)[:-2])))
    except Refused as no:
        replies.update(dict.fromkeys(waiting, str(no)))
    except OSError:
        sock.sendall(b"QUIT\r\n")
        raise
    try:
        say(b"QUIT")
    except (OSError, Refused):
        pass
    return replies


def send_mail_5(sock, sender, recipients, letter):
    def command(text):
        sock.sendall(f"{text}\r\n".encode("ascii"))
        reply = course.read_reply(sock)
        return int(reply[:3]) // 100, reply

    def envelope():
        reply = course.read_reply(sock)
        kind = int(reply[:3]) // 100
        steps = ["EHLO laptop.learner.test", "MAIL FROM:<" + sender + ">"]
        while kind == 2 and steps:
            kind, reply = command(steps.pop(0))
        return kind, reply

    def everybody():
        kind, reply = envelope()
        if kind != 2:
            return {name: reply for name in recipients}
        asked = [(name, *command("RCPT TO:<" + name + ">")) for name in recipients]
        if not any(kind == 2 for _, kind, _ in asked):
            return {name: reply for name, _, reply in asked}
        kind, last = command("DATA")
        if kind == 3:
            sock.sendall(course.stuff(letter))
            last = course.read_reply(sock)
        return {name: last if kind == 2 else reply for name, kind, reply in asked}

    with suppress(OSError), ExitStack() as leaving:
        leaving.callback(command, "QUIT")
        fates = error = None
        try:
            fates = everybody()
        except OSError as failed:
            error = failed
    if error:
        raise error
    return fates
