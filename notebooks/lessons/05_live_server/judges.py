"""Judges of notebook 05's functions and class; they run in the child process, with a lab of their own."""

import contextlib
import os
import re
import smtplib
import stat
import traceback
from pathlib import Path
from unittest import mock

from aiosmtpd.controller import Controller

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab
from helpers.lessons import disks

DOMAIN, PEOPLE = "learner.test", {"me", "postmaster"}
OTHER_DOMAIN, OTHER_PEOPLE = "school.test", {"ada", "bob", "abuse"}
ACCEPTED, REFUSED = ("250",), ("550", "551", "553", "554")
ZONE = """$ORIGIN learner.test.
$TTL 300
@       SOA  ns postmaster 1 3600 600 604800 60
@       NS   ns
ns      A    192.0.2.52
mail    A    192.0.2.25
@       MX   10 mail
"""


def accept_rcpt(function) -> Feedback:
    """Judge `accept_rcpt(address, domain, people)`, which returns the reply to RCPT TO."""
    replies = {}
    for address, codes, domain, people in (
        ("me@learner.test", ACCEPTED, DOMAIN, PEOPLE),
        ("me@Learner.TEST", ACCEPTED, DOMAIN, PEOPLE),
        ("postmaster@learner.test", ACCEPTED, DOMAIN, PEOPLE),
        ("nobody@learner.test", REFUSED, DOMAIN, PEOPLE),
        ("me@outlook.test", REFUSED, DOMAIN, PEOPLE),
        ("me@evil-learner.test", REFUSED, DOMAIN, PEOPLE),
        ("me@mail.learner.test", REFUSED, DOMAIN, PEOPLE),
        ('"me@learner.test"@outlook.test', REFUSED, DOMAIN, PEOPLE),
        ("me@learner.test.mallory.test", REFUSED, DOMAIN, PEOPLE),
        ("me", REFUSED, DOMAIN, PEOPLE),
        ("merlin@learner.test", REFUSED, DOMAIN, PEOPLE),
        ("m@learner.test", REFUSED, DOMAIN, PEOPLE),
        ("master@learner.test", REFUSED, DOMAIN, PEOPLE),
        ("Me@learner.test", ACCEPTED, DOMAIN, PEOPLE),
        ("POSTMASTER@learner.test", ACCEPTED, DOMAIN, PEOPLE),
        ('"me@outlook.test"@learner.test', REFUSED, DOMAIN, PEOPLE),
        ("ada@school.test", ACCEPTED, OTHER_DOMAIN, OTHER_PEOPLE),
        ("bob@school.test", ACCEPTED, OTHER_DOMAIN, OTHER_PEOPLE),
        ("abuse@school.test", ACCEPTED, OTHER_DOMAIN, OTHER_PEOPLE),
        ("me@school.test", REFUSED, OTHER_DOMAIN, OTHER_PEOPLE),
        ("ada@learner.test", REFUSED, OTHER_DOMAIN, OTHER_PEOPLE),
    ):
        called = address if domain == DOMAIN else f'{address}, with "{domain}" and {sorted(people)}'
        try:
            with trying(f"the address {called}"):
                reply = function(address, domain, set(people))
        except ValueError as error:
            if "@" not in address or address.count("@") > 1:
                return wrong(
                    f"The address {address} could not be cut in two{_line(error)}. There may be no @ in it, or "
                    "several, since quotation marks may hold one. The last one counts: "
                    '`address.rpartition("@")`.'
                )
            raise
        if not isinstance(reply, str):
            return wrong(f"For {called} it gave {shown(reply)}. {_no_text(reply)}")
        if reply[:3] in codes and (amiss := _no_reply(reply)):
            return wrong(f"For {called} it gave {shown(reply)}. {amiss}")
        if reply[:3] in codes:
            replies[address] = reply
            continue
        taken = codes == REFUSED and reply[:1] == "2" and "@" in address
        if domain == DOMAIN:
            return wrong(_accept_rcpt_amiss(address, codes, reply), belief="any_recipient" if taken else "")
        return wrong(
            f"For {called} it gave {shown(reply)}, and {codes[0]} is the code here. Which domain is yours, and who "
            "your people are, comes as `domain` and `people`: another server has others."
        )
    user, foreign = replies["nobody@learner.test"], replies["me@outlook.test"]
    if _why(user) == "5.7.1" and _why(foreign) == "5.1.1":
        return wrong(
            f"The two reasons have changed places. For nobody@learner.test it gave {shown(user)}, and for "
            f"me@outlook.test {shown(foreign)}. 5.1.1 says that there is no such mailbox, and 5.7.1 that you do not "
            "carry letters there."
        )
    quoted = '"me@outlook.test"@learner.test'
    if _why(replies[quoted]) == _why(foreign) == "5.7.1" and _why(user) == "5.1.1":
        return wrong(
            f"For {quoted} it gave {shown(replies[quoted])}. Its domain is learner.test, behind the last @, and a "
            "mailbox of that name is not there: 5.1.1."
        )
    return right(
        "Your people, at your domain, in capitals or not; nobody else. What is refused here is refused before the "
        "letter is sent, while its sender is still on the line."
        + (
            f" (You say {_why(foreign)} to a foreign domain and to an unknown user alike: 5.7.1 for the first would "
            "tell its sender that the name may be right and the road is wrong.)"
            if _why(user) == _why(foreign) == "5.1.1"
            else ""
        )
    )


_WHY = re.compile(r"\d{3} ([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")


def _why(reply: str) -> str:
    """The enhanced status code in a reply, "" where it has none."""
    found = _WHY.match(reply)
    return ".".join(found.groups()) if found else ""


def _no_reply(reply: str) -> str:
    """What keeps a text from being a reply of one line; "" where nothing does."""
    if "\r" in reply or "\n" in reply:
        return (
            "aiosmtpd puts CR LF behind a reply itself. With yours there would be an empty line more, and the client "
            "would take that for the reply to its next command."
        )
    if not re.match(r"[2-5][0-5]\d( |$)", reply):
        return "A reply begins with a code of three digits, and after the code comes nothing or a space."
    if _why(reply) and _why(reply)[0] != reply[0]:
        return (
            f"The two codes in it disagree: {reply[:3]} begins with {reply[0]}, and {_why(reply)} with "
            f"{_why(reply)[0]}. The first digit of both says the same, done or refused (RFC 2034 section 4)."
        )
    return ""


def _line(error: BaseException) -> str:
    """Where in the learner's text an error was raised: ` in line 3 of ..., `...``; "" where that is not known."""
    mine = [frame for frame in traceback.extract_tb(error.__traceback__) if re.fullmatch("<.*>", frame.filename)]
    mine = [frame for frame in mine if not frame.filename.startswith("<frozen") and frame.line]
    return f" in line {mine[-1].lineno} of {mine[-1].filename[1:-1]}, `{mine[-1].line}`" if mine else ""


def _no_text(reply: object) -> str:
    if reply is None:
        return "A reply is text that begins with a code: `return` it, do not print it."
    if isinstance(reply, int):
        return "This is a number, and a reply is text that begins with a code: put the reply in quotes."
    return f"This is of type `{type(reply).__name__}`, and a reply is one text that begins with a code."


def _accept_rcpt_amiss(address: str, codes: tuple[str, ...], reply: str) -> str:
    if re.match(r"[245]\.\d", reply):
        return (
            f"For {address} it gave {shown(reply)}. That is the enhanced code, and the code of three digits stands "
            f"before it: {codes[0]}, a space, and then the rest."
        )
    if reply[:1] == "4" and codes == REFUSED:
        return (
            f"For {address} it answered {shown(reply)}. A 4yz says: not now, try again. Nothing will change here by "
            "waiting, and the sender would try for days."
        )
    if address == "me@evil-learner.test" and reply[:3] == "250":
        return (
            "me@evil-learner.test got in. `endswith` asks how a text ends, and evil-learner.test ends in learner.test "
            "too. Compare the whole domain."
        )
    if address == "me@mail.learner.test" and reply[:3] == "250":
        return (
            "me@mail.learner.test got in. That is another domain than learner.test, and you have no mailboxes there: "
            "compare the whole of it."
        )
    if address.endswith('"@outlook.test') and reply[:3] == "250":
        return (
            f"{address} got in, and its domain is outlook.test. Quotation marks may hold an @: the last one parts the "
            "person from the domain."
        )
    if address == "me@outlook.test" and reply[:3] == "250":
        return (
            "me@outlook.test got in, because the name is right and the domain was not looked at. Whoever takes "
            "strangers' letters for others' domains is an open relay."
        )
    if address == "nobody@learner.test" and reply[:3] == "250":
        return (
            "nobody@learner.test got in, and there is no such mailbox. Having said 250 you would have to send a bounce "
            "later, to a sender who may be forged: that is called backscatter."
        )
    if reply[:3] == "250" and address in ("merlin@learner.test", "m@learner.test", "master@learner.test"):
        return (
            f"{address} got in, and your people are {sorted(PEOPLE)}. A name that is only a part of one of theirs, or "
            "begins or ends as one of theirs does, is another one: compare the whole name."
        )
    if reply[:3] == "250" and address.startswith("me@learner.test."):
        return f"{address} got in. It begins with your domain and is another: compare the whole of it."
    if address in ("Me@learner.test", "POSTMASTER@learner.test"):
        return (
            f"{address} was refused with {shown(reply)}. Telephones begin a name with a capital, and postmaster has to "
            "be found in capitals or not (RFC 5321 section 4.5.1). `people` has its names in small letters: `.lower()`."
        )
    if "TEST" in address and reply[:3] != "250":
        return f"{address} was refused with {shown(reply)}. A domain is the same in capitals and in small letters."
    if "@" not in address:
        return (
            f"The address `{address}` has no @, so it names no domain, and not yours. It got {shown(reply)}, and "
            f"{codes[0]} is the code here. (For `postmaster` alone there is an exception, which notebook 12 makes.)"
        )
    return f"For {address} it gave {shown(reply)}, and {codes[0]} is the code here."


class _PowerCut(BaseException):
    """The machine stops at once."""


def keep_first(function) -> Feedback:
    """Judge `keep_first(content, folder, answer)`, which keeps the letter before it answers."""
    return (
        _cut_after_the_answer(function)
        or _two_letters(function)
        or _no_room(function)
        or _many_letters(function)
        or right(
            "Kept first, promised after. When the power went right after the 250, the letter was there; and where it "
            "could not be kept, nothing of it stayed behind and the sender was asked to try again."
        )
    )


def _cut_after_the_answer(function) -> Feedback | None:
    said, kept = [], []
    content = b"Subject: One\r\n\r\nA caf\xe9 in Latin-1, byte for byte.\r\n"
    with disks.folder() as folder:

        def answer(reply):
            if not said:
                kept.extend(_kept(Path(folder)))  # what is there at this moment: closing a file later is too late
            said.append(reply)
            raise _PowerCut

        try:
            with trying("a letter, with the power cut right after the answer"), contextlib.suppress(_PowerCut):
                returned = function(content, Path(folder), answer)
        except UnicodeError as error:
            return wrong(
                f"This letter is not UTF-8, and turning it into text failed{_line(error)}. A letter may "
                'hold any bytes: open the file in binary mode ("wb") and write them as they are.'
            )
    if not said:
        return wrong(
            f"It never called `answer`: the client still waits for a reply. {_unheard(returned)}`answer` takes one as "
            "text."
        )
    if not isinstance(said[0], str):
        return wrong(f"It called `answer` with {shown(said[0])}. {_no_text(said[0])}")
    if said[0][:3] != "250":
        return wrong(f"The folder is there and has room, and it answered {shown(said[0])}. 250 is the code here.")
    if amiss := _no_reply(said[0]):
        return wrong(f"It called `answer` with {shown(said[0])}. {amiss}")
    if not kept:
        return wrong(
            "The power was cut right after the 250, and the folder is empty. The sender has deleted its copy, trusting "
            "yours. Save first, and answer when that is done."
        )
    if content not in kept and any(content.startswith(part) for part in kept):
        return wrong(
            "The power was cut right after the 250, and the file is there, but not the whole letter. What is written "
            "waits in memory until the file is closed. Answer after the `with` of `open`, not inside it."
        )
    if content not in kept:
        return wrong(f"A letter was kept, and not the bytes that came. {_other_bytes(kept)}")
    return None


def _other_bytes(kept: list[bytes]) -> str:
    """What may have become of bytes that are not in any of the files."""
    if any(part.startswith((b"b'", b'b"')) for part in kept):
        return (
            "The file begins with b' because `str` of bytes gives what one would type in Python, and not what they "
            'say. Open the file in binary mode ("wb") and write them as they are.'
        )
    return 'It may hold any bytes: open the file in binary mode ("wb") and write them as they are.'


def _two_letters(function) -> Feedback | None:
    letters, said, synced = {b"Subject: One\r\n", b"Subject: Two\r\n"}, [], []
    real = os.fsync

    def fsync(number):
        there = os.fstat(number if isinstance(number, int) else number.fileno())
        if stat.S_ISREG(there.st_mode):
            synced.append(there.st_size)
        return real(number)

    with disks.folder() as folder, mock.patch("os.fsync", fsync):
        for content in sorted(letters):
            with trying("two letters, one after the other"):
                function(content, Path(folder), said.append)
        kept = _kept(Path(folder))
    if len(said) > len(letters):
        return wrong(_answered_twice(said))
    if not letters <= set(kept):
        return wrong("Two letters came, and they are not both there: give each a file name of its own.")
    if synced and max(synced) < min(map(len, letters)):
        return wrong(
            f"It called `os.fsync` when {max(synced)} octets of the letter were in the file. What is written waits in "
            "the program's memory, where `os.fsync` does not look: `file.flush()` comes first."
        )
    return None


MANY = 200


def _many_letters(function) -> Feedback | None:
    """Letters of one moment, some alike, one taken away meanwhile: each has to have a name that no other has."""
    said, missing = [], ""
    with disks.folder() as name, disks.at_one_moment(function), mock.patch("os.fsync", lambda number: None):
        folder = Path(name)

        def keep(content):
            with trying(f"letter {len(said) + 1} of many that came in the same moment"):
                function(content, folder, said.append)

        keep(b"Subject: Twice\r\n")
        keep(b"Subject: Twice\r\n")
        if _kept(folder).count(b"Subject: Twice\r\n") < 2:
            missing = "The same letter came twice, and lies there once: the second was written over the first."
        for number in range(MANY):
            keep(b"Subject: %d\r\n" % number)
        there = sum(content.startswith(b"Subject: ") for content in _kept(folder))
        if not missing and there < MANY + 2:
            missing = f"{MANY + 2} letters came in the same moment, and only {there} are there."
        for path in _files(folder):
            if path.read_bytes() == b"Subject: 7\r\n":
                path.unlink()  # somebody has read this one, and deletes it
        keep(b"Subject: new\r\n")
        if not missing and len(_kept(folder)) < MANY + 2:
            missing = "One letter had been read and deleted, and the next that came was written over another."
    refused = next((reply for reply in said if reply[:3] != "250"), None)
    if missing or refused:
        told = missing or f"Many letters came in the same moment; there was room, and one was answered {refused}."
        return wrong(
            f"{told} A name made of the letter, of the time, of a small random number or of the count of the files is "
            "taken sooner or later. `uuid.uuid4()` gives one that no other has."
        )
    return None


LONG = b"Subject: Three\r\n\r\n" + b"A line of a long letter.\r\n" * 8000


def _no_room(function) -> Feedback | None:
    with disks.folder() as folder:
        function(b"Subject: Before\r\n", Path(folder), lambda reply: None)
        usual = {_shape(path, Path(folder)) for path in _files(Path(folder))}
    for what, full in disks.FULL.items():
        said = []
        with disks.folder() as name:
            folder = Path(name)
            try:
                with trying(f"a disk that was full {what}"), full(folder) as denied:
                    returned = function(LONG, folder, said.append)
            except OSError as error:
                return wrong(
                    f"The disk was full {what}, and it ended in {type(error).__name__}{_line(error)}, and gave no "
                    f"answer. {_uncaught(error)}"
                )
            left = {path: path.read_bytes() for path in _files(folder)}
        if not said:
            return wrong(
                f"The disk was full {what}, and it gave no answer. {_unheard(returned)}Catch `OSError` and call "
                "`answer` all the same."
            )
        if not isinstance(said[0], str):
            return wrong(f"The disk was full {what}, and it called `answer` with {shown(said[0])}. {_no_text(said[0])}")
        if len(said) > 1:
            return wrong(_answered_twice(said))
        if said[0][:1] == "2" and LONG in left.values() and not denied:
            continue  # it has found room all the same, or never asked whether the letter is on the disk
        if problem := _put_off(said[0], what):
            return wrong(problem)
        for path, content in left.items():
            if _shape(path, folder) in usual:
                return wrong(_left_behind(path, content, what))
    return None


def _uncaught(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            "That file may not be there yet: `path.unlink(missing_ok=True)` takes it away if it is, and says nothing "
            "if it is not."
        )
    return "Catch `OSError` and say what that means for the letter."


def _put_off(reply: str, what: str) -> str:
    if reply[:1] == "2":
        return f"The disk was full {what}, and it said 250. That letter is lost, and nobody knows."
    if reply[:1] == "5":
        return (
            f"The disk was full {what}, and it answered {shown(reply)}. A 5yz is for good: a passing trouble became a "
            "bounce. What is over tomorrow is a 4yz."
        )
    if reply[:1] != "4":
        return f"The disk was full {what}, and it answered {shown(reply)}. A 4yz says: try again later."
    amiss = _no_reply(reply)
    return amiss and f"The disk was full {what}, and it called `answer` with {shown(reply)}. {amiss}"


def _left_behind(path: Path, content: bytes, what: str) -> str:
    if content == LONG:
        return (
            f"The disk was full {what}, and the client heard a 4yz. Yet the letter lies in the folder as {path.name}, "
            "and it will be there twice when the sender comes again. Delete the file before you say 4yz."
        )
    return (
        f"The disk was full {what}. The client heard a 4yz, as it should, but {len(content)} of {len(LONG)} octets "
        f"stayed in the folder as {path.name}, a file like that of any other letter. Who reads it takes half a letter "
        "for a whole one. Delete the file in `except OSError`, before you answer."
    )


def _shape(path: Path, folder: Path) -> tuple:
    """By what a reader of the folder takes a file for a letter: where it lies, whether it is hidden, how it ends."""
    return path.parent.relative_to(folder), path.name.startswith("."), path.suffix


def _unheard(returned: object) -> str:
    return "" if returned is None else f"It returned {shown(returned)}, and what it returns nobody hears. "


def _answered_twice(said: list[str]) -> str:
    return (
        f"It answered one letter twice, {shown(said[0])} and then {shown(said[1])}. The client takes the second for "
        "the reply to its next command. One letter, one answer: `else`, or `return` after the first."
    )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _kept(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in _files(folder)]


class _AnyPort(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextlib.contextmanager
def _serving(lab, handler):
    server = _AnyPort(
        handler, hostname="127.0.0.1", port=0, server_hostname="mail.learner.test", ident="ESMTP", timeout=86400
    )
    server.start()
    try:
        lab.serve("mail.learner.test", 25, ("127.0.0.1", server.port))
        yield server
    finally:
        server.stop()


HOOKS = ("handle_RCPT", "handle_DATA")


class _Met:
    """What the hooks of a learner's class have done: a sentence on each reply that is none, and on the last error."""

    def __init__(self):
        self.odd: list[str] = []
        self.raised = ""

    def watch(self, made):
        """The class `made`, whose hooks are also noted here."""

        def watching(hook):
            async def call(handler, *arguments):
                tried = f" with {arguments[3]}" if hook == "handle_RCPT" else ""
                self.raised = ""
                try:
                    reply = await getattr(super(watched, handler), hook)(*arguments)
                except Exception as error:
                    what = f"{type(error).__name__}: {error}".replace("`", "'").rstrip(": ")
                    if where := _line(error):
                        self.raised = f" `{hook}` raised {what}{where}{tried}."
                    raise
                if not isinstance(reply, str):
                    self.odd.append(f"`{hook}` returned {shown(reply)}{tried}. {_no_text(reply)}")
                elif amiss := _no_reply(reply):
                    self.odd.append(f"`{hook}` returned {shown(reply)}{tried}. {amiss}")
                return reply

            return call

        watched = type(made.__name__, (made,), {hook: watching(hook) for hook in HOOKS})
        return watched


def Keeper(made) -> Feedback:  # noqa: N802 - it judges the class of that name
    """Judge the class `Keeper`, whose hooks aiosmtpd calls."""
    missing = [hook for hook in HOOKS if not hasattr(made, hook)]
    if missing:
        return wrong(f"It has no method `{missing[0]}`. aiosmtpd finds the hooks by their names.")
    met = _Met()
    made = met.watch(made)
    with Lab() as lab, disks.folder() as name:
        folder = Path(name).resolve()
        lab.publish(ZONE)
        inbox, other, full = folder / "inbox", folder / "other", folder / "full"
        for drawer in (inbox, other, full):
            drawer.mkdir()
        with trying("making one: Keeper(domain, people, folder)"):
            handler = made(DOMAIN, set(PEOPLE), inbox)
        with _serving(lab, handler) as server:
            problem = _takes_letters(lab, inbox, met) or _refuses(server, met) or _byte_for_byte(server, inbox, met)
        if met.odd or problem:
            return wrong(met.odd[0]) if met.odd else problem
        with _serving(lab, made(OTHER_DOMAIN, set(OTHER_PEOPLE), other)) as server:
            problem = _of_another_school(server, other, met)
        if met.odd or problem:
            return wrong(met.odd[0]) if met.odd else problem
        with _serving(lab, made(DOMAIN, set(PEOPLE), full)):
            problem = _puts_off(lab, full, met, {_shape(path, inbox) for path in _files(inbox)})
    if met.odd:
        return wrong(met.odd[0])
    return problem or right(
        "out.gmail.test brought its letters and they are in the folder. Strangers and unknown names were refused, and "
        "with no room the letter was put off, not bounced. This server is yours."
    )


def _letter(subject: str, recipient: str, body: str = "Hello\n") -> str:
    return f"From: Ada <ada@gmail.test>\nTo: {recipient}\nSubject: {subject}\n\n{body}"


def _send(lab, subject: str, recipient: str, body: str = "Hello\n"):
    return lab.send(_letter(subject, recipient, body)).fates[recipient]


def _takes_letters(lab, inbox: Path, met: _Met) -> Feedback | None:
    for subject in ("First", "Second"):
        fate = _send(lab, subject, "me@learner.test")
        if fate.status != "delivered":
            return wrong(_not_taken(fate, met))
        if not any(f"Subject: {subject}".encode() in content for content in _kept(inbox)):
            return wrong(
                "out.gmail.test got its 250 and deleted its copy, and the letter is not in the folder. Whoever says "
                "250 and forgets the letter has lost it."
            )
    if len(_kept(inbox)) < 2:
        return wrong("The second letter was written over the first. Each needs a file name of its own.")
    return None


def _not_taken(fate, met: _Met) -> str:
    if "need RCPT" in fate.text:
        return (
            "RCPT TO was answered with 250, and then DATA with 503, need RCPT. The hook has to note the recipient "
            "itself: `envelope.rcpt_tos.append(address)`. If that line is there, it did not run: a reply is longer "
            'than its code, so ask `reply.startswith("250")`.'
        )
    if "need MAIL" in fate.text:
        return (
            "MAIL FROM was answered with 250, and then RCPT TO with 503, need MAIL. A hook for MAIL FROM has to note "
            "the sender itself: `envelope.mail_from = address`."
        )
    told = f"out.gmail.test brought a letter for me@learner.test, and it was {fate}."
    if "'await' expression" in fate.text:
        return (
            f"{told} aiosmtpd awaits its hooks: write them with `async def`, and let each `return` its reply as text."
        )
    if fate.code == 500:
        return (
            f"{told} With 500 aiosmtpd answers for a hook that raised an error, or that returned no text.{met.raised}"
        )
    return f"{told} me@learner.test is one of your people."


@contextlib.contextmanager
def _calling(server):
    """A client that has said EHLO."""
    with smtplib.SMTP("127.0.0.1", server.port, "mallory.test", timeout=2) as client:
        client.ehlo("mallory.test")
        yield client


def _refuses(server, met: _Met) -> Feedback | None:
    with _calling(server) as client:
        client.mail("mallory@mallory.test")
        for address in ("nobody@learner.test", "grace@outlook.test", "me@outlook.test", "me@evil-learner.test"):
            code, _ = client.rcpt(address)
            if code < 400:
                what = "there is no such mailbox" if address.startswith("nobody") else "that is not your domain"
                return wrong(
                    f"mallory.test brought a letter for {address}, and it was taken ({code}); but {what}. "
                    "`accept_rcpt` has the answer to each address."
                )
            if code < 500:
                return wrong(f"{address} was put off with {code}. Waiting will not help there: 550.")
            if code == 500:
                return wrong(
                    f"{address} was answered with 500, which aiosmtpd says for a hook that raised an error, or that "
                    f"returned no text.{met.raised} `accept_rcpt` has the reply: 550."
                )
        code, _ = client.docmd("DATA")
        if code == 354:
            return wrong(
                "Each recipient was refused, and yet DATA was answered with 354: a refused address was put into "
                "`envelope.rcpt_tos`. Append only those that you accept."
            )
        if client.rcpt("me@Learner.TEST")[0] != 250:
            return wrong(
                "me@Learner.TEST was refused. A domain is the same in capitals and in small letters; `accept_rcpt` "
                "knows that."
            )
        for address in ("Me@learner.test", "POSTMASTER@learner.test"):
            if (code := client.rcpt(address)[0]) != 250:
                return wrong(
                    f"{address} was answered with {code}. Take a name in capitals as in small letters; `accept_rcpt` "
                    "knows that, too."
                )
    with _calling(server) as client:
        if (code := client.docmd("MAIL FROM:<>")[0]) != 250:
            return wrong(
                f"MAIL FROM:<> was answered with {code}. A bounce has no return path and comes so: no server may "
                "refuse it for that (RFC 2505 section 2.6.1)."
            )
    return None


BYTES = b"Subject: Bytes\r\n\r\nA caf\xe9 in Latin-1.\r\n.and a line that begins with a dot\r\n"


def _byte_for_byte(server, inbox: Path, met: _Met) -> Feedback | None:
    with _calling(server) as client:
        client.mail("ada@gmail.test")
        client.rcpt("me@learner.test")
        client.rcpt("postmaster@learner.test")
        code, text = client.data(BYTES)
    if code != 250:
        return wrong(
            f"A letter with a byte that is no UTF-8 was answered with {code} {text.decode('utf-8', 'replace')}."
            f"{met.raised} A letter may hold any bytes: keep them as they are."
        )
    if not any(BYTES in content for content in _kept(inbox)):
        return wrong(f"A letter was kept, and not the bytes that came. {_other_bytes(_kept(inbox))}")
    return None


def _of_another_school(server, folder: Path, met: _Met) -> Feedback | None:
    made = f'Keeper("{OTHER_DOMAIN}", {sorted(OTHER_PEOPLE)}, another_folder)'
    with _calling(server) as client:
        client.mail("grace@outlook.test")
        for address, taken in (("ada@school.test", True), ("me@school.test", False), ("me@learner.test", False)):
            code, _ = client.rcpt(address)
            if (code == 250) != taken:
                return wrong(
                    f"{made} answered {code} to RCPT TO for {address}.{met.raised} Whose letters it takes has to come "
                    "from what it was made with: `self.domain` and `self.people`, which `__init__` keeps."
                )
        client.data(BYTES)
    if not any(BYTES in content for content in _kept(folder)):
        return wrong(f"{made} said 250 to a letter, and it is not in that folder: save it in `self.folder`.")
    return None


def _puts_off(lab, folder: Path, met: _Met, usual: set[tuple]) -> Feedback | None:
    for what, full in (
        ("before the first octet", disks.at_once),
        ("when half of the letter was written", disks.half_way),
    ):
        before = _files(folder)
        with full(folder):
            fate = _send(lab, "Third", "me@learner.test", "A line of a long letter.\n" * 8000)
        if fate.status == "delivered":
            return wrong(f"The disk was full {what}, and it said 250. That letter is lost, and nobody knows.")
        if fate.status == "bounced":
            return wrong(
                f"The disk was full {what}, and the letter bounced: {fate.code} {fate.text}. A passing trouble became "
                f"a bounce.{met.raised} Catch `OSError` and answer 452; `keep_first` does it."
            )
        for path in set(_files(folder)) - set(before):
            if _shape(path, folder) in usual:
                return wrong(
                    f"The disk was full {what}. The sender was put off, as it should be, but {path.stat().st_size} "
                    f"octets of the letter stayed in the folder as {path.name}, and who reads it takes half a letter "
                    "for a whole one. `keep_first` leaves nothing behind."
                )
    return None
