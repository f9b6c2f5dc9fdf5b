"""A lab's two static faces: who is in its network, as text and as a table."""

from helpers.lab.cast import Host
from helpers.lab.clock import Clock
from helpers.lab.net import Net
from helpers.wire.faces import columns, table

SERVICES = {25: "SMTP", 53: "DNS", 80: "web", 443: "web (TLS)", 465: "submission (TLS)", 587: "submission"}


def rows(net: Net) -> list[tuple[str, str, str, str]]:
    """Return a row (address, name, services, role) for each host of the network."""
    hosts = net.routes.hosts.values()
    return [(" ".join(host.addresses), host.name, _services(net, host), host.role) for host in hosts]


def text(net: Net, clock: Clock) -> str:
    """Return the map as lines of text."""
    return "\n".join([_title(net, clock), *columns(rows(net))])


def html(net: Net, clock: Clock) -> str:
    """Return the map as an HTML table."""
    listed = ((name, addresses, services, role) for addresses, name, services, role in rows(net))
    return table(_title(net, clock), ("Host", "Address", "Services", "Role"), listed, code=("Address",))


def _title(net: Net, clock: Clock) -> str:
    state = "closed" if net.closed else f"the time here is {clock!r}"
    return f"A small internet inside this kernel: {len(net.routes.hosts)} hosts ({state})"


def _services(net: Net, host: Host) -> str:
    if net.faults.is_down(host):
        return "switched off"
    return ", ".join(SERVICES.get(port, f"port {port}") for port in net.ports(host)) or "none"
