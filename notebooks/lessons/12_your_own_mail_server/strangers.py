"""The world comes to a house: strangers who mean well and strangers who do not, trouble with the machine, and time.

A history is a list of steps, made by dice of a seed. After each step six invariants are looked at, and at the end once
more, after a week in which nothing else goes wrong. What breaks one is made shorter until no step can be left out.
"""

import base64
import contextlib
import random
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from helpers.answers import stuff
from helpers.lab import Lab
from helpers.wire.faces import lead, sign

from .house import House, subject
from .moving_in import ADA, ME, NAME, PASSWORD, move_in, waiting
from .switchboard import Switchboard

INVARIANTS = {
    "kept": "Nothing is lost after 250",
    "told": "Each letter reaches those on its envelope, or its sender is told",
    "relay": "Nothing is carried for strangers",
    "null": "Nobody writes to the null sender",
    "forged": "No forged letter of the bank lies in an inbox",
    "reply": "Each command hears the right reply, and what was refused is not kept",
}
BOB, OLIVE, GRACE = "bob@gmail.test", "olive@corner-shop.test", "grace@outlook.test"
POSTMASTER, NOBODY, SUPORT = "postmaster", "nobody@learner.test", "suport@outlook.test"
HOSTS = {BOB: "out.gmail.test", OLIVE: "corner-shop.test"}  # from where a sender's letters come
SIZE = 70_000  # octets of a letter that the house takes
PATIENCE = 10.0  # real seconds for a reply
MOST_TOLD = 12  # lines of one side in a row
BUSY = "451 4.4.3"  # the DNS was not quick enough, as on a machine that is very busy: one comes again
REPLY = re.compile(rb"(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n")
OUTLOOK = ("mx1.outlook.test", "mx2.outlook.test")


class Broken(Exception):
    """An invariant that does not hold. Takes its name, a sentence, the conversation if there is one, and a mark."""

    def __init__(self, invariant: str, sentence: str, transcript: Any = None, mark: str = ""):
        super().__init__(sentence)
        self.invariant, self.sentence, self.transcript, self.mark = invariant, sentence, transcript, mark
        self.lived, self.spoken = 0, 0  # how many steps it took, and in which of them the conversation was


class Fallen(BaseException):
    """The machine falls over just here. No program can catch that."""


@dataclass(frozen=True)
class Step:
    """Something that happens: a method of World, what it takes, and how it is told."""

    kind: str
    values: tuple = ()
    told: str = ""

    def __str__(self) -> str:
        return self.told or self.kind


def step(kind: str, *values: Any) -> Step:
    """Return a step of a kind."""
    told = getattr(World, kind).__doc__.splitlines()[0].rstrip(".")
    names = dict(zip(World.NAMES.get(kind, ("number",)), map(_said, values), strict=False))
    return Step(kind, values, re.sub(r"\{(\w+)\}", lambda match: names[match[1]], told))


def _said(value: Any) -> str:
    return " and ".join(value) if isinstance(value, tuple) else str(value)


@dataclass
class Taken:
    """A letter to which the house has said 250."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    mine: bool  # brought by somebody who had logged in


class Caller:
    """A client of the house, which knows what it should hear."""

    def __init__(self, world: "World", source: str = "out.gmail.test", port: int = 25):
        self.world, self._heard, self._envelope = world, b"", ("", ())
        self.sock = world.lab.connect(world.lab.host(NAME).address, port, source=source)
        self.sock.waiting = None  # real time, and enough of it for a busy machine
        self.sock.settimeout(PATIENCE)
        if port == 465:
            context = world.lab.certificates.client_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=NAME)
        world.talks(self)
        self.hear("220", "the greeting")

    def hear(self, wanted: str, said: str, invariant: str = "reply") -> str:
        """Read a reply and return it. Raises Broken where it does not begin as wanted (an expression)."""
        reply = self._reply()
        if not re.match(wanted, reply):
            begins = wanted.removesuffix(f"|{BUSY}").replace("|", " or ").replace(" 5", " 5")
            raise Broken(
                invariant,
                f"After {said} came {reply.splitlines()[-1]!r}, and it should begin with {begins}.",
                self.sock.transcript,
                reply.splitlines()[-1],
            )
        return reply

    def _reply(self) -> str:
        """The next reply; what comes behind it waits for its turn."""
        try:
            while not (found := REPLY.match(self._heard)):
                more = self.sock.recv(65536)
                if not more:
                    return "nothing (the connection was closed)"
                self._heard += more
        except OSError as error:
            return f"nothing ({error})"
        self._heard = self._heard[found.end() :]
        return found[0].decode("utf-8", "replace").rstrip()

    def say(self, line: str, wanted: str, invariant: str = "reply") -> str:
        """Say a line, and return the reply."""
        self.send(line.encode() + b"\r\n")
        return self.hear(wanted, line[:60], invariant)

    def send(self, octets: bytes) -> None:
        """Send octets, whoever listens."""
        with contextlib.suppress(OSError):
            self.sock.sendall(octets)

    def envelope(self, sender: str, *recipients: str) -> None:
        """Say MAIL and RCPT, and hear that all is well."""
        self._envelope = sender, recipients
        self.say(f"MAIL FROM:<{sender}>", "250")
        for recipient in recipients:
            self.say(f"RCPT TO:<{recipient}>", "250")

    def many(self, lines: Sequence[str], wanted: str) -> None:
        """Say lines all at once (RFC 2920), and hear the reply to each."""
        self.send("".join(f"{line}\r\n" for line in lines).encode())
        for line in lines:
            self.hear(wanted, line[:60])

    def letter(self, content: bytes, wanted: str = "250") -> str:
        """Say DATA and the letter, and return the reply to the dot."""
        for _ in range(5):
            self.say("DATA", "354")
            self.send(stuff(content))
            reply = self.world.dot = self.hear(f"{wanted}|{BUSY}", "the dot")
            if not reply.startswith(BUSY):
                break
            self.envelope(self._envelope[0], *self._envelope[1])
        return reply

    def log_in(self, password: str = PASSWORD, wanted: str = "235", who: str = ADA) -> None:
        """Log in."""
        words = base64.b64encode(f"\0{who}\0{password}".encode()).decode()
        self.say(f"AUTH PLAIN {words}", wanted)

    def bye(self) -> None:
        """Say QUIT."""
        self.say("QUIT", "221")
        self.sock.close()


def content(number: int, author: str, more: str = "", body: str = "Hello.") -> bytes:
    """Return letter number so many."""
    return f"{more}From: {author}\r\nTo: you\r\nSubject: Letter {number}\r\n\r\n{body}\r\n".encode()


class World:
    """A lab with a house in it, to which things happen. The first line of each step's method is how it is told."""

    NAMES = {
        "letter": ("number", "sender", "to"),
        "adas": ("number", "to"),
        "receipt": ("number", "to"),
        "falls": ("number", "when"),
        "hours": ("hours",),
    }

    def __init__(self, board: Switchboard):
        self.board, self._drawer = board.twin(), tempfile.TemporaryDirectory()
        self.folder = Path(self._drawer.name)
        self.lab = Lab(beside=True)
        self.taken: list[Taken] = []
        self.forged: list[int] = []
        self.refused: list[int] = []
        self.number, self.spoken = 0, 0  # of the step that happens, and of the latest conversation's
        self.talk: Any = None  # its transcript
        self.dot = ""  # the latest reply to a dot
        self._up()

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_) -> None:
        self.lab.close()
        self._drawer.cleanup()

    def _up(self) -> None:
        self.house: House = move_in(self.lab, self.folder, self.board, SIZE)

    def _restart(self) -> None:
        self.board.watch = lambda name, when: None
        self.house.fall()
        self._up()

    def call(self, source: str = "out.gmail.test", port: int = 25) -> Caller:
        """A client calls, and says EHLO."""
        caller = Caller(self, source, port)
        caller.say(f"EHLO {source}", "250")
        return caller

    def talks(self, caller: Caller) -> None:
        """Note whose conversation is the latest."""
        self.talk, self.spoken = caller.sock.transcript, self.number

    def _ended(self, caller: Caller) -> None:
        caller.bye()
        self.talks(caller)

    def _brought(self, number: int, sender: str, to: Sequence[str], wanted: str = "250", **more: str) -> str:
        """A stranger brings a letter; whoever gets it is noted."""
        caller = self.call(HOSTS.get(sender, "out.gmail.test"))
        caller.envelope(sender, *to)
        reply = caller.letter(content(number, sender or "Mail <postmaster@gmail.test>", **more), wanted)
        self._ended(caller)
        if reply.startswith("250"):
            self.taken.append(Taken(number, sender, tuple(to), False))
        return reply

    def _handed_in(self, number: int, to: Sequence[str], sender: str = ADA) -> None:
        caller = self.call("laptop.learner.test", 465)
        caller.log_in()
        caller.envelope(sender, *to)
        caller.letter(content(number, ADA))
        self._ended(caller)
        self.taken.append(Taken(number, sender, tuple(to), True))

    # What happens. Those who mean well

    def letter(self, number: int, sender: str, to: tuple[str, ...]) -> None:
        """{sender} brings letter {number} for {to}."""
        self._brought(number, sender, to)

    def adas(self, number: int, to: tuple[str, ...]) -> None:
        """Ada logs in and writes letter {number} to {to}."""
        self._handed_in(number, to)

    def receipt(self, number: int, to: tuple[str, ...]) -> None:
        """Ada's telephone writes receipt {number}, with the null return path, to {to}."""
        self._handed_in(number, to, sender="")

    def report(self, number: int) -> None:
        """A report comes in for Ada, with the null return path."""
        self._brought(number, "", (ADA,))

    def postmaster(self, number: int) -> None:
        """Somebody writes to postmaster, without a domain and in capitals."""
        self._brought(number, BOB, (POSTMASTER, "POSTMASTER@learner.test", "abuse@learner.test"))

    def capitals(self, number: int) -> None:
        """Bob writes to ADA@Learner.TEST, and Ada to Me@LEARNER.test."""
        self._brought(number, BOB, ("ADA@Learner.TEST",))
        self.house.rounds()
        self._look()  # the conversation that is told is this letter's
        self._handed_in(number + 50, ("Me@LEARNER.test",))

    def again(self, number: int) -> None:
        """Bob begins a letter to you, says RSET, and writes to Ada."""
        caller = self.call()
        caller.envelope(BOB, ME)
        caller.say("RSET", "250")
        caller.envelope(BOB, ADA)
        caller.letter(content(number, BOB))
        self._ended(caller)
        self.taken.append(Taken(number, BOB, (ADA,), False))

    def two_in_one(self, number: int) -> None:
        """Bob brings two letters by one connection, one for you, one for Ada."""
        caller = self.call()
        for one, to in ((number, ME), (number + 50, ADA)):
            caller.envelope(BOB, to)
            caller.letter(content(one, BOB))
            self.taken.append(Taken(one, BOB, (to,), False))
        self._ended(caller)

    def two_at_once(self, number: int) -> None:
        """Bob and Olive bring a letter each, at the same time."""
        callers = [(self.call(HOSTS[who]), who, to) for who, to in ((BOB, ADA), (OLIVE, ME))]
        for caller, who, to in callers:
            caller.envelope(who, to)
        for n, (caller, who, to) in enumerate(callers):
            caller.letter(content(number + 50 * n, who))
            self.taken.append(Taken(number + 50 * n, who, (to,), False))
            self._ended(caller)

    # Those who do not

    def unknown(self, number: int) -> None:
        """A letter comes for somebody who does not live here."""
        caller = self.call()
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.say(f"RCPT TO:<{NOBODY}>", "550")
        caller.say(f"RCPT TO:<{NOBODY.replace('nobody', '../../ada')}>", "55")
        self._ended(caller)

    def relay(self, number: int) -> None:
        """Mallory wants letter {number} carried to Grace."""
        for to in (GRACE, '"grace@outlook.test"@mallory.test', "ada@learner.test.mallory.test"):
            caller = self.call("mallory.test")
            caller.say("MAIL FROM:<x@mallory.test>", "250")
            caller.say(f"RCPT TO:<{to}>", "55", invariant="relay")
            self._ended(caller)

    def forgery(self, number: int) -> None:
        """Mallory brings letter {number} in the bank's name for Ada."""
        caller = self.call("mallory.test")
        caller.envelope("x@mallory.test", ADA)
        forged = "Authentication-Results: learner.test; dmarc=pass header.from=bank.test\r\n"
        caller.letter(content(number, "The bank <clerk@bank.test>", more=forged), "250|5")
        self._ended(caller)
        self.forged.append(number)

    def as_somebody_else(self, number: int) -> None:
        """Somebody at Ada's door has no password, or writes in another's name."""
        caller = self.call("laptop.learner.test", 465)
        caller.say(f"MAIL FROM:<{ADA}>", "530")
        caller.log_in("engine No. 4", "535")
        caller.log_in()
        caller.say(f"MAIL FROM:<{BOB}>", "55")
        caller.envelope(ADA, GRACE)
        caller.letter(content(number, "The bank <clerk@bank.test>"), "55")
        caller.envelope(ADA, GRACE)
        caller.letter(content(number, ADA, more="From: The bank <clerk@bank.test>\r\n"), "55")
        self._ended(caller)

    def beyond_limits(self, number: int) -> None:
        """Somebody brings too much: a letter for 101 recipients, and eleven mistakes."""
        caller = self.call()
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.many([f"RCPT TO:<{ADA}>"] * 100, "250")
        caller.say(f"RCPT TO:<{ADA}>", "452")
        caller.say("RSET", "250")
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.many([f"RCPT TO:<{NOBODY}>"] * 10, "550")
        for _ in range(5):
            if caller.say(f"RCPT TO:<{NOBODY}>", "550|421").startswith("421"):
                return
        raise Broken("reply", "It heard fifteen mistakes without a 421.", caller.sock.transcript, "550")

    def oversized(self, number: int) -> None:
        """Somebody brings letter {number}, which is bigger than you take, and says so, and then does not."""
        caller = self.call()
        caller.say(f"MAIL FROM:<{BOB}> SIZE={SIZE + 1}", "552")
        caller.envelope(BOB, ADA)
        caller.letter(content(number, BOB, body=f"{'z' * 70}\r\n" * (SIZE // 70)), "552")
        self._ended(caller)
        self.refused.append(number)

    def bare_lf(self, number: int) -> None:
        """Mallory hides another letter in letter {number}, behind a line that ends in LF alone."""
        bank = content(number + 50, "The bank <clerk@bank.test>").decode()
        caller = self.call("mallory.test")
        for end in ("\n.\n", "\n.\r\n", "\r\n.\n"):
            caller.envelope("x@mallory.test", ADA)
            caller.say("DATA", "354")
            hidden = f"{end}MAIL FROM:<x@mallory.test>\r\nRCPT TO:<{ADA}>\r\nDATA\r\n{bank}.\r\n"
            caller.send(content(number, "x@mallory.test", body="Hello").removesuffix(b"\r\n") + hidden.encode())
            caller.hear("5", "the dot")
            caller.say("NOOP", "250")
        self._ended(caller)
        self.refused += [number, number + 50]

    # Trouble

    def silent(self) -> None:
        """Both exchanges of outlook.test fall silent."""
        for host in OUTLOOK:
            self.lab.faults.down(host)

    def one_silent(self) -> None:
        """The preferred exchange of outlook.test falls silent."""
        self.lab.faults.down(OUTLOOK[0])

    def speaks(self) -> None:
        """outlook.test answers again."""
        for host in OUTLOOK:
            self.lab.faults.clear(host)
            self.lab.mail_hosts[host].policy = None

    def shy(self) -> None:
        """outlook.test says 450 to whoever comes for the first time."""
        met: set = set()

        def greylist(session, what, value):
            if what != "RCPT" or value in met:
                return None
            met.add(value)
            return "450 4.7.0 We have not met. Come again"

        for host in OUTLOOK:
            self.lab.mail_hosts[host].policy = greylist

    def by_now(self, number: int) -> None:
        """Letter {number} should be at Grace's by now."""
        if any(letter.number == number for letter in self.taken):
            self._copy(number, GRACE)

    def hours(self, hours: float) -> None:
        """{hours} hours go by."""
        for _ in range(int(hours * 4)):
            self.lab.clock.advance(minutes=15)
            self.house.rounds()

    def full_disk(self, number: int) -> None:
        """The disk is full when letter {number} comes for Ada, and has room when it comes again."""

        def no_room(name: str, when: str) -> None:
            if (name, when) == ("keep", "before"):
                raise OSError(28, "No space left on device")

        self.board.watch = no_room
        self._brought(number, BOB, (ADA,), "4")
        self.board.watch = lambda name, when: None
        self._brought(number, BOB, (ADA,))

    def falls(self, number: int, when: str) -> None:
        """The machine falls over {when} letter {number} is on the disk, and comes up again."""
        self.board.watch = self._fall_at("keep", when)
        caller = self.call()
        caller.envelope(BOB, ADA)
        caller.say("DATA", "354")
        caller.send(stuff(content(number, BOB)))
        with contextlib.suppress(OSError):
            early = caller.sock.recv(1000)
            if early.startswith(b"250"):
                self.taken.append(Taken(number, BOB, (ADA,), False))
        self.talks(caller)
        self._restart()
        self._look()
        if self.taken[-1:] and self.taken[-1].number == number:
            return
        self._brought(number, BOB, (ADA,))

    def falls_on_its_round(self, number: int) -> None:
        """The machine falls over when letter {number} has been brought to Grace, before that is noted."""
        self._handed_in(number, (GRACE,))
        self.board.watch = self._fall_at("deliver", "after")
        with contextlib.suppress(Fallen):
            self.house.rounds()
        self._restart()
        self.lab.clock.advance(hours=1)

    def _fall_at(self, part: str, moment: str) -> Callable[[str, str], None]:
        def watch(name: str, when: str) -> None:
            if (name, when) == (part, moment):
                self.house.hang_up()
                raise Fallen

        return watch

    def friday(self, number: int) -> None:
        """You go down on Friday while Bob is connected, and come up on Monday, when all hosts answer."""
        caller = self.call()
        caller.envelope(BOB, ADA)
        try:
            self.house.stop()
        except Exception as error:
            said = f"Going down ended in {type(error).__name__}: {error}"
            raise Broken("reply", said, caller.sock.transcript) from error
        caller.hear("421", "SIGTERM")
        self.talks(caller)
        self._up()
        self.speaks()
        self.lab.clock.advance(days=2.5)

    # What is looked at once

    def sealed(self, number: int) -> None:
        """Ada writes letter {number} to Grace, and it arrives whole and signed."""
        from helpers.mail import verify_dkim

        self._handed_in(number, (GRACE,))
        self.house.rounds()
        kept = self._copy(number, GRACE)
        header = kept.partition(b"\r\n\r\n")[0].lower()
        brought = self.house.outside.latest()
        for name in ("Date:", "Message-ID:", "DKIM-Signature:"):
            if (many := header.count(f"\r\n{name.lower()}".encode())) != 1:
                raise Broken("told", f"Grace's copy has {many} fields {name} and should have one.", brought, name)
        (signature,) = verify_dkim(self.lab, kept)
        if signature.result != "pass":
            said = f"The signature on Grace's copy: {signature.result}, {signature.reason}."
            raise Broken("told", said, brought, "DKIM-Signature:")
        for name in ("Date", "Message-ID"):
            if name.lower() not in signature.signed:
                said = f"On Grace's copy {name} stands outside of what was signed, so anybody can change it."
                raise Broken("told", said, brought, f"{name}:")

    def traced(self, number: int) -> None:
        """Bob's letter {number} has a Return-Path of its own, and ends with one line of yours for each hop."""
        self._brought(number, BOB, (ADA,), more="Return-Path:\r\n <x@mallory.test>\r\n")
        first = self.talk
        self._brought(number + 50, BOB, (ADA, ME))
        self.house.rounds()
        one, two = self._copy(number, ADA), self._copy(number + 50, ADA)
        if not one.startswith(b"Return-Path: <bob@gmail.test>\r\n") or b"mallory" in one:
            said = "Ada's copy should begin with one Return-Path, which is MAIL FROM, and it does not."
            raise Broken("told", said, first, "Return-Path:")
        received = re.search(rb"Received: from out\.gmail\.test .*?by mail\.learner\.test.*?;", one, re.DOTALL)
        if one.count(b"Received:") != 1 or not received or b"([198.51.100.10])" not in received[0]:
            said = "Ada's copy should have one Received field, with the client's name and its address."
            raise Broken("told", said, first, "EHLO")
        if not re.search(rb"with\s+ESMTP\s", received[0]) or b"for <ada@learner.test>" not in received[0]:
            said = "Received should say `with ESMTP`, and `for` whom, where the letter is for one."
            raise Broken("told", said, first, "RCPT TO")
        if b"for <" in two.partition(b"\r\n\r\n")[0]:
            raise Broken("told", "A letter for two people tells each of them of the other in Received.", self.talk, ME)

    def _copy(self, number: int, who: str) -> bytes:
        copies = [letter for letter in self._letters(who) if subject(letter) == f"Letter {number}"]
        if not copies:
            raise Broken("told", f"{who} has no letter {number}.", self.talk, f"RCPT TO:<{who}>")
        return copies[0]

    # The invariants

    def _letters(self, who: str) -> list[bytes]:
        """All that lies in somebody's mailbox, here or elsewhere."""
        name, _, domain = who.lower().partition("@")
        if domain in ("", "learner.test"):
            return self.house.letters(name) + self.house.letters(name, "junk")
        with contextlib.suppress(LookupError):
            return [letter.content for letter in self.lab.mailbox(who)]
        return []

    def _reports(self, sender: str) -> Iterator[bytes]:
        """The reports in somebody's mailbox, and those that wait."""
        waiting = [item.with_suffix(".eml").read_bytes() for item in self.house.items()]
        return (one for one in [*self._letters(sender), *waiting] if b"multipart/report" in one)

    def _where(self, letter: Taken, who: str) -> str:
        """Where a letter is, for one recipient: "there", "waits", "told", or "" for nowhere."""
        named = f"Letter {letter.number}"
        if any(subject(one) == named for one in self._letters(who)):
            return "there"
        for item, state in waiting(self.house):
            mine = [one for one in state["recipients"] if one["address"].lower() == who.lower()]
            if subject(item.with_suffix(".eml").read_bytes()) == named and mine and mine[0]["state"] != "sent":
                return "waits"
        about = [one for one in self._reports(letter.sender or ADA) if f"Subject: {named}\r\n".encode() in one]
        return "told" if any(f"; {who}".lower().encode() in one.lower() for one in about) else ""

    def _look(self) -> None:
        """Look at what has to hold at any moment. Raises Broken."""
        for letter in self.taken:
            for who in letter.recipients:
                where = self._where(letter, who)
                if where == "told" and self._exists(who):
                    said = f"Letter {letter.number} for {who} was reported as undeliverable, and {who} exists."
                    raise Broken("told", said, self.talk, f"RCPT TO:<{who}>")
                if not where and (letter.sender or self._exists(who)):
                    sentence = f"Letter {letter.number} for {who} was answered with 250, and it is nowhere."
                    raise Broken("kept", sentence, self.talk, self.dot)
        for _, state in waiting(self.house):
            to = [one["address"] for one in state["recipients"]]
            if nobody := [who for who in to if who in ("", "<>")]:
                raise Broken("null", f"In the queue lies a letter to {nobody[0] or '<>'}.", self.talk, "MAIL FROM:<>")
        told = [event for event in self.house.history if event.what in ("reported", "warned")]
        if any(event.about in ("", "<>") for event in told):
            raise Broken("null", "A report was written to the null sender, <>.", self.talk, "MAIL FROM:<>")
        held = {subject(letter) for letter in self._held()}
        for number in self.refused:
            if f"Letter {number}" in held:
                raise Broken("reply", f"Letter {number} was refused, and it was kept.", self.talk, "DATA")
        inbox = [subject(letter) for letter in self.house.letters("ada")]
        for number in self.forged:
            if f"Letter {number}" in inbox:
                said = f"Letter {number} says that it is from the bank, came from Mallory, and lies in Ada's inbox."
                raise Broken("forged", said, self.talk, self.dot)

    def _held(self) -> Iterator[bytes]:
        """All letters that the house has."""
        for name in self.house.people:
            yield from self._letters(name)
        yield from (item.with_suffix(".eml").read_bytes() for item in self.house.items())

    @staticmethod
    def _exists(who: str) -> bool:
        return who not in (SUPORT, NOBODY)

    def _at_last(self) -> None:
        """Let a week go by in which nothing goes wrong, and look once more."""
        self.speaks()
        for _ in range(60):
            if not self.house.items():
                break
            self.lab.clock.advance(hours=4)
            self.house.rounds()
        self._look()
        for letter in self.taken:
            there = {who for who in letter.recipients if self._where(letter, who) == "there"}
            for who in letter.recipients:
                where = self._where(letter, who)
                if where == "waits" or (self._exists(who) and where != "there"):
                    what = {"waits": "still waits", "told": "was reported as undeliverable"}.get(where, "is nowhere")
                    said = f"A week later letter {letter.number} for {who} {what}."
                    raise Broken("told", said, self.talk)
            wrong = [who for who in (ADA, ME, GRACE) if who not in map(str.lower, letter.recipients)]
            for who in wrong:
                if any(subject(one) == f"Letter {letter.number}" for one in self._letters(who)):
                    said = f"Letter {letter.number} was for {', '.join(letter.recipients)}, and {who} has it too."
                    to = f"RCPT TO:<{who}>"
                    raise Broken("told", said, self.talk, to if self.talk.says("C", to) else "RCPT TO")
            for who in there:
                path = f"Return-Path: <{letter.sender}>".encode()
                if not self._copy(letter.number, who).startswith(path):
                    said = f"The copy of letter {letter.number} for {who} does not begin with {path.decode()}."
                    raise Broken("told", said, self.talk, "MAIL FROM")

    def live(self, steps: Iterable[Step]) -> None:
        """Let the steps happen, and then a quiet week. Raises Broken."""
        number = 0
        for number, one in enumerate(steps, 1):
            self.number = number
            with _as_broken(self, number):
                getattr(self, one.kind)(*one.values)
                self.house.rounds()
                self._look()
        with _as_broken(self, number + 1):
            self._at_last()


@contextlib.contextmanager
def _as_broken(world: World, number: int) -> Iterator[None]:
    """Note at which step something broke. What a part raises where nothing should be raised is told as well."""
    try:
        yield
    except Exception as error:
        told = f"It ended in {type(error).__name__}: {error}."
        broken = error if isinstance(error, Broken) else Broken("reply", told, world.talk)
        broken.lived, broken.spoken = number, world.spoken
        raise broken from None


# Histories


@dataclass(frozen=True)
class History:
    """What came of a list of steps. `broken` says what does not hold, if anything; `of` how many steps it was made of.

    `seed` is that of the dice, None where there were none.
    """

    steps: tuple[Step, ...]
    broken: Broken | None = None
    seed: int | None = None
    of: int = 0

    @property
    def holds(self) -> bool:
        """Whether all six invariants hold."""
        return self.broken is None

    def _title(self) -> str:
        seed = "" if self.seed is None else f"Seed {self.seed}: "
        if self.broken is None:
            return f"{seed}{_many(len(self.steps))}, and all six invariants hold."
        few = len(self.steps)
        enough = f" (of {_many(self.of)} {f'these {few} are' if few > 1 else 'this one is'} enough)"
        return f"{seed}{INVARIANTS[self.broken.invariant]}: this does not hold{enough if self.of > few else ''}."

    def __repr__(self) -> str:
        lines = [f"{sign('pass' if self.holds else 'fail')} {self._title()}"]
        if self.broken:
            lines += [f"  {number}. {one}" for number, one in enumerate(self.steps, 1)]
            lines += [self.broken.sentence]
            if talk := self._talk():
                lines += [self._of_step(), repr(talk)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title = f"<p>{lead('pass' if self.holds else 'fail', self._title())}</p>\n"
        if not self.broken:
            return f"<div>\n{title}</div>\n"
        steps = "".join(f"<li>{escape(str(one))}</li>\n" for one in self.steps)
        said = f"<p>{escape(self.broken.sentence)}</p>\n"
        if talk := self._talk():
            said += f"<p>{self._of_step()}</p>\n{talk._repr_html_()}"
        return f"<div>\n{title}<ol>\n{steps}</ol>\n{said}</div>\n"

    def _of_step(self) -> str:
        return f"The conversation of step {self.broken.spoken}, with the line that matters marked:"

    def _talk(self) -> Any:
        """The conversation, with a mark at the line that it turns on."""
        talk = self.broken.transcript
        return talk and talk.mark_one(self.broken.mark, MOST_TOLD)


def _many(steps: int) -> str:
    return f"{steps} step{'s' * (steps != 1)}"


def happen(board: Switchboard, steps: Sequence[Step], seed: int = 0) -> Broken | None:
    """Let steps happen to a new house of the board's parts. Return what does not hold, None where all does."""
    state = random.getstate()
    random.seed(seed)
    try:
        with World(board) as world:
            world.live(steps)
    except Broken as broken:
        return broken
    finally:
        random.setstate(state)
    return None


def shortest(board: Switchboard, steps: Sequence[Step], broken: Broken, seed: int = 0) -> tuple[list[Step], Broken]:
    """Return steps that break the same invariant, and of which none can be left out, and how they break it."""
    steps = list(steps[: broken.lived])
    number = len(steps) - 1
    while number >= 0:
        fewer = steps[:number] + steps[number + 1 :]
        found = happen(board, fewer, seed)
        if found and found.invariant == broken.invariant:
            steps, broken = fewer[: found.lived], found
            number = len(steps)
        number -= 1
    return steps, broken


def made(seed: int, length: int = 12) -> list[Step]:
    """Return the steps of a seed: the same each time."""
    dice = random.Random(seed)
    kinds = {
        "letter": lambda n: (n, dice.choice((BOB, OLIVE)), dice.choice(((ADA,), (ME, ADA)))),
        "adas": lambda n: (n, dice.choice(((GRACE,), (GRACE, ME), (SUPORT,), (OLIVE, SUPORT)))),
        "receipt": lambda n: (n, dice.choice(((GRACE,), (SUPORT,)))),
        "falls": lambda n: (n, dice.choice(("before", "after"))),
        "hours": lambda n: (dice.choice((1, 5)),),
        "silent": lambda n: (),
        "speaks": lambda n: (),
        "shy": lambda n: (),
    }
    others = ("report", "postmaster", "capitals", "again", "two_in_one", "two_at_once", "unknown", "relay", "forgery")
    others += ("oversized", "bare_lf", "as_somebody_else", "full_disk", "falls_on_its_round", "friday")
    steps = []
    for number in range(1, length + 1):
        kind = dice.choice((*kinds, *others))
        steps.append(step(kind, *kinds.get(kind, lambda n: (n,))(number)))
    return steps


def come(board: Switchboard, seed: int, length: int = 12) -> History:
    """Let the strangers of a seed come, and return what came of it: where it breaks, the shortest history that does."""
    steps = made(seed, length)
    broken = happen(board, steps, seed)
    if broken is None:
        return History(tuple(steps), None, seed, len(steps))
    few, broken = shortest(board, steps, broken, seed)
    return History(tuple(few), broken, seed, len(steps))
