"""Nothing but loopback: an audit hook that sees what every thread of a process does with sockets, however it does it.

`start.py collect` has it where learners' functions are tried, and the tests have it from tests/conftest.py. A kernel,
or any other Python that a test starts, has it from tests/guard/sitecustomize.py, where PYTHONPATH names that folder.
What another program does that is started from there, it does not see.
"""

import ipaddress
import socket
import sys
from collections.abc import Callable

REACHES = {"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKS_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
# The cast's addresses (RFC 5737, RFC 3849): no machine has one, so to bind to one fails, or reaches only a namespace.
DOCUMENTATION = [*map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))]


class OutsideWorld(RuntimeError):
    """A program tried to reach beyond this machine."""


def watch(record: Callable[[str], None]) -> None:
    """Let nothing in this process go beyond this machine from now on.

    A try raises OutsideWorld; `record` has its description (str) before, because the error may be swallowed.
    """

    def hook(event: str, arguments: tuple) -> None:
        if event in REACHES:
            if arguments[0].family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(arguments[1], tuple):
                return  # a Unix socket, or a connected one
            host = arguments[1][0]
        elif event in LOOKS_UP:
            host = arguments[0]
        else:
            return
        if _goes_out(event, host.decode() if isinstance(host, bytes) else host):
            record(f"{event} {host!r}")
            raise OutsideWorld(f"beyond this machine: {event} {host!r}")

    sys.addaudithook(hook)


def _goes_out(event: str, host: str | None) -> bool:
    if host in (None, "localhost"):
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True  # a name to look up, or "", which binds to every address
    if event == "socket.bind" and any(address in network for network in DOCUMENTATION):
        return False
    return event in REACHES and not address.is_loopback  # looking an address up asks nobody
