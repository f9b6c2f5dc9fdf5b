"""The meeting place: it names learners, keeps the zone class.test, and lets a letter through to whom it is for.

    python -m helpers.lab.neighbours.meeting PORT [SECONDS]      with MAIL_COURSE_SECRET in its environment

It ends once nobody has been there for so many seconds.

Everything goes through it, so that it alone has to be believed: whose voice a connection is it says to the other end,
and nobody speaks as another's flower. It keeps no letter. One word of the teacher's, who is the person "", ends it all.
"""

import asyncio
import base64
import contextlib
import hmac
import os
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass

import dns.name

from helpers.lab import zones
from helpers.lab.authority import Authority
from helpers.lab.cast import CAST
from helpers.lab.neighbours import flowers, talk
from helpers.lab.neighbours.talk import NoNeighbours, hear, say

A_MINUTE = 300  # what a person may ask for in a minute
AT_ONCE = 20  # conversations that a person may have at a time
LATEST = 400 * 86400  # seconds: so far from its first time the meeting place lets clocks be taken

TEACHER = ""
# Machines that are the learner's own speak to others as their flower does; the rest of the cast is the same for all.
OWN = tuple(address for host in CAST if host.name.endswith("learner.test") for address in host.addresses)
SHARED = {address for host in CAST for address in host.addresses} - set(OWN)


@dataclass
class Member:
    """Somebody who has joined: their flower, and the gate of their lab, a port of loopback and the key to it."""

    flower: str
    port: int
    key: str


class Meeting:
    """The meeting place. Takes the secret by which it knows people's keys."""

    def __init__(self, secret: str):
        self._secret = secret
        self.members: dict[str, Member] = {}  # by person, also while they are away: they come back to their flower
        self._there: dict[str, talk.Writer] = {}  # the connections that people hold while they are there
        self.left = time.monotonic()  # when the last one went
        self.ended = False
        self._asked: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=A_MINUTE))
        self._talking: defaultdict[str, int] = defaultdict(int)
        self._now = self._first = None
        self._authority = Authority({})
        self._publish()

    async def visit(self, reader: talk.Reader, writer: talk.Writer) -> None:
        """Serve one connection."""
        try:
            asked = await hear(reader)
            person = str(asked.get("person", "?"))[:100]
            if not hmac.compare_digest(str(asked.get("key")).encode(), talk.key(self._secret, person).encode()):
                raise NoNeighbours("The key does not fit: restart the kernel.")
            self._limit(person)
            await self._serve(person, asked, reader, writer)
        except (NoNeighbours, ValueError, TypeError, KeyError) as why:
            sentence = str(why) if isinstance(why, NoNeighbours) else "That makes no sense here."
            with contextlib.suppress(OSError):
                await say(writer, no=sentence)
        except OSError:
            pass
        finally:
            writer.close()

    def _limit(self, person: str) -> None:
        times = self._asked[person]
        if len(times) == A_MINUTE and time.monotonic() - times[0] < 60:
            raise NoNeighbours("That is more than the meeting place takes in a minute: wait a little.")
        times.append(time.monotonic())

    async def _serve(self, person: str, asked: dict, reader: talk.Reader, writer: talk.Writer) -> None:
        what = asked["do"]
        if what == "end" and person == TEACHER:
            self.ended = True
            for held in self._there.values():
                held.close()
            await say(writer, ended=True)
        elif self.ended:
            raise NoNeighbours("The letters between learners are over: the teacher has ended them.")
        elif what == "join":
            await self._welcome(person, asked, reader, writer)
        elif person not in self.members:
            raise NoNeighbours("Only those who have joined get letters through: lab.join()")
        elif what == "names":
            await say(writer, flowers=self._flowers())
        elif what == "ask":
            answer = self._authority.respond(base64.b64decode(asked["question"]), tcp=True)
            await say(writer, answer=base64.b64encode(answer or b"").decode(), flowers=self._flowers())
        elif what == "open":
            await self._open(self.members[person], asked, person, reader, writer)
        else:
            raise NoNeighbours("That makes no sense here.")

    async def _welcome(self, person: str, asked: dict, reader: talk.Reader, writer: talk.Writer) -> None:
        """Name somebody, and hold the connection: while it lasts, they are there."""
        said = self._join(person, int(asked["port"]), str(asked["gate"])[:100], float(asked["now"]))
        self._there[person] = writer
        self._publish()
        try:
            await say(writer, **said)
            await reader.read(1)
        finally:
            if self._there.get(person) is writer:
                del self._there[person]
                self.left = time.monotonic()
                self._publish()

    def empty_for(self) -> float:
        """Return for how many seconds nobody has been there."""
        return 0 if self._there else time.monotonic() - self.left

    def _flowers(self) -> list[str]:
        return sorted(self.members[person].flower for person in self._there)

    def _join(self, person: str, port: int, key: str, now: float) -> dict:
        if person not in self.members:
            taken = {member.flower for member in self.members.values()}
            free = [flower for flower in flowers.FLOWERS if flower not in taken]
            if not free:
                raise NoNeighbours(f"All {len(flowers.FLOWERS)} names are taken.")
            self.members[person] = Member(free[0], port, key)
        member = self.members[person]
        member.port, member.key = port, key
        self._first = self._first or now
        self._now = max(self._now or now, min(now, self._first + LATEST))
        return {"flower": member.flower, "now": self._now}

    def _publish(self) -> None:
        origin = dns.name.from_text(f"{flowers.DOMAIN}.")
        self._authority.zones[origin] = zones.parse(flowers.class_zone(self._flowers()))

    async def _open(self, member: Member, asked: dict, person: str, reader: talk.Reader, writer: talk.Writer) -> None:
        """Connect a member with another's name server or mail server."""
        to, source, port = str(asked["to"]), str(asked["source"]), int(asked["port"])
        other = next((one for one in map(self.members.get, self._there) if one.flower == to), None)
        if other is None or port not in (25, 53):
            raise NoNeighbours(f"Nobody here is called {to[:40]}, or they have no such service.")
        if self._talking[person] >= AT_ONCE:
            raise NoNeighbours(f"Nobody may have more than {AT_ONCE} conversations at a time.")
        if source not in SHARED:
            source = flowers.host(member.flower).address
        self._talking[person] += 1
        try:
            gate = await asyncio.open_connection("127.0.0.1", other.port, limit=talk.LINE)
            try:
                await say(gate[1], key=other.key, source=source, port=port)
                await hear(gate[0])
                await say(writer, open=True)
                await talk.pass_on((reader, writer), gate)
            finally:
                gate[1].close()
        except NoNeighbours:
            raise
        except OSError:
            raise NoNeighbours(f"{to} does not answer: that kernel has ended, or its lab is closed.") from None
        finally:
            self._talking[person] -= 1


async def main(port: int, patience: float) -> None:
    meeting = Meeting(os.environ["MAIL_COURSE_SECRET"])
    server = await asyncio.start_server(meeting.visit, "127.0.0.1", port, limit=talk.LINE)
    print(server.sockets[0].getsockname()[1], flush=True)
    while meeting.empty_for() < patience:
        await asyncio.sleep(1)
    server.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is for all that a hub has started
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")))
