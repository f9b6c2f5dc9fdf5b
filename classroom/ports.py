"""Ports of this machine, and its addresses as others in the room see them."""

import socket
from collections.abc import Iterator

import psutil


def free_ports(port: int) -> Iterator[int]:
    """The ports of loopback after this one on which nothing listens.

    One that the system picks may be picked for another program before it is used.
    """
    return (other for other in range(port + 1, 65536) if not can_listen("127.0.0.1", other))


def can_listen(ip: str, port: int) -> str:
    """Return why nothing can listen there, or ""."""
    try:
        with socket.create_server((ip, port)):
            return ""
    except (OSError, OverflowError) as error:
        return getattr(error, "strerror", None) or str(error)


def addresses(ip: str) -> list[str]:
    """Return the addresses to which a browser goes: `ip` itself, or for 0.0.0.0 those that the network gave."""
    if ip != "0.0.0.0":
        return [ip]
    every = (entry for entries in psutil.net_if_addrs().values() for entry in entries)
    found = [entry.address for entry in every if entry.family == socket.AF_INET]
    return [address for address in found if not address.startswith(("127.", "169.254."))] or ["127.0.0.1"]
