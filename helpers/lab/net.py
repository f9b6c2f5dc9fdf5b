"""The network as the lab's hosts see it: who is there and who is calling, to listen, to connect, and to wait.

All addresses and ports here are those of the cast. Where they really lead, and over what, is the business of `routes`
and `wires`; where servers run, that of `loops`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from helpers.lab.cast import CAST, LEARNER, Host
from helpers.lab.errors import LabError
from helpers.lab.faults import Faults
from helpers.lab.loops import Loops, Result
from helpers.lab.routes import LOOPBACK, Endpoint, Routes, is_address, refused
from helpers.lab.sockets import LabSocket, NotAnAddress, check_port, check_timeout
from helpers.lab.waiting import REAL, Held, Waiting
from helpers.lab.wires import Answer, Listening, Received, Stream, Streams, Wanted, Wires


class Silence(asyncio.Protocol):
    """Takes everything and never says a word."""


class Net:
    """The network of one lab, running from the start. `real_addresses` is that of `helpers.lab.lab.Lab`.

    `faults` are its switches, and `on_switch` is called with a Host and a port when one of that service was moved.
    `detours` says where a forwarder stands before a service, by (host's name, port), and `held` what it holds back.
    `once_closed` is what whoever uses it is told when it is closed.
    """

    def __init__(self, hosts: tuple[Host, ...] = CAST, real_addresses: bool = False):
        self.routes = Routes(hosts, real_addresses)
        self.wires = Wires(self.routes)
        self.loops = Loops()
        self.on_switch: Callable[[Host, int], object] = lambda host, port: None
        self.faults = Faults(self.routes, lambda host, port: self.on_switch(host, port))
        self.detours: dict[tuple[str, int], Endpoint] = {}
        self.held: Held = {}
        self.closed = False
        self.once_closed = "This lab is closed. Make a new one: lab = Lab()"
        # What hosts need, as the routes and the loops have it
        self.host, self.ports = self.routes.host, self.routes.ports
        self.who, self.forget = self.routes.who, self.routes.forget
        self.blocking, self.soon, self.tasks = self.loops.blocking, self.loops.soon, self.loops.tasks

    # Where

    def route(self, address: str | Host, port: int) -> Endpoint:
        """Return the (ip, port) where a service really listens, for UDP and TCP alike; see `Lab.route`.

        Raises UnknownHost, NobodysAddress, NotAnAddress for what is no port, ConnectionRefusedError where none listens,
        LabError where the lab is closed.
        """
        self.check_open()
        check_port(port)
        host = self.host(address)
        if self.faults.is_down(host):
            return self.wires.nowhere()
        if "refuse" in self.faults.trouble(host, port):
            raise refused(host, port)
        return self.detours.get((host.name, port)) or self.routes.endpoint(host, port)

    # Talking

    async def serve(self, host: Host, port: int, stream: Stream, datagram: Received | None = None) -> Listening:
        """Put a service on the map: it listens on a host's port, for TCP and, with `datagram`, for UDP.

        While the host is switched off it is silent: whoever knows where it really listens may come all the same.
        """

        def stream_unless_down() -> asyncio.BaseProtocol:
            return Silence() if self.faults.is_down(host) else stream()

        def datagram_unless_down(octets: bytes, peer: Endpoint) -> None:
            if not self.faults.is_down(host):
                datagram(octets, peer)

        place = (host.address, port) if self.routes.real_addresses else (LOOPBACK, 0)
        listening = await self.wires.serve(*place, stream_unless_down, datagram and datagram_unless_down)
        self.routes.put(host, port, listening.endpoint)
        return listening

    def connect(
        self,
        address: str,
        port: int,
        source: str | Host | None = None,
        timeout: float = REAL,
        waiting: Waiting | None = None,
    ) -> LabSocket:
        """Return a connected LabSocket to a service of the lab.

        Takes the address (str), the port (int), the host that speaks (a Host or a name; the learner's computer by
        default) and the time-out of this and all later waits (seconds; with `waiting` those above two are the lab's
        own). Raises NotAnAddress for a name, NobodysAddress, ConnectionRefusedError where no program listens,
        TimeoutError where the host is silent, ConnectionResetError where it breaks off, and OSError where the two have
        no kind of address in common.
        """
        if not isinstance(address, str) or not is_address(address):
            raise NotAnAddress(
                f"A connection goes to an address such as 203.0.113.25, and {address!r} is not one. "
                "To get from a name to an address, ask the DNS."
            )
        check_port(port)
        check_timeout(timeout)
        host, speaker = self.host(address), self.host(LEARNER if source is None else source)
        own = next((a for a in speaker.addresses if (":" in a) == (":" in address)), None)
        if own is None:
            kind = "IPv6" if ":" in address else "IPv4"
            raise OSError(f"{speaker.name} has no {kind} address, so it cannot reach {address}.")
        try:
            filtered = host.name != speaker.name and self.faults.is_shut_in(speaker, port)
            if filtered or self.faults.is_down(host) or "only udp" in self.faults.trouble(host, port):
                (waiting.pass_by if waiting else time.sleep)(timeout)
                raise TimeoutError
            sock = self.wires.connect(
                speaker, own, self.route(address, port), min(timeout, REAL) if waiting else timeout
            )
        except ConnectionRefusedError:
            raise refused(host, port) from None
        except ConnectionResetError:
            raise ConnectionResetError(f"{host.name} reset the connection") from None
        except TimeoutError:
            raise TimeoutError(f"{host.name} said nothing for {timeout:g} s") from None
        sock.host, sock.source, sock.port, sock.waiting = host, speaker, port, waiting
        sock.settimeout(timeout)
        return sock

    async def open(self, speaker: Host, address: str, port: int) -> Streams:
        """Connect to a service in the name of a host; return a reader and a writer. Raises OSError or LabError."""
        try:
            return await self.wires.open(speaker, self.route(address, port))
        except ConnectionRefusedError:
            raise refused(self.host(address), port) from None

    async def exchange(
        self, speaker: Host, address: str, port: int, octets: bytes, wanted: Wanted[Answer] = bytes
    ) -> Answer:
        """Send a service a datagram in the name of a host, and return what came back; see `Wires.datagram`."""
        return await self.wires.datagram(speaker, self.route(address, port), octets, wanted)

    # Waiting

    def run(self, work: Coroutine[Any, Any, Result], timeout: float = 10.0) -> Result:
        """As `Loops.run`. Raises LabError also where the lab is closed."""
        if self.closed:
            work.close()
        self.check_open()
        return self.loops.run(work, timeout)

    def check_open(self) -> None:
        """Raise LabError where this network's lab is closed."""
        if self.closed:
            raise LabError(self.once_closed)

    def close(self, first: Callable[[], Awaitable[None]]) -> None:
        """Stop everything; nothing is left listening. `first` is a coroutine function that closes what listens."""

        async def end() -> None:
            for _ in range(5):  # what was being accepted becomes a task only now; and the last callbacks want to run
                await first()
                await self.tasks.end()
                self.wires.close()
                await asyncio.sleep(0)

        if not self.closed:
            self.closed = True
            self.loops.stop(end)
