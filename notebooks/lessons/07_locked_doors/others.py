"""Notebook 07, locked doors: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import base64
import hashlib
import re
import secrets
from hashlib import scrypt
from secrets import compare_digest


def start_tls(sock, name, context):
    left = b""  # what came and was not read yet

    def say(line):
        nonlocal left
        sock.sendall(f"{line}\r\n".encode())
        lines = []
        while not lines or lines[-1][3:4] == b"-":
            while b"\r\n" not in left:
                piece = sock.recv(4096)
                if not piece:
                    raise ConnectionError("gone")
                left += piece
            line, _, left = left.partition(b"\r\n")
            lines.append(line)
        return b"\r\n".join(lines).decode()

    if "\r\n250-STARTTLS" not in say("EHLO me.learner.test"):
        say("QUIT")
        raise ConnectionError("STARTTLS is not offered")
    if say("STARTTLS").split()[0] != "220":
        raise ConnectionError("no TLS now")
    left = b""
    sock = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    sock.do_handshake()
    return (sock, say("EHLO me.learner.test"))


def auth_plain(user, password):
    octets = b"\x00".join([user.encode("utf-8"), user.encode("utf-8"), password.encode("utf-8")])
    return str(base64.standard_b64encode(octets), "ascii")


def relays(sock, local, foreign):
    wire = sock.makefile("rw", encoding="ascii", newline="")

    def reply():
        line = wire.readline()
        while line[3] == "-":
            line = wire.readline()
        return int(line[:3])

    def say(words):
        wire.write(words + "\r\n")
        wire.flush()
        return reply()

    reply()
    say("HELO laptop.learner.test")
    found = False
    for sender in [local, foreign]:
        if say("MAIL FROM:<%s>" % sender) == 250 and say("RCPT TO:<%s>" % foreign) // 100 == 2:
            found = True
            break
        say("RSET")
    say("QUIT")
    sock.close()
    return found


def keep_password(password):
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(bytes(password, "utf-8"), salt=salt, n=16384, r=8, p=1, maxmem=64 * 2**20, dklen=32)
    return b"".join((salt, made))


def check_password(password, kept):
    made = kept[:16] + scrypt(password.encode(), salt=kept[:16], n=16384, r=8, p=1, dklen=32)
    return compare_digest(made, kept)


def sts_allows(policy, exchange):
    if not re.search(r"(?m)^mode:\s*enforce\s*$", policy):
        return True
    for pattern in re.findall(r"(?m)^mx:\s*(\S+)", policy):
        wanted = re.escape(pattern).replace(r"\*", "[^.]+")
        if re.fullmatch(wanted, exchange, re.IGNORECASE):
            return True
    return False
