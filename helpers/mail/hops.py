"""The way of a letter, read from its Received fields (RFC 5321 section 4.4), and where on that way it waited.

A raw letter is written by strangers, and whoever pastes one may paste anything: what is read is bounded, what is shown
is escaped, and NoHops is the one error. Nothing is stored and nothing is sent.
"""

import itertools
import re
import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from helpers.wire.faces import Face, visible

HEADER_READ = 1_000_000  # characters of a header that are looked at
FIELD_READ = 8000  # characters of one Received field
MOST_HOPS = 100  # more is a loop (RFC 5321 section 6.3)
LONGEST_NAME = 120  # characters shown of what a field says
BAR = 24  # widest bar, in characters
FARTHEST = 14  # hours that a zone is from UTC
CLAUSES = ("from", "by", "via", "with", "id", "for")
# A name and a colon (RFC 5322 sections 2.2 and 4.5), and not a list of names, as a signature's h= has it.
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)[ \t]*:(?![\w-]+:[\w-]+)")
_CELL = re.compile(rf"(?!(?:{'|'.join(CLAUSES)})\b)([A-Za-z][A-Za-z0-9_.-]*):?[ ]*[\t|][ ]*([^|]*[^|\s])[ \t|]*", re.I)
_MARKS = re.compile(r"^[ \t]*(?:[>|][ \t]?)+", re.MULTILINE)  # of a quotation or a table
_MBOX = re.compile(r"\s*|From .*")  # how an mbox file begins a letter
# A hop inside a field, where lines have lost their ends; and a date: when, sign, hours, minutes, name of the zone.
_WITHIN = re.compile(r"(?<=\s)(?=received:\s+(?:from|by)\s[^;]{1,999};(?:[^;]{1,99};)?[^;]{1,40}:\d\d)", re.I)
_OFFSET = r"(?:(?:GMT|UTC?)? *([+-])(\d\d?):?(\d\d)?)?"
_WHEN = re.compile(rf"(.*?\d[:.]\d\d(?:[:.]\d\d)?(?: \d{{4}})?) *{_OFFSET} *([A-Z]{{2,5}}|Z|)", re.I)
_ZONES = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5}  # RFC 5322 section 4.3
_MINUS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")  # as pages write it
_ZONES |= {"MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


class NoHops(ValueError):
    """What was given is no letter with Received fields; the message says what to do."""


@dataclass(frozen=True)
class Hop:
    """What one host noted when it took the letter: clauses of one Received field, empty where it has none.

    `by` is the host itself, `sender` what it says of the client, `protocol` the word after "with", `time` when it
    took the letter (an aware datetime in UTC, None where it cannot be read).
    """

    by: str
    sender: str
    protocol: str
    time: datetime | None


class Journey(Face):
    """A letter's hops in the order of travel, with the delays between them; takes the hops (Hop)."""

    _head = ("Hop", "Taken by", "From", "With", "At (UTC)", "After")

    def __init__(self, hops: tuple[Hop, ...]):
        self.hops = hops

    @property
    def delays(self) -> tuple[timedelta | None, ...]:
        """For each hop the time since the hop before it; None for the first, and where a time cannot be read."""
        pairs = itertools.pairwise(hop.time for hop in self.hops)
        return (None, *(after - before if before and after else None for before, after in pairs))

    @property
    def total(self) -> timedelta | None:
        """The time from the first hop to the last, or None where one of these cannot be read."""
        first, last = self.hops[0].time, self.hops[-1].time
        return last - first if first and last else None

    def _title(self) -> str:
        count = "1 hop" if len(self.hops) == 1 else f"{len(self.hops)} hops"
        count += " (no more are read)" * (len(self.hops) == MOST_HOPS)
        within = f" in {_span(self.total)}" if len(self.hops) > 1 and self.total is not None else ""
        return f"{count}{within}, the first one first; each time is when that host took the letter"

    def _rows(self) -> list[tuple[str, ...]]:
        rows = []
        for number, (hop, delay) in enumerate(zip(self.hops, self.delays, strict=True), 1):
            said = [text or "(does not say)" for text in (hop.by, hop.sender, hop.protocol)]
            time = f"{hop.time:%Y-%m-%d %H:%M:%S}" if hop.time else "(not readable)"
            rows.append((str(number), *said, time, _words(delay, first=number == 1)))
        return rows

    def _widths(self) -> list[int]:
        """How long a bar each hop has: the longest delay has the widest one."""
        seconds = [delay.total_seconds() if delay else 0 for delay in self.delays]
        longest = max(seconds)
        return [max(1, round(BAR * s / longest)) if s > 0 else 0 for s in seconds]

    def _text_rows(self) -> list[tuple[str, ...]]:
        bars = ("#" * width for width in self._widths())
        return [(*self._head, ""), *((*row, bar) for row, bar in zip(self._rows(), bars, strict=True))]

    def _repr_html_(self) -> str:
        bars = map(_bar, self._widths())
        return re.sub("(?=</td></tr>)", lambda _: next(bars), super()._repr_html_())  # one at the end of each row


def read_hops(letter: bytes | str) -> Journey:
    """Return the way of a raw letter: bytes or a str with any line ends; its header is enough. Raises NoHops.

    A header may have lost its indentation or be indented as a whole, be quoted with > or stand in a table of names and
    values, as what is copied from a page often does. A time whose zone is not clear is not read.
    """
    if not isinstance(letter, bytes | str):
        raise NoHops(f"A raw letter is text or bytes, and this is of type {type(letter).__name__}.")
    text = letter[:HEADER_READ]
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = _lines(re.sub("[\u00a0\u2000-\u200a\u202f\u3000]", " ", re.sub("[\u200b\ufeff]", "", text)))
    if not lines or not _FIELD.match(lines[0]):
        raise NoHops(
            "This does not begin with a letter's header. In your mail program look for 'show original', 'view source' "
            "or 'raw message', and paste all of it."
        )
    fields = [field for field in _fields(lines) if field.lower().startswith("received:")][:MOST_HOPS]
    if not fields:
        raise NoHops(
            "There is no Received field in this header: either the letter has not travelled yet, or the program that "
            "you copied it from shows only a part of the header."
        )
    return Journey(tuple(_hop(field.partition(":")[2]) for field in reversed(fields)))


def _lines(text: str) -> list[str]:
    """The lines of a header as the program had them from which it was copied, as far as that can be told."""
    lines = _MARKS.sub("", re.sub(r"\r*\n|\r", "\n", text)).strip("\n").split("\n")
    lines = list(itertools.dropwhile(_MBOX.fullmatch, lines)) or [""]
    if len(lines) > 4 and not any(map(str.strip, lines[1:6:2])) and all(map(str.strip, lines[:6:2])):
        lines = lines[::2]  # a line of nothing after each
    head = list(itertools.takewhile(str.strip, lines))
    head = [lines[0].lstrip(), *textwrap.dedent("\n".join(head[1:])).split("\n")]
    if not _FIELD.match(head[0]) and _CELL.fullmatch(head[0]):
        head = [_CELL.sub(r"\1: \2", line) if _CELL.fullmatch(line) else line for line in head]
    return head


def _fields(lines: list[str]) -> list[str]:
    """The fields of a header, unfolded (RFC 5322 section 2.2.3), each cut to FIELD_READ characters.

    A line that begins no field continues the one above, indented or not, and a hop may stand within another field.
    """
    fields: list[list[str]] = []
    for line in lines:
        if fields and (line[:1] in " \t" or not _FIELD.match(line)):
            fields[-1].append(line)
        else:
            fields.append([_FIELD.sub(r"\1:", line, count=1)])
    parts = itertools.chain.from_iterable(_WITHIN.split(" ".join(field)) for field in fields)
    return [part.strip()[:FIELD_READ] for part in parts]


def _hop(value: str) -> Hop:
    said, _, date = value.rstrip("; \t").rpartition(";")
    clauses = _clauses(said or value)
    by, protocol = (clauses.get(name, "").partition(" ")[0] for name in ("by", "with"))
    return Hop(_shown(by), _shown(clauses.get("from", "")), _shown(protocol), _time(date))


def _clauses(text: str) -> dict[str, str]:
    """What stands after from, by, via, with, id and for; such a word inside a comment begins nothing."""
    clauses: dict[str, list[str]] = {}
    current: list[str] = []
    depth = 0
    for word in re.findall(r"[()]|[^\s()]+", text):
        depth = max(0, depth + (word == "(") - (word == ")"))
        if not depth and word.lower() in CLAUSES and word.lower() not in clauses:
            current = clauses[word.lower()] = []
        else:
            current.append(word)
    return {name: " ".join(words).replace("( ", "(").replace(" )", ")") for name, words in clauses.items()}


def _time(text: str) -> datetime | None:
    """The moment that a date says; None for one that nobody can read, and for a zone that is not said or not clear."""
    match = _WHEN.fullmatch(" ".join(text.partition("(")[0].translate(_MINUS).split()))
    if not match:
        return None
    when, sign, hours, minutes, name = match.groups()
    offset = int(f"{sign}{hours}") if sign else _ZONES.get(name.upper(), FARTHEST + 1)
    if abs(offset) > FARTHEST or int(minutes or 0) > 59 or name.upper() in ("AM", "PM"):
        return None
    try:
        time = parsedate_to_datetime(f"{when} +0000")
        return time - timedelta(hours=offset, minutes=int(f"{sign or ''}{minutes or 0}"))
    except Exception:  # what the email package raises for a date that means harm is of many kinds
        return None


def _shown(text: str) -> str:
    text = visible(text)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]} (cut)"


def _words(delay: timedelta | None, first: bool) -> str:
    if delay is None:
        return "(the first)" if first else "(not known)"
    return f"{_span(-delay)} earlier: their clocks differ" if delay < timedelta(0) else _span(delay)


def _span(time: timedelta) -> str:
    """A time in words: "1 d 2 h", "45 min 20 s"; the parts that are nothing are left out."""
    if time < timedelta(0):
        return f"minus {_span(-time)}"
    minutes, seconds = divmod(time.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((time.days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def _bar(width: int) -> str:
    """A bar for the eye; the words beside it say the same."""
    size = f'width="{width * 6}" height="8"'
    return f'<br><svg {size} aria-hidden="true"><rect {size} fill="currentColor"/></svg>' if width else ""
