"""A lab that has joined those of other learners: it has a flower's name, a gate, and the others on its map."""

import asyncio
import base64
import contextlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from html import escape

import dns.name

from helpers.lab import zones
from helpers.lab.authority import Authority
from helpers.lab.cast import Host
from helpers.lab.clock import Clock
from helpers.lab.errors import LabError
from helpers.lab.neighbours import flowers, places, talk
from helpers.lab.neighbours.places import Place
from helpers.lab.neighbours.talk import NoNeighbours, hear, say
from helpers.lab.net import Net
from helpers.lab.routes import LOOPBACK, Endpoint
from helpers.lab.wires import streams
from helpers.wire.faces import look

SMTP, DNS = 25, 53
SOON = 0.2  # seconds: less than the resolver waits for an answer
AGAIN = 1.0  # seconds between two tries to come back
SENSELESS = (ValueError, KeyError, TypeError, OverflowError)  # what comes of words that the meeting place does not say


class Joined:
    """Who one is among the others. `name`, `address` and `zone` are those that the lab has from now on.

    Takes the lab's Net and Clock, its name servers, what puts a name server on the map, and the meeting place.
    """

    def __init__(
        self,
        net: Net,
        clock: Clock,
        authorities: dict[str, Authority],
        listen_dns: Callable[[Host, Callable], Awaitable[None]],
        place: Place,
    ):
        self._net, self._clock, self._authorities = net, clock, authorities
        self._listen_dns, self._place = listen_dns, place
        self._known: set[str] = set()
        self._class_time = 0.0  # as far as the class's clock is known to be
        self._telling = False
        self._renamed = ""  # a sentence, once the meeting place has another name for this learner
        self._gate_key = secrets.token_hex(32)
        self._inwards = streams(net.tasks, self._come_in, talk.LINE)
        try:
            net.run(self._join())
        except OSError as why:
            said = why if isinstance(why, NoNeighbours) else "Nobody answers at the meeting place."
            raise LabError(f"{said} Nothing has changed in this lab.") from None
        clock.on_move(lambda: net.soon(self._moved))

    @property
    def name(self) -> str:
        """The name of one's own domain and machine, such as "rose.class.test"."""
        return self._host.name

    @property
    def address(self) -> str:
        """One's own address, as the others see it."""
        return self._host.address

    @property
    def others(self) -> list[str]:
        """The names of those who are there now, sorted. Raises LabError while the meeting place is gone."""
        try:
            there = self._net.run(self._meet())
        except OSError as why:
            gone = "Nobody answers at the meeting place: wait a little, and this lab comes back to it by itself."
            raise LabError(str(why) if isinstance(why, NoNeighbours) else gone) from None
        return [flowers.host(flower).name for flower in there if flower != self._flower]

    def __repr__(self) -> str:
        return "\n".join(self._sentences())

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in self._sentences())
        return f"<div{look('card', 'card-more')}>\n{told}</div>\n"

    def _sentences(self) -> list[str]:
        where = "in this class" if self._place.hub else "in other kernels on this machine: there is no hub here"
        return [
            f"You are {self.name}, at {self.address}.",
            f"Letters for anyone at {self.name} come to your server, once lab.serve puts it there on port {SMTP}.",
            f"You meet whoever has joined {where}.",
            "The clock is the class's from now on: whoever moves theirs moves it for all.",
        ]

    # Coming there

    async def _ask(self, **words) -> tuple[dict, talk.Reader, talk.Writer]:
        """Say something to the meeting place; return what it said, and the connection. Raises OSError."""
        if self._renamed:
            raise NoNeighbours(self._renamed)
        reader, writer = await asyncio.open_connection(LOOPBACK, self._place.port, limit=talk.LINE)
        try:
            await say(writer, person=self._place.person, key=self._place.key, **words)
            return await hear(reader), reader, writer
        except BaseException:
            writer.close()
            raise

    async def _told(self, **words) -> dict:
        said, _, writer = await self._ask(**words)
        writer.close()
        return said

    async def _join(self) -> None:
        gate = await self._net.wires.serve(LOOPBACK, 0, self._inwards)
        self._gate = gate.endpoint
        self._net.tasks.start(self._hold(gate))
        said, reader, writer = await self._greet()
        self._flower = said["flower"]
        self._host = flowers.host(self._flower)
        self.moment = datetime.fromtimestamp(said["now"], UTC)
        self._net.tasks.start(self._stay(reader, writer))
        self.zone = flowers.zone(self._flower)
        own = Authority({dns.name.from_text(f"{self.name}."): zones.parse(self.zone)})
        self._net.routes.add(self._host)
        self._authorities[self.name] = own
        await self._listen_dns(self._host, own.answer)
        self._net.routes.add(flowers.SERVER)
        await self._listen_dns(flowers.SERVER, self._answer_for_class)
        above = flowers.above()
        for server, zone in flowers.ABOVE.items():
            own = self._authorities[server]
            own.zones |= {origin: text for origin, text in above.items() if origin in own.zones}
            await self._listen_dns(self._net.host(server), partial(self._answer_from_above, zone, own))
        await self._meet()

    async def _greet(self) -> tuple[dict, talk.Reader, talk.Writer]:
        """Join, with what the meeting place has to know of this lab; return as `_ask` does. Raises OSError."""
        now = self._clock.timestamp()
        return await self._ask(do="join", port=self._gate[1], gate=self._gate_key, now=now)

    async def _hold(self, gate) -> None:
        """Keep the gate until the lab ends."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            gate.close()

    async def _stay(self, reader: talk.Reader, writer: talk.Writer) -> None:
        """Be there until the lab ends: where the meeting place has gone, come back as soon as there is one again."""
        while await self._hear_time(reader, writer):
            flower, reader, writer = await self._come_back()
            if flower != self._flower:
                writer.close()
                self._renamed = (
                    f"The meeting place began anew and calls you {flowers.host(flower).name}: {self.name} may be "
                    "somebody else by now. Make a new lab, lab = Lab(), and join again: lab.join()"
                )
                return

    async def _hear_time(self, reader: talk.Reader, writer: talk.Writer) -> bool:
        """Hold the connection, for whoever does is there, and follow the class's time, which is told on it.

        Return whether to come back after it: not where a later lab of this learner's has joined.
        """
        try:
            while line := await reader.readline():
                said = json.loads(line)
                if "elsewhere" in said:
                    return False
                await self._net.blocking(self._follow, datetime.fromtimestamp(said["now"], UTC))
        except (OSError, *SENSELESS):
            pass  # the meeting place has ended
        finally:
            writer.close()
        return True

    async def _come_back(self) -> tuple[str, talk.Reader, talk.Writer]:
        """Try quietly until there is a meeting place and one has joined; return one's flower, and the connection."""
        pause = SOON
        while True:
            await asyncio.sleep(pause)
            pause = AGAIN
            with contextlib.suppress(OSError, LabError, *SENSELESS):
                if not self._place.hub:
                    self._place = await self._net.blocking(places.find)
                said, reader, writer = await self._greet()
                moment = datetime.fromtimestamp(said["now"], UTC)
                self._net.tasks.start(self._net.blocking(self._follow, moment))
                return said["flower"], reader, writer

    # The clock

    def _follow(self, moment: datetime) -> None:
        """Go on to the class's time; what was due by then happens, the tries of the queues too."""
        self._class_time = moment.timestamp()
        # The lab may be closed meanwhile; and whatever fails at a move of the clock throws nobody off the map.
        with contextlib.suppress(Exception), self._clock.turn:
            self._clock.reach(moment)

    def _moved(self) -> None:
        if not self._telling:
            self._telling = True
            self._net.tasks.start(self._tell_time())

    async def _tell_time(self) -> None:
        """Take the class's clock along. What moves meanwhile, as a queue does at each of its tries, is told at once."""
        told = self._class_time
        try:
            while told < (now := self._clock.timestamp()):
                await self._told(do="move", now=now)
                told = now
        except OSError:
            pass  # then it is told when the clock moves next
        finally:
            self._telling = False

    async def _meet(self) -> list[str]:
        """Put whoever has come on the map; return the flowers of all who are there."""
        there = (await self._told(do="names"))["flowers"]
        await self._know(there)
        return there

    async def _know(self, there: list[str]) -> None:
        for flower in there:
            if flower not in self._known and flower != self._flower:
                self._known.add(flower)
                host = self._other(flower)
                await self._listen_dns(host, partial(self._answer_for_other, flower))
                await self._net.serve(host, SMTP, streams(self._net.tasks, partial(self._go_out, flower)))

    def _other(self, flower: str) -> Host:
        host = flowers.host(flower)
        self._net.routes.add(host)
        return host

    # Questions to the DNS

    # The root, test. and class.test are the meeting place's: a walk comes from one to the next of them, and from there
    # to whoever has joined. But all that is not a neighbour's has to hold without a hub, so there are the root and
    # test. of this lab, too, and they say the same: of class.test alone nobody answers while the meeting place is gone,
    # and letters wait.

    async def _told_of(self, zone: str, wire: bytes, tcp: bool) -> tuple[list[bytes], list[str]]:
        """What the meeting place answers as the name server of a zone, and who is there. Raises OSError, KeyError."""
        said = await self._told(do="ask", zone=zone, question=base64.b64encode(wire).decode(), tcp=tcp)
        answer = base64.b64decode(said["answer"])
        return [answer] if answer else [], said["flowers"]

    async def _answer_for_class(self, wire: bytes, peer: Endpoint, tcp: bool) -> list[bytes]:
        """What the meeting place says of class.test. Who asks may go on to somebody new, so the map is brought up."""
        try:
            answer, there = await self._told_of(flowers.DOMAIN, wire, tcp)
            await self._know(there)
        except (OSError, ValueError, KeyError):
            return []
        return answer

    async def _answer_from_above(
        self, zone: str, own: Authority, wire: bytes, peer: Endpoint, tcp: bool
    ) -> list[bytes]:
        """What the meeting place says as the root or as test.; where that does not come soon, what one's own says."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            async with asyncio.timeout(SOON):
                answer, _ = await self._told_of(zone, wire, tcp)
                return answer
        return await own.answer(wire, peer, tcp)

    async def _answer_for_other(self, flower: str, wire: bytes, peer: Endpoint, tcp: bool) -> list[bytes]:
        """What another learner's name server says."""
        source = self._net.who(peer, "tcp" if tcp else "udp").address
        try:
            _, reader, writer = await self._ask(do="open", to=flower, port=DNS, source=source)
            try:
                await say(writer, question=base64.b64encode(wire).decode(), tcp=tcp)
                return [base64.b64decode((await hear(reader))["answer"])]
            finally:
                writer.close()
        except (OSError, ValueError, KeyError):
            return []

    # Conversations

    async def _go_out(self, flower: str, reader: talk.Reader, writer: talk.Writer) -> None:
        """Somebody in this lab connects with another learner's mail server."""
        peer = writer.get_extra_info("peername")[:2]
        try:
            _, *there = await self._ask(do="open", to=flower, port=SMTP, source=self._net.who(peer).address)
            await talk.pass_on((reader, writer), tuple(there))
        except OSError:
            writer.transport.abort()
        finally:
            writer.close()
            self._net.forget(peer)

    async def _come_in(self, reader: talk.Reader, writer: talk.Writer) -> None:
        """Somebody in another lab connects with this one's name server or mail server: the meeting place says who."""
        try:
            said = await hear(reader)
            if not hmac.compare_digest(str(said.get("key")).encode(), self._gate_key.encode()):
                return
            if said.get("port") == DNS:
                await self._tell(reader, writer)
            elif said.get("port") == SMTP:
                speaker = self._speaker(str(said.get("source")))
                there = await self._net.open(speaker, self.address, SMTP)
                await say(writer, open=True)
                await talk.pass_on((reader, writer), there)
        except (OSError, LabError, ValueError, KeyError):
            with contextlib.suppress(OSError):
                await say(writer, no=f"{self.name} has no mail server now.")
        finally:
            writer.close()

    async def _tell(self, reader: talk.Reader, writer: talk.Writer) -> None:
        await say(writer, open=True)
        asked = await hear(reader)
        answer = self._authorities[self.name].respond(base64.b64decode(asked["question"]), bool(asked["tcp"]))
        await say(writer, answer=base64.b64encode(answer or b"").decode())

    def _speaker(self, address: str) -> Host:
        """The host of an address, which may be that of a learner who has just come."""
        with contextlib.suppress(LabError):
            return self._net.host(address)
        flower = next(flower for flower in flowers.FLOWERS if flowers.host(flower).address == address)
        return self._other(flower)
