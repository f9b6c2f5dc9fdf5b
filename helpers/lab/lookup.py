"""One question to a resolver, and which of five things came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver

from helpers.lab.errors import LabError
from helpers.lab.trail import Trail
from helpers.wire.faces import lead, visible

OUTCOMES = {
    "NXDOMAIN": "the name does not exist (NXDOMAIN)",
    "no name": "the name does not exist (NXDOMAIN)",  # nor can it
    "NODATA": "there are none (NODATA)",
    "no answer": "no answer can be had at the moment",
}


@dataclass(frozen=True, repr=False)
class Lookup:
    """One question that a host put to its resolver, and what came of it.

    `outcome` is "answer", "NXDOMAIN", "NODATA", "no answer" (at the moment), or "no name" (what the DNS could have no
    name like, so that nobody was asked). `answers` are the records as text, MX records sorted and as
    "10 mx1.outlook.test"; `records` the same as dnspython has them; `trail` the way that the recursive resolver went
    for it, where that is known.
    """

    name: str
    rdtype: str
    outcome: str
    answers: tuple[str, ...] = ()
    trail: Trail | None = field(default=None, compare=False)
    records: tuple[dns.rdata.Rdata, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        answer = ", ".join(self.answers) if self.outcome == "answer" else OUTCOMES[self.outcome]
        return f"{self.rdtype} records of {visible(self.name)}: {answer}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{lead(self.outcome, str(self))}</p>\n"

    @property
    def exists(self) -> bool:
        """Whether there may be such a name."""
        return self.outcome not in ("NXDOMAIN", "no name")


def lookup(
    resolver: dns.resolver.Resolver, name: str, rdtype: str, lifetime: float | None = None, trails: Iterable[Trail] = ()
) -> Lookup:
    """Ask a resolver for the records of a full name and a type, and return the Lookup.

    `lifetime` is how long it may take (seconds; by default the resolver's own). `trails` are those of the recursive
    resolver that it asks. Raises LabError for what is no type of record, and nothing for what the DNS says.
    """
    try:
        kind, records = dns.rdatatype.from_text(rdtype), ()
    except (AttributeError, TypeError, ValueError, dns.exception.DNSException):
        raise LabError(f"{rdtype!r} is no type of record; MX and A are two.") from None
    try:
        records = tuple(resolver.resolve(dns.name.from_text(name), kind, search=False, lifetime=lifetime))
        outcome = "answer"
    except dns.resolver.NXDOMAIN:
        outcome = "NXDOMAIN"
    except dns.resolver.NoAnswer:
        outcome = "NODATA"
    except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError):
        outcome = "no answer"
    except (dns.exception.DNSException, UnicodeError):  # a label of 64 octets, say
        outcome = "no name"
    trail = next((t for t in reversed(tuple(trails)) if t.question == (f"{name}.", rdtype)), None)
    return Lookup(name, rdtype, outcome, _texts(records, rdtype), trail, records)


def _texts(records: tuple[dns.rdata.Rdata, ...], rdtype: str) -> tuple[str, ...]:
    if rdtype != "MX":
        return tuple(record.to_text() for record in records)  # in the order in which they came (RFC 5321 section 5.1)
    pairs = sorted((record.preference, record.exchange.to_text().rstrip(".") or ".") for record in records)
    return tuple(f"{preference} {exchange}" for preference, exchange in pairs)
