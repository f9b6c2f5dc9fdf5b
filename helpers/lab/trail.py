"""The trail of the recursive resolver: each step of the way from a question to its answer, in words."""

from dataclasses import dataclass, field
from html import escape

from helpers.lab.cast import Host
from helpers.wire import Message
from helpers.wire.faces import Face, signed


@dataclass(frozen=True)
class Step:
    """One step: who was asked what, and what came of it.

    `server` and `address` say who was asked, and `question` what, as (name, type). `kind` is one word ("cache",
    "referral", "answer", "alias", "NXDOMAIN", "NODATA", "lame", "truncated", "timeout", "unreachable"), `detail` a
    sentence. `place` is the name in the tree to which it led: the zone as whose server it was asked, or what the cache
    had something about.
    """

    server: str
    address: str
    question: tuple[str, str]
    kind: str
    detail: str
    wire: bytes | None = field(default=None, repr=False)
    place: str = ""

    @property
    def reply(self) -> Message | None:
        """The message that came back (a wire.Message), or None where none did."""
        return None if self.wire is None else Message.from_wire(self.wire)

    def __repr__(self) -> str:
        verb = "looks in its cache for" if self.kind == "cache" else "is asked for"
        return f"{self.server} ({self.address}) {verb} {' '.join(self.question)}\n   {self.kind}: {self.detail}"


@dataclass(eq=False)
class Trail(Face):
    """The way of one question: who asked (a Host), what, as (name, type), whom, the steps, what came of it."""

    asker: Host
    question: tuple[str, str]
    resolver: str
    steps: list[Step] = field(default_factory=list)
    outcome: str = ""
    tcp: bool = False

    _head = ("Step", "Who was asked, and what came of it")

    def _title(self) -> str:
        return f"{self.asker.name} asks {self.resolver} for {' '.join(self.question)}{' over TCP' if self.tcp else ''}"

    def _rows(self) -> list[tuple[str, ...]]:
        told = ((repr(step).partition("\n")[0], f"{signed(step.kind)}: {step.detail}") for step in self.steps)
        return [(str(number), "\n".join(lines)) for number, lines in enumerate(told, 1)]

    def __repr__(self) -> str:
        steps = [f"{number}. {step!r}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([self._title(), *steps, self.outcome])

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}<p>{escape(self.outcome)}</p>\n"
