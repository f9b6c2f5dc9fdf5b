"""An inbox that fills while other cells run: a server adds to it from a thread of its own.

What strangers wrote is text here. A letter's HTML is shown on request only, by itself in a frame without any rights.
"""

import threading
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from helpers.check.notes import in_kernel
from helpers.lab.fields import split
from helpers.lab.mailbox import field_of, page_of
from helpers.lab.originators import Unreadable, mailboxes
from helpers.show import opened
from helpers.wire.faces import columns, lead, look, table, visible

TITLE = "Inbox, live"
HEADER = 16 * 1024  # octets of a header that the view reads
CLIPPED = 200  # characters of a field in the list
NAMED = 20  # recipients of one letter
OTHER, UNPLAIN = "envelope is not From:", "From: cannot be read"


@dataclass(frozen=True, repr=False)
class Entry:
    """A letter as a server got it: the envelope's sender (str) and recipients (tuple of str), the content (bytes)."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    def field(self, name: str) -> str:
        """The first header field of that name, decoded, on one line and safe to print; empty where there is none."""
        return field_of(self._parts[0].replace(b"\n", b"\r\n"), name)

    @property
    def text(self) -> str:
        """What stands after the header, line by line and safe to print."""
        return "\n".join(map(visible, self._parts[1].split(b"\n")))

    @property
    def badge(self) -> str:
        """Says where the return path's domain is not that of From:, or where From: cannot be read; else ''."""
        try:
            authors = {author.domain for author in mailboxes(self._head, "From")}
        except Unreadable:
            return UNPLAIN
        path = self.sender.rpartition("@")[2].lower()
        return OTHER if path and authors - {path} else ""

    @property
    def _parts(self) -> tuple[bytes, bytes]:
        """The header and the body, whose lines end in LF."""
        header, _, body = self.content.replace(b"\r\n", b"\n").partition(b"\n\n")
        return header, body.rstrip(b"\n")

    @cached_property
    def _head(self) -> bytes:
        """As much of the header as the view reads, its lines ended by CR LF."""
        return split(self.content[:HEADER].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0]

    def _short(self, name: str) -> str:
        return _clipped(field_of(self._head, name))

    @cached_property
    def row(self) -> dict[str, Any]:
        """What the list shows of it."""
        names = {"from": "From", "subject": "Subject", "when": "Date"}
        row = {"number": self.number, "badge": self.badge} | {key: self._short(name) for key, name in names.items()}
        try:
            row["when"] = f"{parsedate_to_datetime(row['when']):%Y-%m-%d %H:%M}"
        except (ValueError, TypeError, OverflowError):  # then as it stands there
            row["when"] = _clipped(row["when"], 20)
        return row

    def opened(self, part: int | None = None) -> dict[str, Any]:
        """What the view shows of it opened, with one of its parts: the first that is plain text, or that number."""
        found, more = opened.parts(self.content)
        if part is None:
            part = next((n for n, one in enumerate(found) if one.reads == "Text"), -1)
        read = found[part] if 0 <= part < len(found) and found[part].reads else None
        notes = [f"Only the first {opened.SHOWN:,} characters of this part are shown."] * bool(read and read.cut)
        limits = f"{opened.PARTS}, or they lie in each other more than {opened.DEPTH} deep"
        notes += [f"Not all of its parts are listed: there are more than {limits}."] * more
        cut = len(self.content) > HEADER and b"\n\n" not in b"\n" + self.content[:HEADER].replace(b"\r\n", b"\n")
        notes += [f"Only the first {HEADER:,} octets of its header are read."] * cut
        if not read:
            html = any(one.reads for one in found)
            notes.append(f"It has no plain text.{' Its HTML opens when you ask for it.' * html}")
        return {
            "number": self.number,
            "badge": self.badge,
            "envelope": self._envelope(),
            "header": [[name, self._short(name)] for name in ("From", "To", "Subject", "Date")],
            "parts": [
                {"name": one.name, "about": f"{one.kind}, {len(one.octets):,} octets", "reads": one.reads}
                for one in found
            ],
            "part": part,
            "text": read.text if read and read.reads == "Text" else "",
            "page": read.page if read and read.reads == "HTML" else "",
            "note": " ".join(notes),
        }

    def _envelope(self) -> list[list[str]]:
        more = [f"and {len(self.recipients) - NAMED} more"] * (len(self.recipients) > NAMED)
        recipients = [_clipped(visible(f"<{recipient}>")) for recipient in self.recipients[:NAMED]]
        return [["MAIL FROM", _clipped(visible(f"<{self.sender}>"))], ["RCPT TO", ", ".join(recipients + more)]]

    def __repr__(self) -> str:
        rows = [
            ("From (header)", self.field("From")),
            ("MAIL FROM (envelope)", visible(f"<{self.sender}>")),
            ("RCPT TO (envelope)", ", ".join(visible(f"<{recipient}>") for recipient in self.recipients)),
            ("Subject", self.field("Subject")),
        ]
        facts = (f"  {line}" for line in columns(rows))
        body = (f"  | {line}".rstrip() for line in self.text.split("\n"))
        return "\n".join([f"Letter {self.number}", *facts, *body])

    def _repr_html_(self) -> str:
        badge = f"<p>{lead('softfail', self.badge)}</p>\n" if self.badge else ""
        content = self.content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return (
            f"<div{look('letter')}>\n{table(f'Letter {self.number}', ('Envelope', 'Said'), self._envelope())}{badge}"
            f"{page_of(content)}</div>\n"
        )


def _clipped(text: str, length: int = CLIPPED) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


class Inbox:
    """Letters in the order in which they came. Its text never changes: it is a view, and `letters` has the facts."""

    def __init__(self) -> None:
        self._letters: list[Entry] = []
        self._came = threading.Condition()
        self._widget: Any = None

    @property
    def letters(self) -> list[Entry]:
        """The letters so far."""
        with self._came:
            return list(self._letters)

    def add(self, sender: str | None, recipients: list[str], content: bytes) -> None:
        """Add a letter, from any thread: the envelope's sender and recipients, and the content."""
        with self._came:
            entry = Entry(len(self._letters) + 1, (sender or "").strip("<>"), tuple(recipients), bytes(content))
            self._letters.append(entry)
            if self._widget is not None:
                self._widget.add(entry.row)
            self._came.notify_all()

    def wait(self, count: int, timeout: float = 2.0) -> list[Entry]:
        """Return the letters once there are `count` of them. Raises TimeoutError after `timeout` seconds."""
        with self._came:
            if not self._came.wait_for(lambda: len(self._letters) >= count, timeout):
                raise TimeoutError(f"{len(self._letters)} of {count} letters came within {timeout:g} s")
            return list(self._letters)

    def __repr__(self) -> str:
        return TITLE

    def _repr_html_(self) -> str:
        return (
            f"<div{look('card', 'card-open')}>\n<p><strong>{TITLE}</strong></p>\n"
            "<p>It fills while the notebook runs. <code>inbox.letters</code> has what came.</p>\n</div>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        with self._came:
            if self._widget is None:
                from helpers.show.inbox_widget import InboxView  # only here: without a front end nobody wants one

                self._widget = InboxView(TITLE, [entry.row for entry in self._letters], self._open)
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _open(self, number: int, part: int | None) -> dict[str, Any]:
        """A letter for the view. Raises LookupError where there is none of that number."""
        letters = self.letters
        if not 0 < number <= len(letters):
            raise LookupError(number)
        return letters[number - 1].opened(part)
