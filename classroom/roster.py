"""Who may log in: names and the hashes of their passwords, which this program makes."""

import hashlib
import hmac
import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from helpers.files import locked, write_whole

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # what nobody mistakes for another on a slip of paper
COST = {"n": 2**14, "r": 8, "p": 1}
PATIENCE = 10  # seconds, for another that writes


class RosterError(ValueError):
    """A name that cannot be one, or a roster that cannot be read. The message says what to do."""


def new_password() -> str:
    """Return a password of eight characters, 40 bits, in two groups."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(2))


def hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **COST)


class Roster:
    """The roster of a class, in a file that is read anew each time: who forgot a password gets one while all run."""

    def __init__(self, path: Path):
        self.path = path

    def names(self) -> list[str]:
        """Return the names, sorted."""
        return sorted(self._read())

    def add(self, names: list[str], anew: bool = False) -> dict[str, str]:
        """Give each name that has none a password, or with `anew` each; return those passwords by name.

        Raises RosterError for what cannot be a name, before anything is written.
        """
        for name in names:
            if not NAME.fullmatch(name):
                raise RosterError(
                    f"{name!r} cannot be a learner's name: take small letters, digits and hyphens, a letter first."
                )
        with locked(self.path.with_name(f".{self.path.name}.lock"), PATIENCE):
            entries = self._read()
            made = {name: new_password() for name in dict.fromkeys(names) if anew or name not in entries}
            for name, password in made.items():
                salt = os.urandom(16)
                entries[name] = [b64encode(part).decode() for part in (salt, hashed(password, salt))]
            if made:
                write_whole(self.path, (json.dumps(entries, indent=1, sort_keys=True) + "\n").encode())
        return made

    def admits(self, name: str, password: str) -> bool:
        """Return whether this is the name's password. An unknown name takes as long as a known one."""
        salt, right = map(b64decode, self._read().get(name, ("", "")))
        return hmac.compare_digest(hashed(password, salt), right)

    def _read(self) -> dict[str, list[str]]:
        try:
            return json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            raise RosterError(
                f"{self.path} cannot be read: take it away, and everybody gets a new password. Their work stays."
            ) from None
