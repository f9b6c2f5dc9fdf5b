"""Judges of notebook 12's pieces. The doors, and going down, are tried in a house of the course's other parts."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from helpers.check.judging import Feedback, far, right, shown, trying, wrong
from helpers.lab.errors import LabError

from .house import NoReply
from .moving_in import waiting
from .strangers import ADA, BOB, GRACE, ME, NOBODY, OLIVE, Broken, Caller, World, content
from .switchboard import COURSES, Switchboard


class Amiss(Exception):
    """A piece that does not pass. Takes the Feedback."""


def _house(**pieces: Any) -> World:
    """A world whose house is the course's but for some pieces."""
    board = Switchboard(lambda name: None)
    for name, piece in pieces.items():
        board.use(name, piece)
    return World(board)


@contextlib.contextmanager
def _scene(world: World, what: str, why: str) -> Iterator[None]:
    """Try something. What goes amiss is told with why it matters, and with the conversation."""
    far(what)
    try:
        with trying(what):
            yield
    except Broken as broken:
        if world.house.troubles and isinstance(world.house.troubles[0], NoReply):
            raise Amiss(wrong(f"{world.house.troubles[0]} That was with {what}.")) from None
        if world.house.troubles:
            world.house.troubles[0].add_note(what)
            raise world.house.troubles[0] from None
        talk = broken.transcript and broken.transcript.mark_one(broken.mark)
        raise Amiss(wrong(f"{broken.sentence} {why}", evidence=repr(talk) if talk else "")) from None


def _envelopes(world: World) -> list[tuple[str, list[str]]]:
    """What the queue says of each letter in it, in the order in which they came."""
    states = {state["id"]: state for _, state in waiting(world.house)}
    order = [event.id for event in world.house.history if event.what == "kept"]
    return [
        (states[one]["sender"], [who["address"] for who in states[one]["recipients"]]) for one in order if one in states
    ]


def _kept(world: World, caller: Caller, *wanted: tuple[str, list[str]]) -> None:
    """Raises Broken where the queue holds other letters than wanted, each a sender and recipients."""
    found = _envelopes(world)[-len(wanted) :]
    if found != [*wanted]:
        told = "; ".join(f"from {sender or '<>'} for {', '.join(to) or 'nobody'}" for sender, to in found)
        said = "; ".join(f"from {sender or '<>'} for {', '.join(to)}" for sender, to in wanted)
        raise Broken(
            "told", f"The queue has a letter {told or '(none)'}, and it should be {said}.", caller.sock.transcript
        )


# FrontDoor


def FrontDoor(piece) -> Feedback:  # noqa: N802 - the name of the learner's class
    """Judge the hook of the door for strangers."""
    return _door(piece, "FrontDoor", _front_scenes) or right(
        "Your people, postmaster and the null sender are taken. Nobody else is, and nobody is carried "
        "for. What belongs "
        "to a letter lies on its envelope, and what belongs to the client on the session, so two of "
        "them, or two letters "
        "of one, never meet."
    )


def _door(piece, name: str, scenes) -> Feedback | None:
    if amiss := _hooks(piece, ("handle_MAIL", "refuses") if name == "AdasDoor" else ("handle_RCPT",)):
        return wrong(amiss)
    with _house(**{name: piece}) as world:
        with trying(f"`{name}(house)`: the house makes one, and hands over itself and nothing else"):
            piece(world.house)
        try:
            scenes(world)
        except Amiss as amiss:
            return amiss.args[0]
    return None


def _hooks(piece, wanted: tuple[str, ...]) -> str:
    import inspect

    for name in ("handle_MAIL", "handle_RCPT", "refuses"):
        hook = getattr(piece, name, None)
        if hook is None and name not in wanted:
            continue
        if hook is None:
            return f"It has no `{name}`. aiosmtpd, or the house, calls that by its name."
        if name.startswith("handle_") and not inspect.iscoroutinefunction(hook):
            return f"`{name}` has to be an `async def`: aiosmtpd waits for it."
        if not name.startswith("handle_") and inspect.iscoroutinefunction(hook):
            return f"`{name}` is a plain `def`: the house calls it, and does not wait."
    return ""


def _front_scenes(world: World) -> None:
    with _scene(
        world,
        "a letter for you",
        "aiosmtpd keeps no recipient by itself once there is a hook: `envelope.rcpt_tos.append(...)` is yours to do.",
    ):
        caller = world.call()
        caller.envelope(BOB, ME)
        caller.letter(content(1, BOB))
        _kept(world, caller, (BOB, [ME]))
    with _scene(
        world, "another letter by the same connection", "Each letter has its envelope, and the one before it is over."
    ):
        caller.envelope(OLIVE, ADA)
        caller.letter(content(2, OLIVE))
        _kept(world, caller, (OLIVE, [ADA]))
    with _scene(
        world,
        "RSET in the middle of a letter",
        "RSET ends a letter that was begun, with all that belongs to it. What lies on `envelope` goes with it.",
    ):
        caller.envelope(BOB, ME)
        caller.say("RSET", "250")
        caller.envelope(BOB, ADA)
        caller.letter(content(3, BOB))
        _kept(world, caller, (BOB, [ADA]))
    _strangers_refused(world)
    _odd_but_right(world)
    _two_clients(world, 25)
    _mistakes(world)


def _strangers_refused(world: World) -> None:
    with _scene(
        world,
        "a recipient who does not live here",
        "Ask `self.house.accepts(...)`, pass on what it says, and put nobody on the envelope who was refused.",
    ):
        caller = world.call()
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.say(f"RCPT TO:<{NOBODY}>", "550")
        caller.say("DATA", "503")
    with _scene(
        world, "a recipient elsewhere", "A door that takes strangers' letters for others' domains is an open relay."
    ):
        caller.say(f"RCPT TO:<{GRACE}>", "550")
        caller.say('RCPT TO:<"me@learner.test"@outlook.test>', "550")
    with _scene(
        world, "one recipient who lives here after one who does not", "Only who was accepted is on the envelope."
    ):
        caller.say(f"RCPT TO:<{ME}>", "250")
        caller.letter(content(5, BOB))
        _kept(world, caller, (BOB, [ME]))
    world.board.use(
        "accept_rcpt", lambda address, domain, people: "250 2.1.5 OK" if "tom" in address else "550 5.1.1 No"
    )
    with _scene(
        world, "a house with other people", "Who lives here is for `self.house.accepts(...)` to say, not for you."
    ):
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.say("RCPT TO:<tom@learner.test>", "250")
        caller.say(f"RCPT TO:<{ME}>", "550")
    world.board.use("accept_rcpt", COURSES)


def _odd_but_right(world: World) -> None:
    with _scene(
        world,
        "the null sender",
        "Reports come with it, and they must be taken. The house notes it as aiosmtpd says it, "
        "`<>`: with an empty text aiosmtpd believes that MAIL never came.",
    ):
        caller = world.call()
        caller.envelope("", ADA)
        caller.letter(content(6, "Mail <postmaster@gmail.test>"))
        _kept(world, caller, ("", [ADA]))
    with _scene(
        world,
        "postmaster, without a domain and in capitals",
        "`RCPT TO:<postmaster>` has to be taken without a "
        "domain (RFC 5321 section 4.5.1). Where there is no @, add your house's.",
    ):
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        for who in ("postmaster", "PostMaster", "POSTMASTER@Learner.TEST", "abuse@learner.test", "ADA@LEARNER.TEST"):
            caller.say(f"RCPT TO:<{who}>", "250")
        caller.letter(content(7, BOB))
        if bare := [who for who in _envelopes(world)[-1][1] if "@" not in who]:
            raise Broken(
                "told",
                f"On the envelope stands {shown(bare[0])}, without a domain, so the queue takes it for somebody "
                "elsewhere. Append the same address that you asked `accepts` about.",
                caller.sock.transcript,
                f"RCPT TO:<{bare[0]}>",
            )


def _two_clients(world: World, port: int) -> None:
    """Two at once: what the one says must not come to the other."""
    why = "Two clients share the one object of your class. What is in `self` is everybody's: put it on `envelope`."
    with _scene(world, "two clients at the same time", why):
        names = ((ADA, GRACE), (ME, OLIVE)) if port == 465 else ((BOB, ADA), (OLIVE, ME))
        callers = []
        for who, to in names:
            caller = world.call("laptop.learner.test" if port == 465 else "out.gmail.test", port)
            if port == 465:
                caller.log_in(who=who)
            callers.append((caller, who, to))
        for caller, who, _ in callers:
            caller.say(f"MAIL FROM:<{who}>", "250")
        for caller, _, to in callers:
            caller.say(f"RCPT TO:<{to}>", "250")
        for caller, who, _ in callers:
            caller.letter(content(8, who))
        _kept(world, callers[0][0], *((who, [to]) for _, who, to in callers))


def _mistakes(world: World) -> None:
    with _scene(
        world,
        "ten recipients who do not live here",
        "Ten may be a list that has grown old. Only with the eleventh refusal of one connection comes 421, and who was "
        "accepted does not count. (A count in `self` is everybody's.)",
    ):
        caller = world.call()
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.many([f"RCPT TO:<{NOBODY}>"] * 6, "550")
        caller.many([f"RCPT TO:<{ME}>"] * 20, "250")
        caller.say("RSET", "250")
        caller.say(f"MAIL FROM:<{BOB}>", "250")
        caller.many([f"RCPT TO:<{NOBODY}>"] * 4, "550")
    with _scene(
        world,
        "the eleventh of one connection, after a RSET",
        "The count belongs to the client, so it goes on the "
        "`session`, which a RSET leaves alone. On the envelope it begins anew with each letter.",
    ):
        caller.say(f"RCPT TO:<{NOBODY}>", "421")
    with _scene(
        world,
        "another client, after that one",
        "The count is everybody's, when it is in `self`. It belongs to the one connection: put it on `session`.",
    ):
        caller = world.call()
        caller.envelope(BOB, ME)
        caller.say(f"RCPT TO:<{NOBODY}>", "550")


# AdasDoor


def AdasDoor(piece) -> Feedback:  # noqa: N802
    """Judge the hooks of the door behind the log-in."""
    return _door(piece, "AdasDoor", _adas_scenes) or right(
        "Ada may write to anybody, and nobody else may write as Ada, neither on the envelope nor under From:. So this "
        "door carries her letters anywhere, and is no open relay."
    )


def _adas(world: World, who: str = ADA) -> Caller:
    caller = world.call("laptop.learner.test", 465)
    caller.log_in(who=who)
    return caller


def _adas_scenes(world: World) -> None:
    with _scene(
        world,
        "a letter of Ada's to Grace and to you",
        "Who has logged in may write to anybody: nobody asks where "
        "a recipient lives. Once there is a hook, aiosmtpd notes nothing by itself: `envelope.mail_from = address` is "
        "yours to do.",
    ):
        caller = _adas(world)
        caller.envelope(ADA, GRACE, ME)
        caller.letter(content(1, ADA))
        found = _envelopes(world)[-1]
        if (found[0], sorted(found[1])) != (ADA, sorted([GRACE, ME])):
            _kept(world, caller, (ADA, [GRACE, ME]))
    with _scene(
        world,
        "Ada's name in capitals",
        "A telephone may write it so, and it is the same name. `session.user` is in small letters.",
    ):
        caller.envelope("Ada@Learner.TEST", GRACE)
        caller.letter(content(2, "Ada <ADA@learner.test>"))
    with _scene(world, "MAIL FROM with somebody else's name", "Ada's password is no leave to write as Bob."):
        caller.say(f"MAIL FROM:<{BOB}>", "55")
    with _scene(
        world,
        "RCPT TO after a MAIL FROM that was refused",
        "A sender that you refuse must not stand on the envelope, or the client goes on in that name: "
        "`envelope.mail_from = address` comes only where you answer 250.",
    ):
        caller.say(f"RCPT TO:<{GRACE}>", "503")
    with _scene(
        world, "MAIL FROM with your name, and with one that begins as hers", "The whole address has to be Ada's own."
    ):
        caller.say(f"MAIL FROM:<{ME}>", "55")
        caller.say("MAIL FROM:<ada@learner.test.mallory.test>", "55")
    with _scene(
        world,
        "somebody else's name under From:",
        "Grace sees From:, and not the envelope. `self.house.authors"
        "(envelope.content)` gives the addresses there, and it has to be hers alone.",
    ):
        for author in ("The bank <clerk@bank.test>", f"Ada <{ADA}>, The bank <clerk@bank.test>", f"{ADA} <{ME}>"):
            caller.envelope(ADA, GRACE)
            caller.letter(content(3, author), "5")
    with _scene(
        world,
        "two From fields, and none",
        "`authors` gives none where From: cannot be read for certain, and then nobody knows whose letter it is.",
    ):
        caller.envelope(ADA, GRACE)
        caller.letter(content(3, ADA, more="From: The bank <clerk@bank.test>\r\n"), "5")
        caller.envelope(ADA, GRACE)
        caller.letter(b"To: grace@outlook.test\r\nSubject: Letter 3\r\n\r\nWho am I?\r\n", "5")
    with _scene(
        world,
        "the null sender",
        "A telephone's receipts have it (RFC 5321 section 4.5.5), and From: is looked at all "
        "the same. aiosmtpd says it as `<>`.",
    ):
        caller.envelope("", GRACE)
        caller.letter(content(4, ADA))
        caller.envelope("", GRACE)
        caller.letter(content(4, "The bank <clerk@bank.test>"), "5")
    with _scene(world, "RSET, and then another letter", "RSET ends a letter with all that belongs to it."):
        caller.envelope(ADA, OLIVE)
        caller.say("RSET", "250")
        caller.envelope(ADA, GRACE)
        caller.letter(content(5, ADA))
        _kept(world, caller, (ADA, [GRACE]))
    _two_clients(world, 465)


# take_letter

NOW = datetime(2026, 3, 6, 17, 5, 0, tzinfo=UTC)
DATE = "Fri, 06 Mar 2026 17:05:00 +0000"
FOUND = b"Authentication-Results: learner.test;\r\n\tdmarc=pass\r\n"
BODY = b"\r\n\r\nDear all,\r\n..\r\nA caf\xe9 in Latin-1. Date: is a field.\r\n"
PLAIN = b"From: Ada <ada@learner.test>\r\nSubject: Date: tulips" + BODY
WHOLE = b"FROM: ada@learner.test\r\ndate: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-Id:\r\n <1@phone.test>" + BODY


class _Desk:
    """A house that writes down what it is asked for, in order."""

    name, domain = "mx.school.test", "school.test"

    def __init__(self, error: Exception | None = None):
        self.events: list[tuple[str, Any]] = []
        self._error, self._numbers = error, iter(("a1", "b2", "c3", "d4"))

    def now(self) -> datetime:
        return NOW

    def date(self) -> str:
        return DATE

    def state(self, mail_from, rcpt_tos) -> dict:
        self.events.append(("state", (mail_from, list(rcpt_tos))))
        return {"id": next(self._numbers), "of": (mail_from, list(rcpt_tos))}

    def seal(self, letter: bytes) -> bytes:
        self.events.append(("seal", letter))
        return b"DKIM-Signature: v=1\r\n" + letter

    def keep(self, state, letter) -> None:
        self.events.append(("keep", (state, letter)))
        if self._error:
            raise self._error


def _visit(user: str | None, protocol: str) -> SimpleNamespace:
    results = b"" if user else FOUND
    return SimpleNamespace(
        helo="phone.test",
        address="2001:db8::10",
        literal="[IPv6:2001:db8::10]",
        protocol=protocol,
        user=user,
        results=results,
    )


def take_letter(function) -> Feedback:
    """Judge `take_letter(house, visit, envelope)`, which puts a letter on the disk and answers."""
    for what, user, to, letter in (
        ("a stranger's letter for one", None, [ADA], PLAIN),
        ("a stranger's letter for two", None, [ADA, ME], WHOLE),
        ("a letter of Ada's without Date and Message-ID", ADA, [GRACE], PLAIN),
        ("a letter of Ada's that has both", ADA, [GRACE, ME], WHOLE),
    ):
        far(what)
        house, envelope = _Desk(), SimpleNamespace(mail_from=BOB, rcpt_tos=to, content=letter)
        visit = _visit(user, "ESMTPSA" if user else "ESMTP")
        with trying(what):
            reply = function(house, visit, envelope)
        if amiss := _reply_amiss(reply, "250") or _kept_amiss(house, envelope) or _trace_amiss(house, visit, envelope):
            return wrong(f"With {what}: {amiss}")
        if amiss := _header_amiss(house, visit, envelope):
            return wrong(f"With {what}: {amiss}")
    far("a full disk")
    house, envelope = (
        _Desk(OSError(28, "No space left on device")),
        SimpleNamespace(mail_from=BOB, rcpt_tos=[ADA], content=PLAIN),
    )
    with trying("a full disk"):
        try:
            reply = function(house, _visit(None, "ESMTP"), envelope)
        except OSError:
            return wrong(
                "The disk was full, and the OSError went through. Then the client hears 451 at best. "
                "Catch it, and answer "
                "452 4.3.1: there is no room at the moment."
            )
    if amiss := _reply_amiss(reply, "452"):
        return wrong(f"The disk was full: {amiss} Nothing was kept, so nobody may believe that it was.")
    return right(
        "What comes in gets your Received, what goes out has a Date, a Message-ID and your seal over "
        "both, and the one 250 "
        "comes when all of it is on the disk, for all recipients at once."
    )


def _reply_amiss(reply: object, code: str) -> str:
    if not isinstance(reply, str):
        return f"It returned {shown(reply)}, and a reply is text that begins with a code."
    if not re.match(rf"{code}(?: |$)", reply) or "\r" in reply or "\n" in reply:
        return f"It answered {shown(reply)}, and {code} belongs there, on one line."
    return ""


def _kept_amiss(house: _Desk, envelope) -> str:
    kept = [value for what, value in house.events if what == "keep"]
    if not kept:
        return "It said 250, and `house.keep(...)` was never called: the letter is nowhere."
    if len(kept) > 1:
        return (
            f"It called `house.keep` {len(kept)} times. Should the machine fall over between two of "
            f"them, some recipients "
            "have their letter and some have none, and one 250 stands for all. Keep it once, for everybody."
        )
    state, letter = kept[0]
    if state != {"id": "a1", "of": (envelope.mail_from, list(envelope.rcpt_tos))}:
        return (
            "`house.keep` takes first what `house.state(envelope.mail_from, envelope.rcpt_tos)` returns. Ask for that "
            "once: each time it is another letter."
        )
    if not isinstance(letter, bytes):
        return f"It kept {shown(letter)}, and a letter is bytes."
    if not letter.endswith(envelope.content):
        return "The letter that came has to stand in what is kept, octet for octet, below what you add."
    return ""


def _trace_amiss(house: _Desk, visit, envelope) -> str:
    """What is wrong with the Received field."""
    added = house.events[-1][1][1].removesuffix(envelope.content)
    if added.count(b"Received:") != 1:
        return f"Above the letter there should be one Received field, and there are {added.count(b'Received:')}."
    if re.search(rb"(?<!\r)\n|\r(?!\n)", added):
        return "Each line that you add ends in CR LF, `\\r\\n`, the folded ones too."
    if not re.search(rb"(?:^|\r\n)Received:", added) or not added.endswith(b"\r\n"):
        return "Received has to begin a line and to end in CR LF, right above the letter that came."
    if re.search(rb"\r\n(?![!-9;-~]+:|[ \t]|$)", added):
        return "A line that continues a field begins with a space or a tab, or it is taken for a field of its own."
    field = re.search(rb"Received:.*?\r\n(?![ \t])", added + b"-", re.DOTALL)[0]
    flat = b" ".join(field.split()).decode("utf-8", "replace")
    for part, what in (
        (f"from {visit.helo}", "what the client called itself"),
        (f"({visit.literal})", "from where it really came, in brackets, as `visit.literal` has it"),
        (f"by {house.name}", "who you are"),
        (f"with {visit.protocol}", "how it came"),
        ("id a1", "the letter's id, which is in its state"),
        (f"; {DATE}", "when, after a semicolon, as `house.date()` writes it"),
    ):
        if part not in flat:
            return f"Its Received is `{flat}`. There should be `{part}` in it: {what}."
    if not re.search(r"id a1(?: for |;)", flat):
        return f"Its Received is `{flat}`. After the letter's id comes `for`, or the semicolon, and nothing else."
    one = f"for <{envelope.rcpt_tos[0]}>"
    if len(envelope.rcpt_tos) == 1 and one not in flat:
        return f"Its Received is `{flat}`. This letter is for one person, so `{one}` goes before the semicolon."
    if len(envelope.rcpt_tos) > 1 and " for " in flat:
        return (
            f"Its Received is `{flat}`. This letter was for several people, and the field would tell "
            f"each of them of another, "
            "who may be a blind copy. Leave `for` out then."
        )
    order = [flat.find(f" {word} ") for word in ("from", "by", "with", "id", "for")]
    order = [place for place in order if place >= 0]
    if order != sorted(order):
        return f"Its Received is `{flat}`. The parts stand in the order from, by, with, id, for (RFC 5321 section 4.4)."
    return ""


def _header_amiss(house: _Desk, visit, envelope) -> str:
    """What is wrong with the other fields above the letter, and with the seal."""
    letter = house.events[-1][1][1]
    added = letter.removesuffix(envelope.content)
    names = [name.lower() for name in re.findall(rb"^([!-9;-~]+):", added, re.MULTILINE)]
    seals = [value for what, value in house.events if what == "seal"]
    if not visit.user:
        if seals or b"date" in names or b"message-id" in names:
            return (
                "It added a Date, a Message-ID or a seal. A stranger's letter is not yours: whoever "
                "completes or signs it "
                "answers for it."
            )
        if not letter.startswith(FOUND):
            return "`visit.results`, which is what your house found out about it, stands on top of all."
        return "" if len(names) == 2 else f"It added {b', '.join(names).decode()}, and only Received is yours to add."
    missing = envelope.content is PLAIN
    for name in (b"date", b"message-id"):
        if names.count(name) != missing:
            return f"It added {names.count(name)} {name.decode()} fields, and it should be {int(missing)}. " + (
                "The letter has none; a word in its subject or its body is no field."
                if missing
                else "The letter has one, in other capitals, and a second makes it wrong."
            )
    if missing and f"Date: {DATE}\r\n".encode() not in added:
        return f"Date should be `{DATE}`, the house's time."
    if missing and not re.search(rb"(?im)^Message-ID: <[^<>@\s]+@school\.test>\r$", added):
        return "Message-ID should be `<ID@DOMAIN>` in angle brackets, with the house's own domain."
    if len(seals) != 1:
        return f"It called `house.seal(...)` {len(seals)} times, and a letter of Ada's has one seal."
    if letter != b"DKIM-Signature: v=1\r\n" + seals[0]:
        return (
            "After the seal something was still changed, or what `house.seal(...)` returned was not "
            "kept. Whatever comes "
            "later stands there unsigned, so it is the last thing that happens to the letter."
        )
    return ""


# at_home


def at_home(function) -> Feedback:
    """Judge `at_home(letter, sender)`, which returns a letter as it lies in a mailbox."""
    for what, letter, rest in (
        ("a letter", b"Received: from a\r\n\tby b\r\nSubject: Hi\r\n\r\nHello\r\n", None),
        (
            "a letter that brings a Return-Path",
            b"Received: x\r\nReturn-Path: <x@mallory.test>\r\nSubject: Hi\r\n\r\nHello\r\n",
            b"Received: x\r\nSubject: Hi\r\n\r\nHello\r\n",
        ),
        (
            "one in small letters, folded, on top",
            b"return-path:\r\n <x@mallory.test>\r\n\t(me)\r\nSubject: Hi\r\n there\r\n\r\nHello\r\n",
            b"Subject: Hi\r\n there\r\n\r\nHello\r\n",
        ),
        (
            "two of them, one at the end of the header",
            b"Return-Path: <a@b>\r\nSubject: Hi\r\nRETURN-PATH: <c@d>\r\n\r\nHello\r\n",
            b"Subject: Hi\r\n\r\nHello\r\n",
        ),
        (
            "the word in the body, and in a subject",
            b"Subject: Return-Path: and so on\r\n Return-Path: no field\r\nX-Return-Path: y\r\nReturn-Paths: z\r\n\r\n"
            b"Return-Path: <a@b>\r\n\r\nReturn-Path: <c@d>\r\n",
            None,
        ),
        ("octets beyond ASCII", b"Subject: caf\xe9\r\n\r\n\xff\xfe\r\n", None),
    ):
        for sender in (BOB, ""):
            with trying(what):
                found = function(letter, sender)
            if not isinstance(found, bytes):
                return wrong(f"With {what} it gave {shown(found)}, and a letter is bytes.")
            top = f"Return-Path: <{sender}>\r\n".encode()
            if not found.startswith(top):
                return wrong(
                    f"With {what}, from {sender or 'the null sender'}, it begins with "
                    f"{shown(found[:50])}. The first line "
                    f"has to be {shown(top)}: the envelope's sender, in angle brackets."
                )
            rests = letter if rest is None else rest
            if found != top + rests:
                return wrong(
                    f"With {what} there is below your line {shown(found[len(top) :])}, and it should be "
                    f"{shown(rests)}. "
                    "A Return-Path that came with the letter goes, with the lines that continue it, and "
                    "nothing else does."
                )
    return right("One Return-Path, on top, and it is the envelope's. Whatever a stranger wrote there is gone.")


# sort_out


def sort_out(function) -> Feedback:
    """Judge `sort_out(mail_from, recipients, domain)`."""
    everybody = [
        GRACE,
        ME,
        "ADA@Learner.TEST",
        "me@evil-learner.test",
        '"me@learner.test"@outlook.test',
        '"x@y"@learner.test',
        "a@x.learner.test",
    ]
    for mail_from, recipients, domain, sender, ours in (
        (BOB, [ME], "learner.test", BOB, [ME]),
        (ADA, [GRACE], "learner.test", ADA, []),
        ("<>", [GRACE], "learner.test", "", []),
        ("", [ME], "learner.test", "", [ME]),
        (BOB, everybody, "learner.test", BOB, [ME, "ADA@Learner.TEST", '"x@y"@learner.test']),
        ("Bob@Gmail.test", ["tom@school.test", ME], "school.test", "Bob@Gmail.test", ["tom@school.test"]),
        (BOB, [], "learner.test", BOB, []),
    ):
        others = [who for who in recipients if who not in ours]
        with trying(f"{mail_from or 'an empty sender'} and {recipients}"):
            found = function(mail_from, list(recipients), domain)
        if not isinstance(found, tuple | list) or len(found) != 3:
            return wrong(f"It returned {shown(found)}. It returns three things: the sender, ours, and the others.")
        if found[0] != sender:
            return wrong(
                f"With MAIL FROM {mail_from!r} it gave {shown(found[0])} as sender, and the queue needs "
                f"{sender!r}. aiosmtpd "
                "says `<>` where there is no sender, and for `tell` of notebook 11 that is somebody."
                if not sender
                else f"With MAIL FROM {mail_from!r} it gave {shown(found[0])} as sender. A sender stays as it came."
            )
        came, handed = [*ours, *others], [*found[1], *found[2]]
        if handed != came and [str(who).lower() for who in handed] == [who.lower() for who in came]:
            return wrong(
                "It changed capitals in the addresses themselves. Compare in small letters, and hand on what came: at "
                "another host Grace and grace may be two people (RFC 5321 section 2.4)."
            )
        if (list(found[1]), list(found[2])) != (ours, others):
            return wrong(
                f"Of {', '.join(recipients)} it gave {shown(list(found[1]))} as those of {domain}, and "
                f"{shown(list(found[2]))} "
                f"as the others. Ours are {shown(ours)}: the whole domain behind the last @ counts, in "
                f"capitals or not, and "
                "everybody else is in the other list, once."
            )
    return right("No sender is no sender, and a name is the same in capitals. Both sides of the seam say so now.")


# go_down

SLOW, PROMPT = 0.4, 2.0  # seconds


def go_down(function) -> Feedback:
    """Judge `go_down(house)`: nobody new, a goodbye for everybody, and nothing left half done."""

    async def guarded(house) -> None:
        try:
            await function(house)
        except SystemExit:
            raise Amiss(wrong("It called `sys.exit`, which ends a thread and no server. Who is connected?")) from None

    with _house(go_down=guarded) as world:
        try:
            _down(world)
        except Amiss as amiss:
            return amiss.args[0]
    return right(
        "The doors are shut first. Who waits hears 421 and knows that it is for later, who has just "
        "said the dot gets the "
        "answer first, and the try that was under way is over. What waits is in the queue, and the "
        "queue is on the disk."
    )


def _down(world: World) -> None:
    idle, adas, gone = world.call(), _adas(world), world.call()
    half, whole = world.call(), world.call()
    for caller, who in ((half, OLIVE), (whole, BOB)):
        caller.envelope(who, ADA)
        caller.say("DATA", "354")
    half.send(b"From: olive@corner-shop.test\r\nSubject: Half\r\n\r\nThis is")
    gone.sock.close()
    world.house.keep(world.house.state(ADA, [GRACE]), content(9, ADA))
    began = {"keep": threading.Event(), "deliver": threading.Event()}

    def slowly(name: str, when: str) -> None:
        if when == "before" and name in began:
            began[name].set()
            time.sleep(SLOW)

    world.board.watch = slowly
    rounds = threading.Thread(target=world.house.rounds, daemon=True)
    rounds.start()
    whole.send(content(8, BOB) + b".\r\n")
    for event in began.values():
        event.wait(2)
    with _scene(world, "a letter in hand, two who wait, one half way, and a try under way", ""):
        try:
            world.house.go_down(5.0)
        except LabError:
            raise Amiss(wrong("It did not end within five seconds. What does it wait for?")) from None
    for caller in (idle, adas, half, whole):
        caller.sock.settimeout(PROMPT)  # what was said is here by now
    under_way = not rounds.is_alive() or [event for event in world.house.history if event.what == "sent"]
    with _scene(
        world,
        "the client whose letter was in hand",
        "Its letter is on the disk by now. Without the answer it brings "
        "the letter again, and Ada has two. Wait for its turn, `async with visit.turn:`, before you say goodbye.",
    ):
        whole.hear("250", "the dot")
    with _scene(
        world,
        "a client who waits",
        "421 says: later, and not to you alone. Without it the client sees a broken "
        'connection, and does not know what to make of it. `await visit.say("421 4.3.2 ...")`, for each of '
        "`house.visits`.",
    ):
        idle.hear("421", "going down")
        whole.hear("421", "the answer")
    with _scene(
        world,
        "Ada, who is connected by the other door",
        "There are two doors, and visits of both are in `house.visits`.",
    ):
        adas.hear("421", "going down")
    with _scene(world, "a client in the middle of a letter", "It has said no dot, so its letter was never yours."):
        half.hear("421", "going down")
    for number, place in enumerate(_places(world)):
        with contextlib.suppress(OSError):
            socket.create_connection(place, timeout=1).close()
            raise Amiss(
                wrong(
                    f"After it, door {number + 1} of two still let somebody in. `door.close()`, for "
                    f"each of `house.listening`."
                )
            )
    if not world.house.ending.is_set() or not under_way:
        raise Amiss(
            wrong(
                "It returned while a letter was on its way to Grace, and nobody waited to note what "
                "became of it. Then it is "
                "brought once more on Monday. `await house.rounds_end()` waits for that."
            )
        )


def _places(world: World) -> list[tuple[str, int]]:
    return [world.lab.route("mail.learner.test", port) for port in (25, 465)]
