"""Accounts: who may log in, and what a host keeps of their passwords, which is no password.

A host that is broken into loses its file. So it keeps what scrypt (RFC 7914) makes of the password and a salt: quick
enough for one log-in, and for whoever tries a dictionary as slow and as large each time.
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode

from helpers.wire.faces import Face, columns

# 16 MiB for a guess, and some 50 ms. OWASP's Password Storage Cheat Sheet asks for five times as much (a 5 at the end),
# which a small machine with a class on it would feel.
COST, BLOCK, PARALLEL = 2**14, 8, 1

# What smtp.gmail.test keeps: method, the three factors, salt, hash. The passwords stand in cast.PASSWORDS.
KEPT = {
    "ada@gmail.test": "scrypt$16384$8$1$EJNxvrhUPgqpn8960AjozQ==$6tNzDlREmZMLNJVT+nlx6/2drQvGptzMrElsHKWhT8A=",
    "bob@gmail.test": "scrypt$16384$8$1$Meg0u7NA/RrucR7R8Gw+Yg==$/4tdzXYDdSSQ1i1PZ7nTOYMZuk4WQ9UccVEX/M1Xsb4=",
}


def kept(password: str, salt: bytes | None = None) -> str:
    """Return what may be kept of a password: with a salt of its own, so that no two alike look alike."""
    salt = os.urandom(16) if salt is None else salt
    return f"scrypt${COST}${BLOCK}${PARALLEL}${_text(salt)}${_text(_hash(password, salt, COST, BLOCK, PARALLEL))}"


class Accounts(Face):
    """Names (mail addresses) and what is kept of their passwords."""

    _head = ("Name", "Method and factors, salt, hash")
    _code = _head[1:]

    def __init__(self, accounts=KEPT):
        self._accounts = dict(accounts)
        # An unknown name is checked as well, against this: how long the answer takes must not tell who has an account.
        self._nobody = f"scrypt${COST}${BLOCK}${PARALLEL}${_text(bytes(16))}${_text(bytes(32))}"

    def add(self, name: str, password: str) -> None:
        """Open an account, or give one a new password."""
        self._accounts[name.lower()] = kept(password)

    def check(self, name: str, password: str) -> bool:
        """Return whether this is the password of that account. It takes as long for a name that there is not."""
        known = self._accounts.get(name.lower())
        _, *factors, salt, digest = (known or self._nobody).split("$")
        # compare_digest takes as long for a first octet that differs as for a last one.
        same = hmac.compare_digest(_hash(password, b64decode(salt), *map(int, factors)), b64decode(digest))
        return same and known is not None

    def _title(self) -> str:
        return "What is kept of the passwords"

    def _rows(self) -> list[tuple[str, str]]:
        return [(name, "\n".join(parts)) for name, *parts in self._parts()]

    def __repr__(self) -> str:
        return "\n".join(columns([("Name", "Method and factors", "Salt", "Hash"), *self._parts()]))

    def _parts(self) -> list[tuple[str, str, str, str]]:
        split = ((name, text.split("$")) for name, text in self._accounts.items())
        return [(name, " ".join(parts[:4]), parts[4], parts[5]) for name, parts in split]


def _hash(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    room = 128 * block * (cost + parallel + 2)  # RFC 7914 section 2; the library asks that it be allowed
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2 * room, dklen=32)


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
