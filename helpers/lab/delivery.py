"""The record of a delivery: what a host asked and said to hand a letter over, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import starmap

from helpers.lab.cast import Host
from helpers.lab.lookup import Lookup
from helpers.lab.mailbox import Letter
from helpers.lab.mta_sts import Finding
from helpers.wire import Transcript
from helpers.wire.faces import colour, lead, look, sign, visible
from helpers.wire.listed import Listed

FATES = {
    "delivered": "delivered",
    "deferred": "not delivered yet",
    "bounced": "not deliverable",
}
LATER = "it could be tried again later, but this host has no queue"
SHOW_ALL = "Show the delivery itself: it says what was done instead, and why."


@dataclass(frozen=True, repr=False)
class Fate:
    """What became of the letter for one recipient.

    `status` is "delivered", "deferred" (not now, perhaps later) or "bounced" (never). `code` (int) and `exchange` (a
    host's name) belong to the reply that decided it, `exchange` being None where no server did. `enhanced` is the
    status code of RFC 3463, `text` what the server or the sending host says. `waits` says until when a letter waits in
    a queue, `coded` whether the server gave the status code itself.
    """

    status: str
    code: int | None
    enhanced: str
    text: str
    exchange: str | None = None
    waits: str = ""
    coded: bool = True

    @property
    def quoted(self) -> str:
        """The server's reply, as it was said."""
        return f"{self.code} {f'{self.enhanced} ' if self.coded else ''}{self.text}"

    def __str__(self) -> str:
        who = f"{visible(self.exchange)} answered " if self.exchange else ""
        became = FATES[self.status]
        if self.status == "deferred":
            became += f" (tried again at {self.waits})" if self.waits else f" ({LATER})"
        said = self.quoted if self.code else f"{self.enhanced} {self.text}"
        return f"{became}: {who}{visible(said)}"

    __repr__ = __str__


class Fates(dict[str, Fate]):
    """What became of a letter, for each recipient: a line each, with the sender where that is given ("" is the null
    return path).
    """

    def __init__(self, fates: Mapping[str, Fate] | Iterable[tuple[str, Fate]] = (), sender: str | None = None):
        super().__init__(fates)
        self._from = "" if sender is None else f"from {visible(sender) or '<>'} to "

    def __repr__(self) -> str:
        lines = (f"{sign(fate.status)} {who}: {fate}" for who, fate in self._lines())
        return "\n".join(lines) or "nobody's fate is known yet"

    def _repr_html_(self) -> str:
        return "".join(starmap(_fate, self._lines())) or f"<p>{self!r}</p>"

    def _lines(self) -> list[tuple[str, Fate]]:
        return [(f"{self._from}{visible(recipient)}", fate) for recipient, fate in self.items()]


def _fate(who: str, fate: Fate) -> str:
    said = f"<strong>{escape(who)}</strong>: {escape(str(fate))}"
    rule = colour(fate.status)
    return f"<p{look('card', f'card-{rule}')}><span{look(rule)}>{sign(fate.status)}</span> {said}</p>\n"


@dataclass
class Attempt:
    """One connection to one address of an exchange of a domain.

    Its transcript, and what broke it off, if anything (a sentence). `tls` is the version ("TLSv1.3") where what
    was said was secret, `verified` whether the certificate was checked as well, `tls_failure` what was wrong with
    either, as a report names it (RFC 8460 section 4.3).
    """

    exchange: str
    address: str
    transcript: Transcript
    error: str | None = None
    domain: str = ""
    tls: str | None = None
    verified: bool = False
    tls_failure: str | None = None

    def __str__(self) -> str:
        return f"connection to {visible(self.exchange)} ({self.address}){f': {self.error}' if self.error else ''}"


@dataclass
class Delivery:
    """What a host did to deliver a letter.

    `steps` holds each Lookup, each Attempt and each remark (str), in order; `fates` (Fates) a Fate for each recipient;
    `content` the octets that were sent; `policies` what was found of each domain's MTA-STS policy, where that was asked
    for (a mta_sts.Finding). Where something was refused for good, `bounce` is the Letter that told the
    sender so, as it lies in the sender's mailbox, and `bounce_delivery` the record of how it came there.
    """

    host: Host
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    steps: list[Lookup | Attempt | str] = field(default_factory=list)
    fates: Fates = field(default_factory=Fates)
    bounce: Letter | None = None
    bounce_delivery: "Delivery | None" = None
    policies: dict[str, Finding] = field(default_factory=dict)

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """What was asked of the DNS, in order."""
        return Listed((step for step in self.steps if isinstance(step, Lookup)), "look-ups", SHOW_ALL)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The connections, in order."""
        return Listed((step for step in self.steps if isinstance(step, Attempt)), "attempts to connect", SHOW_ALL)

    def __repr__(self) -> str:
        lines = [self._title()]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number}. {step}")
            if _talk(step):
                lines += [f"     {line}" for line in repr(step.transcript).split("\n")]
        return "\n".join([*lines, repr(Fates(self.fates))])

    def _repr_html_(self) -> str:
        steps = "".join(f"<li>{_said(step)}{_details(step)}</li>\n" for step in self.steps)
        return f"<p{look('caption')}>{escape(self._title())}</p>\n{Fates(self.fates)._repr_html_()}<ol>\n{steps}</ol>\n"

    def _title(self) -> str:
        sender = f"<{self.sender}>" if self.sender else "<> (the null return path)"
        recipients = ", ".join(f"<{recipient}>" for recipient in self.recipients)
        return visible(f"{self.host.name} sends a letter from {sender} to {recipients}")


def _talk(step) -> bool:
    return isinstance(step, Attempt) and bool(step.transcript.lines)


def _said(step) -> str:
    if isinstance(step, Lookup):
        return lead(step.outcome, str(step))
    return lead("timeout" if step.error else "answer", str(step)) if isinstance(step, Attempt) else escape(step)


def _details(step) -> str:
    return f"<details><summary>What was said</summary>{step.transcript._repr_html_()}</details>" if _talk(step) else ""
