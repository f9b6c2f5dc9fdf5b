"""A TCP connection of the lab, with TLS or without: an ordinary socket, whose errors name the host at the other end."""

import re
import socket
import ssl
from contextlib import contextmanager

from helpers.lab.cast import Host
from helpers.lab.errors import LabError


class NotAnAddress(LabError, ValueError):
    """Where an address is wanted, something else was given."""


@contextmanager
def named(sock: socket.socket):
    """Let the errors of a socket say who was silent and for how long, and nothing that differs by system."""
    name = sock.host.name if hasattr(sock, "host") else "the other end"
    try:
        yield
    except TimeoutError:
        raise TimeoutError(f"{name} said nothing for {sock.gettimeout():g} s") from None
    except ConnectionResetError:
        raise ConnectionResetError(f"{name} reset the connection") from None
    except BrokenPipeError:
        raise BrokenPipeError(f"{name} has closed the connection") from None
    except ssl.SSLError as error:
        error.strerror = re.sub(r" \(_ssl\.c:\d+\)$", "", str(error))  # the line in Python's own source
        raise
    except OSError:
        if sock.fileno() >= 0:
            raise
        raise ConnectionError(f"the connection to {name} is closed: run the cell that opens it again") from None


def _naming(method: str):
    """A socket's method, under `named`."""

    def call(self, *args):
        with named(self):
            return getattr(super(Connection, self), method)(*args)

    return call


class Connection:
    """What the sockets of the lab have in common. `host` is the Host at the other end, `port` its port, `source` the
    Host that speaks."""

    host: Host
    source: Host
    port: int
    kind = "connection"

    recv, recv_into, send, sendall = map(_naming, ("recv", "recv_into", "send", "sendall"))

    def __repr__(self) -> str:
        state = f"closed {self.kind}" if self.fileno() < 0 else self.kind
        return f"<{state} from {self.source} to {self.host}, port {self.port}>"


class LabSocket(Connection, socket.socket):
    """A connected `socket.socket`, whose time-outs and resets say who was silent and for how long."""


class LabTlsSocket(Connection, ssl.SSLSocket):
    """A LabSocket that was wrapped: what passes is secret."""

    kind = "TLS connection"


class ClientContext(ssl.SSLContext):
    """An `ssl.SSLContext` that makes a LabTlsSocket of a LabSocket."""

    def wrap_socket(self, sock, *args, **kwargs):
        """As in `ssl`. Raises ssl.SSLCertVerificationError for a certificate that does not hold, or another OSError."""
        self.sslsocket_class = LabTlsSocket if isinstance(sock, LabSocket) else ssl.SSLSocket
        with named(sock):
            wrapped = super().wrap_socket(sock, *args, **kwargs)
        if isinstance(sock, LabSocket):
            wrapped.host, wrapped.source, wrapped.port = sock.host, sock.source, sock.port
        return wrapped


def check_port(port: int) -> None:
    """Raise NotAnAddress for what is no port."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise NotAnAddress(f"A port is a whole number from 1 to 65535, and {port!r} is not one. SMTP's is 25.")


def check_timeout(timeout: float) -> None:
    """Raise LabError for what is no time to wait."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout <= 86400:
        raise LabError(f"A time-out is a number of seconds, and {timeout!r} is not one: nothing here waits for ever.")
