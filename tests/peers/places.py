"""Where on this machine a program of others may listen, and whether it does."""

import socket


def free_place() -> tuple[str, int]:
    """Return the address of a port that no program has."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()


def listens(ip: str, port: int) -> bool:
    """Return whether a program listens there."""
    with socket.socket() as sock:
        return sock.connect_ex((ip, port)) == 0
