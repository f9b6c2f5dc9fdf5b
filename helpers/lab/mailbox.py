"""Letters as they were kept, and the mailboxes that keep them.

A letter is written by a stranger: whatever shows it writes out what would act on a terminal, and escapes what would act
on a page.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from html import escape

from helpers.lab.address import Address, BadAddress
from helpers.lab.cast import PEOPLE, Host
from helpers.lab.errors import LabError, suggestion
from helpers.wire.faces import CELL, Face, columns, visible

LINES_SHOWN = 60
LINE_SHOWN = 400  # characters
KEPT = "\t\n\\"  # of a letter's text, that act on nothing


class NoMailbox(LabError, LookupError):
    """An address that nobody in the lab has a mailbox for."""


class NoLetter(LabError, LookupError):
    """A look at a letter that is not there."""


@dataclass(frozen=True)
class Envelope:
    """What MAIL and RCPT said: the return path ('' for the null one) and the recipients."""

    sender: str
    recipients: tuple[str, ...]


@dataclass
class Letter:
    """A letter in a mailbox, and how it came there.

    `content` is every octet as it was kept, the trace fields of the last host among them. `from_host` is the Host that
    brought it and `helo` what it called itself; `received_by` is the Host that took it, `id` the name that it gave
    the letter, `time` the lab's time then. `folder` is "inbox", or "junk" where that host set it aside.
    """

    envelope: Envelope
    content: bytes
    from_host: Host
    helo: str
    received_by: Host
    id: str
    time: datetime
    folder: str = "inbox"

    @property
    def headers(self) -> EmailMessage:
        """The letter as the `email` package reads it: letter.headers["Subject"]."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        """What the letter says: its plain part (or its HTML source where it has no other), decoded."""
        # Without the newer policy, which raises errors of many kinds on a header that means harm.
        parts = message_from_bytes(self.content).walk()
        parts = [part for part in parts if part.get_content_disposition() != "attachment"]
        for kind in ("text/plain", "text/html"):
            for part in parts:
                if part.get_content_type() == kind:
                    return _decoded(part.get_payload(decode=True) or b"", part.get_content_charset("utf-8"))
        return ""

    def field(self, name: str) -> str:
        """The first field of that name, decoded, on one line and safe to print; empty where there is none."""
        try:
            value = self.headers[name]
            return " ".join(visible(str(value or ""), KEPT).split())
        except Exception:  # a hostile field can make the email package raise nearly anything
            return "(not readable)"

    def __repr__(self) -> str:
        facts = (f"  {line}" for line in columns(_facts(self)))
        return "\n".join([_title(self), *facts, "", *_lines(self.content)])

    def _repr_html_(self) -> str:
        row = f'<tr><th scope="row" {CELL}>{{}}</th><td {CELL}>{{}}</td></tr>'
        rows = "".join(row.format(escape(name), escape(value)) for name, value in _facts(self))
        return (
            f"<table><caption {CELL}>{escape(_title(self))}</caption>{rows}</table>"
            f'<pre style="white-space:pre-wrap">{escape(chr(10).join(_lines(self.content)))}</pre>'
        )


class Mailbox(Face):
    """The letters of one address, in the order in which they came: `len(box)`, `box[-1]`, `for letter in box`.

    `junk` is a Mailbox of its own: the folder of the letters that the receiving host set aside.
    """

    _head = ("Number", "Kept", "From", "Subject")

    def __init__(self, address: str):
        self.address = address
        self._letters: list[Letter] = []

    @cached_property
    def junk(self) -> Mailbox:
        """The junk folder (a Mailbox)."""
        return _Junk(self.address)

    def add(self, letter: Letter) -> None:
        """Keep one more letter, in the folder that it names."""
        (self.junk._letters if letter.folder == "junk" else self._letters).append(letter)

    def __len__(self) -> int:
        return len(self._letters)

    def __iter__(self) -> Iterator[Letter]:
        return iter(tuple(self._letters))

    def __getitem__(self, which):
        """Return a Letter, or a list of them for a slice. Raises NoLetter where there is none."""
        try:
            return self._letters[which]
        except IndexError:
            pass
        if not self._letters:
            raise NoLetter(self._emptiness())
        raise NoLetter(f"{self._name()} has {_count(self)}, and none with the number {which}: they count from 0.")

    def _name(self) -> str:
        return f"The mailbox of {self.address}"

    def _emptiness(self) -> str:
        aside = f"; {_count(self.junk)} in its junk folder" if len(self.junk) else ""
        return f"{self._name()} is empty: no letter has been delivered to it yet{aside}."

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(str(n), format_datetime(x.time), x.field("From"), x.field("Subject")) for n, x in enumerate(self)]

    def _title(self) -> str:
        aside = f" ({_count(self.junk)} in the junk folder)" if len(self.junk) else ""
        return f"Mailbox of {self.address}: {_count(self) if len(self) else 'no letters yet'}{aside}"

    def __repr__(self) -> str:
        rows = (f"  [{n}]  {date}  From: {who}  Subject: {what}" for n, date, who, what in self._rows())
        return "\n".join([self._title(), *rows])

    def _repr_html_(self) -> str:
        return super()._repr_html_() if len(self) else f"<p>{escape(self._title())}</p>"


class _Junk(Mailbox):
    """The junk folder of a mailbox. It has none of its own."""

    def add(self, letter: Letter) -> None:
        self._letters.append(letter)

    def _name(self) -> str:
        return f"The junk folder of {self.address}"

    def _emptiness(self) -> str:
        return f"{self._name()} is empty: nothing has been set aside."

    def _title(self) -> str:
        return f"Junk folder of {self.address}: {_count(self) if len(self) else 'no letters'}"


class MailboxStore:
    """All mailboxes of the lab. The exchanges of a domain share them.

    Takes who has one: a mapping of domain to local parts. Each domain also has a postmaster (RFC 5321 section 4.5.1).
    """

    def __init__(self, people: Mapping[str, tuple[str, ...]] = PEOPLE):
        self._boxes: dict[tuple[str, str], Mailbox] = {}
        for domain, names in people.items():
            for name in (*names, "postmaster"):
                address = Address.parse(f"{name}@{domain}")
                self._boxes[address.key] = Mailbox(address.text)
        self._numbers = itertools.count(1)

    def next_id(self) -> str:
        """Return a name for a letter that no other of this lab has: '0001', '0002' and so on."""
        return f"{next(self._numbers):04d}"

    def exists(self, address: str) -> bool:
        """Return whether there is a mailbox of that address."""
        try:
            return Address.parse(address).key in self._boxes
        except BadAddress:
            return False

    def mailbox(self, address: str) -> Mailbox:
        """Return the mailbox of an address. Raises NoMailbox, or BadAddress for what is no address."""
        key = Address.parse(address).key
        if key not in self._boxes:
            known = [box.address for box in self._boxes.values() if not box.address.startswith("postmaster@")]
            near = suggestion(address, known) or f"The mailboxes are: {', '.join(known)}. "
            raise NoMailbox(f"Nobody in the lab has a mailbox called {address}. {near}".strip())
        return self._boxes[key]

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(tuple(self._boxes.values()))


def _title(letter: Letter) -> str:
    return f"Letter {letter.id}, kept by {letter.received_by.name} on {format_datetime(letter.time)}"


def _facts(letter: Letter) -> list[tuple[str, str]]:
    envelope = letter.envelope
    null = "" if envelope.sender else " (the null return path)"
    return [
        ("Envelope, MAIL FROM", visible(f"<{envelope.sender}>") + null),
        *(("Envelope, RCPT TO", visible(f"<{recipient}>")) for recipient in envelope.recipients),
        ("Brought by", f"{letter.from_host}, which called itself {visible(letter.helo)}"),
        ("Size", f"{len(letter.content)} octets"),
    ]


def _lines(content: bytes) -> list[str]:
    """The letter for the eye, line by line. A long one is cut, and a line says so."""
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    shown = []
    for line in lines[:LINES_SHOWN]:
        text = visible(line[: 4 * LINE_SHOWN], KEPT)
        whole = len(text) <= LINE_SHOWN and len(line) <= 4 * LINE_SHOWN
        shown.append(text if whole else f"{text[:LINE_SHOWN]} (a line of {len(line)} octets)")
    if len(lines) > LINES_SHOWN:
        shown.append(f"({len(lines) - LINES_SHOWN} more lines are not shown here: letter.content has them all)")
    return shown


def _decoded(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset, "replace").replace("\r\n", "\n")
    except (LookupError, ValueError):  # a character set that Python does not know, or that is none
        return octets.decode("ascii", "replace").replace("\r\n", "\n")


def _count(mailbox: Mailbox) -> str:
    return "1 letter" if len(mailbox) == 1 else f"{len(mailbox)} letters"
