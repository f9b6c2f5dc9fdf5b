"""Notebook 05, a live server: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import asyncio
import itertools
import os
import re
import secrets
import shutil
import tempfile
import time
import uuid
from pathlib import Path

from helpers.answers import accept_rcpt as the_courses
from helpers.answers import keep_first as the_courses_too


def accept_rcpt(address, domain, people):
    local, _, host = address.rpartition("@")
    if host.casefold() != domain:
        return "554 5.7.1 Relay access denied"
    return "250 OK" if local.casefold() in people else "553 5.1.1 Unknown"


def accept_rcpt_2(address, domain, people):
    return "250" if address.lower() in {f"{person}@{domain}" for person in people} else "550"


def accept_rcpt_3(address: str, domain: str, people: set[str]) -> str:
    try:
        name, host = address.lower().rsplit("@", 1)
    except ValueError:
        return "550 5.1.3 There is no @ in it"
    if host == domain.lower():
        for person in people:
            if person.lower() == name:
                return "250 2.1.5 Recipient OK"
        return f"550 5.1.1 There is no {person} by that name"
    return "550 5.7.1 We do not relay"


def accept_rcpt_4(address, domain, people):
    found = re.fullmatch(r"(.*)@([^@]*)", address, re.IGNORECASE)
    if not found or found[2].lower() != domain:
        return "551 5.7.1 User not local"
    return "250 2.1.5 OK" if any(found[1].lower() == person for person in people) else "550 5.1.1 No such user"


def accept_rcpt_5(address, domain, people):
    def is_mine(host):
        return host.lower() == domain

    def is_known(name):
        return name.lower() in [person for person in people]

    *before, host = address.split("@")
    if not before or not is_mine(host):
        return "550 5.7.1 No relaying"
    if not is_known("@".join(before)):
        return "550 5.1.1 No such user"
    return "250 2.1.5 OK"


def accept_rcpt_6(address, domain, people):
    match address.lower().rpartition("@"):
        case (name, "@", host) if host == domain and name in people:
            return "250 2.1.0 OK"
        case (_, "@", host) if host == domain:
            return "550 No such user here"
    return "550 5.7.1 Relaying denied"


def keep_first(content, folder, answer):
    path = folder / f"{uuid.uuid4()}.eml"
    try:
        path.write_bytes(content)
    except OSError:
        path.unlink(missing_ok=True)
        answer("452 4.3.1 Insufficient system storage")
    else:
        answer("250 2.0.0 Letter kept")


def keep_first_2(content, folder, answer):
    """As in a maildir: what is in tmp is no letter yet."""
    name = uuid.uuid4().hex
    try:
        for part in ("tmp", "new"):
            Path(folder, part).mkdir(exist_ok=True)
        Path(folder, "tmp", name).write_bytes(content)
        Path(folder, "tmp", name).rename(Path(folder, "new", name))
    except OSError:
        return answer("451 4.3.0 Later")
    answer("250 OK")


def keep_first_3(content, folder, answer):
    reply, path = "421 4.3.2 Later", None
    try:
        number, path = tempfile.mkstemp(suffix=".eml", dir=folder)
        with os.fdopen(number, "wb") as file:
            file.write(content)
        reply = "250 2.0.0 Letter kept"
    except OSError:
        if path:
            os.remove(path)
    finally:
        answer(reply)


def keep_first_4(content: bytes, folder: Path, answer) -> None:
    count = len(list(folder.iterdir()))
    path = os.path.join(folder, f"{count}-{secrets.token_hex(8)}")
    file = None
    try:
        file = open(path, "wb")
        file.write(content)
        file.close()
    except OSError:
        if file is not None:
            os.unlink(path)
        answer("452")
        return
    answer("250")


def keep_first_5(content, folder, answer):
    def save(path):
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(number, rest) :]
            os.fsync(number)
        finally:
            os.close(number)

    for number in itertools.count():
        path = Path(folder, f"{number}.eml")
        if path.exists():
            continue
        try:
            save(path)
        except FileExistsError:
            continue
        except Exception:
            if path.exists():
                path.unlink()
            return answer("452 4.3.1 The disk is full")
        return answer("250 2.0.0 Letter kept")


def keep_first_6(content, folder, answer):
    letter = Path(folder, f"{time.time_ns()}.{os.getpid()}.{uuid.uuid1()}.eml")
    half = letter.with_suffix(".part")
    try:
        with half.open("wb") as file:
            file.write(content)
        shutil.move(half, letter)
        answer("250 2.0.0 Letter kept")
    except:  # noqa: E722 - what beginners write
        answer("452 4.3.1 No room")


class Keeper:
    """It leans on nothing of the course's."""

    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder = domain, people, folder

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local, _, host = address.lower().rpartition("@")
        if host == self.domain and local in self.people:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return "550 5.1.1 No"

    async def handle_DATA(self, server, session, envelope):
        path = self.folder / str(uuid.uuid4())
        try:
            path.write_bytes(envelope.content)
        except OSError:
            path.unlink(missing_ok=True)
            return "451 4.3.0 Later"
        return "250 OK"


class Keeper_2:
    def __init__(self, domain, people, folder):
        self.domain = domain
        self.people = people
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        reply = the_courses(address, self.domain, self.people)
        if reply[0] == "2":
            envelope.rcpt_tos += [address]
        return reply

    async def handle_DATA(self, server, session, envelope):
        heard = None

        def answer(reply):
            nonlocal heard
            heard = reply

        the_courses_too(envelope.content, self.folder, answer)
        return heard


class Keeper_3:
    """With helpers of its own, and a hook for MAIL FROM."""

    def __init__(self, domain: str, people: set[str], folder: Path) -> None:
        self._is_mine = lambda address: address.lower() in {f"{person}@{domain}" for person in people}
        self._folder = folder

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 Sender noted"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if not self._is_mine(address):
            return "550 5.7.1 Not here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        return self._save(envelope)

    def _save(self, envelope):
        head = f"Return-Path: <{envelope.mail_from}>\r\n".encode()
        half = self._folder / f"{uuid.uuid4()}.part"
        try:
            half.write_bytes(head + envelope.content)
            half.rename(half.with_suffix(".eml"))
        except OSError:
            return "452 4.3.1 No room"
        return "250 2.0.0 Letter kept"


class Keeper_4:
    """Another folder for each recipient, and the disk in a thread of its own."""

    def __init__(self, domain, people, folder):
        vars(self).update(domain=domain, people=people, folder=folder)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if (reply := the_courses(address, self.domain, self.people)).startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    def keep(self, content, names):
        done = []
        try:
            for name in names:
                (self.folder / name).mkdir(exist_ok=True)
                done.append(self.folder / name / f"{uuid.uuid4()}.eml")
                done[-1].write_bytes(content)
        except OSError:
            for path in done:
                path.unlink(missing_ok=True)
            raise

    async def handle_DATA(self, server, session, envelope):
        names = {address.lower().partition("@")[0] for address in envelope.rcpt_tos}
        try:
            await asyncio.to_thread(self.keep, envelope.content, names)
        except OSError as error:
            return f"451 4.3.0 {type(error).__name__}"
        return "250 2.0.0 Letter kept"


class Keeper_5:
    """It remembers what it took, and reports what raised."""

    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder, self.taken = domain, people, folder, 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        reply = the_courses(address, self.domain, self.people)
        code = int(reply.split()[0])
        if code == 250:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        path = Path(self.folder, f"{self.taken}-{secrets.token_hex(8)}.eml")
        with open(path, "xb") as file:
            try:
                file.write(envelope.content)
                file.flush()
            except OSError:
                os.truncate(path, 0)
                path.unlink()
                raise
        self.taken += 1
        return "250 2.0.0 Letter kept"

    async def handle_exception(self, error):
        return "451 4.3.0 Trouble here"
