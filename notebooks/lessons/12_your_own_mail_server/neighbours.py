"""Whose words are these? A house among the houses of other learners, and what each card of the game may do with it.

    me = neighbours.join(lab, Path(drawer.name), board)

The house of the notebook stays where it is; this one has a flower's name, a zone with a key of its own, and a door for
strangers. `me.letters()` shows what has come, and what the house found out about each.
"""

import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.utils import formataddr, parseaddr
from pathlib import Path

from helpers.lab import Lab, LabError
from helpers.lab.fields import without_fields
from helpers.lab.neighbours import flowers
from helpers.mail.authentication_results import read_results
from helpers.mail.delivery_report import Listening
from helpers.mail.dkim_key import Key, make_key, quoted
from helpers.mail.signatures import sign_dkim
from helpers.wire.faces import Face, visible

from .house import House, Settings
from .switchboard import Switchboard

FROM = re.compile(r"\(\[([0-9.]+)\]\)")  # as take_letter writes it
PEOPLE = ("me", "postmaster", "abuse")
PUBLISHED = """\
_dmarc          TXT  "v=DMARC1; p=quarantine"
s1._domainkey   TXT  {key}
"""


class _Own(Listening):
    """A lab as a house under a flower's name sees it: what it sends comes from its address."""

    def connect(self, address: str, port: int, **options):
        """Return what `Lab.connect` returns."""
        return super().connect(address, port, **{"source": self._lab.join().name} | options)


class Letters(Face):
    """The letters in one's mailbox, each with what was found out about it. `letters[0]` is the first one (bytes)."""

    _head = ("Letter", "From:", "Brought by", "SPF", "DKIM", "DMARC", "Lies in", "Words")

    def __init__(self, found: list[tuple[str, bytes]], house: str, lab: Lab):
        self._found, self._house, self._lab = found, house, lab

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, number: int) -> bytes:
        try:
            return self._found[number][1]
        except (IndexError, TypeError):
            raise LabError(f"There are {len(self)} letters, counted from 0, and {number!r} is none of them.") from None

    def _name(self, found: re.Match | None) -> str:
        """The name of the host whose address the house has noted: what it called itself proves nothing."""
        try:
            return self._lab.host(found[1]).name if found else "-"
        except LabError:
            return visible(found[1])

    def _title(self) -> str:
        return f"{len(self)} letter{'' if len(self) == 1 else 's'} at {self._house}"

    def _text_rows(self) -> Iterator[tuple[str, ...]]:
        return iter([self._head, *self._rows()])

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for number, (box, octets) in enumerate(self._found):
            letter = message_from_bytes(octets, policy=policy.compat32)
            brought = FROM.search(str(letter["Received"]))
            said = {one.method: one for each in read_results(octets)[:1] for one in each.results}
            results = [said[method].result if method in said else "-" for method in ("spf", "dkim", "dmarc")]
            words = letter.get_payload(decode=False) if not letter.is_multipart() else "(in parts)"
            author = parseaddr(str(letter["From"]))[1]
            yield (
                str(number),
                visible(author),
                self._name(brought),
                *results,
                box,
                visible(" ".join(words.split())[:60]),
            )


class Neighbour:
    """A learner's house among the others. `name` is the flower's, `house` the House.

    Raises LabError without a meeting place.
    """

    def __init__(self, lab: Lab, folder: Path, board: Switchboard):
        self.lab, self.folder, self.board = lab, folder / "street", board
        self._joined = lab.join()
        self.name = self._joined.name
        self._key: Key = make_key("ed25519")
        lab.queue(self.name)  # for what `forge` and `pass_on` send; a house has its own
        self._publish()
        self.open()

    @property
    def others(self) -> list[str]:
        """The names of the others who are there."""
        return self._joined.others

    def _publish(self) -> None:
        zone = flowers.zone(self.name.partition(".")[0]).replace(" 1 7200", " 2 7200")
        self.lab.publish(zone + PUBLISHED.format(key=quoted(self._key.record)))

    def open(self) -> None:
        """Open the house, in the folder in which it stood before, if it did."""
        if hasattr(self, "house"):
            self.house.fall()
        settings = Settings(self.name, self.name, PEOPLE, key=self._key)
        self.house = House(self.folder, _Own(self.lab), self.board, settings)
        self.house.open(None)
        self.lab.serve(self.name, 25, self.house.places[0])
        self.lab.at_close(self.house.fall)

    def write(self, words: str, to: list[str] | None = None) -> None:
        """Write a letter to everybody (or to those of these names), in one's own name. One's house signs it."""
        for name in self._all(to):
            letter = self._letter(self.name, name, words)
            self.house.keep(self.house.state(f"me@{self.name}", [f"me@{name}"]), self.house.seal(letter))
        self.house.rounds()

    def forge(self, author: str, words: str, to: list[str] | None = None) -> None:
        """Write a letter to everybody in a neighbour's name, under a seal that claims to be theirs. Mallory's alone."""
        for name in self._all(to):
            letter = self._letter(author, name, words)
            letter = sign_dkim(self.house.outside, letter, self._key, author, "s1")  # with the key that she has
            self.lab.send(letter, host=self.name, sender=f"me@{self.name}", recipients=[f"me@{name}"], relay=True)

    def pass_on(self, letter: bytes, footer: str = "", to: list[str] | None = None) -> None:
        """Send a letter that has come on to everybody but its author, as it came, or with a line at its end."""
        kept = letter
        for name in ("Return-Path", "Authentication-Results"):  # what one's own house has written for oneself
            kept = without_fields(kept, name)
        kept += footer.encode() + b"\r\n" if footer else b""
        author = parseaddr(str(message_from_bytes(letter)["From"]))[1].partition("@")[2]
        sender = f"me@{self.name}" if footer else f"me@{author}"  # a list answers for its copies, a forwarder does not
        for name in self._all(to):
            if name != author:
                self.lab.send(kept, host=self.name, sender=sender, recipients=[f"me@{name}"], relay=True)

    def letters(self) -> Letters:
        """Return what has come, after one's house has gone its rounds."""
        self.house.rounds()
        boxes = [(box, letter) for box in ("inbox", "junk") for letter in self.house.letters("me", box)]
        return Letters(boxes, self.name, self.lab)

    def _all(self, to: list[str] | None) -> list[str]:
        return [name for name in to or self.others if name != self.name]

    def _letter(self, author: str, to: str, words: str) -> bytes:
        flower = author.partition(".")[0]
        return (
            f"From: {formataddr((flower.title(), f'me@{author}'))}\r\nTo: me@{to}\r\nSubject: A word from {flower}\r\n"
            f"Date: {self.house.date()}\r\nMessage-ID: <{uuid.uuid4()}@{author}>\r\n\r\n{words}\r\n"
        ).encode()


def join(lab: Lab, folder: Path, board: Switchboard) -> Neighbour:
    """Open a house among those of the others who have joined, and return it. Raises LabError where there is nobody."""
    return Neighbour(lab, folder, board)
