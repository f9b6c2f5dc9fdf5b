"""Notebook 12, your own mail server: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import asyncio
import email
import email.utils
import re
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser

# FrontDoor


class FrontDoor:
    MOST = 10

    def __init__(self, house):
        self.house = house

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if "@" not in address:
            address += "@" + self.house.domain
        answer = self.house.accepts(address)
        if answer[:1] != "2":
            count = vars(session).setdefault("refusals", [])
            count.append(address)
            return "421 4.7.0 Enough" if len(count) > self.MOST else answer
        envelope.rcpt_tos += [address]
        return answer


class FrontDoor_2:
    def __init__(self, house):
        self.house = house
        self.wrong = {}

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address or "<>"
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.house.accepts(address if address.count("@") else "@".join((address, self.house.domain)))
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address if "@" in address else f"{address}@{self.house.domain}")
        else:
            self.wrong[session] = self.wrong.get(session, 0) + 1
            if self.wrong[session] >= 11:
                return "421 4.7.0 Good bye"
        return reply


class FrontDoor_3:
    def __init__(self, house):
        self.h = house

    async def handle_MAIL(self, smtp, session, envelope, sender, opts):
        envelope.mail_from = sender
        envelope.mail_options.extend(opts)
        return f"250 2.1.0 {sender} is noted"

    async def handle_RCPT(self, smtp, session, envelope, to, opts):
        to = to if to.lower() != "postmaster" else f"postmaster@{self.h.domain}"
        verdict = self.h.accepts(to)
        if verdict.startswith("2"):
            envelope.rcpt_tos.append(to)
        else:
            session.refused = 1 + (session.refused if hasattr(session, "refused") else 0)
            if session.refused > 10:
                verdict = "421 4.7.0 You are guessing"
        return verdict


class FrontDoor_4:
    def __init__(self, house):
        self.house = house

    def _refusal(self, session, reply):
        session.bad = getattr(session, "bad", 0) + 1
        return reply if session.bad < 11 else "421 4.7.0 Too many errors"

    async def handle_RCPT(self, server, session, envelope, address, options):
        who = address if "@" in address else address + "@" + self.house.domain
        match self.house.accepts(who):
            case reply if not reply.startswith("2"):
                return self._refusal(session, reply)
            case _ if len(envelope.rcpt_tos) >= 100:
                return "452 4.5.3 No more"
            case reply:
                envelope.rcpt_tos.append(who)
                return reply


class FrontDoor_5:
    def __init__(self, house):
        self.house = house

    async def handle_MAIL(self, *given):
        _, _, envelope, envelope.mail_from, _ = given
        return "250 2.1.0 Go on"

    async def handle_RCPT(self, server, session, envelope, address, options):
        local, at, domain = address.partition("@")
        address = address if at else local + "@" + self.house.domain
        reply = self.house.accepts(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            return reply
        try:
            session.mistakes += 1
        except AttributeError:
            session.mistakes = 1
        return "421 4.7.0 Go away" if session.mistakes > 10 else reply


# AdasDoor


class AdasDoor:
    def __init__(self, house):
        self.house = house

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address != "<>" and address.casefold() != session.user:
            return "550 5.7.1 Not you"
        envelope.mail_from = address
        return "250 OK"

    def refuses(self, session, envelope):
        if self.house.authors(envelope.content) != [session.user]:
            return "550 5.7.1 Not your name"
        return None


class AdasDoor_2:
    def __init__(self, house):
        self.authors = house.authors

    async def handle_MAIL(self, server, session, envelope, address, options):
        allowed = {"<>", "", session.user}
        if address.lower() in allowed:
            envelope.mail_from = address or "<>"
            return "250 2.1.0 Welcome"
        return "553 5.7.1 You are somebody else"

    async def handle_RCPT(self, server, session, envelope, address, options):
        full = len(envelope.rcpt_tos) >= 100
        if not full:
            envelope.rcpt_tos.append(address)
        return "452 4.5.3 Full" if full else "250 2.1.5 Anybody"

    def refuses(self, session, envelope):
        match self.authors(envelope.content):
            case [one] if one == session.user:
                return None
        return "554 5.7.1 No"


class AdasDoor_3:
    def __init__(self, house):
        self.house = house

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        if address not in ("<>",) and address.lower() != session.user.lower():
            envelope.mail_from = None
            return "550 5.7.1 No"
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def refuses(self, session, envelope):
        authors = self.house.authors(envelope.content)
        if len(authors) != 1 or authors[0] != session.user:
            return "550 5.7.1 Whose letter is this?"


class AdasDoor_4:
    def __init__(self, house):
        self.house = house

    @staticmethod
    def _no(why):
        return f"550 5.7.1 {why}"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address == "<>" or address.lower() == session.user:
            envelope.mail_from = address
            envelope.mail_options += options
            return "250 2.1.0 OK"
        return self._no("not your envelope")

    def refuses(self, session, envelope):
        return "" if self.house.authors(envelope.content) == [session.user] else self._no("not your name")


class AdasDoor_5:
    def __init__(self, house):
        self.house = house

    async def handle_MAIL(self, server, session, envelope, address, options):
        if {address.lower()} - {session.user, "<>"}:
            return "550 5.7.1 Not yours"
        envelope.mail_from = address
        return "250 OK"

    def refuses(self, session, envelope):
        if set(self.house.authors(envelope.content)) ^ {session.user}:
            return "550 5.7.1 From: is wrong"
        return None


# take_letter


def take_letter(house, visit, envelope):
    state = house.state(envelope.mail_from, envelope.rcpt_tos)
    number = state["id"]
    lines = [
        f"Received: from {visit.helo} ({visit.literal})",
        f"\tby {house.name} with {visit.protocol}",
        f"\tid {number}",
    ]
    if len(envelope.rcpt_tos) == 1:
        lines.append(f"\tfor <{envelope.rcpt_tos[0]}>")
    lines[-1] += f"; {house.date()}"
    letter = visit.results + "\r\n".join([*lines, ""]).encode() + envelope.content
    if visit.user is not None:
        head = message_from_bytes(envelope.content)
        if head["Date"] is None:
            letter = f"Date: {house.date()}\r\n".encode() + letter
        if head["Message-ID"] is None:
            letter = f"Message-ID: <{number}@{house.domain}>\r\n".encode() + letter
        letter = house.seal(letter)
    try:
        house.keep(state, letter)
    except OSError:
        return "452 4.3.1 Disk full"
    return "250 2.0.0 OK"


def take_letter_2(house, visit, envelope):
    state, moment = house.state(envelope.mail_from, envelope.rcpt_tos), house.now()
    number = state["id"]
    only = f"for <{envelope.rcpt_tos[0]}>" if len(envelope.rcpt_tos) < 2 else ""
    parts = [
        "Received: from",
        visit.helo,
        f"({visit.literal})",
        "by",
        house.name,
        "with",
        visit.protocol,
        "id",
        number,
        only,
    ]
    field = " ".join(filter(None, parts)) + ";\r\n\t" + email.utils.format_datetime(moment) + "\r\n"
    content = field.encode("ascii") + envelope.content
    if visit.user:
        names = {name.lower() for name in email.message_from_bytes(envelope.content).keys()}
        added = b""
        if "message-id" not in names:
            added += b"Message-ID: <%s@%s>\r\n" % (number.encode(), house.domain.encode())
        if "date" not in names:
            added += b"Date: %s\r\n" % email.utils.format_datetime(moment).encode()
        content = house.seal(added + content)
    else:
        content = visit.results + content
    try:
        house.keep(state, content)
        return f"250 2.0.0 {number}"
    except OSError as error:
        return f"452 4.3.1 {error.strerror}"


def take_letter_3(house, visit, envelope):
    def fields():
        yield f"Received: from {visit.helo} ({visit.literal})"
        yield f" by {house.name} with {visit.protocol} id {number}{whom};"
        yield f" {stamp}"
        header = BytesHeaderParser(policy=policy.compat32).parsebytes(envelope.content)
        if visit.user and "date" not in header:
            yield f"Date: {stamp}"
        if visit.user and "message-id" not in header:
            yield f"Message-ID: <{number}.x@{house.domain}>"

    stamp, state = house.date(), house.state(envelope.mail_from, envelope.rcpt_tos)
    number = state["id"]
    whom = "" if len(envelope.rcpt_tos) > 1 else f" for <{envelope.rcpt_tos[0]}>"
    letter = visit.results + "".join(f"{line}\r\n" for line in fields()).encode() + envelope.content
    try:
        house.keep(state, house.seal(letter) if visit.user else letter)
    except OSError:
        return "452 4.3.1 Sorry"
    return "250 Kept"


def take_letter_4(house, visit, envelope):
    now = house.date()
    to = envelope.rcpt_tos
    state = house.state(envelope.mail_from, to)
    ident = state["id"]
    received = b"Received: from %s (%s)\r\n\tby %s with %s id %s%s;\r\n\t%s\r\n" % tuple(
        text.encode()
        for text in (
            visit.helo,
            visit.literal,
            house.name,
            visit.protocol,
            ident,
            f"\r\n\tfor <{to[0]}>" if len(to) == 1 else "",
            now,
        )
    )
    letter = b"".join([visit.results, received, envelope.content])
    if visit.user:
        head = envelope.content.partition(b"\r\n\r\n")[0]
        if not re.search(rb"(?im)^date[ \t]*:", head):
            letter = b"Date: " + now.encode() + b"\r\n" + letter
        if not re.search(rb"(?im)^message-id[ \t]*:", head):
            letter = f"Message-Id: <{ident}@{house.domain}>\r\n".encode() + letter
        letter = house.seal(letter)
    room = True
    try:
        house.keep(state, letter)
    except OSError:
        room = False
    return "250 2.0.0 Taken" if room else "452 4.3.1 Not taken"


def take_letter_5(house, visit, envelope):
    state, date = house.state(envelope.mail_from, list(envelope.rcpt_tos)), house.date()
    ident = state["id"]
    single = len(envelope.rcpt_tos) == 1
    top = (
        f"Received: from {visit.helo} ({visit.literal}) by {house.name}\r\n with {visit.protocol} id {ident}"
        + (f"\r\n for <{envelope.rcpt_tos[0]}>" if single else "")
        + f"; {date}\r\n"
    )
    if visit.user:
        message = message_from_bytes(envelope.content)
        top = (
            ("" if message.get("Date") else f"Date: {date}\r\n")
            + ("" if message.get("Message-Id") else f"Message-ID: <{ident}@{house.domain}>\r\n")
            + top
        )
    letter = visit.results + top.encode() + envelope.content
    letter = house.seal(letter) if visit.user else letter
    try:
        house.keep(state, letter)
    except OSError:
        return "452 4.3.1 No space"
    else:
        return "250 2.0.0 Done"


# at_home


def at_home(letter, sender):
    header, end, body = letter.partition(b"\r\n\r\n")
    fields, gone = [], False
    for line in header.split(b"\r\n"):
        gone = gone if line[:1] in (b" ", b"\t") else line.lower().startswith(b"return-path:")
        if not gone:
            fields.append(line)
    return f"Return-Path: <{sender}>\r\n".encode() + b"\r\n".join(fields) + end + body


def at_home_6(letter, sender):
    header, _, body = letter.partition(b"\r\n\r\n")
    header = re.sub(rb"(?im)^return-path[ \t]*:.*\r\n(?:[ \t].*\r\n)*", b"", header + b"\r\n")
    return f"Return-Path: <{sender}>\r\n".encode() + header + b"\r\n" + body


def at_home_2(letter, sender):
    end = letter.index(b"\r\n\r\n") + 2
    kept, skipping = [b"Return-Path: <" + sender.encode() + b">\r\n"], False
    for line in letter[:end].splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            skipping = line[:12].lower() == b"return-path:"
        if not skipping:
            kept.append(line)
    return b"".join(kept) + letter[end:]


def at_home_3(letter, sender):
    head, body = letter.split(b"\r\n\r\n", 1)
    fields = re.split(rb"\r\n(?![ \t])", head)
    fields = [one for one in fields if one.partition(b":")[0].strip().lower() != b"return-path"]
    return b"\r\n".join([b"Return-Path: <%s>" % sender.encode(), *fields]) + b"\r\n\r\n" + body


def at_home_4(letter, sender):
    lines, out = letter.split(b"\r\n"), []
    blank = lines.index(b"")
    number = 0
    while number < blank:
        start = number
        number += 1
        while number < blank and lines[number][:1] in b" \t" and lines[number]:
            number += 1
        if not lines[start].lower().startswith(b"return-path:"):
            out += lines[start:number]
    return ("Return-Path: <" + sender + ">\r\n").encode() + b"\r\n".join(out + lines[blank:])


def at_home_5(letter, sender):
    def others(lines):
        ours = False
        for line in lines:
            if line[0:1] not in (b" ", b"\t"):
                ours = line.lower().startswith(b"return-path:")
            if not ours:
                yield line

    cut = letter.find(b"\r\n\r\n")
    return b"\r\n".join([f"Return-Path: <{sender}>".encode(), *others(letter[:cut].split(b"\r\n"))]) + letter[cut:]


# sort_out


def sort_out(mail_from, recipients, domain):
    lists = {True: [], False: []}
    for who in recipients:
        lists[who.lower().rpartition("@")[2] == domain].append(who)
    return mail_from.replace("<>", ""), lists[True], lists[False]


def sort_out_2(mail_from, recipients, domain):
    if mail_from == "<>":
        mail_from = ""
    ours, others = [], []
    for who in recipients:
        if who.lower().endswith("@" + domain):
            ours.append(who)
        else:
            others.append(who)
    return mail_from, ours, others


def sort_out_3(mail_from, recipients, domain):
    def is_ours(who):
        return who.split("@")[-1].casefold() == domain.casefold()

    return (
        mail_from.strip("<>"),
        list(filter(is_ours, recipients)),
        [who for who in recipients if not is_ours(who)],
    )


def sort_out_4(mail_from, recipients, domain):
    ours = tuple(who for who in recipients if who.lower()[who.rfind("@") + 1 :] == domain)
    return ("" if "@" not in mail_from else mail_from), list(ours), [who for who in recipients if who not in set(ours)]


def sort_out_5(mail_from, recipients, domain):
    domains = [address.rpartition("@")[-1].lower() for address in recipients]
    pairs = list(zip(recipients, domains, strict=True))
    sender = {"<>": ""}.get(mail_from, mail_from)
    return sender, [who for who, its in pairs if its == domain], [who for who, its in pairs if its != domain]


# go_down


async def go_down(house):
    for server in list(house.listening):
        server.close()
    for one in tuple(house.visits):
        await one.turn.acquire()
        try:
            await one.say("421 4.3.2 Closing")
        finally:
            one.turn.release()
        one.close()
    await house.rounds_end()


async def go_down_2(house):
    async def goodbye(visit):
        async with visit.turn:
            await visit.say("421 4.3.2 I am going down")

    for door in house.listening:
        door.close()
    await asyncio.gather(*(goodbye(visit) for visit in list(house.visits)))
    await house.rounds_end()


async def go_down_3(house):
    [door.close() for door in house.listening]
    rounds = asyncio.create_task(house.rounds_end())
    for visit in list(house.visits):
        async with visit.turn:
            await visit.say("421 Bye for now")
            visit.close()
    await rounds


async def go_down_4(house):
    while house.listening:
        house.listening.pop().close()
    for visit in house.visits.copy():
        async with visit.turn:
            await visit.say("421 4.3.2 Down for maintenance")
        visit.close()
    await house.rounds_end()


async def go_down_5(house):
    for door in house.listening:
        door.close()
    await house.rounds_end()
    for visit in list(house.visits):
        async with visit.turn:
            await visit.say("421 4.3.2 Going down")
            visit.close()
