"""Whether learners' mail servers answer: the meeting place knocks, waits for the greeting, and says goodbye."""

import asyncio
import time

from helpers.lab.neighbours import flowers, talk

AGAIN = 20.0  # seconds between two knocks at the same door
PATIENCE = 2.0  # for a greeting


class Knocks:
    """What was found, by flower. It is looked for only when somebody asks."""

    def __init__(self):
        self._found: dict[str, tuple[float, bool]] = {}

    async def answers(self, flower: str, port: int, key: str) -> bool:
        """Return whether a learner's server gives a greeting. Takes the gate of their lab: its port, and the key."""
        when, found = self._found.get(flower, (0.0, False))
        if not when or time.monotonic() - when >= AGAIN:
            self._found[flower] = (time.monotonic(), found)  # who asks meanwhile does not knock, too
            found = await _knock(port, key)
            self._found[flower] = (time.monotonic(), found)
        return found


async def _knock(port: int, key: str) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=talk.LINE)
            try:
                await talk.say(writer, key=key, source=flowers.SERVER.address, port=25)
                await talk.hear(reader)
                greeting = await reader.readuntil(b"\n")
                writer.write(b"QUIT\r\n")
                await writer.drain()
                return greeting.startswith(b"220")
            finally:
                writer.close()
    except (OSError, EOFError, asyncio.LimitOverrunError):
        return False
