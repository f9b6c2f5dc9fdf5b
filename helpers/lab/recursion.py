"""The recursive resolver: it walks from the root for whoever asks, remembers what it heard, and keeps the trail.

It goes by RFC 1034 section 5.3.3: ask the nearest name servers known; they answer, or point to others further down.
What it remembers counts down on the lab's clock.
"""

from collections import deque

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rcode import NOERROR, NXDOMAIN
from dns.rdataclass import IN
from dns.rdatatype import ANY, AXFR, CNAME, IXFR, NS, SOA, A

from helpers.lab import dns_service
from helpers.lab.cast import Host
from helpers.lab.clock import Clock
from helpers.lab.dns_cache import Cache, Delegation, Known, about, plain, with_ttl
from helpers.lab.dns_service import EDNS_UDP, FIXED_ID
from helpers.lab.errors import LabError
from helpers.lab.net import Net
from helpers.lab.routes import Endpoint
from helpers.lab.trail import Step, Trail

A_QUERY = 0.4  # how long one server may take, in seconds
IN_ALL = 1.5  # and all of them together, for one question
MOST_QUERIES = 40  # for one question, so that no zone can make the resolver work for nothing
MOST_ALIASES = 8
MOST_TRAILS = 100


class Recursive:
    """The resolver of a host. `roots` are (name, address) pairs; `trails` holds the latest 100, the newest last."""

    def __init__(self, net: Net, clock: Clock, host: Host, roots: tuple[tuple[str, str], ...]):
        self.net, self.clock, self.host = net, clock, host
        glue = {dns.name.from_text(name): (address,) for name, address in roots}
        self.cache = Cache(clock, Delegation(dns.name.root, tuple(glue), glue, float("inf")))
        self.trails: deque[Trail] = deque(maxlen=MOST_TRAILS)

    def flush(self) -> None:
        """Forget everything, as after a restart. The trails stay."""
        self.cache.flush()

    async def answer(self, wire: bytes, peer: Endpoint, tcp: bool) -> list[bytes]:
        """Return the messages that answer a client's; see `dns_service.listen`."""
        query, refusal = dns_service.read_query(wire)
        if query is None:
            return [] if refusal is None else [refusal]
        reply = dns_service.new_reply(query)
        reply.flags |= dns.flags.RA
        name, rdtype = query.question[0].name, query.question[0].rdtype
        if query.question[0].rdclass != IN or rdtype in (AXFR, IXFR):
            reply.set_rcode(dns.rcode.REFUSED)
        elif rdtype == ANY:  # RFC 8482 section 4.2
            reply.answer.append(dns.rrset.from_text(name, 3600, IN, "HINFO", '"RFC8482" ""'))
        elif dns.rdatatype.is_metatype(rdtype):
            reply.set_rcode(dns.rcode.NOTIMP)
        elif query.flags & dns.flags.RD:
            asker = self.net.who(peer, "tcp" if tcp else "udp")
            trail = Trail(asker, _texts(name, rdtype), self.host.name, tcp=tcp)
            await self._resolve(reply, name, rdtype, trail)
            self.trails.append(trail)
        else:
            self._answer_from_cache(reply, name, rdtype)
        return [dns_service.to_wire(reply, query, tcp)]

    async def _resolve(self, reply, name, rdtype, trail: Trail) -> None:
        try:
            search = _Search(self, trail).find(name, rdtype)
            rcode, reply.answer, reply.authority = await dns_service.within(IN_ALL, search)
            reply.set_rcode(rcode)
            outcome = _outcome(reply, *trail.question)
        except (_Failure, TimeoutError) as failure:
            reply.set_rcode(dns.rcode.SERVFAIL)
            why = failure if isinstance(failure, _Failure) else f"after {IN_ALL:g} s there was still no answer"
            outcome = f"SERVFAIL: {why}."
        trail.outcome = f"{self.host.name} answers {outcome}"

    def _answer_from_cache(self, reply, name, rdtype) -> None:
        """Answer a question without RD: what is in the cache, or else the nearest name servers known."""
        for _ in range(MOST_ALIASES):
            known = self.cache.recall(name, rdtype)
            if known is None:
                break
            reply.set_rcode(known.rcode)
            reply.answer += [known.rrset] if known.rrset else []
            reply.authority += [known.soa] if known.soa else []
            if not known.is_alias(rdtype):
                return
            name = known.rrset[0].target
        if not reply.answer:
            nearest = self.cache.nearest(name)
            left = 0 if nearest is self.cache.root else int(nearest.expires - self.clock.timestamp())
            servers = [server.to_text() for server in nearest.servers]
            reply.authority.append(dns.rrset.from_text_list(nearest.zone, left, IN, NS, servers))


class _Failure(Exception):
    """Why there is no answer, in a clause: the client gets SERVFAIL."""


class _Search:
    """The search for the answer to one question."""

    def __init__(self, recursive: Recursive, trail: Trail):
        self.net, self.clock, self.host = recursive.net, recursive.clock, recursive.host
        self.cache, self.trail = recursive.cache, trail
        self.fresh: dict[tuple, Known] = {}  # learnt in this search, and good for it even with a TTL of 0
        self.addresses: dict[dns.name.Name, tuple[str, ...]] = {}  # of servers without glue
        self.queries = 0

    async def find(self, name, rdtype) -> tuple[dns.rcode.Rcode, list, list]:
        """Return the rcode, the answer and the authority section, following aliases. Raises _Failure."""
        answer, seen = [], set()
        while name not in seen:
            seen.add(name)
            known = self.recall(name, rdtype) or await self.walk(name, rdtype)
            answer += [known.rrset] if known.rrset else []
            if not known.is_alias(rdtype):
                return known.rcode, answer, [known.soa] if known.soa else []
            if len(seen) > MOST_ALIASES:
                raise _Failure(f"there are more than {MOST_ALIASES} aliases in a row")
            name = known.rrset[0].target
        raise _Failure(f"the alias {plain(name)} leads back to itself")

    def recall(self, name, rdtype) -> Known | None:
        """What this search has learnt, or the cache holds."""
        known = next(about(self.fresh, name, rdtype), None)
        if known is None and (known := self.cache.recall(name, rdtype)) is not None:
            left = (known.rrset or known.soa).ttl
            self.note_cache(name, rdtype, name, f"remembers: {known.in_words(name, rdtype)}; for another {left} s")
        return known

    async def walk(self, name, rdtype) -> Known:
        """Go down from the nearest zone whose servers are known until one of them has the answer."""
        found = self.cache.nearest(name)
        if found is not self.cache.root:
            self.note_cache(name, rdtype, found.zone, f"remembers the {found}")
        while isinstance(found, Delegation):
            found = await self.ask_servers(found, name, rdtype)
        return found

    async def ask_servers(self, delegation: Delegation, name, rdtype) -> Known | Delegation:
        """Ask the servers of a zone, in their order, until one says something of use."""
        for server in delegation.servers:
            for address in delegation.glue.get(server) or await self.look_up(server):
                found = await self.ask(plain(server), address, delegation.zone, name, rdtype)
                if found is not None:
                    return found
        raise _Failure(f"no name server of {plain(delegation.zone)} gave an answer")

    async def look_up(self, server) -> tuple[str, ...]:
        """The addresses of a name server that came without glue: another question, within this one."""
        if server not in self.addresses:
            self.spend()
            self.addresses[server] = ()  # so that servers which need each other's names do not go round in a circle
            try:
                _, answer, _ = await self.find(server, A)
            except _Failure:
                answer = []
            self.addresses[server] = tuple(rdata.address for rrset in answer if rrset.rdtype == A for rdata in rrset)
        return self.addresses[server]

    async def ask(self, server: str, address: str, zone, name, rdtype) -> Known | Delegation | None:
        """Ask one server; return what it knows or whom it points to, or None if it is of no use."""
        self.spend()

        def note(kind: str, detail: str, wire: bytes | None = None) -> None:
            asked, place = _texts(name, rdtype), zone.to_text()
            self.trail.steps.append(Step(server, address, asked, kind, f"{server} {detail}", wire, place))

        query = dns.message.make_query(name, rdtype, use_edns=0, payload=EDNS_UDP, id=FIXED_ID, flags=0)
        try:
            message = await dns_service.ask_udp(self.net, self.host, address, query, A_QUERY)
            if message.flags & dns.flags.TC:
                note("truncated", "has more to say than fits into a datagram; it is asked again over TCP", message.wire)
                message = await dns_service.ask_tcp(self.net, self.host, address, query, A_QUERY)
        except TimeoutError:
            note("timeout", f"said nothing for {A_QUERY:g} s")
            return None
        except (OSError, EOFError, LabError, dns.exception.DNSException):
            note("unreachable", "could not be reached, or did not answer as a name server does")
            return None
        kind, detail, found = self.read(message, zone, name, rdtype)
        note(kind, detail, message.wire)
        return found

    def read(self, message, zone, name, rdtype) -> tuple[str, str, Known | Delegation | None]:
        """What an answer means: its kind, in words, and what is learnt from it.

        A server is believed only as far as the zone goes that it was asked as a server of (RFC 5452 section 6).
        """
        rcode, of_its_own = message.rcode(), bool(message.flags & dns.flags.AA)
        if rcode not in (NOERROR, NXDOMAIN):
            said = dns.rcode.to_text(rcode)
            return "lame", f"does not answer for {plain(zone)} ({said}), though it is named as its server", None
        aliases, last = self.learn_answer(message, zone, name, rdtype)
        known = self.fresh.get((last, rdtype))
        if known and known.rrset:
            return "answer", f"has the answer: {_chain(self.fresh, name, rdtype)}", self.recall(name, rdtype)
        soa = _soa(message, zone, last)
        if not aliases and not soa and rcode == NOERROR:
            delegation = self.learn_delegation(message, zone, name)
            if delegation is not None:
                return "referral", f"does not know, and points to the {delegation}", delegation
        if of_its_own and last not in aliases and (soa or not aliases):
            self.learn_absence(last, rdtype, rcode, soa)
            kind = "NXDOMAIN" if rcode == NXDOMAIN else "NODATA"
            return kind, f"has the answer: {_chain(self.fresh, name, rdtype)}", self.recall(name, rdtype)
        if aliases:
            return "alias", f"says: {_chain(self.fresh, name, rdtype)}", self.recall(name, rdtype)
        return "lame", f"knows nothing of its own about {plain(zone)}, though it is named as its server", None

    def learn_answer(self, message, zone, name, rdtype) -> tuple[list, dns.name.Name]:
        """Take in the records of the answer section; return the aliases on the way and the name where they end."""
        aliases = []
        while name.is_subdomain(zone) and name not in aliases:
            rrset = message.get_rrset(message.answer, name, IN, rdtype)
            alias = message.get_rrset(message.answer, name, IN, CNAME)
            if rrset:
                self.learn((name, rdtype), Known(NOERROR, rrset, None, self.until(rrset.ttl)))
            if rrset or not alias:
                break
            self.learn((name, CNAME), Known(NOERROR, alias, None, self.until(alias.ttl)))
            aliases.append(name)
            name = alias[0].target
        return aliases, name

    def learn_absence(self, name, rdtype, rcode, soa) -> None:
        """Take in that a name or its records do not exist, for as long as the SOA says (RFC 2308 section 5)."""
        ttl = min(soa.ttl, soa[0].minimum) if soa else 0
        key = name, None if rcode == NXDOMAIN else rdtype
        self.learn(key, Known(rcode, None, with_ttl(soa, ttl), self.until(ttl)))

    def learn_delegation(self, message, zone, name) -> Delegation | None:
        """Take in whom an answer points to: the servers of a zone further down on the way to the name."""
        for rrset in message.authority:
            below = rrset.name.is_subdomain(zone) and rrset.name != zone
            if rrset.rdtype == NS and below and name.is_subdomain(rrset.name):
                servers = tuple(rdata.target for rdata in rrset)
                found = {s: message.get_rrset(message.additional, s, IN, A) for s in servers if s.is_subdomain(zone)}
                found = {server: addresses for server, addresses in found.items() if addresses}
                glue = {server: tuple(rdata.address for rdata in addresses) for server, addresses in found.items()}
                ttl = min([rrset.ttl, *(addresses.ttl for addresses in found.values())])
                delegation = Delegation(rrset.name, servers, glue, self.until(ttl), ttl)
                self.cache.remember_delegation(delegation)
                return delegation
        return None

    def learn(self, key: tuple, known: Known) -> None:
        self.fresh[key] = known
        self.cache.remember(key, known)

    def spend(self) -> None:
        self.queries += 1
        if self.queries > MOST_QUERIES:
            raise _Failure(f"it would take more than {MOST_QUERIES} questions")

    def until(self, ttl: int) -> float:
        return self.clock.timestamp() + ttl

    def note_cache(self, name, rdtype, zone, detail: str) -> None:
        me, asked, place = self.host, _texts(name, rdtype), zone.to_text()
        self.trail.steps.append(Step(me.name, me.address, asked, "cache", f"{me.name} {detail}", place=place))


def _soa(message, zone, name) -> dns.rrset.RRset | None:
    """The SOA in the authority section that may speak for a name."""
    soas = (rrset for rrset in message.authority if rrset.rdtype == SOA and rrset.name.is_subdomain(zone))
    return next((soa for soa in soas if name.is_subdomain(soa.name)), None)


def _texts(name: dns.name.Name, rdtype) -> tuple[str, str]:
    return name.to_text(), dns.rdatatype.to_text(rdtype)


def _chain(fresh: dict[tuple, Known], name, rdtype) -> str:
    """What one answer said, from the name that was asked for to where its aliases end."""
    said, passed = [], set()
    while name not in passed and (known := next(about(fresh, name, rdtype), None)) is not None:
        said.append(known.in_words(name, rdtype))
        passed.add(name)
        name = known.rrset[0].target if known.is_alias(rdtype) else name
    return "; ".join(said)


def _outcome(reply: dns.message.Message, name: str, kind: str) -> str:
    last = reply.answer[-1] if reply.answer else None
    if reply.rcode() == NXDOMAIN:
        return f"NXDOMAIN: {'the name at the end of the aliases' if last else name} does not exist."
    if last is None or dns.rdatatype.to_text(last.rdtype) != kind:
        return f"NOERROR, with no {kind} record (NODATA): the name exists and has none."
    return f"NOERROR, with {len(last)} {kind} record{'s' if len(last) > 1 else ''}."
