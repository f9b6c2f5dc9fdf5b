"""An authoritative name server: it answers from the zones that it has, and asks nobody (RFC 1034 section 4.3.2)."""

from collections.abc import Callable, Iterator, Mapping

import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone
from dns.rdataclass import IN
from dns.rdatatype import AAAA, ANY, AXFR, CNAME, DS, IXFR, MX, NS, SOA, SRV, A

from helpers.lab.dns_service import new_reply, read_query, to_wire
from helpers.lab.routes import Endpoint

LEADS_TO = {MX: "exchange", NS: "target", SRV: "target"}  # types that name a host, whose address one will want next
TRANSFER_SIZE = 16384  # about how many octets of records go into one message of a transfer


class Authority:
    """A name server's knowledge.

    Takes its zones by origin, and a function that says whether the (ip, port) of a TCP connection may have a whole zone
    (AXFR). `zones` is a plain dict: an entry may be replaced at any time; a zone itself is shared and never changed.
    """

    def __init__(
        self, zones: Mapping[dns.name.Name, dns.zone.Zone], may_transfer: Callable[[Endpoint], bool] = lambda _: False
    ):
        self.zones = dict(zones)
        self._may_transfer = may_transfer

    async def answer(self, wire: bytes, peer: Endpoint, tcp: bool) -> list[bytes]:
        """Return the messages that answer this one; see `dns_service.listen`. Only a transfer takes more than one."""
        if tcp:
            query, _ = read_query(wire)
            zone = self.zones.get(query.question[0].name) if query else None
            if zone and query.question[0].rdtype == AXFR and self._may_transfer(peer):
                return list(_transfer(query, zone))
        reply = self.respond(wire, tcp)
        return [] if reply is None else [reply]

    def respond(self, query: bytes, tcp: bool = False) -> bytes | None:
        """Return the answer to a query, or None where silence is right. Raises nothing, whatever the octets are."""
        message, refusal = read_query(query)
        if message is None:
            return refusal
        reply = new_reply(message)
        question = message.question[0]
        if question.rdclass != IN or question.rdtype in (AXFR, IXFR) or self._zone_of(question.name) is None:
            reply.set_rcode(dns.rcode.REFUSED)
        elif dns.rdatatype.is_metatype(question.rdtype) and question.rdtype != ANY:
            reply.set_rcode(dns.rcode.NOTIMP)
        else:
            self._fill(reply, question.name, question.rdtype)
        return to_wire(reply, message, tcp)

    def _zone_of(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType = A) -> dns.zone.Zone | None:
        """The zone with the longest origin that the name is in; for DS at a cut the one above, if that is here too."""
        origins = (name.split(depth)[1] for depth in range(len(name), 0, -1))
        zones = (self.zones[origin] for origin in origins if origin in self.zones)
        zone = next(zones, None)
        if rdtype == DS and zone is not None and zone.origin == name:  # RFC 4035 section 3.1.4.1
            return next(zones, zone)
        return zone

    def _fill(self, reply: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> None:
        reply.flags |= dns.flags.AA
        answered = set()  # owners so far, for aliases that go round in a circle
        while name not in answered and (zone := self._zone_of(name, rdtype)) is not None:
            cut = _cut(zone, name)
            if cut and not (rdtype == DS and cut == name):  # DS is the one type that stands above the cut (RFC 4035)
                _refer(reply, zone, cut)
                return
            node = _node(zone, name)
            if node is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)  # also at the end of aliases (RFC 6604)
                _deny(reply, zone)
                return
            alias = node.get_rdataset(IN, CNAME)
            if alias is None or rdtype in (CNAME, ANY):
                found = [rdataset for rdataset in node if rdtype in (rdataset.rdtype, ANY)]
                reply.answer += [_rrset(name, rdataset) for rdataset in found]
                if not found:
                    _deny(reply, zone)
                elif rdtype != ANY:
                    _add_addresses(reply, zone, reply.answer[-1])
                return
            reply.answer.append(_rrset(name, alias))
            answered.add(name)
            name = alias[0].target


def _cut(zone: dns.zone.Zone, name: dns.name.Name) -> dns.name.Name | None:
    """Where, on the way down to the name, the zone hands over to other servers; None if it does not."""
    for depth in range(len(zone.origin) + 1, len(name) + 1):
        node = zone.nodes.get(ancestor := name.split(depth)[1])
        if node and node.get_rdataset(IN, NS):
            return ancestor
    return None


def _node(zone: dns.zone.Zone, name: dns.name.Name) -> dns.node.Node | None:
    """What answers for a name: its own records, none where only names below it have some, a wildcard's, or nothing."""
    if name in zone.nodes:
        return zone.nodes[name]
    shared = max(name.fullcompare(known)[2] for known in zone.nodes)  # labels in common, counted from the root
    if shared == len(name):
        return dns.node.Node()  # an empty non-terminal (RFC 4592 section 2.2.2)
    encloser = name.split(shared)[1]
    return zone.nodes.get(dns.name.Name((b"*",)) + encloser)


def _refer(reply: dns.message.Message, zone: dns.zone.Zone, cut: dns.name.Name) -> None:
    """Point to the name servers of what lies below a cut, with the addresses that the zone has for them."""
    if not reply.answer:
        reply.flags &= ~dns.flags.AA
    servers = _rrset(cut, zone.nodes[cut].get_rdataset(IN, NS))
    reply.authority.append(servers)
    _add_addresses(reply, zone, servers)


def _deny(reply: dns.message.Message, zone: dns.zone.Zone) -> None:
    """Add the SOA that says for how long it may be remembered that there is nothing (RFC 2308 section 3)."""
    soa = _rrset(zone.origin, zone.get_rdataset(zone.origin, SOA))
    soa.ttl = min(soa.ttl, soa[0].minimum)
    reply.authority.append(soa)


def _add_addresses(reply: dns.message.Message, zone: dns.zone.Zone, rrset: dns.rrset.RRset) -> None:
    """Add the addresses of the hosts that the records name, as far as they are in the zone."""
    field = LEADS_TO.get(rrset.rdtype)
    for host in dict.fromkeys(getattr(rdata, field) for rdata in rrset) if field else ():
        node = zone.nodes.get(host)
        if node and (rrset.rdtype == NS or not _cut(zone, host)):  # glue is told for name servers only
            found = (node.get_rdataset(IN, rdtype) for rdtype in (A, AAAA))
            reply.additional += [_rrset(host, rdataset) for rdataset in found if rdataset]


def _rrset(name: dns.name.Name, rdataset: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, rdataset.ttl, rdataset)


def _transfer(query: dns.message.Message, zone: dns.zone.Zone) -> Iterator[bytes]:
    """The whole zone, its SOA first and last, in as many messages as it takes (RFC 5936 section 2.2)."""
    soa = [(zone.origin, zone.get_rdataset(zone.origin, SOA).ttl, zone.get_soa())]
    rest = [record for record in zone.iterate_rdatas() if record[2].rdtype != SOA]
    reply, size = new_reply(query), 0
    for name, ttl, rdata in soa + rest + soa:
        if size > TRANSFER_SIZE:
            yield to_wire(reply, query, tcp=True)
            reply, size = new_reply(query), 0
        reply.flags |= dns.flags.AA
        reply.answer.append(dns.rrset.from_rdata(name, ttl, rdata))
        size += len(rdata.to_wire()) + len(name.to_wire()) + 10
    yield to_wire(reply, query, tcp=True)
