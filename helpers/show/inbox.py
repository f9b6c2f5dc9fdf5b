"""An inbox that fills while other cells run: a server adds to it from a thread of its own.

What strangers wrote is never markup here: the view sets text, and text only.
"""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from helpers.check.notes import in_kernel
from helpers.lab.mailbox import field_of
from helpers.wire.faces import columns, visible

TITLE = "Inbox, live"
SHOWN = 200  # letters in the view, the newest
CLIPPED = 2000  # characters of a letter's text in the view


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
        return _lines(self._parts[1])

    @property
    def _parts(self) -> tuple[bytes, bytes]:
        """The header and the body, whose lines end in LF."""
        header, _, body = self.content.replace(b"\r\n", b"\n").partition(b"\n\n")
        return header, body.rstrip(b"\n")

    @cached_property
    def row(self) -> dict[str, str]:
        """What the view shows of it, by name, its text clipped. Made once: the view is filled anew at each letter."""
        start = self._parts[1][: 4 * CLIPPED]  # a character is 4 octets at most
        return self._rows(_lines(start)[:CLIPPED])

    def _rows(self, text: str) -> dict[str, str]:
        return {
            "Number": str(self.number),
            "From (header)": self.field("From"),
            "MAIL FROM (envelope)": visible(f"<{self.sender}>"),
            "RCPT TO (envelope)": ", ".join(visible(f"<{recipient}>") for recipient in self.recipients),
            "Subject": self.field("Subject"),
            "Text": text,
        }

    def __repr__(self) -> str:
        rows = self._rows(self.text)
        number, text = rows.pop("Number"), rows.pop("Text")
        facts = (f"  {line}" for line in columns(rows.items()))
        return "\n".join([f"Letter {number}", *facts, *(f"  | {line}".rstrip() for line in text.split("\n"))])


def _lines(body: bytes) -> str:
    return "\n".join(map(visible, body.split(b"\n")))


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
            self._show()
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
        return f"<p>{TITLE}: it fills while the notebook runs.</p>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        with self._came:
            if self._widget is None:
                from helpers.show.inbox_widget import InboxView  # only here: without a front end nobody wants one

                self._widget = InboxView(title=TITLE)
            self._show()
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _show(self) -> None:
        if self._widget is not None:
            self._widget.letters = [entry.row for entry in self._letters[-SHOWN:]]
            self._widget.count = len(self._letters)
