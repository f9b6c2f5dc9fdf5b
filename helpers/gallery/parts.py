"""What a ticket is: the words of a user, what happened in truth, and what else it might have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.gallery.case import Case
    from helpers.lab.delivery import Delivery

Deed = Callable[["Case"], object]  # something that is done to a case's lab


@dataclass(frozen=True)
class Cause:
    """What may be the matter, in words, and the deed that makes it so.

    Where the lab cannot make it (`happens` is None), `seen` says what would be seen then.
    """

    text: str
    happens: Deed | None = None
    seen: str = ""


@dataclass(frozen=True)
class Ticket:
    """One ticket. All its texts may name what the case calls otherwise: {domain}, {person}, {Person}.

    `names` are such names with seed 0; a value with a dot in it is a domain. `stage` makes the world in which all is
    well, and the first of the `causes` is what happened to it. `letters` does what the user did, and returns the
    records; `well` says whether it went as it should (by default, all were delivered). `tools` says what one may use.

    A line proves the cause where it says what is wrong, is seen, and would not be with another of the causes; `proof`
    holds phrases of such lines, of which any will do. "= LINE" is a whole line, and " ... " stands for what may be
    between two pieces. `look` adds lines to what is seen, `guard` returns a sentence where a mend has made something
    worse. `mend` is the right one, and of `wrong_mends` each has a phrase of what is said to it. Where nothing is
    broken, `sentences` are what one might write to the user, each with what to say to it; the first is right.

    `way` are the looks that lead to the cause, as one types them: their number is the par. `after` is told at the end.
    With `remembers` the resolver's cache is left as it is before the letter is sent again; `minutes` is how long a
    learner may take.
    """

    title: str
    words: str
    names: Mapping[str, str]
    needs: str
    way: tuple[str, ...]
    tools: str
    stage: Deed
    letters: Callable[[Case], list[Delivery]]
    causes: tuple[Cause, ...]
    proof: tuple[str, ...]
    hints: tuple[str, str, str]
    after: str
    mend: Deed | None = None
    wrong_mends: tuple[tuple[Deed, str], ...] = ()
    well: Callable[[Case], bool] | None = None
    look: Callable[[Case], list[str]] | None = None
    guard: Callable[[Case], str | None] | None = None
    sentences: tuple[tuple[str, str], ...] = field(default=())
    remembers: bool = False
    minutes: float = 7

    @property
    def par(self) -> int:
        """How many looks the cause needs."""
        return len(self.way)
