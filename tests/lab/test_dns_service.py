import asyncio
import os
import socket
import time

import dns.message
import dns.name
import dns.query
import pytest

from helpers.lab import dns_service, zones
from helpers.lab.authority import Authority
from helpers.lab.dns_service import framed, read_message
from tests.lab.alone import listen

OUTLOOK = dns.name.from_text("outlook.test")
authority = Authority({OUTLOOK: zones.of_the_cast("outlook.test.")})
MX = dns.message.make_query("outlook.test", "MX", id=0x1A2B).to_wire()
ANSWER = authority.respond(MX)


async def echo(wire, peer, tcp):
    return [wire]


def served(*answer, **options):
    """Decorate a coroutine function that takes a running Service: it becomes a test."""

    def decorate(test):
        def run():
            async def main():
                service = await listen(*answer, **options)
                try:
                    await asyncio.wait_for(test(service), 20)
                finally:
                    await service.close()

            asyncio.run(main())

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return decorate


async def ask_udp(service, wire):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(("127.0.0.1", service.listening.endpoint[1]))
        await loop.sock_sendall(sock, wire)
        return await asyncio.wait_for(loop.sock_recv(sock, 65535), 2)


async def connect(service):
    return await asyncio.open_connection("127.0.0.1", service.listening.endpoint[1])


@served(authority.answer)
async def test_udp_and_tcp_on_one_port(service):
    assert await ask_udp(service, MX) == ANSWER
    reader, writer = await connect(service)
    writer.write(framed(MX))
    assert await read_message(reader) == ANSWER
    writer.close()


@served(authority.answer)
async def test_dnspython_gets_its_answers(service):
    query = dns.message.make_query("outlook.test", "MX", use_edns=0)
    for way in (dns.query.udp, dns.query.tcp):
        reply = await asyncio.to_thread(way, query, "127.0.0.1", 2, service.listening.endpoint[1])
        assert len(reply.answer[0]) == 2


@served(echo)
async def test_several_questions_on_a_connection_however_sliced(service):
    reader, writer = await connect(service)
    stream = framed(b"one") + framed(b"") + framed(b"three" * 5000)
    for piece in (stream[:1], stream[1:4], stream[4:9], stream[9:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    assert [await read_message(reader) for _ in range(3)] == [b"one", b"", b"three" * 5000]
    writer.close()


@served(authority.answer)
async def test_silence_is_silence(service):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask_udp(service, ANSWER), 0.2)
    reader, writer = await connect(service)
    writer.write(framed(ANSWER) + framed(MX))
    assert await read_message(reader) == ANSWER  # of the second
    writer.close()


def test_the_peer_is_told_and_its_end():
    seen, closed = [], []

    async def answer(wire, peer, tcp):
        seen.append((peer, tcp))
        return [wire]

    @served(answer, on_close=closed.append)
    async def talk(service):
        await ask_udp(service, b"x")
        reader, writer = await connect(service)
        own = writer.get_extra_info("sockname")
        writer.write(framed(b"x"))
        await read_message(reader)
        assert closed == []
        writer.close()
        while not closed:
            await asyncio.sleep(0.01)
        assert [tcp for _, tcp in seen] == [False, True]
        assert closed == [seen[1][0]] == [own]

    talk()


def test_who_is_slow_or_idle_is_cut(monkeypatch):
    monkeypatch.setattr(dns_service, "PATIENCE", 0.2)

    @served(echo)
    async def talk(service):
        for beginning in (b"", b"\x00", b"\x00\x09half"):
            reader, writer = await connect(service)
            writer.write(beginning)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()

    talk()


def test_who_does_not_read_is_cut(monkeypatch):
    monkeypatch.setattr(dns_service, "PATIENCE", 0.2)
    closed = []

    async def flood(wire, peer, tcp):
        return [bytes(65535)] * 400

    @served(flood, on_close=closed.append)
    async def talk(service):
        with socket.create_connection(("127.0.0.1", service.listening.endpoint[1])) as sock:
            sock.sendall(framed(b"x"))
            while not closed:
                await asyncio.sleep(0.01)

    talk()


@served(authority.answer)
async def test_who_hangs_up_does_no_harm(service):
    for beginning in (b"", b"\x00", b"\x00\x09half", framed(MX) * 50):
        _, writer = await connect(service)
        writer.write(beginning)
        writer.transport.abort()
    assert await ask_udp(service, MX) == ANSWER


@served(authority.answer)
async def test_random_octets_do_no_harm(service):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for size in (0, 1, 11, 12, 40, 500, 9000):
            for _ in range(20):
                sock.sendto(os.urandom(size), ("127.0.0.1", service.listening.endpoint[1]))
                await asyncio.sleep(0)
    for _ in range(20):
        _, writer = await connect(service)
        writer.write(os.urandom(300))
        writer.close()
    assert await ask_udp(service, MX) == ANSWER


def test_nothing_is_left_when_it_closes():
    begun, ended = [], []

    async def never(wire, peer, tcp):
        begun.append(tcp)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(tcp)

    @served(never)
    async def talk(service):
        reader, writer = await connect(service)
        writer.write(framed(b"x"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"x", ("127.0.0.1", service.listening.endpoint[1]))
            while len(begun) < 2:
                await asyncio.sleep(0.01)
        await service.close()
        assert sorted(ended) == [False, True]
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await connect(service)

    talk()


def test_a_taken_port_is_an_error():
    async def main():
        service = await listen(echo)
        try:
            with pytest.raises(OSError):
                await listen(echo, port=service.listening.endpoint[1])
        finally:
            await service.close()

    asyncio.run(main())


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_either_family(address):
    if ":" in address and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")

    async def main():
        service = await listen(echo, address)
        try:
            reader, writer = await asyncio.open_connection(address, service.listening.endpoint[1])
            writer.write(framed(b"x"))
            assert await read_message(reader) == b"x"
            writer.close()
        finally:
            await service.close()

    asyncio.run(main())


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_wait_in_which_the_machine_was_busy_is_nobodys_silence():
    async def interrupted() -> str:
        for _ in range(dns_service.SLICES + 1):
            time.sleep(2 * dns_service.LATE)  # nothing else runs on this loop meanwhile
            await asyncio.sleep(0)
        return "an answer"

    async def never() -> None:
        while True:
            time.sleep(2 * dns_service.LATE)
            await asyncio.sleep(0)

    async def waits() -> None:
        assert await dns_service.within(0.1, interrupted()) == "an answer"
        for silent, least in ((asyncio.Event().wait(), 0.1), (never(), 0.1 * dns_service.AT_MOST)):
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await dns_service.within(0.1, silent)
            assert time.monotonic() - begun >= least

    asyncio.run(waits())
