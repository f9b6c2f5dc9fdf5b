"""A TCP connection of the lab: an ordinary socket, whose errors name the host at the other end."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager

from helpers.lab.cast import LEARNER, Host
from helpers.lab.errors import LabError
from helpers.lab.routes import is_address, refused


class NotAnAddress(LabError, ValueError):
    """Where an address is wanted, something else was given."""


class LabSocket(socket.socket):
    """A connected `socket.socket`. `host` is the Host at the other end, `port` its port, `source` the Host that speaks.

    Its time-outs and resets say who was silent and for how long.
    """

    host: Host
    source: Host
    port: int

    @contextmanager
    def _named(self):
        try:
            yield
        except TimeoutError:
            raise TimeoutError(f"{self.host.name} said nothing for {self.gettimeout():g} s") from None
        except ConnectionResetError:
            raise ConnectionResetError(f"{self.host.name} reset the connection") from None
        except BrokenPipeError:
            raise BrokenPipeError(f"{self.host.name} has closed the connection") from None

    def recv(self, *args):
        with self._named():
            return super().recv(*args)

    def recv_into(self, *args):
        with self._named():
            return super().recv_into(*args)

    def send(self, *args):
        with self._named():
            return super().send(*args)

    def sendall(self, *args):
        with self._named():
            return super().sendall(*args)

    def __repr__(self) -> str:
        state = "closed connection" if self.fileno() < 0 else "connection"
        return f"<{state} from {self.source} to {self.host}, port {self.port}>"


def check_port(port: int) -> None:
    """Raise NotAnAddress for what is no port."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise NotAnAddress(f"A port is a whole number from 1 to 65535, and {port!r} is not one. SMTP's is 25.")


def connect(lab, address: str, port: int, source: str | Host | None = None, timeout: float = 2.0) -> LabSocket:
    """Return a connected LabSocket to a service of the lab.

    Takes the address (str), the port (int), the host that speaks (a Host or a name; the learner's computer by default)
    and the time-out of this and all later waits (seconds). Raises NotAnAddress for a name, NobodysAddress,
    ConnectionRefusedError where no program listens, TimeoutError where the host is silent, and OSError where the two
    have no kind of address in common.
    """
    if not isinstance(address, str) or not is_address(address):
        raise NotAnAddress(
            f"A connection goes to an address such as 203.0.113.25, and {address!r} is not one. "
            "To get from a name to an address, ask the DNS."
        )
    check_port(port)
    host, speaker = lab.host(address), lab.host(LEARNER if source is None else source)
    own = next((a for a in speaker.addresses if (":" in a) == (":" in address)), None)
    if own is None:
        raise OSError(
            f"{speaker.name} has no {'IPv6' if ':' in address else 'IPv4'} address, so it cannot reach {address}."
        )
    if lab.faults.is_down(host):
        time.sleep(timeout)
        raise TimeoutError(f"{host.name} said nothing for {timeout:g} s")
    endpoint = lab.route(address, port)
    sock = LabSocket(socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET, socket.SOCK_STREAM)
    sock.host, sock.source, sock.port = host, speaker, port
    try:
        sock.settimeout(timeout)
        lab.speak_as(speaker, sock, "tcp", own)
        sock.connect(endpoint)
    except ConnectionRefusedError:
        sock.close()
        raise refused(host, port) from None
    except ConnectionResetError:
        sock.close()
        raise ConnectionResetError(f"{host.name} reset the connection") from None
    except BaseException:
        sock.close()
        raise
    return sock
