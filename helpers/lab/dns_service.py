"""DNS messages over UDP and TCP: how a name server listens, refuses rubbish and keeps to a size; how one asks another.

What it answers is not decided here; see `authority` and `recursion`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode

from helpers.lab.cast import Host
from helpers.lab.routes import LOOPBACK, bind_pair

HEADER = 12  # octets (RFC 1035 section 4.1.1)
PLAIN_UDP = 512  # what fits into a datagram of a client that says nothing (section 4.2.1)
EDNS_UDP = 1232  # the most that we send or ask for in one: it passes every IPv6 network unbroken
PATIENCE = 2.0  # how long a TCP client may take over a message, or stay silent, in seconds
SLICES = 8  # of the wait for an answer
FIXED_ID = 0x1A2B  # of every question that the lab asks, so that no stored output changes; real ones are random

Peer = tuple[str, int]
Answer = Callable[[bytes, Peer, bool], Awaitable[list[bytes]]]


# Reading a question and writing the answer


def read_query(wire: bytes) -> tuple[dns.message.Message | None, bytes | None]:
    """Read what came in. Returns (the query, None), or (None, what to say instead of an answer: None for silence)."""
    if len(wire) < HEADER or wire[2] & 0x80:
        return None, None  # no header to answer to, or an answer: whoever answered those could go on for ever
    if wire[2] >> 3 & 0xF != dns.opcode.QUERY:
        return None, _header(wire, dns.rcode.NOTIMP)
    try:
        query = dns.message.from_wire(wire)
    except Exception:  # whatever is wrong with these octets, their sender is told so (RFC 1035 section 4.1.1)
        return None, _header(wire, dns.rcode.FORMERR)
    if len(query.question) != 1:  # RFC 9619
        return None, _header(wire, dns.rcode.FORMERR)
    if query.edns > 0:  # RFC 6891 section 6.1.3
        reply = new_reply(query)
        reply.set_rcode(dns.rcode.BADVERS)
        return None, to_wire(reply, query, tcp=False)
    return query, None


def new_reply(query: dns.message.Message) -> dns.message.Message:
    """Return an answer to the query with nothing in it yet; it has an OPT record if the query has one (RFC 6891)."""
    reply = dns.message.make_response(query, our_payload=EDNS_UDP, pad=0)
    if query.edns >= 0:
        reply.ednsflags |= query.ednsflags & dns.flags.DO
    return reply


def to_wire(reply: dns.message.Message, query: dns.message.Message, tcp: bool) -> bytes:
    """Return the answer's octets. What does not fit into a datagram is left out, and TC set (RFC 2181 section 9)."""
    size = 65535 if tcp else min(max(query.payload, PLAIN_UDP), EDNS_UDP)
    # Records go out as the zone file has them, and not shuffled as is usual, so that no stored output changes.
    return reply.to_wire(max_size=size, prefer_truncation=True, want_shuffle=False)


def _header(wire: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """An answer of a header only: the id, opcode and RD of what came in, and an rcode."""
    return wire[:2] + bytes([0x80 | wire[2] & 0x79, rcode]) + bytes(8)


# Listening


class Service:
    """A name server's listeners: UDP and TCP on one port (`port`)."""

    def __init__(self, answer: Answer, on_close: Callable[[Peer], object] | None):
        self._answer, self._on_close = answer, on_close
        self._tasks: set[asyncio.Task] = set()

    async def _open(self, address: str, port: int) -> None:
        tcp, udp = bind_pair(address, port)
        self.port = tcp.getsockname()[1]
        self._server = await asyncio.start_server(self._conversation, sock=tcp)
        self._datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(self._datagram), sock=udp
        )

    async def close(self) -> None:
        """Stop listening, and break off what is under way."""
        self._server.close()
        self._datagrams.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _datagram(self, wire: bytes, peer) -> None:
        self._keep(asyncio.ensure_future(self._answer_datagram(wire, peer)))

    async def _answer_datagram(self, wire: bytes, peer) -> None:
        for message in await self._answer(wire, peer[:2], False):
            if not self._datagrams.is_closing():
                self._datagrams.sendto(message, peer)

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One TCP connection: any number of questions, each answered before the next is read (RFC 7766)."""
        self._keep(asyncio.current_task())
        peer = writer.get_extra_info("peername")[:2]
        try:
            while True:
                async with asyncio.timeout(PATIENCE):
                    wire = await read_message(reader)
                for message in await self._answer(wire, peer, True):
                    writer.write(framed(message))
                async with asyncio.timeout(PATIENCE):
                    await writer.drain()
        except (OSError, EOFError):  # it is slow (TimeoutError is an OSError), it hung up, or it is done
            pass
        finally:
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()  # it does not read, so there is nothing to wait for
            writer.close()
            if self._on_close:
                self._on_close(peer)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received):
        self.datagram_received = received


async def listen(
    answer: Answer, address: str = LOOPBACK, port: int = 0, on_close: Callable[[Peer], object] | None = None
) -> Service:
    """Listen for DNS questions, on UDP and TCP alike, and return the Service.

    `answer` is a coroutine function: it takes the octets of a message, the (ip, port) it came from and whether that was
    over TCP, and returns the messages to send back, none for silence. With port 0 the system picks one. `on_close` is
    called with the peer of each TCP connection that ended. Raises OSError where the port is taken.
    """
    service = Service(answer, on_close)
    await service._open(address, port)
    return service


# Asking


async def ask_udp(lab, speaker: Host, address: str, query: dns.message.Message, timeout: float) -> dns.message.Message:
    """Send a query to port 53 of an address of the lab, in the name of a host, and return what it answers.

    Whatever does not answer this very query is passed over (RFC 5452 section 9.1). Raises TimeoutError, another OSError
    or LabError where the address cannot be reached.
    """
    loop = asyncio.get_running_loop()
    sock, endpoint = _speaker(lab, speaker, address, "udp")

    async def hear() -> dns.message.Message:
        while True:
            answer = _read_answer(await loop.sock_recv(sock, 65535))
            if answer is not None and query.is_response(answer):
                return answer

    try:
        sock.connect(endpoint)  # so that only this server is heard
        sock.send(query.to_wire())
        return await _within(timeout, hear())
    finally:
        lab.forget(sock.getsockname()[:2], "udp")
        sock.close()


async def ask_tcp(lab, speaker: Host, address: str, query: dns.message.Message, timeout: float) -> dns.message.Message:
    """Ask the same over TCP. Raises as `ask_udp` does, EOFError where it hangs up, FormError for nonsense."""

    async def talk() -> bytes:
        reader, writer = await connect_tcp(lab, speaker, address)
        try:
            writer.write(framed(query.to_wire()))
            return await read_message(reader)
        finally:
            writer.close()

    answer = _read_answer(await _within(timeout, talk()))
    if answer is None or not query.is_response(answer):
        raise dns.exception.FormError
    return answer


async def connect_tcp(lab, speaker: Host, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to port 53 of an address of the lab in the name of a host. Raises OSError or LabError."""
    sock, endpoint = _speaker(lab, speaker, address, "tcp")
    try:
        await asyncio.get_running_loop().sock_connect(sock, endpoint)
        return await asyncio.open_connection(sock=sock)
    except BaseException:
        sock.close()
        raise


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Return the next message of a TCP connection, without its length. Raises EOFError at the end."""
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def framed(message: bytes) -> bytes:
    """Return a message as TCP carries it, behind its length in two octets (RFC 1035 section 4.2.2)."""
    return len(message).to_bytes(2, "big") + message


async def _within(seconds: float, work: Coroutine):
    """Wait for the work so long at most, then raise TimeoutError.

    The wait is made of short ones: where the machine was too busy to run this loop, the server has not been silent.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(SLICES):
            await asyncio.wait({task}, timeout=seconds / SLICES)
            if task.done():
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()
        await asyncio.wait({task})  # before anybody closes what it waits for


def _speaker(lab, host: Host, address: str, kind: str) -> tuple[socket.socket, Peer]:
    """Return a socket that speaks for a host, and where port 53 of the address really listens."""
    endpoint = lab.route(address, 53)
    family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.setblocking(False)
    lab.speak_as(host, sock, kind)
    return sock, endpoint


def _read_answer(wire: bytes) -> dns.message.Message | None:
    """Read an answer; one with TC set may break off anywhere (RFC 2181 section 9)."""
    try:
        return dns.message.from_wire(wire, raise_on_truncation=True)
    except dns.message.Truncated as cut:
        return cut.message()
    except Exception:  # not a DNS message
        return None
