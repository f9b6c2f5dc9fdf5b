"""The house: what stands around the learner's pieces. It holds the doors open, keeps the folders, and goes its rounds.

It takes its parts from outside, by name: `parts("keep")` is the function that keeps a letter, whoever wrote it. It
knows a lab only as what it can ask, connect to, and read the time from, so that `my_server.py` runs on it as well.
"""

import asyncio
import contextlib
import json
import logging
import random
import re
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from helpers.files import locked, write_whole
from helpers.lab import fields
from helpers.lab.loops import Loops
from helpers.lab.originators import Unreadable, mailboxes
from helpers.lab.queue import Event
from helpers.mail.authentication_results import read_results, remove_forged
from helpers.mail.delivery_report import delivery_report
from helpers.mail.dkim_key import Key
from helpers.mail.receiver import Receiver
from helpers.mail.signatures import sign_dkim

SIZE_LIMIT = 16 * 1024 * 1024  # octets of a letter; RFC 5321 section 4.5.3.1.7 asks for 64 K
MOST_RECIPIENTS = 100  # of a letter; RFC 5321 section 4.5.3.1.8 asks for no fewer
MOST_ROUNDS = 20  # without a pause
MOST_HOPS = 100  # RFC 5321 section 6.3
MOST_TIMES = 3  # that a letter may come by here
RESTS = timedelta(minutes=30)  # how long a domain is left alone at which nobody spoke
WARNED_AFTER, GIVEN_UP_AFTER = timedelta(hours=4), timedelta(days=5)
CALLER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[A-Za-z0-9:.]+\]")
WHAT = {"sent": "sent", "pending": "deferred", "failed": "failed"}

logging.getLogger("mail.log").addHandler(logging.NullHandler())  # aiosmtpd's log would be printed into notebooks


@dataclass
class Settings:
    """What a house is called, who lives in it, and what it keeps of their passwords."""

    domain: str = "learner.test"
    name: str = "mail.learner.test"
    people: tuple[str, ...] = ("ada", "me", "postmaster", "abuse")
    passwords: dict[str, bytes] = field(default_factory=dict)  # what is kept of them, by address
    key: Key | None = None
    selector: str = "s1"
    size: int = SIZE_LIMIT
    idle: int = 86400  # real seconds without a command; the lab's clock is not the computer's


class NoReply(TypeError):
    """A piece that returned something else where a reply was due."""


def as_reply(value: Any, name: str, such: str = '"250 OK"') -> str:
    """Return what a piece has returned, which has to be a reply. Raises NoReply."""
    if not isinstance(value, str):
        raise NoReply(f"`{name}` returned {value!r}, and it returns a reply, such as {such}.")
    return value


class House:
    """A mail server of parts. Takes its folder, what it reaches the world by, its parts, and its Settings.

    `outside` is a lab, or something like one: `resolver`, `connect`, `lookup`, `clock`, `host` and `who` are asked of
    it. `parts` is a function that gives a part by its name. `history` holds what befell its letters, the oldest first.
    """

    def __init__(self, folder: Path, outside: Any, parts: Callable[[str], Any], settings: Settings):
        self.folder, self.outside, self.parts, self.settings = folder, outside, parts, settings
        self.domain, self.name, self.people = settings.domain, settings.name, settings.people
        self.queue = folder / "queue"
        self.queue.mkdir(parents=True, exist_ok=True)
        self.history: list[Event] = []
        self.troubles: list[Exception] = []  # what a piece raised
        self.visits: set[Visit] = set()
        self.listening: list[asyncio.Server] = []
        self.ending = threading.Event()  # set when the rounds are to end
        self._rests: dict[str, datetime] = {}
        self._doors: dict[Any, Any] = {}
        self._lock = threading.Lock()
        self._loops = Loops()
        self.tasks = self._loops.tasks
        self.reaches = getattr(outside, "reaches", True)  # a server without a resolver knows nobody but its own
        self._gate = Receiver(outside, outside.host(self.name), self.domain, verdict=parts("dmarc_verdict"))

    # What the pieces may ask

    def now(self) -> datetime:
        """Return the time."""
        return self.outside.clock.now()

    def date(self) -> str:
        """Return the time as a header field says it (RFC 5322 section 3.3)."""
        return format_datetime(self.now())

    def accepts(self, address: str) -> str:
        """Return what `accept_rcpt` says of a recipient in this house."""
        return self.parts("accept_rcpt")(address, self.domain, set(self.people))

    def state(self, mail_from: str, rcpt_tos: Iterable[str]) -> dict[str, Any]:
        """Return what the queue has to know of an envelope: the state of a new letter, as JSON can write it.

        Its `id` is the letter's from now on: in the log, in its Received, and in the reply.
        """
        sender, ours, others = self.parts("sort_out")(mail_from, list(rcpt_tos), self.domain)
        times = {"arrived": self.now().isoformat(), "attempts": 0, "next_try": self.now().isoformat()}
        waiting = [{"address": who, "state": "pending", "reply": None} for who in [*ours, *others]]
        return {"id": f"{random.getrandbits(40):010x}", "sender": sender, **times, "recipients": waiting}

    def keep(self, state: dict[str, Any], letter: bytes) -> None:
        """Put a letter and its state into the queue, by `keep`. Raises OSError."""
        item = self.parts("keep")(self.queue, state, letter)
        self.note(item, "kept", f"for {', '.join(one['address'] for one in state['recipients'])}")

    def seal(self, letter: bytes) -> bytes:
        """Return the letter with a DKIM signature of this house on top; without a key, as it is."""
        key = self.settings.key
        return sign_dkim(self.outside, letter, key, self.domain, self.settings.selector) if key else letter

    def authors(self, letter: bytes) -> list[str]:
        """Return the addresses in From:, in small letters; none where that cannot be read for certain."""
        try:
            return [author.text.lower() for author in mailboxes(fields.split(letter)[0], "From")]
        except Unreadable:
            return []

    # Doors

    def open(self, context: ssl.SSLContext | None = None, places: tuple = (("127.0.0.1", 0), ("127.0.0.1", 0))) -> None:
        """Open the door for strangers and, with a certificate, Ada's. `places` are where they listen."""
        self._loops.run(self._open(context, places))

    async def _open(self, context, places) -> None:
        loop = asyncio.get_running_loop()
        doors = [("FrontDoor", None, {"tls_context": context})]
        if context:
            doors.append(("AdasDoor", context, {"auth_require_tls": False}))  # here TLS is older than the first word
        for (piece, tls, options), (ip, port) in zip(doors, places, strict=False):
            make = lambda piece=piece, options=options: Visit(self, piece, **options)  # noqa: E731
            self.listening.append(await loop.create_server(make, ip, port, ssl=tls))

    @property
    def places(self) -> list[tuple[str, int]]:
        """Where the doors listen: the strangers' first."""
        return [server.sockets[0].getsockname()[:2] for server in self.listening]

    def door(self, piece: str) -> Any:
        """Return the one object of a door's class, which all who come by that door share."""
        part = self.parts(piece)
        if part not in self._doors:
            self._doors[part] = part(self)
        return self._doors[part]

    def examine(self, visit: "Visit", envelope) -> str | None:
        """Look at a stranger's letter: SPF, DKIM and DMARC. Return the reply that refuses it, if one does."""
        if not self.reaches:
            visit.results = b""
            return None
        sender = envelope.mail_from.strip("<>")
        stranger = SimpleNamespace(sender=sender, recipients=tuple(envelope.rcpt_tos))
        letter = SimpleNamespace(
            id="", time=self.now(), content=envelope.content, envelope=stranger, helo=visit.session.host_name
        )
        found, reply = self._gate.examine(visit.address, letter)
        visit.results = f"{found.results(self.domain).field()}\r\n".encode()
        envelope.content = remove_forged(envelope.content, self.domain)
        return reply

    def stop(self, patience: float = 5.0) -> None:
        """Go down as `go_down` does it; what waits in the queue stays there."""
        try:
            self.go_down(patience)
        finally:
            self.fall()

    def go_down(self, patience: float) -> None:
        """Do what `go_down` does, and no more. Raises LabError where it takes longer (seconds)."""
        self._loops.run(self.parts("go_down")(self), patience)

    def fall(self) -> None:
        """Fall over at once, as a machine does: no goodbye to anybody."""
        self.ending.set()

        async def last() -> None:
            for server in self.listening:
                server.close()
            self._drop_all()
            await self.tasks.end()
            await asyncio.sleep(0)  # in which the transports close

        with contextlib.suppress(RuntimeError):  # it has fallen already
            self._loops.stop(last)

    def hang_up(self) -> None:
        """End every connection at once, from any thread."""
        self._loops.soon(self._drop_all)

    def _drop_all(self) -> None:
        for visit in tuple(self.visits):
            visit.drop()

    # Rounds

    def note(self, item: Path, what: str, about: str = "") -> None:
        """Write down what befell a letter."""
        self.history.append(Event(self.now(), _read(item).get("id", item.stem), what, about))

    def items(self) -> list[Path]:
        """Return what is in the queue and can be read, whatever has waited longest first."""
        found = [(state["next_try"], _came(item), item) for item in self.queue.glob("*.json") if (state := _read(item))]
        return [item for *_, item in sorted(found)]

    def round(self) -> None:
        """Go through the queue once."""
        with self._lock, locked(self.queue / "lock", patience=5):
            for item in self.items():
                if self.ending.is_set():
                    return
                if self._is_due(_read(item)):
                    self._attempt(item)
                self._settle(item)
                if item.exists():
                    self._warn(item)

    def rounds(self) -> None:
        """Go round until nothing is due."""
        for _ in range(MOST_ROUNDS):
            if self.ending.is_set() or not any(self._is_due(_read(item)) for item in self.items()):
                return
            self.round()

    async def rounds_end(self) -> None:
        """Let no new try begin, and wait for the one that is under way."""
        self.ending.set()

        def over() -> None:
            with self._lock:
                pass

        await asyncio.to_thread(over)

    def _is_due(self, state: dict[str, Any]) -> bool:
        due = datetime.fromisoformat(state["next_try"]) <= self.now()
        return due and (not _pending(state) or bool(self._awake(state)))

    def _awake(self, state: dict[str, Any]) -> dict[str, list[str]]:
        """Who is pending, a list for each domain that is not left alone; "" for this house."""
        _, ours, others = self.parts("sort_out")("", _pending(state), self.domain)
        found: dict[str, list[str]] = {"": ours} if ours else {}
        for who in others:
            found.setdefault(who.rpartition("@")[2].lower(), []).append(who)
        return {domain: who for domain, who in found.items() if self._rests.get(domain, self.now()) <= self.now()}

    def _attempt(self, item: Path) -> None:
        """Bring a letter to everybody who is pending, once. When it is tried next is written down before."""
        state = _read(item)
        state["next_try"] = self.parts("next_try")(state["attempts"], self.now()).isoformat()
        state["attempts"] += 1
        write_whole(item, json.dumps(state).encode())
        letter = item.with_suffix(".eml").read_bytes()
        for domain, people in self._awake(state).items():
            if domain:
                replies = self.parts("deliver")(self.outside, state["sender"], people, letter)
            else:
                replies = {who: self._lay(item, state["sender"], who, letter) for who in people}
            self.parts("after")(item, replies)
            if domain and all(reply[:2] == "4." for reply in replies.values()):
                self._rests[domain] = self.now() + RESTS
            now = {one["address"]: one["state"] for one in _read(item)["recipients"]}
            for who, reply in replies.items():
                self.note(item, WHAT[now[who]], f"{who}: {reply}")

    def _lay(self, item: Path, sender: str, who: str, letter: bytes) -> str:
        """Put a letter into a mailbox of the house. The same letter once more is the same file."""
        name = who.rpartition("@")[0].lower() or who.lower()
        if name not in self.people:
            return "550 5.1.1 No such user here"
        try:
            letter = self.parts("at_home")(letter, sender)
            where = self.folder / "mail" / name / ("junk" if self._is_junk(letter) else "inbox")
            where.mkdir(parents=True, exist_ok=True)
            write_whole(where / f"{item.stem}.eml", letter)
        except OSError:
            return "452 4.3.1 No room at the moment"
        return "250 2.0.0 Laid into the mailbox"

    def _is_junk(self, letter: bytes) -> bool:
        """Whether this house has written on top that the author's domain disowns the letter."""
        own = [one for one in read_results(letter) if one.server == self.domain][:1]
        dmarc = [result for one in own for result in one.results if result.method == "dmarc"]
        return any(one.result == "fail" and one.properties.get("policy.dmarc") != "none" for one in dmarc)

    def letters(self, name: str, box: str = "inbox") -> list[bytes]:
        """Return the letters in somebody's inbox, or their junk, in the order in which they came."""
        found = (self.folder / "mail" / name / box).glob("*.eml")
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def _settle(self, item: Path) -> None:
        """Report those who failed; let the letter go once nobody waits for it."""
        state = _read(item)
        old = self.now() - datetime.fromisoformat(state["arrived"]) >= GIVEN_UP_AFTER
        over = [one for one in state["recipients"] if one["state"] == "failed" or old and one["state"] == "pending"]
        if over:
            self._tell(item, over)
            state["recipients"] = [one for one in state["recipients"] if one not in over]
            write_whole(item, json.dumps(state).encode())
        if not _pending(state):
            self.note(item, "gone")
            item.unlink()  # the state first: it is what makes this a letter of the queue
            item.with_suffix(".eml").unlink()

    def _warn(self, item: Path) -> None:
        """Tell the sender, once, that a letter is still tried."""
        state, arrived = _read(item), datetime.fromisoformat(_read(item)["arrived"])
        if self.now() - arrived >= WARNED_AFTER and not state.get("warned"):
            self._tell(item, state["recipients"], until=arrived + GIVEN_UP_AFTER)
            write_whole(item, json.dumps(_read(item) | {"warned": True}).encode())

    def _tell(self, item: Path, people: list[dict[str, Any]], until: datetime | None = None) -> None:
        """Queue a report to the sender, if there is one. It has the null return path."""
        state = _read(item)
        if state["sender"]:
            letter = item.with_suffix(".eml").read_bytes()
            report = delivery_report(self.outside, state, people, letter, until, host=self.name)
            self.note(item, "warned" if until else "reported", state["sender"])
            self.keep(self.state("", [state["sender"]]), self.seal(report))


class Visit(SMTP):
    """One connection. It lasts from the greeting to the goodbye, whatever letters come in between.

    `session` is aiosmtpd's and lasts as long; `envelope` is the letter's, and a new one comes with each. `turn` is a
    lock that is held from the dot to the reply. `results` is what was found out about a stranger's letter.
    """

    def __init__(self, house: House, piece: str, **options: Any):
        self.house, self.piece, self.results, self._by = house, piece, b"", f"by {house.name} ".encode()
        self.turn, self._in_hand = asyncio.Lock(), False
        super().__init__(
            _Hooks(self),
            hostname=house.name,
            ident="ESMTP",
            data_size_limit=house.settings.size,
            timeout=house.settings.idle,
            enable_SMTPUTF8=True,
            authenticator=self._log_in,
            loop=asyncio.get_running_loop(),
            **options,
        )
        self._auth_required = piece == "AdasDoor"
        if not self._auth_required:
            self._smtp_methods.pop("AUTH")  # nobody logs in between servers
            self._auth_methods.clear()

    user = property(lambda self: getattr(self.session, "user", None), doc="Who has logged in, or None.")
    helo = property(lambda self: self.session.host_name, doc="What the client calls itself.")
    address = property(lambda self: self.house.outside.who(self.session.peer).address, doc="Where it calls from.")

    @property
    def literal(self) -> str:
        """The address as SMTP writes it, in brackets (RFC 5321 section 4.1.3)."""
        return f"[{'IPv6:' * (ip_address(self.address).version == 6)}{self.address}]"

    @property
    def protocol(self) -> str:
        """How the letter came, as a Received field says it (RFC 3848)."""
        secret = self.transport.get_extra_info("ssl_object") is not None
        return "ESMTP" + "S" * secret + "A" * bool(self.user) if self.session.extended_smtp else "SMTP"

    def connection_made(self, transport) -> None:
        """Take note of who is here; with STARTTLS aiosmtpd calls this once more."""
        super().connection_made(transport)
        if self not in self.house.visits:
            self.house.visits.add(self)
            self.house.tasks.keep(self._handler_coroutine).add_done_callback(_heard)

    def connection_lost(self, error) -> None:
        """Take note of who has gone."""
        self.house.visits.discard(self)
        super().connection_lost(error)

    async def push(self, status) -> None:
        """Send a reply. What begins with 421 is the last word."""
        try:
            await super().push(status)
        finally:
            if self._in_hand:
                self._in_hand = False
                self.turn.release()
        if str(status).startswith("421"):
            self.close()

    async def say(self, reply: str) -> None:
        """Say something that was not asked for, such as 421; nothing where the client has gone."""
        with contextlib.suppress(OSError):
            await self.push(reply)

    def close(self) -> None:
        """End the connection once all that was said is on its way."""
        if self.transport:
            self.transport.close()

    def drop(self) -> None:
        """End the connection at once."""
        if self.transport:
            with contextlib.suppress(AttributeError):  # asyncio of 3.11.2 has let go of what was closed twice
                self.transport.abort()

    async def take(self, envelope) -> str:
        """Return the reply to the dot."""
        await self.turn.acquire()
        self._in_hand = True
        rest = envelope.content.replace(b"\r\n", b"")
        if b"\r" in rest or b"\n" in rest:  # half a line's end: two programs could read two letters in it
            return "554 5.6.0 A line of the letter ends in half of CR LF"
        hops = [b" ".join(one.split()) for one in fields.fields(fields.split(envelope.content)[0], "Received")]
        if sum(self._by in hop for hop in hops) >= MOST_TIMES or len(hops) >= MOST_HOPS:
            return "554 5.4.6 This letter has been here before, or at too many hosts: it goes in a circle"
        if self.user:
            refusal = self.house.door(self.piece).refuses(self.session, envelope)
            refusal = as_reply(refusal or "", "refuses", '"550 5.7.1 No", or `None` where all is well')
        else:
            refusal = await asyncio.to_thread(self.house.examine, self, envelope)
        if refusal:
            return refusal
        reply = await asyncio.to_thread(self.house.parts("take_letter"), self.house, self, envelope)
        return as_reply(reply, "take_letter")

    def _log_in(self, server, session, envelope, mechanism, words) -> AuthResult:
        user, password = (word.decode("utf-8", "replace") for word in (words.login, words.password))
        kept = self.house.settings.passwords.get(user.lower())
        if not kept or not self.house.parts("check_password")(password, kept):
            return AuthResult(success=False, handled=False, message="535 5.7.8 Name or password is wrong")
        session.user = user.lower()
        return AuthResult(success=True)


class _Hooks:
    """What aiosmtpd calls. A piece decides all that is decided; what it has no hook for is noted as it comes."""

    def __init__(self, visit: Visit):
        self.visit = visit

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        if not CALLER.fullmatch(hostname):
            return ["501 5.5.2 That is no name for a host"]
        session.host_name = hostname
        return responses

    async def handle_HELO(self, server, session, envelope, hostname):
        (reply,) = await self.handle_EHLO(server, session, envelope, hostname, [f"250 {self.visit.house.name}"])
        return reply

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address != "<>" and "@" not in address:
            return "501 5.1.7 An address has a domain"  # RFC 5321 section 2.3.5
        if hook := getattr(self._door, "handle_MAIL", None):
            return as_reply(await hook(server, session, envelope, address, options), "handle_MAIL")
        envelope.mail_from = address
        return "250 2.1.0 Sender noted"

    async def handle_RCPT(self, server, session, envelope, address, options):
        house, hook = self.visit.house, getattr(self._door, "handle_RCPT", None)
        if "@" not in address and address.lower() != "postmaster":
            return "501 5.1.3 An address has a domain"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Enough for one letter; bring the others with the next"
        if not house.reaches and "@" in address and house.parts("sort_out")("", [address], house.domain)[2]:
            return "550 5.7.1 No road leads there from here"
        if hook:
            return as_reply(await hook(server, session, envelope, address, options), "handle_RCPT")
        envelope.rcpt_tos.append(address if "@" in address else f"{address}@{house.domain}")
        return "250 2.1.5 Recipient noted"

    async def handle_DATA(self, server, session, envelope):
        return await self.visit.take(envelope)

    async def handle_exception(self, error):
        self.visit.house.troubles.append(error)
        return "451 4.3.0 Trouble here. Come again later"

    @property
    def _door(self):
        return self.visit.house.door(self.visit.piece)


def _heard(task: asyncio.Task) -> None:
    """Take notice of how a conversation ended, so that asyncio does not complain that nobody did."""
    if not task.cancelled():
        task.exception()


def _read(item: Path) -> dict[str, Any]:
    """The state of a letter; {} where it is not whole, or has no letter."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        state = json.loads(item.read_bytes())
        if state["next_try"] and item.with_suffix(".eml").exists():
            return state
    return {}


def _came(item: Path) -> int:
    return item.with_suffix(".eml").stat().st_mtime_ns


def _pending(state: dict[str, Any]) -> list[str]:
    return [one["address"] for one in state["recipients"] if one["state"] == "pending"]


def subject(letter: bytes) -> str:
    """Return what stands under Subject:."""
    return str(message_from_bytes(letter)["Subject"] or "")
