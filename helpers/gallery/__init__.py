"""The gallery of faults: tickets in a user's words, each with a lab in which something is amiss.

gallery.box()            the tickets that there are, and the notebook that each needs
gallery.ticket("NAME")   opens one: a Case, with its `lab`; another `seed` has other names and addresses
gallery.random(seed)     any ticket, with names and addresses of its own; `upto` leaves out what has not been taught
gallery.lend(...)        a Case of a ticket that somebody made: the words, to whom the letter goes, the causes

A ticket is one module in the folder `tickets` of a lesson, and sets TICKET.
"""

import importlib
import random as dice
from collections.abc import Callable, Mapping
from functools import cache

from helpers import lessons
from helpers.check.notes import Told
from helpers.gallery.case import Case
from helpers.gallery.deeds import nothing
from helpers.gallery.fair import unfair
from helpers.gallery.names import names
from helpers.gallery.parts import Cause, Ticket
from helpers.lab import Lab
from helpers.wire.faces import Face

__all__ = ["Case", "Cause", "Ticket", "box", "lend", "made", "random", "ticket", "tickets", "unfair"]


QUESTIONS = (
    "Which of the six steps failed? And was it all letters, or some?",
    "Who said it: the host that sends, the one that was asked, or nobody? Which digit does the code begin with?",
    "What has changed, and which one look would show it?",
)


class UnknownTicket(Told, LookupError):
    """A name that no ticket has."""


@cache
def tickets() -> dict[str, Ticket]:
    """All tickets by name, in the order of the notebooks that they need."""
    found = {
        path.stem: importlib.import_module(f"helpers.lessons.{lesson}.tickets.{path.stem}").TICKET
        for lesson, folder in lessons.folders().items()
        for path in sorted((folder / "tickets").glob("[!_]*.py"))
    }
    return dict(sorted(found.items(), key=lambda item: item[1].needs))


def ticket(name: str, seed: int = 0) -> Case:
    """Open a ticket, and return the Case. It closes the lab before it. Raises UnknownTicket, which is a LookupError."""
    if name not in tickets():
        raise UnknownTicket(f"there is no ticket {name!r}; gallery.box() lists them all")
    return Case(name, tickets()[name], seed)


def random(seed: int, upto: int = 14) -> Case:
    """Open some ticket, with names and addresses of its own: for each seed another one.

    `upto` is the number of the last notebook that one has done: no ticket is drawn that needs a later one. Raises
    UnknownTicket where there is none.
    """
    known = [name for name, one in tickets().items() if int(one.needs[:2]) <= upto]
    if not known:
        raise UnknownTicket(f"no ticket can be solved after notebook {upto}; gallery.box() says what each needs")
    return ticket(dice.Random(f"ticket {seed}").choice(known), seed)


def made(words: str, to: str, causes: Mapping[str, Callable[[Lab], object]]) -> Ticket:
    """Return a ticket of somebody's own: a user's words, to whom Ada writes, and the causes, the true one first.

    A cause has words, and a function that takes the lab and breaks something.
    """
    deeds = [Cause(text, lambda case, act=act: act(case.lab)) for text, act in causes.items()]
    return Ticket(
        title="A neighbour's ticket",
        words=words,
        names={},
        needs="",
        way=(),
        tools="whatever you have",
        stage=nothing,
        letters=lambda case: [case.send("ada@gmail.test", to)],
        causes=tuple(deeds),
        proof=(),
        hints=QUESTIONS,
        after="A ticket that somebody made for you is worth one in return.",
    )


def lend(words: str, to: str, causes: Mapping[str, Callable[[Lab], object]]) -> Case:
    """Open a ticket of somebody's own for whoever sits down to it; see `made`. Raises ValueError for an unfair one."""
    ticket = made(words, to, causes)
    if why := unfair("my_ticket", ticket):
        raise ValueError(why[0])
    return Case("my_ticket", ticket)


class Box(Face):
    """The tickets, by the notebook that they need."""

    _head = ("Ticket", "What it is called", "Needs")  # no code among them: on a telephone a name stays whole

    def _title(self) -> str:
        return f"The box: {len(tickets())} tickets, and the notebook that each needs"

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(name, one.title.format(**names(one.names, 0)), one.needs[:2]) for name, one in tickets().items()]


def box() -> Box:
    """Return the list of all tickets."""
    return Box()
