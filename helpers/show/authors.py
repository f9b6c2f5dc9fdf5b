"""Who wrote each line of a letter's header, as far as the letter itself says."""

import re
from collections.abc import Iterator
from html import escape

from helpers.lab.fields import fields, split
from helpers.lab.mailbox import TRACE
from helpers.wire.faces import columns, look, visible

TITLE = "The header, and who wrote each line of it, as far as it says so itself"
AUTHOR, LAST, SOMEBODY = "the author's side", "the last host", "a host on the way"
BY = re.compile(rb"\bby\s+([A-Za-z0-9.-]+)")
LINES = 100  # of a header


class Authors:
    """Takes a letter as text or bytes.

    A Received field names its writer after `by`, and an Authentication-Results at its start; a Return-Path is the last
    host's. A Message-ID that ends in the name of a host on the way is that host's, and so is a Date whose time is that
    of the host's Received. Everything else came from the author's side.
    """

    def __init__(self, letter: bytes | str):
        octets = letter.encode("utf-8", "surrogateescape") if isinstance(letter, str) else letter
        self._header = split(re.sub(rb"\r?\n", b"\r\n", octets))[0]

    def _lines(self) -> Iterator[tuple[str, str]]:
        """Each line with who wrote it; a folded one has the writer of its field."""
        added, shown = self._added(), 0
        for field in re.split(rb"\r\n(?![ \t])", self._header.removesuffix(b"\r\n")):
            name = field.partition(b":")[0].strip().lower().decode("latin-1")
            who = added.get(name) or _writer(name, field)
            for line in field.split(b"\r\n")[: LINES - shown]:
                shown += 1
                yield visible(who), visible(line, "\t").expandtabs(4)

    def _added(self) -> dict[str, str]:
        """What a host on the way has added of what is the author's by rule."""
        ids = [one.strip().strip(b"<>").rpartition(b"@")[2] for one in fields(self._header, "Message-ID")]
        dates = [one.strip() for one in fields(self._header, "Date")]
        for received in fields(self._header, "Received"):
            host, time = _name(BY.search(received)), received.rpartition(b";")[2].strip()
            if [host.encode()] == ids:
                return {"message-id": host} | ({"date": host} if dates == [time] else {})
        return {}

    def __repr__(self) -> str:
        return "\n".join([TITLE, *(f"  {line}" for line in columns(self._lines()))])

    def _repr_html_(self) -> str:
        lines = "".join(
            f"<span{look('line')}><em{look('small')}> {escape(who)}</em>{escape(line)}\n</span>"
            for who, line in self._lines()
        )
        return (
            f"<div>\n<p{look('caption')}>{escape(TITLE)}</p>\n"
            f"<pre{look('wire', 'header')}><code{look('plain')}>{lines}</code></pre>\n</div>\n"
        )


def _writer(name: str, field: bytes) -> str:
    if name not in TRACE:
        return AUTHOR
    if name == "return-path":
        return LAST
    if name == "authentication-results":
        return _name(re.match(rb"[^:]*:\s*([A-Za-z0-9.-]+)", field))
    return _name(BY.search(field)) if name == "received" else SOMEBODY


def _name(found: re.Match[bytes] | None) -> str:
    return found[1].decode() if found else SOMEBODY
