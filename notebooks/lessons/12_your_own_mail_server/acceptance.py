"""The acceptance table: what a mail server owes the world, a row each, and the notebook that taught it."""

from collections.abc import Mapping
from typing import Any

from helpers.wire.faces import Face, signed

from .strangers import ADA, BOB, GRACE, ME, OLIVE, SUPORT, Broken, History, happen, shortest, step
from .switchboard import Switchboard

ROWS = {  # what it owes: the notebook, and the steps that try it
    "a letter for us lies in the inbox": (5, [step("letter", 1, BOB, (ADA, ME))]),
    "nobody unknown is taken": (5, [step("unknown", 1)]),
    "postmaster and the null sender are taken": (5, [step("postmaster", 1), step("report", 2)]),
    "a name in capitals is the same name": (5, [step("capitals", 1)]),
    "an envelope belongs to one letter": (3, [step("again", 1), step("two_in_one", 2), step("two_at_once", 3)]),
    "too much is refused, and the rest goes on": (
        3,
        [step("beyond_limits", 1), step("oversized", 2), step("bare_lf", 3), step("letter", 4, BOB, (ADA,))],
    ),
    "one Return-Path, and a Received that is true": (4, [step("traced", 1)]),
    "nothing is carried for strangers": (7, [step("relay", 1)]),
    "nobody writes as Ada": (7, [step("as_somebody_else", 1)]),
    "no forged letter of the bank is in the inbox": (9, [step("forgery", 1), step("letter", 2, BOB, (ADA,))]),
    "what Ada sends is whole and signed": (9, [step("sealed", 1)]),
    "the next door is tried, and later again": (
        10,
        [
            step("one_silent"),
            step("adas", 1, (GRACE,)),
            step("by_now", 1),
            step("speaks"),
            step("shy"),
            step("adas", 2, (GRACE,)),
            step("hours", 1),
            step("by_now", 2),
        ],
    ),
    "250 comes when it is on the disk": (11, [step("full_disk", 1), step("falls", 2, "before")]),
    "what waits outlives a fall": (
        11,
        [
            step("falls", 1, "after"),
            step("silent"),
            step("adas", 2, (GRACE,)),
            step("falls", 3, "after"),
            step("speaks"),
            step("falls_on_its_round", 4),
        ],
    ),
    "a recipient who cannot be reached is reported": (
        11,
        [step("adas", 1, (OLIVE, SUPORT)), step("adas", 2, (GRACE, SUPORT))],
    ),
    "nobody writes to the null sender": (11, [step("receipt", 1, (SUPORT,)), step("receipt", 2, (GRACE,))]),
    "421 on Friday, and the queue goes on": (
        12,
        [step("silent"), step("adas", 1, (GRACE,)), step("friday", 2), step("speaks")],
    ),
}


class NoSuchRow(LookupError):
    """Words that no row begins with."""


class Acceptance(Face):
    """The table for the parts of a board. `rows` are History values, by what the server owes."""

    _head = ("What a server owes", "Notebook", "Result")

    def __init__(self, rows: Mapping[str, History]):
        self.rows = dict(rows)

    @property
    def failed(self) -> list[str]:
        """What it owes and does not do."""
        return [what for what, history in self.rows.items() if not history.holds]

    def _title(self) -> str:
        return f"Acceptance: {len(self.rows) - len(self.failed)} of {len(self.rows)} rows hold"

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (what, f"{ROWS[what][0]:02}", signed("pass" if one.holds else "fail")) for what, one in self.rows.items()
        ]


def acceptance(board: Switchboard, row: str = "") -> Any:
    """Return the table for a board's parts. With a row's first words: that row alone, as the History that breaks it."""
    wanted = [what for what in ROWS if what.startswith(row)]
    if not wanted:
        raise NoSuchRow(f"No row begins with {row!r}. The rows: {'; '.join(ROWS)}.")
    histories = {what: _asked(board, ROWS[what][1]) for what in wanted}
    return histories[wanted[0]] if row else Acceptance(histories)


def _asked(board: Switchboard, steps: list) -> History:
    broken: Broken | None = happen(board, steps)
    if broken is None:
        return History(tuple(steps), of=len(steps))
    few, broken = shortest(board, steps, broken)
    return History(tuple(few), broken, of=len(steps))
