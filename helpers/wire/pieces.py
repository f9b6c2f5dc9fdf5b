"""What each call of a socket sent or read: TCP keeps the order of octets, and nothing of how they were cut."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from html import escape
from itertools import chain, starmap

from helpers.wire.faces import columns, look, visible
from helpers.wire.transcript import UNKEPT, Transcript

KEPT = 256 * 1024  # octets of a conversation
LEAST = 8  # octets that a call counts for: one that reads an octet needs its room too
SHOWN = 100  # calls
ROW = 16  # octets of a message
CALLS = {"C": "sent", "S": "read"}


class Pieces:
    """The calls of a client's end of a connection, in order. Takes the client's and the server's names, and a clock."""

    def __init__(self, client: str, server: str, now: Callable[[], datetime]):
        self.client, self.server, self._now = client, server, now
        self._room = KEPT
        self._kept: list[tuple[str, bytes, datetime]] = []  # who is "" for an event

    def add(self, who: str, octets: bytes) -> None:
        """Keep what was sent ("C") or read ("S") in one call, or the text of an event ("")."""
        if self._room < 0:
            return
        self._room -= max(len(octets), LEAST)
        if self._room < 0:
            who, octets = "", UNKEPT.encode()
        self._kept.append((who, octets, self._now()))

    def note(self, event: str) -> None:
        """Keep an event, once where it repeats itself."""
        if not self._kept or self._kept[-1][:2] != ("", event.encode()):
            self.add("", event.encode())

    @property
    def calls(self) -> list[tuple[str, bytes]]:
        """Pairs of "C" or "S" and octets, one for each call."""
        return [(who, octets) for who, octets, _ in self._kept if who]

    @property
    def transcript(self) -> Transcript:
        """The same in lines: what had been said when this was asked for."""
        made = Transcript(self.client, self.server)
        for who, octets, time in self._kept:
            if who:
                made.add(who, octets, time)
            else:
                made.note(octets.decode(), time)
        return made

    def __repr__(self) -> str:
        rows = ((f"{number:2}", f"{CALLS[who]} {len(data)}", visible(data)) for number, who, data in self.numbered())
        return "\n".join([self._heading(), *columns(rows), f"{self._stream('bar')}: {' | '.join(self._cuts())}"])

    def _repr_html_(self) -> str:
        lanes = {"C": "lane-client", "S": "lane-server"}
        rows = "".join(
            f"<span{look('line', lanes[who])}>{number:2} {CALLS[who]} {len(data)}: {escape(visible(data))}\n</span>"
            for number, who, data in self.numbered()
        )
        cuts = [(visible(data), f"call {n}, read {len(data)}") for n, who, data in self.numbered() if who == "S"]
        calls = f"<pre{look('wire')}><code{look('plain')}>{rows}</code></pre>"
        heading = f"<p{look('caption')}>{escape(self._heading())}</p>"
        return f"<div>\n{heading}\n{calls}\n{_ribbon(self._stream('bracket'), cuts)}</div>\n"

    def framed(self) -> "Framed":
        """The same where each side puts the length before a message, as the DNS does over TCP."""
        return Framed(self)

    def numbered(self) -> list[tuple[int, str, bytes]]:
        """The calls that are shown, with their numbers."""
        return [(number, *call) for number, call in enumerate(self.calls[:SHOWN], 1)]

    def _heading(self) -> str:
        many = len(self.calls)
        return f"What {visible(self.client)} sent and read, call by call" + f", the first {SHOWN} of {many}" * (
            many > SHOWN
        )

    def _stream(self, mark: str) -> str:
        where = "with a bar where a call ended" if mark == "bar" else "with a bracket under what each call took"
        return f"What {visible(self.server)} said, {where}"

    def _cuts(self) -> list[str]:
        return [visible(data) for _, who, data in self.numbered() if who == "S"]


class Framed:
    """Messages with their lengths before them (two octets, RFC 1035 section 4.2.2), and how the calls cut them.

    Takes Pieces. What is shown of each side is one run of octets: a length, or as much of a message as a call held.
    """

    def __init__(self, pieces: Pieces):
        self._pieces = pieces

    def _runs(self, who: str) -> Iterator[tuple[str, str]]:
        """What one side's calls held, cut where a call or a length or a message ends: its octets, and what they are."""
        length, size, due = b"", 0, 0  # of the length so far; of the message, and how many are to come
        for number, side, data in self._pieces.numbered():
            while side == who and data:
                call = f"call {number}, {CALLS[who]}"
                if due:
                    run, data = data[:due], data[due:]
                    due -= len(run)
                    yield _hex(run), f"{call}: {len(run)} of {size} octets" + f", {due} to come" * bool(due)
                    continue
                run, data = data[: 2 - len(length)], data[2 - len(length) :]
                length += run
                if len(length) == 2:
                    size, length = int.from_bytes(length), b""
                    due = size
                yield _hex(run), f"{call}: the length, {due}" if not length else f"{call}: half of a length"

    def _sides(self) -> list[tuple[str, list[tuple[str, str]]]]:
        names = {"C": self._pieces.client, "S": self._pieces.server}
        sides = ((f"What {visible(name)} said, octet by octet", list(self._runs(who))) for who, name in names.items())
        return [(title, runs) for title, runs in sides if runs]

    def __repr__(self) -> str:
        lines = ([title, *(f"  {line}" for line in columns(runs))] for title, runs in self._sides())
        return "\n".join(chain.from_iterable(lines))

    def _repr_html_(self) -> str:
        return f"<div>\n{''.join(starmap(_ribbon, self._sides()))}</div>\n"


def _hex(run: bytes) -> str:
    return run[:ROW].hex(" ") + " ..." * (len(run) > ROW)


def _ribbon(title: str, runs: Iterable[tuple[str, str]]) -> str:
    """One run of octets, in order, with a bracket under each part of it and what that is."""
    code, below = look("plain", "wrap"), look("below")
    parts = "".join(
        f"<li{look('bracket')}><code{code}>{escape(octets)}</code> <em{below}>{escape(what)}</em></li>\n"
        for octets, what in runs
    )
    return f'<p{look("caption")}>{escape(title)}</p>\n<ol role="list"{look("ribbon")}>\n{parts}</ol>\n'
