"""The switchboard: which function is at work in each box of the journey, the learner's own or the course's.

A part is looked up each time that it is called, so it can be changed while letters flow; and each call is counted, so
that the picture says who has really done the work.
"""

import inspect
import types
from collections import Counter
from collections.abc import Callable
from typing import Any

from helpers import answers, check
from helpers.check import keeping
from helpers.check.notes import in_kernel
from helpers.show import picture
from helpers.wire.faces import Face

YOURS, COURSES, CELLS = "yours", "the course's", "this notebook's"
BOXES = {  # each box of the journey, and the parts in it with the notebook in which they were written
    "1 submission": {"AdasDoor": 12, "check_password": 7},
    "2 first question": {"mail_hosts": 1},
    "3 second question": {"addresses": 10},
    "4 conversation": {"deliver": 10, "knock": 10, "send_mail": 3},
    "5 acceptance": {"FrontDoor": 12, "accept_rcpt": 5, "dmarc_verdict": 9, "at_home": 12},
    "queue": {"take_letter": 12, "keep": 11, "sort_out": 12, "next_try": 11, "after": 11},
    "going down": {"go_down": 12},
}
PARTS = {name: notebook for parts in BOXES.values() for name, notebook in parts.items()}
INNER = {"deliver": ("addresses", "knock"), "knock": ("send_mail",), "addresses": ("mail_hosts",)}  # whom each calls


class NoSuchPart(LookupError):
    """A name that is on no switch."""


def _theirs(name: str) -> Any:
    try:
        return keeping.theirs(name)
    except keeping.Broken:  # check.take says why
        return None


class Switchboard(Face):
    """The parts of a house. `board(name)` gives the part that is switched on now. `calls` counts who did what.

    `kept` gives a learner's part by its name, or None; by default that of mymail.py.
    """

    _head = ("Box", "Part", "Notebook", "Whose", "Calls")
    _code = ("Part",)

    def __init__(self, kept: Callable[[str], Any] | None = None):
        self._theirs = kept or _theirs
        self._kept = {name: self._theirs(name) for name in PARTS}
        self._on = {name: COURSES if part is None else YOURS for name, part in self._kept.items()}
        self._cells: dict[str, Any] = {}
        self.calls: Counter[tuple[str, str]] = Counter()
        self._view: Any = None
        self.watch: Callable[[str, str], None] = lambda name, when: None  # called "before" and "after" each call

    def use(self, what: str, whose: Any = YOURS) -> None:
        """Switch a part, or all parts of a box ("queue", "conversation").

        `whose` is "yours", "the course's", or a function or class to use. Where you have none, the course's stays, and
        a line says so.
        """
        names = next((list(parts) for box, parts in BOXES.items() if what in (box, box.lstrip("123456 "))), [what])
        if unknown := [name for name in names if name not in PARTS]:
            raise NoSuchPart(f"No switch is called {unknown[0]!r}. They are {', '.join(PARTS)}, and each box's name.")
        for name in names:
            if not isinstance(whose, str):
                self._on[name], self._cells[name] = CELLS, whose
            elif whose == YOURS:
                if self._theirs is _theirs:
                    check.take(name)  # it says whose it is
                self._kept[name] = self._theirs(name)
                self._on[name] = COURSES if self._kept[name] is None else YOURS
            else:
                self._on[name] = COURSES

    def twin(self) -> "Switchboard":
        """Return a board with the same parts on, and no calls."""
        other = Switchboard(self._kept.get)
        other._on, other._cells = dict(self._on), dict(self._cells)
        return other

    def __call__(self, name: str) -> Any:
        whose, part = self._chosen(name)
        if inspect.isclass(part):
            self.calls[name, whose] += 1
            return part
        if inspect.iscoroutinefunction(part):
            self.calls[name, whose] += 1
            return part

        def call(*args, **options):
            whose, part = self._chosen(name)
            self.calls[name, whose] += 1
            self.watch(name, "before")
            result = self._joined(name, part)(*args, **options)
            self.watch(name, "after")
            return result

        return call

    def _chosen(self, name: str) -> tuple[str, Any]:
        whose = self._on[name]
        part = {YOURS: self._kept, CELLS: self._cells}.get(whose, {}).get(name)
        return whose, getattr(answers, name) if part is None else part

    def _joined(self, name: str, function: Any) -> Any:
        """The function, calling those that are switched on here where it would call its own."""
        inner = [one for one in INNER.get(name, ()) if one in getattr(function, "__globals__", {})]
        if not inner:
            return function
        names = {**function.__globals__, **{one: self(one) for one in inner}}
        joined = types.FunctionType(function.__code__, names, name, function.__defaults__, function.__closure__)
        joined.__kwdefaults__ = function.__kwdefaults__
        return joined

    # Faces

    def _title(self) -> str:
        mine = sum(whose != COURSES for whose in self._on.values())
        return f"Switchboard: {mine} of {len(PARTS)} parts are yours"

    def _rows(self) -> list[tuple[str, ...]]:
        rows = []
        for box, parts in BOXES.items():
            for name, notebook in parts.items():
                whose = self._on[name]
                rows.append((box, name, f"{notebook:02}", whose, str(self.calls[name, whose])))
        return rows

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        from helpers.show.switchboard_widget import SwitchboardView  # only here: without a front end nobody wants it

        self._view = SwitchboardView(drawing=self._drawing(), parts=self._parts())
        self._view.observe(lambda change: self._wished(*change.new[:2]), "wish")
        return {**self._view._repr_mimebundle_()[0], **static}

    def _wished(self, name: str, whose: str) -> None:
        """Somebody has clicked a switch."""
        if whose == YOURS and (self._kept[name] is None):
            said = f"{name}: there is none of yours yet. check.{name}({name}) keeps one that passes."
        else:
            self._on[name] = whose
            said = f'{name} is {whose} now: board.use("{name}", "{whose}")'
        self._view.drawing, self._view.parts, self._view.said = self._drawing(), self._parts(), said

    def _parts(self) -> list[dict[str, Any]]:
        return [
            {"box": box, "name": name, "whose": whose, "calls": int(calls), "both": self._kept[name] is not None}
            for box, name, _, whose, calls in self._rows()
        ]

    def _drawing(self) -> list[Any]:
        """The picture: what is at work is marked, and a sign says whose it is."""
        drawn = picture.picture(self._kinds(), self._signs(), self._names(), [picture.QUEUE, picture.REPORT])
        tag, attributes, *inner = drawn
        return [tag, {**attributes, "role": "img", "aria-label": self._told()}, *inner]

    def _of(self, box: str) -> str:
        """Whose a box is: one word where all its parts are of one hand."""
        found = {self._on[name] for name in BOXES[box]}
        return found.pop() if len(found) == 1 else "both"

    def _step(self, step: int) -> str:
        return next((box for box in BOXES if box.startswith(str(step))), "")

    def _kinds(self) -> dict[int, str]:
        """A box in which somebody has worked is marked."""
        return {step: "marked" if self._worked(self._step(step)) else "plain" for step in picture.STEPS}

    def _worked(self, box: str) -> bool:
        return any(self.calls[name, whose] for name in BOXES.get(box, ()) for whose in (YOURS, COURSES, CELLS))

    def _signs(self) -> dict[int, str]:
        short = {YOURS: "●", CELLS: "●", "both": "◐", COURSES: "○"}
        return {step: short[self._of(self._step(step))] for step in picture.STEPS if self._step(step)}

    def _names(self) -> dict[str, str]:
        return {"writer": "Ada", "taker": "your house", "sender": "your house", "receiver": "the other side"}

    def _told(self) -> str:
        told = "; ".join(f"{box}: {self._of(box)}" for box in BOXES)
        return f"The journey of a letter, and whose each box is. {told}. ● yours, ◐ both, ○ the course's."
