"""What the recursive resolver remembers: answers, that there are none, and who answers for which zone.

Everything is kept for as long as its TTL says, on the lab's clock (RFC 1034 section 5.3.3, RFC 2308).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rcode import NXDOMAIN
from dns.rdatatype import CNAME

from helpers.lab.clock import Clock

MOST = 10_000  # answers kept


@dataclass(frozen=True)
class Known:
    """What is known of a name and a type: its records, or that there are none and the SOA that says for how long."""

    rcode: dns.rcode.Rcode
    rrset: dns.rrset.RRset | None
    soa: dns.rrset.RRset | None
    expires: float  # on the lab's clock

    def at(self, now: float) -> "Known":
        """The same with the TTL that is left."""
        left = int(self.expires - now)
        return replace(self, rrset=with_ttl(self.rrset, left), soa=with_ttl(self.soa, left))

    def is_alias(self, rdtype) -> bool:
        """Whether it is a CNAME that stands in for the type that was asked for."""
        return self.rrset is not None and self.rrset.rdtype == CNAME and rdtype != CNAME

    def in_words(self, name, rdtype) -> str:
        """What is known, as an answer to a question."""
        kind = dns.rdatatype.to_text(rdtype)
        if self.rcode == NXDOMAIN:
            return f"the name {plain(name)} does not exist (NXDOMAIN)"
        if self.rrset is None:
            return f"{plain(name)} exists and has no {kind} record (NODATA)"
        if self.is_alias(rdtype):
            return f"{plain(name)} is an alias (CNAME) of {plain(self.rrset[0].target)}"
        if len(self.rrset) > 4:
            return f"{plain(name)} has {len(self.rrset)} {kind} records"
        return f"{plain(name)} {kind} {', '.join(rdata.to_text() for rdata in self.rrset)}"


@dataclass(frozen=True)
class Delegation:
    """Who answers for a zone: the names of its servers, and the addresses that came along with them (glue).

    Glue is for finding servers, and never given as an answer (RFC 2181 section 5.4.1).
    """

    zone: dns.name.Name
    servers: tuple[dns.name.Name, ...]
    glue: Mapping[dns.name.Name, tuple[str, ...]]
    expires: float
    ttl: int = 0  # seconds for which it was good at first

    def __str__(self) -> str:
        noun = "name server" if len(self.servers) == 1 else "name servers"
        return f"{noun} of {plain(self.zone)}: {', '.join(map(plain, self.servers))}"


@dataclass(frozen=True)
class Copy:
    """One thing in a cache: the name it is about, its type, in words, the seconds left and how many there were.

    The type is "" for a name that does not exist, and "zone" for who answers for a zone.
    """

    name: dns.name.Name
    rdtype: str
    what: str
    left: int
    ttl: int


class Cache:
    """What is remembered. Takes the lab's clock, and the delegation of the root, which is never forgotten."""

    def __init__(self, clock: Clock, root: Delegation):
        self.clock, self.root = clock, root
        self._known: dict[tuple, Known] = {}  # by (name, type), or (name, None) for a name that does not exist
        self._delegations: dict[dns.name.Name, Delegation] = {}

    def flush(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._delegations.clear()

    def remember(self, key: tuple, known: Known) -> None:
        """Keep what was learnt, if it may be kept at all."""
        if known.expires > self.clock.timestamp():
            self._known.pop((key[0], None), None)
            self._known[key] = known
            if len(self._known) > MOST:
                self._make_room()

    def _make_room(self) -> None:
        """Drop what has expired, and where that does not do, half of the rest, the oldest first."""
        now = self.clock.timestamp()
        fresh = [(key, known) for key, known in self._known.items() if known.expires > now]
        self._known = dict(fresh if len(fresh) <= MOST // 2 else fresh[-MOST // 2 :])

    def recall(self, name, rdtype) -> Known | None:
        """What is still known of a name and a type."""
        now = self.clock.timestamp()
        return next((known.at(now) for known in about(self._known, name, rdtype) if known.expires > now), None)

    def copies(self) -> list[Copy]:
        """All that is kept, with 0 seconds left where it has run out and nothing has taken its place."""
        now = self.clock.timestamp()
        zones = [Copy(d.zone, "zone", str(d), max(0, int(d.expires - now)), d.ttl) for d in self._delegations.values()]
        return zones + [
            Copy(
                name,
                dns.rdatatype.to_text(rdtype) if rdtype else "",
                known.in_words(name, rdtype or dns.rdatatype.ANY),
                max(0, int(known.expires - now)),
                (known.rrset or known.soa).ttl,
            )
            for (name, rdtype), known in self._known.items()
        ]

    def remember_delegation(self, delegation: Delegation) -> None:
        """Keep who answers for a zone, if that may be kept at all."""
        if delegation.expires > self.clock.timestamp():
            self._delegations[delegation.zone] = delegation

    def nearest(self, name) -> Delegation:
        """The servers of the nearest zone at or above a name that are still known; at worst the root's."""
        now = self.clock.timestamp()
        for depth in range(len(name), 1, -1):
            delegation = self._delegations.get(name.split(depth)[1])
            if delegation is not None and delegation.expires > now:
                return delegation
        return self.root


def about(store: dict[tuple, Known], name, rdtype) -> Iterator[Known]:
    """What bears on a name and a type: its records or their absence, an alias, or that the name does not exist."""
    for kind in (rdtype, CNAME, None):
        known = store.get((name, kind))
        if known is not None and (known.rrset or kind in (rdtype, None)):
            yield known


def with_ttl(rrset: dns.rrset.RRset | None, ttl: int) -> dns.rrset.RRset | None:
    """The same records with another TTL."""
    if rrset is not None:
        rrset = rrset.copy()
        rrset.ttl = ttl
    return rrset


def plain(name: dns.name.Name) -> str:
    """A name as one reads it, without its final dot."""
    return "the root" if name == dns.name.root else name.to_text(omit_final_dot=True)
