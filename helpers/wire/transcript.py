"""A transcript: what both sides of a conversation said, line by line, with the lab's time.

It has no clock of its own: whoever adds to it says when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from helpers.wire.faces import table, visible

LONGEST_SHOWN = 1000  # octets of a line: RFC 5321 section 4.5.3.1.6 allows a letter's line no more
MOST_SHOWN = 400  # lines that one side says without a word from the other, such as a letter's


@dataclass(frozen=True)
class Line:
    """One line on the wire, or an event that is no octets: `who` is "C", "S" or "" (a note).

    `data` holds the octets, the line's end among them; a note's are its text. `time` is when the first of them came.
    """

    who: str
    data: bytes
    time: datetime

    @property
    def text(self) -> str:
        r"""The line without its CR LF. What would not be seen is written as in a Python string: `\r`, `\n`, `\x00`."""
        return visible(self.data.removesuffix(b"\r\n"))


class Transcript:
    """What a client ("C") and a server ("S") said to each other. Takes their names.

    Only CR LF ends a line (RFC 5321 section 2.3.8). A CR or an LF alone stays where it is, and shows.
    """

    def __init__(self, client: str, server: str):
        self.client, self.server = client, server
        self._said: list[tuple[str, bytearray, datetime]] = []  # what becomes lines; the last one of a side may grow
        self._open: dict[str, bytearray] = {}  # who -> their line that has no end yet

    def add(self, who: str, data: bytes, time: datetime) -> None:
        """Octets that "C" or "S" sent, in pieces of any size, and when. A line stands where its first octet came."""
        if who not in ("C", "S"):
            raise ValueError(f'Who spoke is "C" (the client) or "S" (the server), not {who!r}.')
        if data[:1] == b"\n" and self._open.get(who, b"").endswith(b"\r"):
            self._open.pop(who).extend(b"\n")
            data = data[1:]
        *whole, rest = data.split(b"\r\n")
        for piece in [line + b"\r\n" for line in whole] + [rest] * bool(rest):
            if who not in self._open:
                self._open[who] = bytearray()
                self._said.append((who, self._open[who], time))
            self._open[who].extend(piece)
            if piece.endswith(b"\r\n"):
                del self._open[who]

    def note(self, text: str, time: datetime) -> None:
        """An event that is not octets: "connection opened", "connection reset", "nothing said for 2 s"."""
        self._said.append(("", bytearray(text.encode(errors="backslashreplace")), time))

    lines = property(lambda self: tuple(Line(who, bytes(data), time) for who, data, time in self._said))  # so far

    def text(self, most: int | None = MOST_SHOWN) -> str:
        """The transcript as text. Of more than `most` lines of one side in a row the middle is left out, and a line
        says how many; None shows all."""
        shown, now = [self._heading()], self._began()
        for who, text, time in self._rows(most):
            if time != now:
                shown.append(f"-- {_stamp(time)}")
                now = time
            shown.append(f"{who}: {text}" if who else f"-- {text}")
        return "\n".join(shown)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        rows, head = list(self._rows(MOST_SHOWN)), ("Who", "What", "Lab time")
        shown = [(f"{who}:" if who else "note", text, _stamp(time)) for who, text, time in rows]
        if all(time == self._began() for *_, time in rows):  # the heading says it
            shown, head = [row[:2] for row in shown], head[:2]
        return table(self._heading(), head, shown, code=("What",))

    def _began(self) -> datetime | None:
        return self._said[0][2] if self._said else None

    def _heading(self) -> str:
        began = self._began()
        when = f"from {_stamp(began)}" if began else "nothing said yet"
        return f"Client (C) {visible(self.client)}, server (S) {visible(self.server)}, {when}"

    def _rows(self, most: int | None) -> Iterator[tuple[str, str, datetime]]:
        for who, run in groupby(self.lines, key=lambda line: line.who):
            lines = list(run)
            left_out = range(0)
            if most is not None and len(lines) > most:
                end = len(lines) - min(2, most // 2)  # the last two: of a letter, its last line and the dot
                left_out = range(most - (len(lines) - end), end)
            for number, line in enumerate(lines):
                if number not in left_out:
                    yield who, _shown(line), line.time
                elif number == left_out.start:
                    yield "", f"lines of {who or 'notes'} left out here: {len(left_out)}", line.time


def _shown(line: Line) -> str:
    more = len(line.data) - LONGEST_SHOWN
    if more > 0:
        return f"{visible(line.data[:LONGEST_SHOWN])} (octets left out here: {more})"
    unended = line.who and not line.data.endswith(b"\r\n")
    return line.text + (" (line not ended)" if unended else "")


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z").strip()
