"""The lab's two static faces: what is on the map, as text and as a table."""

from __future__ import annotations

from helpers.wire.faces import columns, table

SERVICES = {25: "SMTP", 53: "DNS", 80: "web", 443: "web (TLS)", 465: "submission (TLS)", 587: "submission"}


def rows(lab) -> list[tuple[str, str, str, str]]:
    """Return a row (address, name, services, role) for each host of the lab."""
    return [(" ".join(host.addresses), host.name, _services(lab, host), host.role) for host in lab.hosts]


def text(lab) -> str:
    """Return the map as lines of text."""
    return "\n".join([_title(lab), *columns(rows(lab))])


def html(lab) -> str:
    """Return the map as an HTML table."""
    listed = ((name, addresses, services, role) for addresses, name, services, role in rows(lab))
    return table(_title(lab), ("Host", "Address", "Services", "Role"), listed, code=("Address",))


def _title(lab) -> str:
    state = "closed" if lab.closed else f"the time here is {lab.clock!r}"
    return f"A small internet inside this kernel: {len(lab.hosts)} hosts ({state})"


def _services(lab, host) -> str:
    if lab.faults.is_down(host):
        return "switched off"
    return ", ".join(SERVICES.get(port, f"port {port}") for port in lab.ports(host)) or "none"
