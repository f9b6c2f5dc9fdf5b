"""How a secondary name server brings its copy of a zone up to date (RFC 1034 section 4.3.5).

It is simpler than a real one, which after a check that failed asks again every RETRY seconds, and after EXPIRE seconds
without news throws its copy away. This one waits REFRESH each time, and keeps its copy.
"""

import asyncio

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.serial
import dns.xfr
import dns.zone

from helpers.lab.authority import Authority
from helpers.lab.cast import Host
from helpers.lab.dns_service import FIXED_ID, ask_udp, framed, read_message
from helpers.lab.net import Net

PATIENCE = 1.5  # for all of it, in seconds


async def refresh(net: Net, host: Host, authority: Authority, origin: dns.name.Name, primary_address: str) -> str:
    """Ask the primary for its SOA, and copy the zone from it if the serial there is higher.

    Takes the secondary, its Authority, the zone's origin and the address of the primary. Returns a sentence that says
    what became of it, and raises nothing: a secondary of the lab whose primary cannot be reached keeps what it has.
    """
    primary, name = net.host(primary_address).name, origin.to_text(omit_final_dot=True)
    held = authority.zones.get(origin)
    keeps = f"{host.name} keeps its copy" if held else f"{host.name} still has no copy"
    try:
        async with asyncio.timeout(PATIENCE):
            serial = await _serial_at(net, host, origin, primary_address)
            if serial is None:
                return f"{primary} does not answer for {name}, so {keeps}."
            if held and not dns.serial.Serial(serial) > held.get_soa().serial:  # arithmetic in a circle: RFC 1982
                own = held.get_soa().serial
                return f"{keeps} of {name}: the serial at {primary} is {serial}, not higher than its own {own}."
            authority.zones[origin] = await _copy(net, host, origin, primary_address)
            return f"{host.name} has copied {name} from {primary}, serial {serial}."
    except TimeoutError:
        return f"{primary} said nothing about {name} for {PATIENCE:g} s, so {keeps}."
    except dns.xfr.TransferError as error:
        return f"{primary} does not let {host.name} have {name} ({dns.rcode.to_text(error.rcode)}), so {keeps}."
    except (OSError, EOFError, dns.exception.DNSException):
        return f"{host.name} could not get {name} from {primary}, so {keeps}."


async def _serial_at(net: Net, host: Host, origin: dns.name.Name, address: str) -> int | None:
    """The serial that a server has for a zone; None if it does not answer for it."""
    query = dns.message.make_query(origin, dns.rdatatype.SOA, id=FIXED_ID, flags=0)
    answer = await ask_udp(net, host, address, query, PATIENCE)
    soa = answer.get_rrset(answer.answer, origin, dns.rdataclass.IN, dns.rdatatype.SOA)
    return soa[0].serial if soa else None


async def _copy(net: Net, host: Host, origin: dns.name.Name, address: str) -> dns.zone.Zone:
    """The whole zone, by AXFR over TCP (RFC 5936)."""
    zone = dns.zone.Zone(origin, relativize=False)
    query = dns.message.make_query(origin, dns.rdatatype.AXFR, id=FIXED_ID, flags=0)
    reader, writer = await net.open(host, address, 53)
    try:
        writer.write(framed(query.to_wire()))
        with dns.xfr.Inbound(zone, dns.rdatatype.AXFR) as inbound:
            while not inbound.process_message(dns.message.from_wire(await read_message(reader), xfr=True)):
                pass
    finally:
        writer.close()
    return zone
