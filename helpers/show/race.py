"""A race for an answer: one question over UDP, all that came for it, and what the asker's rule made of each."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from helpers.check.notes import in_kernel
from helpers.wire import MalformedMessage, Message
from helpers.wire.faces import columns, look

TITLE = "A race for an answer: one question, and all that came for it, in order"
YOU, SERVER, OTHER = LANES = ("You", "The resolver", "Mallory")
MISFITS = {  # what may be wrong with a datagram: in words, and as what a rule did not look at
    "id": ("it bears another id", "its id"),
    "question": ("it answers another question", "its question"),
    "sender": ("it comes from where nobody was asked", "where it comes from"),
}
Rule = Callable[[bytes, bytes, tuple[str, int], tuple[str, int]], bool]


@dataclass(frozen=True)
class Came:
    """A datagram that came: after how many seconds, from which (ip, port), its octets, was it taken, and why (not)."""

    after: float
    sender: tuple[str, int]
    message: bytes
    taken: bool
    why: str


class Race:
    """What came for a question. Takes the query, the (ip, port) that it goes to, and the asker's rule, a function
    `takes(query, message, asked, sender)`. Make it when the question goes out: from there it counts the time.

    Whoever answers from elsewhere is Mallory. Its text and its static HTML hold the order and the reasons alone: ids
    drawn at random, ports and times are in the view.
    """

    def __init__(self, query: bytes, asked: tuple[str, int], takes: Rule):
        self._began = time.monotonic()
        self.query, self.asked, self._takes = query, asked, takes
        self.came: list[Came] = []
        self._widget: Any = None

    def add(self, message: bytes, sender: tuple[str, int]) -> None:
        """Put down a datagram that came just now. Raises what the asker's rule raises."""
        after = time.monotonic() - self._began
        misfits = self._misfits(message, sender)
        if self.believed:
            taken, why = False, "too late: one was taken before it"
        elif self._takes(self.query, message, self.asked, sender):
            unseen = " nor ".join(MISFITS[misfit][1] for misfit in misfits)
            taken, why = True, f"taken: nobody looked at {unseen}" if unseen else "taken: all of it fits"
        else:
            mattered = [misfit for misfit in misfits if self._refuses(misfit, misfits, message, sender)]
            reasons = ", and ".join(MISFITS[misfit][0] for misfit in mattered or misfits)
            taken, why = False, f"not taken: {reasons or 'the rule says no'}"
        self.came.append(Came(after, sender, message, taken, why))

    @property
    def believed(self) -> tuple[bytes, tuple[str, int]] | None:
        """The datagram that was taken and its sender; None where none was."""
        return next(((one.message, one.sender) for one in self.came if one.taken), None)

    def __len__(self) -> int:
        return len(self.came)

    def _misfits(self, message: bytes, sender: tuple[str, int]) -> list[str]:
        fits = {
            "id": message[:2] == self.query[:2],
            "question": _question(message) == _question(self.query),
            "sender": sender == self.asked,
        }
        return [name for name, fit in fits.items() if not fit]

    def _refuses(self, misfit: str, misfits: list[str], message: bytes, sender: tuple[str, int]) -> bool:
        """Whether the rule refuses a datagram for this misfit, the others being mended as far as they can be."""
        mended = self.query[:2] + message[2:] if "id" in misfits and misfit != "id" else message
        return not self._takes(self.query, mended, self.asked, sender if misfit == "sender" else self.asked)

    # What is shown

    def _rows(self) -> list[tuple[str, str, str, str]]:
        """Who sends it, to whom, what it says, what came of it."""
        asks = (YOU, SERVER, f"asks for {_question(self.query)}", "")
        return [asks, *((self._who(one), YOU, _said(one.message), _fate(one)) for one in self.came)]

    def _who(self, one: Came) -> str:
        return SERVER if one.sender == self.asked else OTHER

    def __repr__(self) -> str:
        rows = ((f"{n}", f"{who} -> {to}", said, fate) for n, (who, to, said, fate) in enumerate(self._rows(), 1))
        return "\n".join([TITLE, *(f"  {line}" for line in columns(rows))])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col"{look("head")}>{name}</th>' for name in ("No.", *LANES))
        rows = ""
        for number, (who, _, said, fate) in enumerate(self._rows(), 1):
            says = {who: escape(said) + (" →" if who == YOU else "")}
            heard = {YOU: f"← {escape(fate)}", SERVER: ""} if fate else {SERVER: "hears it"}
            cells = (f"<td{look('cell', 'life')}>{says.get(lane) or heard.get(lane, '')}</td>" for lane in LANES)
            rows += f'<tr><th scope="row"{look("cell")}>{number}</th>{"".join(cells)}</tr>\n'
        return (
            f"<table{look('table')}>\n<caption{look('caption')}>{TITLE}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.race_widget import RaceView  # only here: without a front end nobody wants one

            self._widget = RaceView(title=TITLE, lanes=list(LANES), rows=self._steps())
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _steps(self) -> list[dict[str, Any]]:
        """What the view shows: each datagram on its way from lane to lane, and how it compares with the question."""
        lanes = {name: number for number, name in enumerate(LANES)}
        after = [0.0, *(one.after * 1000 for one in self.came)]
        facts = [self._facts(self.query, None), *(self._facts(one.message, one.sender) for one in self.came)]
        return [
            {"after": ms, "from": lanes[who], "to": lanes[to], "said": said, "fate": fate, "facts": compared}
            for ms, (who, to, said, fate), compared in zip(after, self._rows(), facts, strict=True)
        ]

    def _facts(self, message: bytes, sender: tuple[str, int] | None) -> list[list[str]]:
        """What is compared, as it was asked and as it came, and the sign of whether they fit."""
        asked = [_id(self.query), _question(self.query), "{}, port {}".format(*self.asked)]
        names = ["Id", "Question", "Address"]
        if sender is None:
            return [[name, one] for name, one in zip(names, asked, strict=True)]
        came = [_id(message), _question(message), "{}, port {}".format(*sender)]
        misfits = self._misfits(message, sender)
        signs = ["≠" if name in misfits else "✓" for name in MISFITS]
        return [list(row) for row in zip(names, asked, came, signs, strict=True)]


def _fate(one: Came) -> str:
    return f"{'✓' if one.taken else '✗'} {one.why}"


def _id(message: bytes) -> str:
    return f"0x{message[:2].hex()}"


def _question(message: bytes) -> str:
    """What a message asks, or the question that it bears; its octets in a word where it is none."""
    try:
        asked = [f"{one.name.lower()} {one.class_} {one.type}" for one in Message.from_wire(message).questions]
    except MalformedMessage:
        return f"{len(message)} octets that are no DNS message"
    return ", ".join(asked) or "nothing"


def _said(message: bytes) -> str:
    try:
        read = Message.from_wire(message)
    except MalformedMessage:
        return _question(message)
    return f"says {', '.join(record.data for record in read.answers) or read.rcode}"
