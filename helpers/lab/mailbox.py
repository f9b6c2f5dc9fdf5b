"""Letters as they were kept, and the mailboxes that keep them.

A letter is written by a stranger: whatever shows it writes out what would act on a terminal, and escapes what would act
on a page.
"""

import codecs
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from html import escape

from helpers.lab.address import Address, BadAddress
from helpers.lab.cast import PEOPLE, Host
from helpers.lab.errors import LabError, suggestion
from helpers.lab.fields import fields, split
from helpers.wire.faces import Face, columns, look, visible

LINES_SHOWN = 60
LINE_SHOWN = 400  # characters
DECODED = 1000  # characters of a field; the time that the `email` package takes grows with the square of its length
KEPT = "\t\n\\"  # of a letter's text, that act on nothing
QUOTING = str.maketrans("", "", '\t "<>\\')  # what may be written in an address or not
# What hosts write above a letter on its way (RFC 5321 section 4.4, RFC 5322 section 3.6.7, RFC 6376, RFC 8601).
TRACE = {"return-path", "received", "authentication-results", "dkim-signature", "received-spf"}
NOT_OF_MAIL = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")  # Python's own encodings


class NoMailbox(LabError, LookupError):
    """An address that nobody in the lab has a mailbox for."""


class NoLetter(LabError, LookupError):
    """A look at a letter that is not there."""


@dataclass(frozen=True, repr=False)
class Envelope(Face):
    """What MAIL and RCPT said: the return path ('' for the null one) and the recipients."""

    sender: str
    recipients: tuple[str, ...]

    _head = ("Envelope", "Address")
    _code = ("Address",)

    def _title(self) -> str:
        return "What MAIL FROM and RCPT TO said"

    def _rows(self) -> list[tuple[str, str]]:
        said = [("MAIL FROM", self.sender), *(("RCPT TO", recipient) for recipient in self.recipients)]
        return [(name, f"<{visible(address)}>") for name, address in said]


def field_of(content: bytes, name: str) -> str:
    """Return the first field of that name of a letter, decoded, on one line and safe to print; '' where there is none.

    It is the whole field: where the `email` package leaves out what it cannot place, or would take too long, it is
    shown as it was written.
    """
    found = fields(split(content)[0] + b"\r\n", name)
    value = written = " ".join(found[0].decode("utf-8", "surrogateescape").split()) if found else ""
    with suppress(Exception):  # a hostile field can make the email package raise nearly anything
        if len(written) > DECODED:
            raise ValueError
        value = str(policy.default.header_factory("Subject", written))  # no structure, so nothing is left out
        read = str(policy.default.header_factory(name, written))
        value = read if read.translate(QUOTING) == value.translate(QUOTING) else value
    return " ".join(visible(value, KEPT).split())


def text_of(content: bytes) -> str:
    """Return what a letter says, decoded: its plain part, or else its HTML source, or the body of parts without end."""
    try:  # without the newer policy, which raises errors of many kinds on a header that means harm
        parts = list(message_from_bytes(content).walk())
    except RecursionError:
        return decoded(split(content)[1].removeprefix(b"\r\n"), "utf-8")
    parts = [part for part in parts if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                return decoded(part.get_payload(decode=True) or b"", part.get_content_charset("utf-8"))
    return ""


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
        try:
            return message_from_bytes(self.content, policy=policy.default)
        except RecursionError:  # parts in parts without end; a bounce of a bounce of a bounce is such a letter
            return BytesHeaderParser(policy=policy.default).parsebytes(self.content)

    @property
    def text(self) -> str:
        """What the letter says, decoded: its plain part, or else its HTML source, or the body of parts without end."""
        return text_of(self.content)

    def field(self, name: str) -> str:
        """The first field of that name, decoded, on one line and safe to print; empty where there is none."""
        return field_of(self.content, name)

    def __repr__(self) -> str:
        facts = (f"  {line}" for line in columns(_facts(self)))
        return "\n".join([_title(self), *facts, "", *_lines(self.content)])

    def _repr_html_(self) -> str:
        row = f'<tr><th scope="row"{look("cell")}>{{}}</th><td{look("cell", "wrap")}>{{}}</td></tr>'
        rows = "".join(row.format(escape(name), escape(value)) for name, value in _facts(self))
        return (
            f"<div{look('letter')}>\n<p{look('caption')}>{escape(_title(self))}</p>\n"
            f"<table{look('table', 'envelope')}><tbody>{rows}</tbody></table>\n{page_of(self.content)}</div>\n"
        )


class Mailbox(Face):
    """The letters of one address, in the order in which they came: `len(box)`, `box[-1]`, `for letter in box`.

    `junk` is a Mailbox of its own: the folder of the letters that the receiving host set aside. It has no other.
    """

    _head = ("Number", "Kept", "From", "Subject")

    def __init__(self, address: str, kind: str = "mailbox"):
        self.address, self._kind = address, kind
        self._letters: list[Letter] = []
        self.junk = Mailbox(address, "junk folder") if kind == "mailbox" else self

    def add(self, letter: Letter) -> None:
        """Keep one more letter, in the folder that it names."""
        (self.junk if letter.folder == "junk" else self)._letters.append(letter)

    def __len__(self) -> int:
        return len(self._letters)

    def __iter__(self) -> Iterator[Letter]:
        return iter(tuple(self._letters))

    def __getitem__(self, which):
        """Return a Letter, or a list of them for a slice. Raises NoLetter where there is none."""
        with suppress(IndexError):
            return self._letters[which]
        if not self._letters:
            raise NoLetter(self._emptiness())
        raise NoLetter(f"{self._name()} has {_count(self)}, and none with the number {which}: they count from 0.")

    def _name(self) -> str:
        return f"The {self._kind} of {self.address}"

    def _emptiness(self) -> str:
        if self.junk is self:
            return f"{self._name()} is empty: nothing has been set aside."
        aside = f"; {_count(self.junk)} in its junk folder" if len(self.junk) else ""
        return f"{self._name()} is empty: no letter has been delivered to it yet{aside}."

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(str(n), format_datetime(x.time), x.field("From"), x.field("Subject")) for n, x in enumerate(self)]

    def _title(self) -> str:
        aside = f" ({_count(self.junk)} in the junk folder)" if len(self.junk) and self.junk is not self else ""
        held = _count(self) if len(self) else "no letters" if self.junk is self else "no letters yet"
        return f"{self._kind.capitalize()} of {self.address}: {held}{aside}"

    def __repr__(self) -> str:
        rows = (f"  [{n}]  {date}  From: {who}  Subject: {what}" for n, date, who, what in self._rows())
        return "\n".join([self._title(), *rows])

    def _repr_html_(self) -> str:
        return super()._repr_html_() if len(self) else f"<p>{escape(self._title())}</p>"


class MailboxStore:
    """All mailboxes of the lab. The exchanges of a domain share them.

    Takes who has one: a mapping of domain to local parts. Each domain also has a postmaster (RFC 5321 section 4.5.1).
    """

    def __init__(self, people: Mapping[str, tuple[str, ...]] = PEOPLE):
        self._boxes: dict[tuple[str, str], Mailbox] = {}
        for domain, names in people.items():
            for name in (*names, "postmaster"):
                self.make(f"{name}@{domain}")
        self._numbers = itertools.count(1)

    def make(self, address: str) -> None:
        """Give an address a mailbox, unless it has one. Raises BadAddress for what is no address."""
        parsed = Address.parse(address)
        self._boxes.setdefault(parsed.key, Mailbox(parsed.text))

    def next_id(self) -> str:
        """Return a name for a letter that no other of this lab has: '0001', '0002' and so on."""
        return f"{next(self._numbers):04d}"

    def exists(self, address: str) -> bool:
        """Return whether there is a mailbox of that address."""
        with suppress(BadAddress):
            return Address.parse(address).key in self._boxes
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


def page_of(content: bytes) -> str:
    """Return a letter as HTML: its header, with what hosts wrote on the way on a ground of its own, and its body."""
    lines = _lines(content)
    end = lines.index("") if "" in lines else len(lines)
    header, trace = [], False
    for line in lines[:end]:
        trace = trace if line[:1] in " \t" else line.partition(":")[0].strip().lower() in TRACE
        header.append(f"<span{look('trace')}>{escape(line)}</span>" if trace else escape(line))
    kind = b"".join(fields(split(content)[0] + b"\r\n", "Content-Type")[:1]).lower()
    prose = ["reading"] * (b"multipart" not in kind)
    parts = [("header", "\n".join(header), []), ("body", escape("\n".join(lines[end + 1 :])), prose)]
    return "".join(
        f"<p{look('label')}>{name}</p>\n"
        f"<pre{look('wire', 'text', name, *more)}><code{look('plain', *more)}>{text}\n</code></pre>\n"
        for name, text, more in parts
        if text
    )


def text_lines(text: str) -> str:
    """A letter's text for the eye: what would act on nothing, cut where it is very long."""
    text = text.replace("\r\n", "\n").rstrip("\n")
    return "\n".join(_lines(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")))


def decoded(octets: bytes, charset: str) -> str:
    """Return octets as text that can be printed, whatever they are and whatever the character set is called."""
    try:
        text = "" if codecs.lookup(charset).name in NOT_OF_MAIL else octets.decode(charset, "replace")
    except (LookupError, ValueError):  # a character set that Python does not know, or that is none
        text = ""
    text = text or octets.decode("ascii", "replace")
    return re.sub("[\ud800-\udfff]", "\ufffd", text).replace("\r\n", "\n")  # half a character cannot be printed


def _count(mailbox: Mailbox) -> str:
    return "1 letter" if len(mailbox) == 1 else f"{len(mailbox)} letters"
