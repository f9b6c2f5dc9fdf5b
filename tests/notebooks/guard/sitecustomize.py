"""For a kernel under test: nothing but loopback. Python imports this at its start where PYTHONPATH names the folder.

What tries to reach beyond this machine fails, and is written down even where the failure is swallowed.
"""

import ipaddress
import os
import sys

WATCHED = {"socket.connect": 1, "socket.bind": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}


def _guard(event, arguments):
    if event not in WATCHED:
        return
    address = arguments[WATCHED[event]]
    host = address if event == "socket.getaddrinfo" else address[0] if isinstance(address, tuple) and address else None
    if host is None or isinstance(address, (str, bytes)) and event != "socket.getaddrinfo":
        return  # a Unix socket, or a connected one
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = host in ("localhost", b"localhost")
    if not allowed:
        with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{event} {host!r}\n")
        raise PermissionError(f"beyond this machine: {event} {host!r}")


if "GUARD_LOG" in os.environ:
    sys.addaudithook(_guard)
