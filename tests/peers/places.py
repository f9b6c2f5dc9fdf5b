"""Where on this machine a program of others may listen, and whether it does."""

import random
import socket


def free_place() -> tuple[str, int]:
    """Return the address of a port that no program has, and that no system gives to one by itself meanwhile."""
    while True:
        place = ("127.0.0.1", random.randrange(20000, 32768))
        try:
            socket.create_server(place).close()
        except OSError:
            continue
        return place


def listens(ip: str, port: int) -> bool:
    """Return whether a program listens there."""
    with socket.socket() as sock:
        return sock.connect_ex((ip, port)) == 0
