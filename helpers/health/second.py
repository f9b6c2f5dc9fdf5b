"""A second opinion on a domain's SPF and DMARC: what checkdmarc says, where it is installed, beside a report."""

from collections.abc import Callable
from dataclasses import dataclass

import dns.resolver

from helpers.health.report import Report
from helpers.wire.faces import Face, visible

NOT_HERE = "checkdmarc is not installed here, so there is no second opinion. (In a terminal: pip install checkdmarc.)"


@dataclass(frozen=True, repr=False)
class SecondOpinion(Face):
    """What both say: rows of a check, this report's worst finding in it (or fine), and checkdmarc's words."""

    domain: str
    rows: tuple[tuple[str, str, str], ...]

    _head = ("Check", "This report", "checkdmarc")

    def _title(self) -> str:
        return f"Two opinions of {self.domain}"

    def _rows(self) -> tuple[tuple[str, str, str], ...]:
        return self.rows


class Sentence(str):
    """A sentence that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def second_opinion(ours: Report, resolver: dns.resolver.Resolver) -> "SecondOpinion | Sentence":
    """Return both opinions, or a sentence where checkdmarc is not installed. It asks by the resolver that is given."""
    try:
        from checkdmarc.dmarc import check_dmarc
        from checkdmarc.spf import check_spf
    except ImportError:
        return Sentence(NOT_HERE)
    rows = []
    for check, theirs in (("SPF", check_spf), ("DMARC", check_dmarc)):
        said = next(line for line in ours.lines if line.check == check)
        rows.append((check, f"{said.severity}: {said.finding}", visible(their_word(theirs, ours.domain, resolver))))
    return SecondOpinion(ours.domain, tuple(rows))


def their_word(check: Callable, domain: str, resolver: dns.resolver.Resolver) -> str:
    """Return what a check of checkdmarc says of a domain: "valid", "warning: ..." or "error: ..."."""
    try:
        found = check(domain, resolver=resolver)
    except Exception as error:  # it has many kinds
        return f"error: {error}"
    if not found.get("valid", False):
        return f"error: {found.get('error', 'not valid')}"
    warnings = found.get("warnings") or []
    return f"warning: {'; '.join(map(str, warnings))}" if warnings else "valid"
