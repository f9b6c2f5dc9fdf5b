"""How octets really travel: over loopback. Nothing above this knows that there are sockets.

A place is an endpoint, an (ip, port) pair. A client that speaks for a host has its socket bound before it connects, and
its port is noted in the routes.
"""

import asyncio
import contextlib
import os
import select
import socket
import struct
import weakref
from collections.abc import Callable, Coroutine
from typing import TypeVar

from helpers.lab.cast import Host
from helpers.lab.loops import Tasks
from helpers.lab.routes import LOOPBACK, Endpoint, Routes
from helpers.lab.sockets import LabSocket

Answer = TypeVar("Answer")
Wanted = Callable[[bytes], Answer | None]
Stream = Callable[[], asyncio.BaseProtocol]  # it makes the protocol of a new connection (see `streams`)
Received = Callable[[bytes, Endpoint], object]  # it takes a datagram's octets, and where they came from
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listening:
    """A service that listens at `endpoint`."""

    def __init__(self, server: asyncio.Server, datagrams: asyncio.DatagramTransport | None):
        self._server, self._datagrams = server, datagrams
        self.endpoint: Endpoint = server.sockets[0].getsockname()[:2]

    def sendto(self, octets: bytes, peer: Endpoint) -> None:
        """Send a datagram from here. Once this is closed, nothing is sent."""
        if not self._datagrams.is_closing():
            self._datagrams.sendto(octets, peer)

    def close(self) -> None:
        """Stop listening. Connections that were made go on."""
        self._server.close()
        if self._datagrams:
            self._datagrams.close()


class Wires:
    """Listening and connecting on 127.0.0.1; with the routes' `real_addresses`, on the hosts' own addresses."""

    def __init__(self, routes: Routes):
        self._routes = routes
        self._clients: weakref.WeakValueDictionary[int, socket.socket] = weakref.WeakValueDictionary()  # by port
        self._served: weakref.WeakSet[asyncio.BaseTransport] = weakref.WeakSet()
        self._nowhere: tuple[socket.socket, ...] = ()

    async def serve(self, address: str, port: int, stream: Stream, datagram: Received | None = None) -> Listening:
        """Listen for TCP connections and, with `datagram`, on the same port for UDP; return the Listening.

        With port 0 the system picks one. Raises OSError where the port is taken.
        """
        loop, datagrams = asyncio.get_running_loop(), None
        if datagram is None:
            server = await loop.create_server(self._noted(stream), address, port)
        else:
            tcp, udp = bind_pair(address, port)
            server = await loop.create_server(self._noted(stream), sock=tcp)
            datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(datagram), sock=udp)
        return Listening(server, datagrams)

    def _noted(self, stream: Stream) -> Stream:
        """Return what makes the same protocols, with connections that can be ended."""

        def make() -> asyncio.BaseProtocol:
            protocol = stream()
            made = protocol.connection_made

            def connection_made(transport) -> None:
                self._served.add(transport)
                made(transport)

            protocol.connection_made = connection_made
            return protocol

        return make

    def connect(self, speaker: Host, address: str | None, endpoint: Endpoint, timeout: float) -> LabSocket:
        """Return a connected socket that speaks for a host, from one of its addresses. It blocks. Raises OSError."""
        sock = LabSocket(_family(endpoint), socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            self._clients[self._speak(speaker, sock, "tcp", address)[1]] = sock
            sock.connect(endpoint)
        except BaseException:
            sock.close()
            raise
        return sock

    async def open(self, speaker: Host, endpoint: Endpoint, address: str | None = None) -> Streams:
        """Connect in the name of a host, on the running loop. Raises OSError."""
        sock = socket.socket(_family(endpoint), socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            sock.setblocking(False)
            self._speak(speaker, sock, "tcp", address)
            await asyncio.get_running_loop().sock_connect(sock, endpoint)
            return await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise

    async def datagram(
        self, speaker: Host, endpoint: Endpoint, data: bytes, wanted: Wanted[Answer] = bytes, address: str | None = None
    ) -> Answer:
        """Send a datagram in the name of a host; return what `wanted` makes of the first answer that is not None to it.

        It waits for ever. Raises OSError where nothing listens.
        """
        loop = asyncio.get_running_loop()
        with socket.socket(_family(endpoint), socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            own = self._speak(speaker, sock, "udp", address)
            try:
                sock.connect(endpoint)  # so that nobody else is heard
                await loop.sock_sendall(sock, data)
                while (answer := wanted(await loop.sock_recv(sock, 65535))) is None:
                    pass
                return answer
            finally:
                self._routes.forget(own, "udp")

    def _speak(self, host: Host, sock: socket.socket, kind: str, address: str | None) -> Endpoint:
        """Bind a socket to a port of the system's choice, and note that it speaks for a host; return its endpoint."""
        address = address or host.address
        sock.bind((address if self._routes.real_addresses else LOOPBACK, 0))
        own = sock.getsockname()[:2]
        self._routes.note(host, kind, own[1], address)
        return own

    def nowhere(self) -> Endpoint:
        """Return a place that takes everything and never says a word: a host that is switched off."""
        self._nowhere = self._nowhere or bind_pair()
        return self._nowhere[0].getsockname()[:2]

    def unread(self, peer: Endpoint) -> bool | None:
        """Return whether a TCP client has octets to read; None where nobody can know (it is of another program)."""
        sock = self._clients.get(peer[1])
        try:
            return bool(select.select([sock], [], [], 0)[0]) if sock is not None and sock.fileno() >= 0 else None
        except (OSError, ValueError):  # closed meanwhile
            return None

    def reset(self, transport: asyncio.Transport) -> None:
        """Close a TCP connection with a reset instead of the usual farewell."""
        with contextlib.suppress(OSError):
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        transport.abort()

    def close(self) -> None:
        """End the connections that were served."""
        for transport in tuple(self._served):
            transport.abort()
        for sock in self._nowhere:
            sock.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Received):
        self.datagram_received = received


def streams(
    tasks: Tasks, callback: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine], limit: int = 65536
) -> Stream:
    """Return a Stream: each connection is a task of `callback`, held by `tasks`; a line has at most `limit` octets."""

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.start(callback(reader, writer))

    return lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(limit), begin)


def bind_pair(address: str = LOOPBACK, port: int = 0) -> tuple[socket.socket, socket.socket]:
    """Return a TCP socket that listens and a UDP one, both on the port (0: any). Raises OSError where it is taken."""
    family = _family((address, port))
    for attempt in range(50):
        # Named TCP, asyncio lets what its connections say go at once and not wait for an acknowledgement (TCP_NODELAY).
        tcp = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.bind((address, port))
            udp.bind((address, tcp.getsockname()[1]))  # may be somebody else's: then try another pair
        except OSError:
            tcp.close()
            udp.close()
            if port or attempt == 49:
                raise
            continue
        tcp.listen(100)
        return tcp, udp


def _family(endpoint: Endpoint) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
