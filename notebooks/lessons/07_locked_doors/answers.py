"""Reference answers of notebook 07, locked doors."""

import hashlib
import hmac
import os
from base64 import b64encode

from helpers.answers import read_reply

which_port = {
    "Ada's program hands her letter to her provider, with TLS from the first byte": 465,
    "an older program hands in a letter, and turns TLS on in the conversation": 587,
    "out.gmail.test brings a letter to the exchange of bank.test, with TLS": 25,
    "a letter for corner-shop.test arrives, without TLS": 25,
}


def start_tls(sock, name, context):
    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        return read_reply(sock)

    offers = [line[4:].upper() for line in say("EHLO laptop.learner.test").splitlines()]
    if "STARTTLS" not in offers:
        raise ConnectionError(f"{name} does not offer STARTTLS")
    reply = say("STARTTLS")
    if not reply.startswith("220"):
        raise ConnectionError(f"{name} does not begin TLS: {reply}")
    sock = context.wrap_socket(sock, server_hostname=name)  # checks that the certificate is for that name
    return sock, say("EHLO laptop.learner.test")  # all that was said before counts for nothing


def auth_plain(user, password):
    return b64encode(f"\0{user}\0{password}".encode()).decode()


def relays(sock, local, foreign):
    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        return read_reply(sock)

    read_reply(sock)  # the greeting
    say("EHLO laptop.learner.test")
    replies = []
    for sender in (foreign, local):
        say(f"MAIL FROM:<{sender}>")
        replies.append(say(f"RCPT TO:<{foreign}>"))
        say("RSET")  # and no DATA: nothing is sent
    say("QUIT")
    return any(reply.startswith("2") for reply in replies)


def keep_password(password):
    salt = os.urandom(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def check_password(password, kept):
    salt, digest = kept[:16], kept[16:]
    return hmac.compare_digest(hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32), digest)


def sts_allows(policy, exchange):
    fields = [line.partition(":") for line in policy.splitlines()]
    fields = [(name.strip(), value.strip().lower()) for name, _, value in fields]
    if ("mode", "enforce") not in fields:
        return True
    exchange = exchange.lower()
    rest = exchange.partition(".")[2]  # without its first label, for which a * may stand
    return any(name == "mx" and value in (exchange, f"*.{rest}") for name, value in fields)


whose_certificate = "www.bank.test"
