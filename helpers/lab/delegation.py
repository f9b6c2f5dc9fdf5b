"""What the upper zones say of the cast: delegations with their glue, and in the reverse zones the names of addresses.

Their files leave these records to the cast. Where one has a line such as `;= domains gmail.test.`, they follow here:

    ;= addresses                   of the name servers that live in no domain of their own
    ;= delegations ZONE ...        the name servers of these zones
    ;= domains ZONE ...            the same, each with its glue
    ;= domains of one machine      all others that are their own name server; "of several machines": the rest
    ;= names of NETWORK            the PTR records of its addresses
"""

import itertools
import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from helpers.lab.cast import CAST, Host

_MARK = re.compile(r"^;= (.*)$", re.MULTILINE)
_ORIGIN = re.compile(r"^\$ORIGIN (\S+)", re.MULTILINE)
_SOA = re.compile(r"^(@ +)(SOA +)", re.MULTILINE)


def filled(text: str) -> str:
    """Return the text of a zone file with the records that it leaves to the cast, in columns like those of its SOA."""
    named = " ".join(_MARK.findall(text)).split()

    def lines(mark: re.Match) -> str:
        origin = _ORIGIN.findall(text, 0, mark.start())[-1]
        owners, types = (len(column) - 2 for column in _SOA.search(text).groups())
        return "\n".join(
            f"{_relative(owner, origin):{owners}}  {rdtype:{types}}  {_relative(value, origin)}"
            for owner, rdtype, value in _records(mark[1].split(), named)
        )

    return _MARK.sub(lines, text)


def _records(words: list[str], named: list[str]) -> Iterator[tuple[str, str, str]]:
    """The records (owner, type, value) that stand for a mark. Takes its words, and those of all marks of the file."""
    match words:
        case ["addresses"]:
            hosts = (host for host in CAST if any(not _is_domain(zone) for zone in host.zones))
            return itertools.chain.from_iterable(map(_addresses, hosts))
        case ["names", "of", network]:
            return _names(ip_network(network))
        case ["domains", "of", count, _]:
            own = {zone: f"{host.name}." == zone for host in CAST for zone in host.zones if _is_domain(zone)}
            rest = [zone for zone in own if zone not in named and own[zone] == (count == "one")]
            return _delegations(rest, glue=True)
        case [what, *zones]:
            return _delegations(zones, glue=what == "domains")


def _delegations(zones: list[str], glue: bool) -> Iterator[tuple[str, str, str]]:
    for zone in zones:
        servers = [host for host in CAST if zone in host.zones + host.lacks]
        yield from ((zone, "NS", f"{server.name}.") for server in servers)
        for server in servers if glue else ():
            yield from _addresses(server)


def _addresses(host: Host) -> Iterator[tuple[str, str, str]]:
    return ((f"{host.name}.", "AAAA" if ":" in address else "A", address) for address in host.addresses)


def _names(network: IPv4Network | IPv6Network) -> Iterator[tuple[str, str, str]]:
    names = {ip_address(address): f"{host.name}." for host in CAST for address in host.addresses}
    for address in sorted(address for address in names if address in network):  # no IPv6 address is in an IPv4 network
        name = names[address] if address.version == 4 else f"{names[address]:24}; {address}"
        yield f"{address.reverse_pointer}.", "PTR", name


def _is_domain(zone: str) -> bool:
    return zone.endswith(".test.")


def _relative(name: str, origin: str) -> str:
    return name.removesuffix(f".{origin}")
