"""A TCP connection of the lab, with TLS or without: an ordinary socket, whose errors name the host at the other end.

It keeps what its own end sent and read. Nothing else of it differs from a socket of Python's.
"""

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import contextmanager

from helpers.lab.cast import Host
from helpers.lab.errors import LabError
from helpers.lab.waiting import REAL, Waiting
from helpers.wire import Pieces, Transcript
from helpers.wire.conversation import TLS_BEGINS


class NotAnAddress(LabError, ValueError):
    """Where an address is wanted, something else was given."""


@contextmanager
def named(sock: socket.socket):
    """While it lasts, the errors of a socket say who was silent and for how long, and nothing that differs by system.

    Raises TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError and OSError as they come, and
    ConnectionError for a socket that was closed.
    """
    name = sock.host.name if hasattr(sock, "host") else "the other end"
    noted = sock.noted if isinstance(sock, Connection) else str
    try:
        yield
    except TimeoutError:
        raise TimeoutError(noted(f"{name} said nothing for {sock.gettimeout():g} s")) from None
    except ConnectionResetError:
        raise ConnectionResetError(noted(f"{name} reset the connection")) from None
    except (BrokenPipeError, ConnectionAbortedError):  # the second is Windows's word for it
        raise BrokenPipeError(noted(f"{name} has closed the connection")) from None
    except ssl.SSLError as error:
        error.strerror = re.sub(r" \(_ssl\.c:\d+\)$", "", str(error))  # the line in Python's own source
        raise
    except OSError:
        if sock.fileno() >= 0:
            raise
        raise ConnectionError(f"the connection to {name} is closed: run the cell that opens it again") from None


class Connection:
    """What the sockets of the lab have in common. `host` is the Host at the other end, `port` its port, `source` the
    Host that speaks.

    `pieces` (wire.Pieces) holds what each call of this end sent or read, in the order in which it did so, and goes on
    where TLS begins; `transcript` (a wire.Transcript) is the same in lines, as it was before the lock and after it.
    """

    host: Host
    source: Host
    port: int
    pieces: Pieces | None = None
    waiting: Waiting | None = None
    patience: Callable[[bytes], float] | None = None  # takes what was sent last; how long to wait for the answer
    kind = "connection"
    _patience: float | None = None  # seconds of the lab, where they are more than a wait in real time may last

    @property
    def transcript(self) -> Transcript:
        """What this end has sent and read so far."""
        return self.pieces.transcript

    def passed(self, who: str, octets: bytes) -> None:
        """Write down what this end sent ("C") or read ("S"); no octets read mean that the other end is gone."""
        if octets and self.pieces:
            self.pieces.add(who, octets)
        if octets and who == "C" and self.patience:
            seconds = self.patience(octets)
            check_timeout(seconds)
            self.settimeout(seconds)
        elif not octets and who == "S":
            self.noted(f"{self.host.name} closed the connection")

    def noted(self, event: str) -> str:
        """Write an event down, and return it."""
        if self.pieces:
            self.pieces.note(event)
        return event

    def settimeout(self, value):
        """As in `socket`; what is above `Waiting.real` is in seconds of the lab's clock, which then moves."""
        self._patience = value if self.waiting and value is not None and value > self.waiting.real else None
        super().settimeout(REAL if self._patience else value)

    def gettimeout(self):
        """As in `socket`: seconds, those of the lab's clock where `settimeout` said so."""
        return self._patience or super().gettimeout()

    def _wait(self) -> None:
        if self._patience and self.fileno() >= 0:
            self.waiting.until_readable(self, self._patience)

    def recv(self, *args):
        """As in `socket`. Raises as `named` does."""
        with named(self):
            self._wait()
            octets = super().recv(*args)
        if octets or args[:1] != (0,):
            self._read(octets, args[1:])
        return octets

    def recv_into(self, *args):
        """As in `socket`. Raises as `named` does."""
        with named(self):
            self._wait()
            size = super().recv_into(*args)
        room = memoryview(args[0]).cast("B")
        if size or len(room):
            self._read(room[:size], args[2:])
        return size

    def send(self, octets, *args):
        """As in `socket`. Raises as `named` does."""
        with named(self):
            size = super().send(octets, *args)
        self.passed("C", bytes(memoryview(octets).cast("B")[:size]))
        return size

    def sendall(self, octets, *args):
        """As in `socket`. Raises as `named` does."""
        with named(self):
            super().sendall(octets, *args)

    def _read(self, octets: bytes | memoryview, flags: tuple) -> None:
        if not (flags and flags[0] & socket.MSG_PEEK):
            self.passed("S", bytes(octets))

    def __repr__(self) -> str:
        state = f"closed {self.kind}" if self.fileno() < 0 else self.kind
        return f"<{state} from {self.source} to {self.host}, port {self.port}>"


class LabSocket(Connection, socket.socket):
    """A connected `socket.socket`, whose time-outs and resets say who was silent and for how long."""

    def sendall(self, octets, *args):
        """As in `socket`. Raises as `named` does."""
        super().sendall(octets, *args)
        self.passed("C", bytes(octets))


class LabTlsSocket(Connection, ssl.SSLSocket):
    """A LabSocket that was wrapped: what passes is secret. (Its `sendall` is made of `send`.)"""

    kind = "TLS connection"


class ClientContext(ssl.SSLContext):
    """An `ssl.SSLContext` that makes a LabTlsSocket of a LabSocket."""

    def wrap_socket(self, sock, *args, **kwargs):
        """As in `ssl`. Raises ssl.SSLCertVerificationError for a certificate that does not hold, or another OSError."""
        self.sslsocket_class = LabTlsSocket if isinstance(sock, LabSocket) else ssl.SSLSocket
        try:
            with named(sock):
                wrapped = super().wrap_socket(sock, *args, **kwargs)
        except ssl.SSLError:
            if isinstance(sock, LabSocket):
                sock.noted("TLS did not come about")
            raise
        if isinstance(sock, LabSocket):
            wrapped.host, wrapped.source, wrapped.port = sock.host, sock.source, sock.port
            wrapped.pieces, wrapped.waiting, wrapped.patience = sock.pieces, sock.waiting, sock.patience
            wrapped.settimeout(sock.gettimeout())
            wrapped.noted(f"{TLS_BEGINS}: what follows is for the two ends alone")
        return wrapped


def check_port(port: int) -> None:
    """Raise NotAnAddress for what is no port."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise NotAnAddress(f"A port is a whole number from 1 to 65535, and {port!r} is not one. SMTP's is 25.")


def check_timeout(timeout: float) -> None:
    """Raise LabError for what is no time to wait."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout <= 86400:
        raise LabError(f"A time-out is a number of seconds, and {timeout!r} is not one: nothing here waits for ever.")
