"""What labs and the meeting place say to one another: a line of JSON each way, and then octets, if it comes to that."""

import asyncio
import hashlib
import hmac
import json
import socket

LINE = 65536  # octets; a DNS message in it has 65535 at most in theory, and is refused beyond this
PATIENCE = 5.0  # seconds for a line
MOST = 2**21  # octets that pass one way in one conversation
STAY = 120.0  # seconds that a conversation may last

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class NoNeighbours(OSError):
    """What was asked of the meeting place did not come about: a sentence says why."""


def key(secret: str, person: str) -> str:
    """Return what a person shows to the meeting place; whoever knows the secret can make it."""
    return hmac.new(secret.encode(), person.encode(), hashlib.sha256).hexdigest()


async def say(writer: Writer, **words) -> None:
    """Send the other end a line of JSON: an object of these words. Raises OSError where it is gone."""
    writer.write(json.dumps(words).encode() + b"\n")
    await writer.drain()


async def hear(reader: Reader) -> dict:
    """Return the other end's line. Raises NoNeighbours for what is none, too long, or too late."""
    try:
        async with asyncio.timeout(PATIENCE):
            return _read(await reader.readuntil(b"\n"))
    except NoNeighbours:
        raise
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        raise NoNeighbours("The other end said nothing, or nothing that makes sense.") from error


def _read(line: bytes) -> dict:
    try:
        heard = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoNeighbours("The other end said nothing, or nothing that makes sense.") from error
    if not isinstance(heard, dict):
        raise NoNeighbours("The other end said nothing that makes sense.")
    if why := heard.get("no"):
        raise NoNeighbours(str(why)[:200])
    return heard


def tell(port: int, person: str, key: str, **words) -> dict:
    """Say one thing to the meeting place at a port, as a person, and return its answer. It blocks. Raises OSError."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
        sock.sendall(json.dumps({"person": person, "key": key, **words}).encode() + b"\n")
        with sock.makefile("rb") as answer:
            return _read(answer.readline(LINE))


async def pass_on(one: tuple[Reader, Writer], other: tuple[Reader, Writer]) -> None:
    """Let octets pass both ways until both ends are done, or there are too many, or it takes too long."""

    async def flow(reader: Reader, writer: Writer) -> None:
        passed = 0
        while passed < MOST and (octets := await reader.read(16384)):
            passed += len(octets)
            writer.write(octets)
            await writer.drain()
        if passed >= MOST:
            raise NoNeighbours("That was too much.")
        writer.write_eof()

    flows = [asyncio.ensure_future(flow(one[0], other[1])), asyncio.ensure_future(flow(other[0], one[1]))]
    try:
        async with asyncio.timeout(STAY):
            await asyncio.gather(*flows)
    except (OSError, EOFError):
        for writer in (one[1], other[1]):
            writer.transport.abort()
    finally:
        for task in flows:
            task.cancel()
        for writer in (one[1], other[1]):
            writer.close()
