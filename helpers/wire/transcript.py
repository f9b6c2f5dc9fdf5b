"""A transcript: what both sides of a conversation said, line by line, with the lab's time.

It has no clock of its own: whoever adds to it says when.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from math import inf

from helpers.wire import conversation
from helpers.wire.conversation import Row
from helpers.wire.faces import visible

LONGEST_SHOWN = 1000  # octets of a line: RFC 5321 section 4.5.3.1.6 allows a letter's line no more
MOST_SHOWN = 400  # lines that one side says without a word from the other, such as a letter's
OWN_FIELDS = ("received", "return-path", "date", "message-id", "dkim-signature")  # in no two letters alike
TIME = re.compile(r"^\d{4}-\d\d-\d\d .*")  # a row that says that time has moved
UNKEPT = "what was said from here on was not kept"


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
    """What a client ("C") and a server ("S") said to each other. Takes their names, and how many octets it keeps.

    Only CR LF ends a line (RFC 5321 section 2.3.8). A CR or an LF alone stays where it is, and shows; but where
    the other side has spoken after an LF alone, what follows stands on a line of its own.
    """

    def __init__(self, client: str, server: str, room: float = inf):
        self.client, self.server, self._room = client, server, room
        self._said: list[tuple[str, bytearray, datetime]] = []  # what becomes lines; the last one of a side may grow
        self._open: dict[str, bytearray] = {}  # who -> their line that has no end yet

    def add(self, who: str, data: bytes, time: datetime) -> None:
        """Octets that "C" or "S" sent, in pieces of any size, and when. A line stands where its first octet came.

        Raises ValueError for another who.
        """
        if who not in ("C", "S"):
            raise ValueError(f'Who spoke is "C" (the client) or "S" (the server), not {who!r}.')
        if not self._fits(data, time):
            return
        if self._open.get(who, b"").endswith(b"\n") and self._said[-1][1] is not self._open[who]:
            del self._open[who]
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
        octets = text.encode(errors="backslashreplace")
        if self._fits(octets, time):
            self._said.append(("", bytearray(octets), time))

    def _fits(self, octets: bytes, time: datetime) -> bool:
        """Whether there is room for these, which it then takes. Once there is none, nothing more is kept."""
        fits = len(octets) <= self._room
        if not fits and self._room:
            self._said.append(("", bytearray(UNKEPT.encode()), time))
        self._room = self._room - len(octets) if fits else 0
        return fits

    lines = property(lambda self: tuple(Line(who, bytes(data), time) for who, data, time in self._said))  # so far

    def says(self, who: str, start: str) -> bool:
        """Whether a line of "C" or "S" begins so, in capitals or not."""
        wanted = start.casefold()
        return any(line.who == who and line.text.casefold().startswith(wanted) for line in self.lines)

    def beside(self, other: "Transcript", names: tuple[str, str] = ("", "")) -> "Beside":
        """This one and another as one, marked where they part. `names` says what they are."""
        return Beside(self, other, names)

    def mark(self, *marks: str) -> "Marked":
        """The same, with each line marked that holds one of these texts: the line that is spoken of."""
        return Marked(self, marks)

    def mark_one(self, mark: str = "", most: int = MOST_SHOWN) -> "Marked":
        """The same, with one line marked: the last that holds this text, or else the last of all."""
        return Marked(self, (mark,), most, alone=True)

    def text(self, most: int | None = MOST_SHOWN, marks: Sequence[str] = ()) -> str:
        """The transcript as text. Of more than `most` lines of one side in a row the middle is left out, and a line
        says how many; None shows all. A line that holds one of `marks` has an arrow before it."""
        shown = [self._heading()]
        return "\n".join([*shown, *map(str, self.rows(most, marks))])

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return Marked(self)._repr_html_()

    def _began(self) -> datetime | None:
        return self._said[0][2] if self._said else None

    def _heading(self) -> str:
        began = self._began()
        when = f"from {_stamp(began)}" if began else "nothing said yet"
        return f"Client (C) {visible(self.client)}, server (S) {visible(self.server)}, {when}"

    def rows(self, most: int | None = MOST_SHOWN, marks: Sequence[str] = ()) -> Iterator[Row]:
        """What is shown, in order: the lines, where time moved, and how many lines are left out."""
        now = self._began()
        lines = self.lines
        placed = zip(lines, conversation.places(lines), strict=True)
        for who, run in groupby(placed, key=lambda one: one[0].who):
            said = list(run)
            left_out = range(0)
            if most is not None and len(said) > most:
                end = len(said) - min(2, most // 2)  # the last two: of a letter, its last line and the dot
                left_out = range(most - (len(said) - end), end)
            for number, (line, place) in enumerate(said):
                if number in left_out:
                    if number == left_out.start:
                        yield Row("", f"lines of {who or 'notes'} left out here: {len(left_out)}", *place)
                    continue
                if line.time != now:
                    yield Row("", _stamp(line.time), *place)
                    now = line.time
                text = _shown(line)
                yield Row(who, text, *place, marked=any(mark in text for mark in marks))


@dataclass(frozen=True, repr=False)
class Marked:
    """A transcript with some of its lines marked."""

    transcript: Transcript
    marks: tuple[str, ...] = ()
    most: int = MOST_SHOWN
    alone: bool = False  # of those lines only the last one is

    def __repr__(self) -> str:
        return "\n".join([self.transcript._heading(), *map(str, self._rows())])

    def _repr_html_(self) -> str:
        """The lanes of both sides, and the parts of their conversation."""
        return conversation.html(self.transcript._heading(), self._rows())

    def _rows(self) -> list[Row]:
        rows = list(self.transcript.rows(self.most, self.marks))
        if self.alone and rows:
            found = [number for number, row in enumerate(rows) if row.marked] or [len(rows) - 1]
            rows = [replace(row, marked=number == found[-1]) for number, row in enumerate(rows)]
        return rows


@dataclass(frozen=True, repr=False)
class Beside:
    """Two transcripts as one: a line of both stands once, a line of one has that one's number, 1 or 2.

    Marked is the first difference that counts: none of the hosts' own names, of a letter's length, dates and ids, or of
    the words of a yes (RFC 5321 section 4.2: a client goes by the code). Times do not count either, but TLS does.
    """

    first: Transcript
    second: Transcript
    names: tuple[str, str]

    def __repr__(self) -> str:
        return "\n".join([*self._headings(), *map(str, self._rows())])

    def _repr_html_(self) -> str:
        return conversation.html("\n".join(self._headings()), list(self._rows()))

    def _headings(self) -> list[str]:
        named = zip((1, 2), self.names, (self.first, self.second), strict=True)
        return [f"{number} {visible(name)}{': ' if name else ''}{one._heading()}" for number, name, one in named]

    def _rows(self) -> Iterator[Row]:
        from difflib import SequenceMatcher  # only here: a lab needs none of it

        one, two = list(self.first.rows()), list(self.second.rows())
        counted = (list(_counting(said)) for said in (self.first, self.second))
        differs = own = False
        for what, *(a, b, c, d) in SequenceMatcher(None, *counted, autojunk=False).get_opcodes():
            runs = [replace(row, run=1) for row in one[a:b]], [replace(row, run=2) for row in two[c:d]]
            if what == "equal":
                for row, *both in zip(one[a:b], *runs, strict=True):
                    alike = both[0].text == both[1].text
                    yield from [row] if alike else both
                    own = own or not alike
                continue
            if not differs:  # the first of each, one below the other
                yield from (replace(rows.pop(0), marked=True) for rows in runs if rows)
            differs = True
            yield from runs[0] + runs[1]
        if not differs:
            yield Row("", f"no line differs{' but in names, dates and ids' * own}", conversation.END)


def _counting(said: Transcript) -> Iterator[tuple[str, str, bool]]:
    """Of each row, what counts where two conversations are compared (see Beside)."""
    names = sorted((re.escape(visible(name)) for name in (said.client, said.server)), key=len, reverse=True)
    own = re.compile(rf"(?:(?<=^\d\d\d-)|(?<![\w.@-]))(?:{'|'.join(names)})(?![\w-]|\.\w)")
    field = ""
    for row in said.rows():
        text = own.sub("", row.text)
        if row.layer == "header":
            field = field if row.text.startswith((" ", "\\t")) else row.text.partition(":")[0].lower()
            text = field if field in OWN_FIELDS else text
        elif row.who == "S" and row.text[:1] in ("2", "3") and row.part != "Capabilities":
            text = row.text[:4]
        elif row.who == "C" and row.part == "Envelope":
            text = re.sub(r"\bSIZE=\d+", "SIZE", text)
        elif not row.who:
            text = TIME.sub("", text)
        yield row.who, text, row.secret


def _shown(line: Line) -> str:
    more = len(line.data) - LONGEST_SHOWN
    if more > 0:
        return f"{visible(line.data[:LONGEST_SHOWN])} (octets left out here: {more})"
    unended = line.who and not line.data.endswith(b"\r\n")
    return line.text + (" (line not ended)" if unended else "")


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z").strip()
