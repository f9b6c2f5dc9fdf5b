"""What of a delivery belongs to each step of the journey, and how the step ended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from textwrap import indent

from helpers.lab.address import Address
from helpers.lab.delivery import Attempt, Delivery, Fate, Fates
from helpers.lab.lookup import Lookup
from helpers.lab.mailbox import Letter
from helpers.show.picture import STEPS
from helpers.wire.faces import colour, lead, look, sign, visible

MX, ADDRESS, TALK, TAKEN = 2, 3, 4, 5  # the steps that a host of the lab takes
WEIGHT = ("", "delivered", "deferred", "bounced")  # where fates differ, the last one of these is a step's
SAYS = {"delivered": "done", "deferred": "not now", "bounced": "refused"}
NOT_HERE = {1: "not in this run (notebook 07)", 6: "not in this run (the course ends before it)"}
BECAME = {"delivered": "Delivered to", "deferred": "Not delivered yet to", "bounced": "Not delivered to"}


@dataclass
class Stop:
    """A step of the journey. `status` is a fate's ("delivered" where all went on), or "" where the step did not happen.

    `evidence` are values with the two faces of the lab's own, in the order in which they came about.
    """

    step: int
    status: str = ""
    evidence: list = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the step is called."""
        return STEPS[self.step]

    @property
    def kind(self) -> str:
        """How it is drawn (picture.css)."""
        return colour(self.status) if self.status else "none"

    @property
    def sign(self) -> str:
        """How it ended, as a sign."""
        return sign(self.status)

    @property
    def said(self) -> str:
        """How it ended, in words."""
        return SAYS[self.status] if self.status else NOT_HERE.get(self.step, "it did not come to that")

    def __str__(self) -> str:
        return f"{self.sign} {self.name}{'' if self.status == 'delivered' else f': {self.said}'}"

    def text(self) -> str:
        """Return its evidence as text."""
        return "\n".join(indent(repr(one), "     ", lambda _: True).rstrip() for one in self.evidence)

    def html(self) -> str:
        """Return its evidence as HTML."""
        return "".join(one._repr_html_() for one in self.evidence)


@dataclass(frozen=True, repr=False)
class Said:
    """A line with its sign, and perhaps something more to it, which folds."""

    kind: str
    words: str
    more: object = None
    summary: str = ""

    def __repr__(self) -> str:
        return "\n".join([self.words, *([repr(self.more)] if self.more else [])])

    def _repr_html_(self) -> str:
        line = f"<p>{lead(self.kind, self.words) if self.kind else escape(self.words)}</p>\n"
        if not self.more:
            return line
        inner = self.more._repr_html_()
        if not self.summary:
            return line + inner
        return f"{line}<details><summary{look('label')}>{escape(self.summary)}</summary>\n{inner}</details>\n"


def stops(delivery: Delivery, letter: Letter | None = None) -> dict[int, Stop]:
    """Return the six steps of a delivery, by number. `letter` is evidence too: what lies in the mailbox."""
    found = {step: Stop(step) for step in STEPS}
    at = TALK
    for step in delivery.steps:
        if isinstance(step, Lookup):
            at = _asks_about(step)
            folds = "" if at == MX else "How the resolver found it"
            found[at].evidence.append(Said(step.outcome, str(step), step.trail, folds))
        elif isinstance(step, Attempt):
            at = TALK
            talk = step.transcript if step.transcript.lines else None
            found[at].evidence.append(Said("timeout" if step.error else "answer", str(step), talk))
        elif not (delivery.bounce_delivery and step is delivery.steps[-1]):  # that one is told at the end
            found[at].evidence.append(Said("", step))
    for recipient, fate in delivery.fates.items():
        end = _ended_at(delivery, recipient, fate)
        for step in range(MX, end + 1):
            stop = found[step]
            status = fate.status if step == end else "delivered" if stop.evidence or step == TAKEN else ""
            stop.status = max(stop.status, status, key=WEIGHT.index)
        found[end].evidence.append(Fates({recipient: fate}))
        if fate.status == "bounced" and delivery.bounce:
            lies = f"A report lies in the mailbox of {visible(delivery.sender)}."
            found[end].evidence.append(Said("", lies, delivery.bounce, "Read it"))
        if fate.status == "delivered" and letter:
            found[end].evidence.append(letter)
    return found


def ends(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """Give what became of the letter: a sign's kind and a sentence, for each recipient, and for the report."""
    for recipient, fate in delivery.fates.items():
        yield fate.status, f"{BECAME[fate.status]} {visible(recipient)}"
    if went_back(delivery):
        yield "returned", f"A report went back to {visible(delivery.sender)}"


def went_back(delivery: Delivery) -> bool:
    """Return whether a report reached the sender."""
    told = delivery.bounce_delivery
    return bool(told) and all(fate.status == "delivered" for fate in told.fates.values())


def _asks_about(lookup: Lookup) -> int:
    if lookup.rdtype == "MX":
        return MX
    policy = lookup.name.startswith(("_mta-sts.", "mta-sts."))  # it says how to talk (RFC 8461)
    return ADDRESS if lookup.rdtype in ("A", "AAAA") and not policy else TALK


def _ended_at(delivery: Delivery, recipient: str, fate: Fate) -> int:
    """Return the step at which it was decided what became of the letter for one recipient."""
    if fate.status == "delivered":
        return TAKEN
    domain = Address.parse(recipient).domain
    attempts = [attempt for attempt in delivery.attempts if attempt.domain == domain]
    if attempts:
        return TAKEN if any(_answered(attempt, fate) for attempt in attempts) else TALK
    about = [lookup for lookup in delivery.lookups if _asks_about(lookup) != TALK]
    asked = [n for n, lookup in enumerate(about) if lookup.rdtype == "MX" and lookup.name == domain]
    return ADDRESS if asked and any(lookup.rdtype != "MX" for lookup in about[asked[0] + 1 :][:1]) else MX


def _answered(attempt: Attempt, fate: Fate) -> bool:
    """Return whether the whole letter was sent in this attempt, and the fate is the answer to it, or that none came."""
    lines = attempt.transcript.lines
    dots = [n for n, line in enumerate(lines) if line.who == "C" and line.data == b".\r\n"]
    if not dots:
        return False
    replies = [line.text for line in lines[dots[-1] :] if line.who == "S"]
    return replies[0].startswith(str(fate.code)) if replies else fate.code is None
