"""The meeting place: it names learners, runs the root, test. and class.test, and lets letters through to their servers.

    python -m helpers.lab.neighbours.meeting PORT [SECONDS]      with MAIL_COURSE_SECRET in its environment

It ends once nobody has been there for so many seconds. Where MAIL_COURSE_ENDED names a file that is there, the letters
have been ended before. In the file that MAIL_COURSE_NOTE names it finds what one before it knew that was killed.

Everything goes through it, so that it alone has to be believed: whose voice a connection is it says to the other end,
and nobody speaks as another's flower. It keeps no letter. One word of the teacher's, who is the person "", ends the
letters, and another begins them again.
"""

import asyncio
import base64
import contextlib
import hmac
import json
import os
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass

import dns.exception
import dns.name

from helpers.lab import zones
from helpers.lab.authority import Authority
from helpers.lab.cast import CAST
from helpers.lab.neighbours import flowers, talk
from helpers.lab.neighbours.class_clock import ClassClock
from helpers.lab.neighbours.knock import Knocks
from helpers.lab.neighbours.note import Note
from helpers.lab.neighbours.shares import Shares
from helpers.lab.neighbours.talk import NoNeighbours, hear, say

A_MINUTE = 300  # what a person may ask for in a minute
AT_ONCE = 20  # conversations that a person may have at a time

TEACHER = ""
# Machines that are the learner's own speak to others as their flower does; the rest of the cast is the same for all.
OWN = tuple(address for host in CAST if host.name.endswith("learner.test") for address in host.addresses)
SHARED = {address for host in CAST for address in host.addresses} - set(OWN)


@dataclass
class Member:
    """Somebody who has joined: their flower, and the gate of their lab, a port of loopback and the key to it."""

    flower: str
    port: int = 0
    key: str = ""


class Meeting:
    """The meeting place. Takes the secret by which it knows people's keys, whether the letters have been ended, a note.

    A flower stays with the person who got it, also while they are away and, by the note, over a crash.
    """

    def __init__(self, secret: str, ended: bool, note: Note):
        self._secret, self._note = secret, note
        kept, now = note.read()
        self.members = {person: Member(flower) for person, flower in kept.items()}  # also who is away
        self._there: dict[str, talk.Writer] = {}  # the connections that people hold while they are there
        self.left = time.monotonic()  # when the last one went
        self.ended = ended
        self._passing: set[asyncio.Task] = set()  # what lets octets through just now
        self._asked: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=A_MINUTE))
        self._talking: defaultdict[str, int] = defaultdict(int)
        self._clock, self._shares, self._knocks = ClassClock(), Shares(), Knocks()
        self._clock.begin(now)
        # One for each name server: the root is not to answer what test. or class.test knows.
        self._authorities = {origin: Authority({origin: zone}) for origin, zone in flowers.above().items()}
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
        except (NoNeighbours, ValueError, TypeError, KeyError, dns.exception.DNSException) as why:
            sentence = str(why) if isinstance(why, NoNeighbours) else "That makes no sense here."
            with contextlib.suppress(OSError):
                await say(writer, no=sentence)
        except (OSError, asyncio.CancelledError):  # the teacher's word, or Ctrl-C, has ended it
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
        if person == TEACHER:
            await say(writer, **await self._teach(what, asked))
        elif what in ("share", "vote", "shared", "unshare"):
            await say(writer, **self._share(person, what, asked))
        elif self.ended:
            raise NoNeighbours("The letters between learners are over: the teacher has ended them.")
        elif what == "join":
            await self._welcome(person, asked, reader, writer)
        elif person not in self.members:
            raise NoNeighbours("Only those who have joined get letters through: lab.join()")
        elif what == "names":
            await say(writer, flowers=self._flowers())
        elif what == "move":
            if self._clock.reach(asked["now"]):
                self._tell_time()
            await say(writer, now=self._clock.now)
        elif what == "ask":
            authority = self._authorities[dns.name.from_text(str(asked["zone"]))]
            answer = authority.respond(base64.b64decode(asked["question"]), bool(asked["tcp"]))
            await say(writer, answer=base64.b64encode(answer or b"").decode(), flowers=self._flowers())
        elif what == "open":
            await self._open(self.members[person], asked, person, reader, writer)
        else:
            raise NoNeighbours("That makes no sense here.")

    async def _teach(self, what: str, asked: dict) -> dict:
        """What the teacher alone may ask for."""
        if what == "end":
            self.ended = True
            for task in self._passing:
                task.cancel()
        elif what == "begin":
            self.ended = False
        elif what == "later":
            if self._clock.later(asked["seconds"]):
                self._tell_time()
        elif what == "board":
            return await self._board()
        else:
            raise NoNeighbours("That makes no sense here.")
        return {"ended": self.ended, "now": self._clock.now}

    def _tell_time(self) -> None:
        """Let all who are there know how far the class's clock is. Who does not read is not waited for."""
        for writer in self._there.values():
            if writer.transport.get_write_buffer_size() < talk.LINE:
                writer.write(json.dumps({"now": self._clock.now}).encode() + b"\n")

    def _share(self, person: str, what: str, asked: dict) -> dict:
        """What a learner shows on the class's board, or takes back."""
        which = ""
        if what == "share":
            self._shares.put(person, asked["passed"])
        elif what == "vote":
            which = self._shares.vote(person, asked["name"], asked["choice"])
        elif what == "unshare":
            self._shares.take_back(person)
        member = self.members.get(person)
        return {"which": which, "flower": member.flower if member else "", **self._shares.of(person)}

    async def _board(self) -> dict:
        """What the class's board shows."""
        shown = [self.members[person] for person in self._there if person in self._shares.present]
        doors = [] if self.ended else shown
        found = await asyncio.gather(*(self._knocks.answers(door.flower, door.port, door.key) for door in doors))
        answering = {door.flower for door, answers in zip(doors, found, strict=True) if answers}
        return {
            "there": sorted([member.flower, member.flower in answering] for member in shown),
            "joined": len(self._there),
            "ended": self.ended,
            "now": self._clock.now,
            **self._shares.counts(),
        }

    async def _welcome(self, person: str, asked: dict, reader: talk.Reader, writer: talk.Writer) -> None:
        """Name somebody, and hold the connection: while it lasts, they are there."""
        said = self._join(person, int(asked["port"]), str(asked["gate"])[:100], float(asked["now"]))
        if elsewhere := self._there.get(person):  # an older lab of theirs: after a crash the latest is to come back
            elsewhere.write(b'{"elsewhere": true}\n')
        self._there[person] = writer
        self._publish()
        try:
            await say(writer, **said)
            await reader.read(1)  # it says nothing more, and hears how far the class's clock is
        finally:
            if self._there.get(person) is writer:
                del self._there[person]
                self.left = time.monotonic()
                self._publish()

    def empty_for(self) -> float:
        """Return for how many seconds nobody has been there."""
        return 0 if self._there else time.monotonic() - self.left

    def keep(self) -> None:
        """Write down what a meeting place has to know that is started after a crash."""
        self._note.write({person: member.flower for person, member in self.members.items()}, self._clock.now)

    def _flowers(self) -> list[str]:
        return sorted(self.members[person].flower for person in self._there)

    def _join(self, person: str, port: int, key: str, now: float) -> dict:
        if person not in self.members:
            taken = {member.flower for member in self.members.values()}
            free = [flower for flower in flowers.FLOWERS if flower not in taken]
            if not free:
                raise NoNeighbours(f"All {len(flowers.FLOWERS)} names are taken.")
            self.members[person] = Member(free[0])
            self.keep()
        member = self.members[person]
        member.port, member.key = port, key
        if len(self.members) == 1:
            self._clock.begin(now)
        elif self._clock.reach(now):
            self._tell_time()
        return {"flower": member.flower, "now": self._clock.now}

    def _publish(self) -> None:
        origin = dns.name.from_text(flowers.DOMAIN)
        self._authorities[origin] = Authority({origin: zones.parse(flowers.class_zone(self._flowers()))})

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
        self._passing.add(asyncio.current_task())
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
            self._passing.discard(asyncio.current_task())


async def main(port: int, patience: float) -> None:
    """Be the meeting place, at a port (0: any), which it prints, until nobody has been there for `patience` seconds."""
    ended, note = os.environ.get("MAIL_COURSE_ENDED"), Note(os.environ.get("MAIL_COURSE_NOTE", ""))
    meeting = Meeting(os.environ["MAIL_COURSE_SECRET"], bool(ended) and os.path.exists(ended), note)
    server = await asyncio.start_server(meeting.visit, "127.0.0.1", port, limit=talk.LINE)
    print(server.sockets[0].getsockname()[1], flush=True)
    while meeting.empty_for() < patience:
        await asyncio.sleep(1)
        meeting.keep()
    note.forget()
    server.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is for all that a hub has started
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")))
