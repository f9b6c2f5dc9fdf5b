"""Notebook 07, locked doors: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
import random
import re
import secrets
import ssl
from base64 import b64encode
from contextlib import suppress
from hashlib import scrypt
from secrets import compare_digest

from helpers import answers as course


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

    if not re.search(r"(?mi)^250[- ]STARTTLS\s*$", say("EHLO me.learner.test")):
        say("QUIT")
        raise ConnectionError("STARTTLS is not offered")
    if say("STARTTLS").split()[0] != "220":
        raise ConnectionError("no TLS now")
    left = b""
    sock = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    sock.do_handshake()
    return (sock, say("EHLO me.learner.test"))


def start_tls_2(sock, name, context):
    stream = sock.makefile("rb", buffering=0)

    def reply(stream):
        lines = [stream.readline()]
        while lines[-1][3:4] == b"-":
            lines += [stream.readline()]
        if not lines[-1]:
            raise ConnectionError(f"{name} hung up")
        return b"".join(lines).decode()

    sock.sendall(b"EHLO laptop.learner.test\r\n")
    if "STARTTLS" not in reply(stream).upper():
        raise ConnectionError("not offered")
    sock.sendall(b"STARTTLS\r\n")
    if int(reply(stream)[:3]) != 220:
        raise ConnectionError("not now")
    secret = context.wrap_socket(sock, server_hostname=name)
    secret.sendall(b"EHLO laptop.learner.test\r\n")
    return secret, reply(secret.makefile("rb", buffering=0))


def start_tls_3(sock, name, context):
    def say(where, line):
        where.sendall(f"{line}\r\n".encode("ascii"))
        return course.read_reply(where)

    for line in say(sock, "EHLO [192.0.2.10]").splitlines():
        if line[4:].strip().casefold() == "starttls":
            break
    else:
        raise ConnectionError("no such offer")
    match say(sock, "starttls")[:3]:
        case "220":
            tls = context.wrap_socket(sock, server_hostname=name)
        case code:
            raise ConnectionRefusedError(code)
    return [tls, say(tls, "EHLO [192.0.2.10]")]


def start_tls_4(sock, name, context):
    def hello(on) -> str:
        on.send(b"EHLO laptop.learner.test\r\n")
        return course.read_reply(on)

    words = hello(sock).upper().split()
    try:
        assert any(word[4:] == "STARTTLS" or word == "STARTTLS" for word in words)
        sock.send(b"STARTTLS\r\n")
        assert course.read_reply(sock).startswith("220")
    except AssertionError as error:
        raise ConnectionError("there is no TLS") from error
    try:
        sock = context.wrap_socket(sock, server_hostname=name)
    except ssl.SSLCertVerificationError:
        raise
    return sock, hello(sock)


def start_tls_5(sock, name, context):
    def say(line: str) -> str:
        sock.sendall(line.encode() + b"\r\n")
        return course.read_reply(sock)

    offered = {line[4:].strip().upper() for line in say("EHLO a.test").split("\n")}
    if not offered & {"STARTTLS"} or say("STARTTLS").split(" ")[0] != "220":
        with suppress(OSError):
            sock.close()
        raise ConnectionAbortedError(name)
    sock = context.wrap_socket(sock, server_hostname=name)
    return sock, say("EHLO a.test")


def auth_plain(user, password):
    octets = b"\x00".join([user.encode("utf-8"), user.encode("utf-8"), password.encode("utf-8")])
    return str(base64.standard_b64encode(octets), "ascii")


def auth_plain_2(user: str, password: str) -> str:
    return binascii.b2a_base64(bytes(f"\x00{user}\x00{password}", "utf8"), newline=False).decode("ascii")


def auth_plain_3(user, password):
    octets = bytearray()
    for part in ("", user, password):
        octets += part.encode() + b"\0"
    octets.pop()
    return "".join(map(chr, b64encode(octets)))


def auth_plain_4(user, password):
    parts = "\0".join(("", user, password))
    return base64.encodebytes(parts.encode()).replace(b"\n", b"").decode()


def auth_plain_5(user, password):
    return (lambda octets: b64encode(octets).decode())("\0{}\0{}".format(user, password).encode())


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


def relays_2(sock, local, foreign):
    def say(line):
        sock.sendall((line + "\r\n").encode())
        return course.read_reply(sock)[0]

    course.read_reply(sock)
    try:
        say("EHLO laptop.learner.test")
        for sender in foreign, local:
            if say(f"MAIL FROM:<{sender}>") == "2" and say(f"RCPT TO:<{foreign}>") == "2":
                return True
            say("RSET")
        return False
    finally:
        say("QUIT")
        sock.close()


def relays_3(sock, local, foreign):
    def talk(*lines):
        codes = []
        for line in lines:
            sock.sendall(line.encode() + b"\r\n")
            codes.append(int(course.read_reply(sock)[:3]))
        return codes

    course.read_reply(sock)
    codes = talk(
        "HELO laptop.learner.test",
        f"MAIL FROM:<{foreign}>",
        f"RCPT TO:<{foreign}>",
        "RSET",
        f"MAIL FROM:<{local}>",
        f"RCPT TO:<{foreign}>",
        "QUIT",
    )
    return 200 <= codes[2] < 300 or codes[5] // 100 == 2


def relays_4(sock, local, foreign):
    with sock.makefile("rwb", buffering=0) as stream:

        def reply():
            while (line := stream.readline())[3:4] == b"-":
                pass
            return line

        reply()
        stream.write(b"EHLO laptop.learner.test\r\n")
        reply()
        taken = []
        for sender in (foreign, local):
            for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{foreign}>", "RSET"):
                stream.write(f"{line}\r\n".encode())
                taken.append(reply()[:1] == b"2" and line.startswith("RCPT"))
        stream.write(b"QUIT\r\n")
        reply()
    return True in taken


def relays_5(sock, local, foreign):
    verdict = False

    def say(text: str) -> str:
        sock.sendall(text.encode("ascii") + b"\r\n")
        return course.read_reply(sock)

    try:
        course.read_reply(sock)
        say("EHLO laptop.learner.test")
        for n, sender in enumerate([foreign, local]):
            if n:
                say("EHLO laptop.learner.test")  # which ends a letter that was begun, as RSET does
            say(f"mail from:<{sender}>")
            verdict |= re.match("2..", say(f"rcpt to:<{foreign}>")) is not None
        say("quit")
    except OSError:
        pass
    return verdict


def keep_password(password):
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(bytes(password, "utf-8"), salt=salt, n=16384, r=8, p=1, maxmem=64 * 2**20, dklen=32)
    return b"".join((salt, made))


def keep_password_2(password: str) -> bytes:
    def scrambled(salt: bytes) -> bytes:
        return scrypt(password.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=32)

    salt = os.urandom(16)
    return salt + scrambled(salt)


def keep_password_3(password):
    kept = bytearray(os.urandom(16))
    kept.extend(hashlib.scrypt(password.encode("utf-8"), salt=bytes(kept), n=2**14, r=8, p=1, dklen=32))
    return bytes(kept)


def keep_password_4(password):
    salt = bytes(random.SystemRandom().randrange(256) for _ in range(16))
    return b"%b%b" % (salt, hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32))


def keep_password_5(password):
    rules = dict(n=2**14, r=8, p=1, dklen=32)
    try:
        octets = password.encode()
    except AttributeError:
        octets = password
    return (salt := secrets.token_bytes(16)) + hashlib.scrypt(octets, salt=salt, **rules)


def check_password(password, kept):
    made = kept[:16] + scrypt(password.encode(), salt=kept[:16], n=16384, r=8, p=1, dklen=32)
    return compare_digest(made, kept)


def check_password_2(password: str, kept: bytes) -> bool:
    def scrambled(salt: bytes) -> bytes:
        return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)

    return hmac.compare_digest(kept[16:], scrambled(kept[:16]))


def check_password_3(password, kept):
    salt = kept[:-32]
    made = hashlib.scrypt(password.encode("utf-8"), salt=salt, n=2**14, r=8, p=1, dklen=32)
    same = hmac.compare_digest(made.hex(), kept[-32:].hex())
    return True if same else False


def check_password_4(password, kept):
    try:
        made = scrypt(bytes(password, "utf-8"), salt=kept[0:16], n=16384, r=8, p=1, dklen=len(kept) - 16)
    except ValueError:
        return False
    return secrets.compare_digest(made, kept[16:])


def check_password_5(password, kept):
    parts = {"salt": kept[:16], "hash": kept[16:]}
    if not password:
        return False
    made = hashlib.scrypt(password.encode(), salt=parts["salt"], n=2**14, r=8, p=1, dklen=32)
    return bool(hmac.compare_digest(parts["hash"], made))


def sts_allows(policy, exchange):
    if not re.search(r"(?m)^mode:\s*enforce\s*$", policy):
        return True
    for pattern in re.findall(r"(?m)^mx:\s*(\S+)", policy):
        wanted = re.escape(pattern).replace(r"\*", "[^.]+")
        if re.fullmatch(wanted, exchange, re.IGNORECASE):
            return True
    return False


def sts_allows_2(policy, exchange):
    mode, names = "", []
    for line in policy.split("\n"):
        key, _, value = line.strip().partition(":")
        if key == "mode":
            mode = value.strip()
        elif key == "mx":
            names.append(value.strip().lower())
    if mode != "enforce":
        return True
    labels = exchange.lower().split(".")
    for name in names:
        wanted = name.split(".")
        if len(wanted) == len(labels) and wanted[1:] == labels[1:] and wanted[0] in ("*", labels[0]):
            return True
    return False


def sts_allows_3(policy: str, exchange: str) -> bool:
    def values(key: str) -> list[str]:
        return [line[len(key) + 1 :].strip().lower() for line in policy.splitlines() if line.startswith(f"{key}:")]

    exchange = exchange.lower()
    first, _, rest = exchange.partition(".")
    return "enforce" not in values("mode") or exchange in values("mx") or "*." + rest in values("mx")


def sts_allows_4(policy, exchange):
    lines = [line.split(":", 1) for line in policy.splitlines() if ":" in line]
    if {"enforce"} != {value.strip() for key, value in lines if key == "mode"}:
        return True
    patterns = (value.strip().casefold() for key, value in lines if key == "mx")
    dots = exchange.count(".")
    return any(fnmatch.fnmatchcase(exchange.casefold(), one) for one in patterns if one.count(".") == dots)


def sts_allows_5(policy, exchange):
    found = {}
    for key, value in re.findall(r"([a-z_-]+):[ \t]*([^\r\n]*)", policy):
        found.setdefault(key, []).append(value.lower())
    try:
        if found["mode"][0] != "enforce":
            return True
    except KeyError:
        return True
    name = exchange.lower()
    for pattern in found.get("mx", []):
        if pattern[:2] == "*.":
            if name.split(".", 1)[-1] == pattern[2:] and name != pattern[2:]:
                return True
        elif pattern == name:
            return True
    return False
