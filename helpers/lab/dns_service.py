"""DNS messages over UDP and TCP: how a name server listens, refuses rubbish and keeps to a size; how one asks another.

What it answers is not decided here; see `authority` and `recursion`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
from dns.message import Message

from helpers.lab.cast import Host
from helpers.lab.loops import Result, Tasks
from helpers.lab.net import Net
from helpers.lab.routes import Endpoint
from helpers.lab.wires import Listening, streams

HEADER = 12  # octets (RFC 1035 section 4.1.1)
PLAIN_UDP = 512  # what fits into a datagram of a client that says nothing (section 4.2.1)
EDNS_UDP = 1232  # the most that we send or ask for in one: it passes every IPv6 network unbroken
PATIENCE = 2.0  # how long a TCP client may take over a message, or stay silent, in seconds
SLICES = 8  # of the wait for an answer
LATE = 0.025  # seconds; a timer of Windows may be as late as 0.016 on an idle machine
AT_MOST = 5
FIXED_ID = 0x1A2B  # of every question that the lab asks, so that no stored output changes; real ones are random

Answer = Callable[[bytes, Endpoint, bool], Awaitable[list[bytes]]]


# Reading a question and writing the answer


def read_query(wire: bytes) -> tuple[Message | None, bytes | None]:
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


def new_reply(query: Message) -> Message:
    """Return an answer to the query with nothing in it yet; it has an OPT record if the query has one (RFC 6891)."""
    reply = dns.message.make_response(query, our_payload=EDNS_UDP, pad=0)
    if query.edns >= 0:
        reply.ednsflags |= query.ednsflags & dns.flags.DO
    return reply


def to_wire(reply: Message, query: Message, tcp: bool) -> bytes:
    """Return the answer's octets. What does not fit into a datagram is left out, and TC set (RFC 2181 section 9)."""
    size = 65535 if tcp else min(max(query.payload, PLAIN_UDP), EDNS_UDP)
    # Records go out as the zone file has them, and not shuffled as is usual, so that no stored output changes.
    return reply.to_wire(max_size=size, prefer_truncation=True, want_shuffle=False)


def _header(wire: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """An answer of a header only: the id, opcode and RD of what came in, and an rcode."""
    return wire[:2] + bytes([0x80 | wire[2] & 0x79, rcode]) + bytes(8)


# Listening


class Service:
    """What a name server hears and says, over UDP and TCP; `listening` is where."""

    def __init__(self, answer: Answer, on_close: Callable[[Endpoint], object] | None):
        self._answer, self._on_close = answer, on_close
        self._tasks = Tasks()
        self.stream = streams(self._tasks, self._conversation)
        self.listening: Listening | None = None

    async def close(self) -> None:
        """Stop listening, and break off what is under way."""
        self.listening.close()
        await self._tasks.end()

    def datagram(self, wire: bytes, peer: Endpoint) -> None:
        """Take a question that came over UDP."""
        self._tasks.start(self._answer_datagram(wire, peer))

    async def _answer_datagram(self, wire: bytes, peer: Endpoint) -> None:
        for message in await self._answer(wire, peer[:2], False):
            self.listening.sendto(message, peer)

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One TCP connection: any number of questions, each answered before the next is read (RFC 7766)."""
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


async def listen(
    serve: Callable[..., Awaitable[Listening]], answer: Answer, on_close: Callable[[Endpoint], object] | None = None
) -> Service:
    """Listen for DNS questions, on UDP and TCP alike, and return the Service.

    `serve` takes what serves TCP and UDP: a `Net.serve` or `Wires.serve` whose place is given. `answer` is a coroutine
    function: it takes the octets of a message, the (ip, port) it came from and whether that was over TCP, and returns
    the messages to send back, none for silence. `on_close` is called with the peer of each TCP connection that ended.
    Raises OSError where the port is taken.
    """
    service = Service(answer, on_close)
    service.listening = await serve(service.stream, service.datagram)
    return service


# Asking


async def ask_udp(net: Net, speaker: Host, address: str, query: Message, timeout: float) -> Message:
    """Send a query to port 53 of an address of the lab, in the name of a host, and return what it answers.

    Whatever does not answer this very query is passed over (RFC 5452 section 9.1). Raises TimeoutError, another OSError
    or LabError where the address cannot be reached.
    """

    def wanted(octets: bytes) -> Message | None:
        answer = _read_answer(octets)
        return answer if answer is not None and query.is_response(answer) else None

    return await within(timeout, net.exchange(speaker, address, 53, query.to_wire(), wanted))


async def ask_tcp(net: Net, speaker: Host, address: str, query: Message, timeout: float) -> Message:
    """Ask the same over TCP (RFC 1035 section 4.2.2). Raises as `ask_udp` does, EOFError where it hangs up.

    What does not answer the query raises dnspython's BadResponse.
    """

    async def talk() -> bytes:
        reader, writer = await net.open(speaker, address, 53)
        try:
            writer.write(framed(query.to_wire()))
            return await read_message(reader)
        finally:
            writer.close()

    answer = _read_answer(await within(timeout, talk()))
    if answer is None or not query.is_response(answer):
        raise dns.query.BadResponse
    return answer


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Return the next message of a TCP connection, without its length. Raises EOFError at the end."""
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def framed(message: bytes) -> bytes:
    """Return a message as TCP carries it, behind its length in two octets (RFC 1035 section 4.2.2)."""
    return len(message).to_bytes(2, "big") + message


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for the work so long at most, then raise TimeoutError.

    The wait is made of short ones. One from which this loop woke late does not count: the machine was busy then, and
    the server has not been silent. After `AT_MOST` times as long it ends all the same.
    """
    task, clock = asyncio.ensure_future(work), asyncio.get_running_loop().time
    piece, at_most, waited = seconds / SLICES, clock() + AT_MOST * seconds, 0
    try:
        while waited < SLICES and clock() < at_most:
            due = clock() + piece
            await asyncio.wait({task}, timeout=piece)
            if task.done():
                return task.result()
            waited += clock() - due < LATE
        raise TimeoutError
    finally:
        task.cancel()
        await asyncio.wait({task})  # before anybody closes what it waits for


def _read_answer(wire: bytes) -> Message | None:
    """Read an answer; one with TC set may break off anywhere (RFC 2181 section 9)."""
    try:
        return dns.message.from_wire(wire, raise_on_truncation=True)
    except dns.message.Truncated as cut:
        return cut.message()
    except Exception:  # not a DNS message
        return None
