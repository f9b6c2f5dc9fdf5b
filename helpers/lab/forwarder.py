"""The wire as a place: where a tap or a fault is wanted, a forwarder stands between a service and whoever talks to it.

Without either, the two ends are joined directly and nothing of this runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import socket
import struct

import dns.exception
import dns.flags
import dns.message

from helpers.lab.faults import Trouble
from helpers.lab.routes import LOOPBACK, bind_pair

POLL = 0.005  # how often a split looks whether the first piece was read, in seconds
AFTER_READ = 0.05  # the second piece of a split follows so long after the first was read
STRANGER = 0.2  # and so long after it was sent, where the client is a program outside the lab

OFFER = re.compile(rb"^(250[ -])STARTTLS\r$", re.IGNORECASE | re.MULTILINE)
COMMAND = re.compile(rb"^STARTTLS\r\n", re.IGNORECASE)

_running: set[asyncio.Task] = set()  # a loop holds its tasks weakly, and a connection may outlive its forwarder


class Forwarder:
    """Stands before one service: hands on what is said over TCP and UDP, lets taps listen, does what faults ask for.

    Made on the lab's loop with `await Forwarder.start(lab, host, port)`; `endpoint` is where it listens.
    """

    def __init__(self, lab, host, port):
        self.lab, self.host, self.port = lab, host, port
        self.taps: list = []

    @classmethod
    async def start(cls, lab, host, port) -> Forwarder:
        """Return a forwarder that listens for a Host's port (int). Raises OSError where no port of loopback is free."""
        self = cls(lab, host, port)
        tcp, udp = bind_pair()
        self.endpoint = (LOOPBACK, tcp.getsockname()[1])
        self._server = await asyncio.start_server(self._connection, sock=tcp)
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        return self

    def close(self) -> None:
        """Stop listening. Connections that run through here already go on."""
        self._server.close()
        self._udp.close()

    @property
    def trouble(self) -> Trouble:
        """What is wrong with the service now; a switch that is moved works on open connections too."""
        return self.lab.faults.trouble(self.host, self.port) or Trouble()

    def _keep(self, task: asyncio.Task) -> None:
        _running.add(task)
        task.add_done_callback(_running.discard)

    # TCP

    async def _connection(self, reader, writer) -> None:
        self._keep(asyncio.current_task())
        peer = writer.get_extra_info("peername")
        caller = self.lab.who(peer)
        wires = [tap.open(caller) for tap in self.taps]
        onward, gone, sock = None, asyncio.Event(), socket.socket(proto=socket.IPPROTO_TCP)
        try:
            sock.setblocking(False)
            self.lab.speak_as(caller, sock, "tcp", caller.address)
            await asyncio.get_running_loop().sock_connect(sock, self.lab.endpoint(self.host, self.port))
            server_reader, onward = await asyncio.open_connection(sock=sock)
            pumps = [
                asyncio.ensure_future(self._from_client(reader, onward, wires, gone)),
                asyncio.ensure_future(self._from_server(server_reader, writer, wires, peer, gone)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.ALL_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
        except asyncio.CancelledError:
            _abort(writer)  # the lab is gone
        except OSError:
            await _break_off(writer)  # the service is gone
        finally:
            writer.close()
            (onward or sock).close()
            self.lab.forget(peer)

    async def _from_client(self, reader, onward, wires, gone) -> None:
        try:
            while data := await reader.read(65536):
                for wire in wires:
                    wire.heard("C", data)
                if self.trouble.get("strip") is not None:
                    data = COMMAND.sub(b"XXXXXXXX\r\n", data)
                onward.write(data)
                await onward.drain()
        except ConnectionError:
            pass  # the other end is gone; what it said last is still handed on
        finally:
            onward.write_eof()
            gone.set()

    async def _from_server(self, reader, writer, wires, peer, gone) -> None:
        passed = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if seconds := self.trouble.get("delay"):
                    await asyncio.sleep(seconds)
                if self.trouble.get("strip") is not None:
                    data = OFFER.sub(rb"\1XXXXXXXX\r", data)
                cut = int(self.trouble.get("split") or len(data))
                with self._clock_moves() as moved:
                    for number, piece in enumerate(filter(None, (data[:cut], data[cut:]))):
                        if number:
                            await self._until_read(peer, moved)
                        end = self._end()
                        piece = piece[: max(0, end - passed)] if end is not None else piece
                        for wire in wires if piece else ():
                            wire.heard("S", piece)
                        writer.write(piece)
                        await writer.drain()
                        passed += len(piece)
                        if end is not None and passed >= end:
                            if self.trouble.get("reset") == end:
                                for wire in wires:
                                    wire.reset()
                                await _break_off(writer)
                            else:
                                await gone.wait()  # silent from here on
                            return
            writer.write_eof()

    def _end(self) -> int | None:
        """Return after how many bytes the service falls silent or breaks off, None where it does neither."""
        return min((int(n) for kind in ("stall", "reset") if (n := self.trouble.get(kind)) is not None), default=None)

    @contextlib.contextmanager
    def _clock_moves(self):
        """Give an event that is set once the lab's clock moves."""
        moved, loop = asyncio.Event(), asyncio.get_running_loop()
        remove = self.lab.clock.on_move(lambda: loop.call_soon_threadsafe(moved.set))
        try:
            yield moved
        finally:
            remove()

    async def _until_read(self, peer, moved) -> None:
        if self.lab.caller_socket(peer) is None:
            await asyncio.sleep(STRANGER)
            return
        # A learner may read in a later cell, so this has no end of its own. It holds no socket that was let go of.
        while not moved.is_set() and _unread(self.lab.caller_socket(peer)):
            await asyncio.sleep(POLL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(moved.wait(), AFTER_READ)

    # UDP

    def datagram(self, data: bytes, peer) -> None:
        """Take a datagram that came from `peer`, an (ip, port) pair, hand it on and bring the answer back."""
        self._keep(asyncio.ensure_future(self._exchange(data, peer, self.lab.who(peer, "udp"))))

    async def _exchange(self, data, peer, caller) -> None:
        for tap in self.taps:
            tap.datagram(caller, self.host, data)
        if self.trouble.get("drop") is not None:
            return
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            self.lab.speak_as(caller, sock, "udp", caller.address)
            own = sock.getsockname()
            try:
                await loop.sock_connect(sock, self.lab.endpoint(self.host, self.port))
                await loop.sock_sendall(sock, data)
                answer = await asyncio.wait_for(loop.sock_recv(sock, 65535), 2)
            except (OSError, TimeoutError):
                return
            finally:
                self.lab.forget(own, "udp")
        if seconds := self.trouble.get("delay"):
            await asyncio.sleep(seconds)
        if self.trouble.get("truncate") is not None:
            answer = _truncated(answer)
        for _ in range(2 if self.trouble.get("duplicate") is not None else 1):
            for tap in self.taps:
                tap.datagram(self.host, caller, answer)
            if not self._udp.is_closing():
                self._udp.sendto(answer, peer)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, forwarder):
        self.datagram_received = forwarder.datagram


def _unread(sock: socket.socket | None) -> bool:
    """Return whether bytes wait in the client's buffer."""
    try:
        return sock is not None and bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):  # closed meanwhile
        return False


async def _break_off(writer) -> None:
    """Reset the connection, but not before the client's `connect` has returned: it is there that the lesson begins."""
    await asyncio.sleep(AFTER_READ)
    _abort(writer)


def _abort(writer) -> None:
    """Close with a reset instead of the usual farewell."""
    with contextlib.suppress(OSError):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
    writer.transport.abort()


def _truncated(wire: bytes) -> bytes:
    """Return the answer with its records taken out and its TC bit set."""
    try:
        message = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return wire
    message.flags |= dns.flags.TC
    message.answer, message.authority, message.additional = [], [], []
    return message.to_wire()
