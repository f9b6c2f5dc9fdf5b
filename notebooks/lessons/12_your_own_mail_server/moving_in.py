"""A house in the lab: its zone, its certificate, Ada's password, and its place on the map."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

from helpers.answers import keep_password
from helpers.lab import Lab
from helpers.mail.delivery_report import Listening
from helpers.mail.dkim_key import Key, quoted
from helpers.wire import Transcript

from .house import SIZE_LIMIT, House, Settings
from .switchboard import Switchboard

NAME = "mail.learner.test"
ADA, ME, PASSWORD = "ada@learner.test", "me@learner.test", "engine No. 3"
ZONE = """\
$ORIGIN learner.test.
$TTL 300
@               SOA  ns postmaster 12 3600 600 604800 60
@               NS   ns
ns              A    192.0.2.52
mail            A    192.0.2.25
laptop          A    192.0.2.10
@               MX   10 mail
@               TXT  "v=spf1 a:laptop.learner.test mx -all"
_dmarc          TXT  "v=DMARC1; p=quarantine"
s1._domainkey   TXT  {key}
"""

_standing: WeakKeyDictionary[Lab, House] = WeakKeyDictionary()  # the house of each lab


class _Own(Listening):
    """A lab as the house's own machine sees it: what it sends comes from its address."""

    def connect(self, address: str, port: int, **options):
        """Return what `Lab.connect` returns."""
        return super().connect(address, port, **{"source": NAME} | options)

    def latest(self) -> Transcript:
        """Return what was said on the way out, the last time."""
        return self._sockets[-1].transcript


@cache
def known_key() -> Key:
    """Return a key that is the same each time, so that a page is, too. (A real one is random, and secret.)"""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"learner.test").digest())
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return Key("ed25519", base64.b64encode(private.private_bytes_raw()), f"v=DKIM1; k=ed25519; p={public}")


@cache
def kept_password() -> bytes:
    """Return what is kept of Ada's password."""
    return keep_password(PASSWORD)


def move_in(lab: Lab, folder: Path, board: Switchboard, size: int = SIZE_LIMIT) -> House:
    """Open a house in a folder, of the board's parts, put it on the lab's map, and return it.

    `size` is how many octets a letter may have.

    The one that stood there before falls over, should it still stand, and this one when the lab closes.
    """
    if before := _standing.pop(lab, None):
        before.fall()
    settings = Settings(passwords={ADA: kept_password(), ME: kept_password()}, key=known_key(), size=size)
    house = House(folder, _Own(lab), board, settings)
    house.open(lab.certificates.server_context(NAME))
    lab.publish(ZONE.format(key=quoted(known_key().record)))
    for port, place in zip((25, 465), house.places, strict=True):
        lab.serve(NAME, port, place)
    _standing[lab] = house

    def leave() -> None:
        _standing.pop(lab, None)  # a house knows its lab, so neither would ever go
        house.fall()

    lab.at_close(leave)
    return house


def waiting(house: House) -> list[tuple[Path, dict]]:
    """Return what is in a house's queue: each item and its state."""
    return [(item, json.loads(item.read_bytes())) for item in house.items()]
