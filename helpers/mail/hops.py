"""The way of a letter, read from its Received fields (RFC 5321 section 4.4), and where on that way it waited.

A raw letter is written by strangers, and whoever pastes one may paste anything: what is read is bounded, what is shown
is escaped, and NoHops is the one error. Nothing is stored and nothing is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from helpers.wire.faces import Face, visible

HEADER_READ = 1_000_000  # characters of a header that are looked at
FIELD_READ = 2000  # characters of one Received field
MOST_HOPS = 100  # more is a loop (RFC 5321 section 6.3)
LONGEST_NAME = 120  # characters shown of what a field says
BAR = 24  # widest bar, in characters
CLAUSES = ("from", "by", "via", "with", "id", "for")
_FIELD = re.compile(r"[!-9;-~]+[ \t]*:")  # a name and a colon (RFC 5322 sections 2.2 and 4.5)


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
        times = [hop.time for hop in self.hops]
        pairs = zip(times, times[1:], strict=False)
        return (None, *(after - before if before and after else None for before, after in pairs))

    @property
    def total(self) -> timedelta | None:
        """The time from the first hop to the last, or None where one of these cannot be read."""
        first, last = self.hops[0].time, self.hops[-1].time
        return last - first if first and last else None

    def _title(self) -> str:
        count = "1 hop" if len(self.hops) == 1 else f"{len(self.hops)} hops"
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
    """Return the way of a raw letter: bytes or a str with any line ends; its header is enough. Raises NoHops."""
    if not isinstance(letter, bytes | str):
        raise NoHops(f"A raw letter is text or bytes, and this is of type {type(letter).__name__}.")
    text = letter[:HEADER_READ]
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = re.sub(r"\r\n|\r", "\n", text).lstrip("\ufeff\n \t").split("\n")
    if lines[0].startswith("From "):  # how an mbox file begins a letter
        del lines[0]
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


def _fields(lines: list[str]) -> list[str]:
    """The fields of a header, unfolded (RFC 5322 section 2.2.3), each cut to FIELD_READ characters."""
    fields: list[list[str]] = []
    for line in lines:
        if not line.strip():
            break
        if line[0] in " \t" and fields:
            fields[-1].append(line)
        else:
            fields.append([re.sub(r"^([!-9;-~]+)[ \t]+:", r"\1:", line)])
    return ["".join(field)[:FIELD_READ] for field in fields]


def _hop(value: str) -> Hop:
    said, _, date = value.rpartition(";")
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
    try:
        time = parsedate_to_datetime(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except Exception:  # what the email package raises for a date that means harm is of many kinds
        return None


def _shown(text: str) -> str:
    text = visible(text)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]} (cut)"


def _words(delay: timedelta | None, first: bool) -> str:
    if delay is None:
        return "(the first)" if first else "(not known)"
    if delay < timedelta(0):
        return f"{_span(-delay)} earlier: their clocks differ"
    return _span(delay)


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
    if not width:
        return ""
    size = f'width="{width * 6}" height="8"'
    return f'<br><svg {size} aria-hidden="true"><rect {size} fill="currentColor"/></svg>'
