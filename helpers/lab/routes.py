"""The one table that says where each service of the lab really listens, and whose voice each loopback port is.

Every service has an address and a port of the documentation kind (203.0.113.25, 25) and in truth listens on 127.0.0.1,
on a port that the system picked. A client that speaks for a host binds its socket before it connects, and the port that
it got is noted here; so a server that sees a peer at 127.0.0.1 can ask who that is.
"""

import ipaddress
from dataclasses import replace

from helpers.lab.cast import CAST, LEARNER, Host
from helpers.lab.errors import LabError, NobodysAddress, UnknownHost

LOOPBACK = "127.0.0.1"
Endpoint = tuple[str, int]


def is_address(text: str) -> bool:
    """Return whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Routes:
    """Hosts by name and address, services by address and port, and callers by loopback port.

    With `real_addresses` the hosts' own addresses and ports are used as they stand.
    """

    def __init__(self, hosts: tuple[Host, ...] = CAST, real_addresses: bool = False):
        self.hosts: dict[str, Host] = {}
        self.real_addresses = real_addresses
        self._by_address: dict[ipaddress.IPv4Address | ipaddress.IPv6Address, Host] = {}
        for host in hosts:
            self.add(host)
        self._services: dict[tuple[str, int], Endpoint] = {}
        self._callers: dict[tuple[str, int], Host] = {}

    def add(self, host: Host) -> None:
        """Put a host on the map, unless it is there. Raises LabError for a name or an address that another one has."""
        if self.hosts.get(host.name) == host:
            return
        addresses = {ipaddress.ip_address(address): host for address in host.addresses}
        if host.name in self.hosts or addresses.keys() & self._by_address.keys():
            raise LabError(f"{host} cannot be put on the map: its name or an address of it is another host's.")
        self.hosts[host.name] = host
        self._by_address |= addresses

    def host(self, who: str | Host) -> Host:
        """Return the Host of a name or an address. Raises UnknownHost or NobodysAddress."""
        if isinstance(who, Host):
            return who
        text = str(who).strip().rstrip(".").lower()
        if is_address(text):
            host = self._by_address.get(ipaddress.ip_address(text))
            if host is None:
                raise NobodysAddress(text)
            return host
        if text not in self.hosts:
            raise UnknownHost(text, self.hosts)
        return self.hosts[text]

    # Services

    def put(self, host: Host, port: int, endpoint: Endpoint) -> None:
        """Note that the host's service on `port` really listens at `endpoint`."""
        self._services[host.name, port] = endpoint

    def endpoint(self, host: Host, port: int) -> Endpoint:
        """Return where the service really listens. Raises ConnectionRefusedError where there is none."""
        try:
            return self._services[host.name, port]
        except KeyError:
            raise refused(host, port) from None

    def ports(self, host: str | Host) -> list[int]:
        """Return the ports on which a host has a service (a sorted list of int)."""
        wanted = self.host(host).name
        return sorted(port for name, port in self._services if name == wanted)

    # Callers

    def note(self, host: Host, kind: str, port: int, address: str) -> None:
        """Note that a host speaks from this port of loopback ("tcp" or "udp"), and from which of its addresses."""
        self._callers[kind, port] = _speaking_from(host, address)

    def who(self, peer: Endpoint, kind: str = "tcp") -> Host:
        """Return the Host that speaks from `peer`, an (ip, port) pair as a server sees it, its address in use first.

        `kind` is "tcp" or "udp". Whoever is not known is the learner's computer: so is a program from a terminal.
        """
        if self.real_addresses:
            address = ipaddress.ip_address(peer[0].partition("%")[0])
            host = self._by_address.get(address, self.hosts[LEARNER])
            return _speaking_from(host, str(address)) if str(address) in host.addresses else host
        return self._callers.get((kind, peer[1]), self.hosts[LEARNER])

    def forget(self, peer: Endpoint, kind: str = "tcp") -> None:
        """End an entry: the server has closed that connection."""
        self._callers.pop((kind, peer[1]), None)


def _speaking_from(host: Host, address: str) -> Host:
    """The host with this one of its addresses first."""
    return replace(host, addresses=(address, *(other for other in host.addresses if other != address)))


def refused(host: Host, port: int) -> ConnectionRefusedError:
    """Return the error of a host on which no program listens on that port."""
    return ConnectionRefusedError(f"{host} refuses port {port}: no program listens there.")
