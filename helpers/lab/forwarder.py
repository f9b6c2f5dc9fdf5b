"""The wire as a place: where a tap or a fault is wanted, a forwarder stands between a service and whoever talks to it.

Without either, the two ends are joined directly and nothing of this runs.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import dns.exception
import dns.flags
import dns.message

from helpers.lab.cast import Host
from helpers.lab.clock import Clock
from helpers.lab.errors import LabError
from helpers.lab.moments import GREETING, Moments
from helpers.lab.net import Net
from helpers.lab.routes import LOOPBACK, Endpoint
from helpers.lab.tap import Line, Tap
from helpers.lab.wires import streams

POLL = 0.005  # how often a split looks whether the first piece was read, in seconds
AFTER_READ = 0.02  # the second piece of a split follows so long after the first was read
AFTER_CONNECT = 0.05  # a connection is broken off so long after it came
STRANGER = 0.2  # and so long after it was sent, where the client is a program outside the lab

OFFER = re.compile(rb"^(250[ -])STARTTLS\r$", re.IGNORECASE | re.MULTILINE)
COMMAND = re.compile(rb"^STARTTLS\r\n", re.IGNORECASE)


class Forwarders:
    """The forwarders and taps of a lab. Takes its Net, whose switches it follows from then on, and its Clock."""

    def __init__(self, net: Net, clock: Clock):
        self._net, self._clock = net, clock
        self._running: dict[tuple[str, int], Forwarder] = {}
        self._taps: dict[tuple[str, int], list[Tap]] = {}
        net.on_switch = self.rewire

    def tap(self, host: Host, port: int) -> Tap:
        """Listen to what passes between a service and whoever connects from now on. Raises LabError where none is."""
        if port not in self._net.ports(host):
            raise LabError(f"{host} has no service on port {port}, so there is nothing to hear there.")
        tap = Tap(self._clock, host, port, self._untap)
        self._taps.setdefault((host.name, port), []).append(tap)
        self.rewire(host, port)
        return tap

    def _untap(self, tap: Tap) -> None:
        taps = self._taps[tap.host.name, tap.port]
        if tap in taps:
            taps.remove(tap)
            if not self._net.closed:
                self.rewire(tap.host, tap.port)

    def rewire(self, host: Host, port: int) -> None:
        """Put a forwarder before a service where a tap or a fault wants one, and take it away where none does."""
        self._net.check_open()
        key, trouble = (host.name, port), self._net.faults.trouble(host, port)
        taps = self._taps.get(key, [])
        wanted = bool(taps) or bool(set(trouble) - {"refuse"})
        if wanted and key not in self._running:
            forwarder = Forwarder(self._net, self._clock, host, port)
            self._net.detours[key] = self._net.run(forwarder.start())
            self._running[key] = forwarder
        if key in self._running:
            self._running[key].taps = list(taps)
            if not wanted:
                del self._net.detours[key]
                self._net.soon(self._running.pop(key).close)

    def close(self) -> None:
        """Let all of them stop listening."""
        for forwarder in self._running.values():
            forwarder.close()


class Forwarder:
    """Stands before one service: hands on what is said over TCP and UDP, lets taps listen, does what faults ask for."""

    def __init__(self, net: Net, clock: Clock, host: Host, port: int):
        self._net, self._wires, self.clock, self.host, self.port = net, net.wires, clock, host, port
        self.held = net.held
        self.taps: list[Tap] = []

    async def start(self) -> Endpoint:
        """Listen, and return where. Raises OSError where no port of loopback is free."""
        stream = streams(self._net.tasks, self._connection)
        self._listening = await self._wires.serve(LOOPBACK, 0, stream, self.datagram)
        return self._listening.endpoint

    def close(self) -> None:
        """Stop listening. Connections that run through here already go on."""
        self._listening.close()

    @property
    def trouble(self) -> dict[str, float]:
        """What is wrong with the service now; a switch that is moved works on open connections too."""
        return self._net.faults.trouble(self.host, self.port)

    @property
    def befalls(self) -> dict[str, tuple[str, float]]:
        """What befalls the conversations that begin now; see `Faults.at`."""
        return self._net.faults.moments(self.host, self.port)

    @property
    def _behind(self) -> Endpoint:
        """Where the service itself listens. Raises ConnectionRefusedError."""
        return self._net.routes.endpoint(self.host, self.port)

    # TCP

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        caller = self._net.who(peer)
        lines = [tap.open(caller) for tap in self.taps]
        onward = None
        try:
            if "only udp" in self.trouble:  # who gets as far as here is heard by nobody
                while await reader.read(65536):
                    pass
                return
            server_reader, onward = await self._wires.open(caller, self._behind, caller.address)
            talk = Talk(self, writer, lines, (peer[1], onward.get_extra_info("sockname")[1]))
            pumps = [
                self._net.tasks.start(self._from_client(reader, onward, talk)),
                self._net.tasks.start(self._from_server(server_reader, peer, talk)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.ALL_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
        except asyncio.CancelledError:
            self._wires.reset(writer.transport)  # the lab is gone
        except OSError:
            await self.break_off(writer)  # the service is gone
        finally:
            writer.close()
            if onward:
                onward.close()
            self._net.forget(peer)

    async def _from_client(self, reader, onward, talk: "Talk") -> None:
        try:
            while data := await reader.read(65536):
                for line in talk.lines:
                    line.heard("C", data)
                if "strip" in self.trouble:
                    data = COMMAND.sub(b"XXXXXXXX\r\n", data)
                for moment, piece in talk.said(data):
                    if talk.befalls(moment) == "421":
                        return await talk.leave()
                    onward.write(piece)
                await onward.drain()
        except ConnectionError:
            pass  # the other end is gone; what it said last is still handed on
        finally:
            onward.write_eof()
            talk.over.set()

    async def _from_server(self, reader, peer: Endpoint, talk: "Talk") -> None:
        passed, writer, lines, gone = 0, talk.writer, talk.lines, talk.over
        with contextlib.suppress(ConnectionError):
            async for data in talk.answers(reader):
                if seconds := self.trouble.get("delay"):
                    await asyncio.sleep(seconds)
                if "strip" in self.trouble:
                    data = OFFER.sub(rb"\1XXXXXXXX\r", data)
                cut = int(self.trouble.get("split") or len(data))
                with self._clock_moves() as moved:
                    for number, piece in enumerate(filter(None, (data[:cut], data[cut:]))):
                        if number:
                            await self._until_read(peer, moved)
                        end = self._end()
                        piece = piece[: max(0, end - passed)] if end is not None else piece
                        for line in lines if piece else ():
                            line.heard("S", piece)
                        writer.write(piece)
                        await writer.drain()
                        passed += len(piece)
                        if end is not None and passed >= end:
                            if self.trouble.get("reset") == end:
                                for line in lines:
                                    line.reset()
                                await self.break_off(writer)
                            else:
                                with talk.held(None):
                                    await gone.wait()  # silent from here on
                            return
            writer.write_eof()

    def _end(self) -> int | None:
        """Return after how many bytes the service falls silent or breaks off, None where it does neither."""
        return min((int(n) for kind in ("stall", "reset") if (n := self.trouble.get(kind)) is not None), default=None)

    @contextlib.contextmanager
    def _clock_moves(self) -> Iterator[asyncio.Event]:
        """Give an event that is set once the lab's clock moves."""
        moved = asyncio.Event()
        remove = self.clock.on_move(lambda: self._net.soon(moved.set))
        try:
            yield moved
        finally:
            remove()

    async def _until_read(self, peer: Endpoint, moved: asyncio.Event) -> None:
        if self._wires.unread(peer) is None:
            await asyncio.sleep(STRANGER)
            return
        while not moved.is_set() and self._wires.unread(peer):  # a learner may read in a later cell: this has no end
            await asyncio.sleep(POLL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(moved.wait(), AFTER_READ)

    async def break_off(self, writer: asyncio.StreamWriter) -> None:
        """Reset the connection, but not before the client's `connect` has returned: there the lesson begins."""
        await asyncio.sleep(AFTER_CONNECT)
        self._wires.reset(writer.transport)

    async def pass_by(self, until: datetime) -> None:
        """Wait until the lab's clock shows a time."""
        with self._clock_moves() as moved:
            while self.clock.now() < until:
                await moved.wait()
                moved.clear()

    # UDP

    def datagram(self, data: bytes, peer: Endpoint) -> None:
        """Take a datagram that came from `peer`, an (ip, port) pair, hand it on and bring the answer back."""
        self._net.tasks.start(self._exchange(data, peer, self._net.who(peer, "udp")))

    async def _exchange(self, data: bytes, peer: Endpoint, caller: Host) -> None:
        for tap in self.taps:
            tap.datagram(caller, self.host, data)
        if "drop" in self.trouble:
            return
        try:
            exchange = self._wires.datagram(caller, self._behind, data, address=caller.address)
            answer = await asyncio.wait_for(exchange, 2)
        except OSError:  # a TimeoutError is one, too
            return
        if seconds := self.trouble.get("delay"):
            await asyncio.sleep(seconds)
        if "truncate" in self.trouble:
            answer = _truncated(answer)
        for _ in range(2 if "duplicate" in self.trouble else 1):
            for tap in self.taps:
                tap.datagram(self.host, caller, answer)
            self._listening.sendto(answer, peer)


class Talk:
    """One conversation through a forwarder, and what is to befall it. `ports` are those of the two clients' ends."""

    def __init__(self, forwarder: Forwarder, writer: asyncio.StreamWriter, lines: list[Line], ports: tuple[int, int]):
        self._forwarder, self.writer, self.lines, self._ports = forwarder, writer, lines, ports
        self.over = asyncio.Event()  # the client has said all
        self._befalls = dict(forwarder.befalls)
        self._moments = Moments() if self._befalls else None

    def befalls(self, moment: str) -> str:
        """Which of `Faults.at` it is at a moment, "" for none."""
        return self._befalls.get(moment, ("", 0))[0]

    def said(self, octets: bytes) -> list[tuple[str, bytes]]:
        """What the client says, in pieces with their moments."""
        return self._moments.said(octets) if self._moments else [("", octets)]

    async def answers(self, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
        """Give what the server says (bytes), as far as it arrives, and when. Raises ConnectionResetError."""
        while data := await reader.read(65536):
            for moment, piece in self._moments.answered(data) if self._moments else [("", data)]:
                what = self.befalls(moment)
                if what == "421" and moment == GREETING:
                    await self.leave()
                if what == "cut":
                    for line in self.lines:
                        line.reset()
                    await self._forwarder.break_off(self.writer)
                    raise ConnectionResetError
                if what == "silence":
                    with self.held(None):
                        await self.over.wait()
                    raise ConnectionResetError
                if what == "hold":
                    comes = self._forwarder.clock.now() + timedelta(minutes=self._befalls[moment][1])
                    with self.held(comes):
                        await self._forwarder.pass_by(comes)
                yield piece

    async def leave(self) -> None:
        """Tell the client that the host leaves, and hang up."""
        reply = f"421 4.3.2 {self._forwarder.host.name} is leaving\r\n".encode()
        for line in self.lines:
            line.heard("S", reply)
        self.writer.write(reply)
        self.writer.write_eof()
        await self.over.wait()  # closed before the client has read it, it might be lost

    @contextlib.contextmanager
    def held(self, comes: datetime | None) -> Iterator[None]:
        """Say that an answer is held back, until then or for ever."""
        held = self._forwarder.held
        held.update(dict.fromkeys(self._ports, comes))
        try:
            yield
        finally:
            for port in self._ports:
                held.pop(port, None)


def _truncated(wire: bytes) -> bytes:
    """Return the answer with its records taken out and its TC bit set."""
    try:
        message = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return wire
    message.flags |= dns.flags.TC
    message.answer, message.authority, message.additional = [], [], []
    return message.to_wire()
