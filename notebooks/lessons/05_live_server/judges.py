"""Judges of notebook 05's functions and class; they run in the child process, with a lab of their own."""

import contextlib
import shutil
import smtplib
from pathlib import Path
from tempfile import TemporaryDirectory

from aiosmtpd.controller import Controller

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab

DOMAIN, PEOPLE = "learner.test", {"me", "postmaster"}
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
    for address, codes in (
        ("me@learner.test", ACCEPTED),
        ("me@Learner.TEST", ACCEPTED),
        ("postmaster@learner.test", ACCEPTED),
        ("nobody@learner.test", REFUSED),
        ("me@outlook.test", REFUSED),
        ("me@evil-learner.test", REFUSED),
        ("me@mail.learner.test", REFUSED),
        ('"me@learner.test"@outlook.test', REFUSED),
        ("me", REFUSED),
    ):
        try:
            with trying(f"the address {address}"):
                reply = function(address, DOMAIN, set(PEOPLE))
        except ValueError:
            if "@" not in address or address.count("@") > 1:
                return wrong(
                    f"The address {address} could not be cut in two. There may be no @ in it, or several, since "
                    'quotation marks may hold one. The last one counts: `address.rpartition("@")`.'
                )
            raise
        if not isinstance(reply, str):
            return wrong(f"For {address} it gave {shown(reply)}. {_no_text(reply)}")
        if reply[:3] in codes and reply[3:4] in ("", " "):
            continue
        taken = codes == REFUSED and reply[:1] == "2"
        return wrong(_accept_rcpt_amiss(address, codes, reply), belief="any_recipient" if taken else "")
    return right(
        "Your people, at your domain, in capitals or not; nobody else. What is refused here is refused before the "
        "letter is sent, while its sender is still on the line."
    )


def _no_text(reply: object) -> str:
    if reply is None:
        return "A reply is text that begins with a code: `return` it, do not print it."
    if isinstance(reply, int):
        return "This is a number, and a reply is text that begins with a code: put the reply in quotes."
    return f"This is of type `{type(reply).__name__}`, and a reply is one text that begins with a code."


def _accept_rcpt_amiss(address: str, codes: tuple[str, ...], reply: str) -> str:
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
    if address.startswith('"') and reply[:3] == "250":
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
    if "TEST" in address and reply[:3] != "250":
        return f"{address} was refused with {shown(reply)}. A domain is the same in capitals and in small letters."
    return f"For {address} it gave {shown(reply)}, and {codes[0]} is the code here."


class _PowerCut(BaseException):
    """The machine stops at once."""


def keep_first(function) -> Feedback:
    """Judge `keep_first(content, folder, answer)`, which keeps the letter before it answers."""
    return (
        _cut_after_the_answer(function)
        or _two_letters(function)
        or _no_room(function)
        or right(
            "Kept first, promised after. When the power went right after the 250, the letter was there; and where it "
            "could not be kept, the sender was asked to try again."
        )
    )


def _cut_after_the_answer(function) -> Feedback | None:
    said, kept = [], []
    content = b"Subject: One\r\n\r\nA caf\xe9 in Latin-1, byte for byte.\r\n"
    with TemporaryDirectory() as folder:

        def answer(reply):
            if not said:
                kept.extend(_kept(Path(folder)))  # what is there at this moment: closing a file later is too late
            said.append(reply)
            raise _PowerCut

        try:
            with trying("a letter, with the power cut right after the answer"), contextlib.suppress(_PowerCut):
                returned = function(content, Path(folder), answer)
        except UnicodeError:
            return wrong(
                "This letter is not UTF-8, and turning it into text failed. A letter may hold any bytes: open the file "
                'in binary mode ("wb") and write them as they are.'
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
        return wrong(
            "A letter was kept, and not the bytes that came. It may hold any bytes: open the file in binary mode "
            '("wb") and write them as they are.'
        )
    return None


def _two_letters(function) -> Feedback | None:
    letters, said = {b"Subject: One\r\n", b"Subject: Two\r\n"}, []
    with TemporaryDirectory() as folder:
        for content in sorted(letters):
            with trying("two letters, one after the other"):
                function(content, Path(folder), said.append)
        kept = _kept(Path(folder))
    if len(said) > len(letters):
        return wrong(_answered_twice(said))
    if not letters <= set(kept):
        return wrong("Two letters came, and they are not both there: give each a file name of its own.")
    return None


def _no_room(function) -> Feedback | None:
    said = []
    with TemporaryDirectory() as folder:
        full = Path(folder, "full")
        full.touch()  # a file where the folder should be: nothing can be saved in it, as on a full disk
        try:
            with trying("a folder in which nothing can be saved"):
                returned = function(b"Subject: Three\r\n", full, said.append)
        except OSError as error:
            return wrong(
                f"Where nothing could be saved it ended in {type(error).__name__} and gave no answer. Catch `OSError` "
                "and say what that means for the letter."
            )
    if not said:
        return wrong(
            f"Where nothing could be saved, it gave no answer. {_unheard(returned)}Catch `OSError` and call `answer` "
            "all the same."
        )
    if not isinstance(said[0], str):
        return wrong(f"Where nothing could be saved, it called `answer` with {shown(said[0])}. {_no_text(said[0])}")
    if len(said) > 1:
        return wrong(_answered_twice(said))
    if said[0][:1] == "2":
        return wrong("Nothing could be saved, and it said 250. That letter is lost, and nobody knows.")
    if said[0][:1] == "5":
        return wrong(
            f"Nothing could be saved, and it answered {shown(said[0])}. A 5yz is for good: a passing trouble became a "
            "bounce. What is over tomorrow is a 4yz."
        )
    if said[0][:1] != "4":
        return wrong(f"Where nothing could be saved it answered {shown(said[0])}. A 4yz says: try again later.")
    return None


def _unheard(returned: object) -> str:
    return "" if returned is None else f"It returned {shown(returned)}, and what it returns nobody hears. "


def _answered_twice(said: list[str]) -> str:
    return (
        f"It answered one letter twice, {shown(said[0])} and then {shown(said[1])}. The client takes the second for "
        "the reply to its next command. One letter, one answer: `else`, or `return` after the first."
    )


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


def _watched(made, odd: list[str]):
    """The class `made`, which also notes in `odd` when a hook returns something else than text."""

    def watching(hook):
        async def call(self, *arguments):
            reply = await getattr(super(watched, self), hook)(*arguments)
            if not isinstance(reply, str):
                odd.append(f"`{hook}` returned {shown(reply)}. {_no_text(reply)}")
            return reply

        return call

    watched = type(made.__name__, (made,), {hook: watching(hook) for hook in HOOKS})
    return watched


def Keeper(made) -> Feedback:  # noqa: N802 - it judges the class of that name
    """Judge the class `Keeper`, whose hooks aiosmtpd calls."""
    missing = [hook for hook in HOOKS if not hasattr(made, hook)]
    if missing:
        return wrong(f"It has no method `{missing[0]}`. aiosmtpd finds the hooks by their names.")
    odd = []
    made = _watched(made, odd)
    with Lab() as lab, TemporaryDirectory() as folder:
        lab.publish(ZONE)
        inbox = Path(folder, "inbox")
        inbox.mkdir()
        with trying("making one: Keeper(domain, people, folder)"):
            handler = made(DOMAIN, set(PEOPLE), inbox)
        with _serving(lab, handler) as server:
            problem = _takes_letters(lab, inbox) or _refuses(server)
        if odd or problem:
            return wrong(odd[0]) if odd else problem
        full = Path(folder, "full")
        full.mkdir()
        handler = made(DOMAIN, set(PEOPLE), full)
        shutil.rmtree(full)
        full.touch()  # as in `_no_room`
        with _serving(lab, handler):
            problem = _puts_off(lab)
    if odd:
        return wrong(odd[0])
    return problem or right(
        "out.gmail.test brought its letters and they are in the folder. Strangers and unknown names were refused, and "
        "with no room the letter was put off, not bounced. This server is yours."
    )


def _letter(subject: str, recipient: str) -> str:
    return f"From: Ada <ada@gmail.test>\nTo: {recipient}\nSubject: {subject}\n\nHello\n"


def _send(lab, subject: str, recipient: str):
    return lab.send(_letter(subject, recipient)).fates[recipient]


def _kept(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def _takes_letters(lab, inbox: Path) -> Feedback | None:
    for subject in ("First", "Second"):
        fate = _send(lab, subject, "me@learner.test")
        if fate.status != "delivered":
            return wrong(_not_taken(fate))
        if not any(f"Subject: {subject}".encode() in content for content in _kept(inbox)):
            return wrong(
                "out.gmail.test got its 250 and deleted its copy, and the letter is not in the folder. Whoever says "
                "250 and forgets the letter has lost it."
            )
    if len(_kept(inbox)) < 2:
        return wrong("The second letter was written over the first. Each needs a file name of its own.")
    return None


def _not_taken(fate) -> str:
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
        return f"{told} With 500 aiosmtpd answers for a hook that raised an error, or that returned no text."
    return f"{told} me@learner.test is one of your people."


def _refuses(server) -> Feedback | None:
    with smtplib.SMTP("127.0.0.1", server.port, "mallory.test", timeout=2) as client:
        client.ehlo("mallory.test")
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
                    "returned no text. `accept_rcpt` has the reply: 550."
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
    return None


def _puts_off(lab) -> Feedback | None:
    fate = _send(lab, "Third", "me@learner.test")
    if fate.status == "delivered":
        return wrong("The folder could not be written to, and it said 250. That letter is lost, and nobody knows.")
    if fate.status == "bounced":
        return wrong(
            f"The folder could not be written to, and the letter bounced: {fate.code} {fate.text}. A passing trouble "
            "became a bounce. Catch `OSError` and answer 452; `keep_first` does it."
        )
    return None
