"""Judges of notebook 03's functions; they run in the child process, with a lab of their own."""

import ast
import re
import select
import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.check import source
from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab
from helpers.lab.sockets import LabSocket

from . import answers

HOST, ADDRESS = "mx1.outlook.test", "203.0.113.25"
CALLER, CALLER_ADDRESS = "laptop.learner.test", "192.0.2.10"
ADA, BOB = "ada@gmail.test", "bob@gmail.test"
SUPPORT, GRACE, NOBODY = "support@outlook.test", "grace@outlook.test", "nobody@outlook.test"
PATIENCE = 1.0  # second; a host of the lab answers in a few thousandths of one, and a busy machine takes longer
NOTHING_MORE = 0.02  # seconds of patience where all that will ever come has come
HEADER = b"From: Ada <ada@gmail.test>\r\nTo: support@outlook.test\r\nSubject: Dots\r\n\r\n"


class Line(LabSocket):
    """The learner's end of a connection, which remembers who said what: `turns`, pairs of "C" or "S" and bytes.

    Nobody waits for long on it, least of all once `end` octets have come from a host that will say no more.
    """

    end: float = float("inf")

    def settimeout(self, seconds):
        super().settimeout(PATIENCE if seconds is None else min(seconds, PATIENCE))

    def passed(self, who: str, data: bytes) -> None:
        if data and self.turns and self.turns[-1][0] == who:
            self.turns[-1][1].extend(data)
        elif data:
            self.turns.append((who, bytearray(data)))
        if who == "S":
            if sum(len(said) for who, said in self.turns if who == "S") >= self.end:
                self.settimeout(NOTHING_MORE)
            if not select.select([self], [], [], 0)[0]:
                self.clock.advance()  # so that a wire that cuts in two need not wait before it sends the second piece


@contextmanager
def _call(lab, end: float = float("inf")) -> Iterator[Line]:
    with lab.connect(ADDRESS, 25, timeout=PATIENCE) as sock:
        sock.__class__, sock.turns, sock.clock, sock.end = Line, [], lab.clock, end
        yield sock


def _said(lab, start: str = "") -> list[str]:
    """The lines that the host said in its latest session, from the first that begins with `start`."""
    lines = [line.text for line in lab.mail_hosts[HOST].sessions[-1].transcript.lines if line.who == "S"]
    return next((lines[n:] for n, line in enumerate(lines) if line.startswith(start)), [])


def _heard(lab) -> list[str]:
    """What the client said in the host's latest session."""
    return [line.text for line in lab.mail_hosts[HOST].sessions[-1].transcript.lines if line.who == "C"]


# read_reply


def read_reply(function) -> Feedback:
    """Judge `read_reply(sock)`, which returns one whole reply as a str (RFC 5321 section 4.2)."""
    with Lab() as lab:
        problem = (
            _whole_replies(function, lab)
            or _split_reply(function, lab, 5)
            or _split_reply(function, lab, len(f"250-{HOST}\r\n"))
            or _hyphen_in_the_text(function, lab)
            or _bare_code(function, lab)
            or _beyond_ascii(function, lab)
            or _two_at_once(function, lab)
            or _closed(function, lab)
            or _closed_in_the_middle(function, lab)
            or _line_ends(function, lab)
        )
    return problem or right(
        "It reads on until the line whose code has no hyphen is whole, takes not an octet more, and says so when the "
        "connection ends. However the wire cuts the replies, you get them one at a time."
    )


def _never_equal(function, name: str) -> str:
    """A sentence on the first comparison in it that only looks as if it could be true, of a byte or bytes with text."""
    for node in ast.walk(source.find(function, name).node):
        if not (isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)):
            continue
        one, other = node.left, node.comparators[0]
        if isinstance(one, ast.Constant):
            one, other = other, one
        if not (isinstance(one, ast.Subscript) and isinstance(other, ast.Constant)):
            continue
        always = "never" if isinstance(node.ops[0], ast.Eq) else "always"
        line, number = ast.unparse(one.value), getattr(one.slice, "value", None)
        if isinstance(number, int) and isinstance(other.value, bytes | str):
            return (
                f" Where `{line}` is bytes, `{ast.unparse(node)}` is {always} true: one byte is a number and equals "
                f"neither bytes nor text. A slice is bytes: `{line}[{number}:{number + 1}]`."
            )
        if isinstance(other.value, str):
            return f" Where `{line}` is bytes, `{ast.unparse(node)}` is {always} true: bytes and text are never equal."
    return ""


def _lines(given: object) -> list[str]:
    """The lines that have something in them: a line's end that was left in it is a matter for later."""
    return [line for line in given.splitlines() if line] if isinstance(given, str) else []


def _whole_replies(function, lab) -> Feedback | None:
    with _call(lab) as sock:
        try:
            with trying("the greeting"):
                given = function(sock)
        except TimeoutError:
            if _lines(_came(sock)) == _said(lab):
                return wrong(
                    f"The greeting was whole, {shown(_came(sock))}, and yours read on until the time was up. A reply "
                    "ends with the CR LF of the line that has no hyphen after its code: stop there."
                    + _never_equal(function, "read_reply")
                )
            raise
        if isinstance(given, bytes | bytearray):
            return wrong(f"It gave {shown(given)}, which is bytes. A reply is for reading: `.decode()` makes it a str.")
        if not isinstance(given, str):
            return wrong(
                f"For the greeting it gave {shown(given)}. Give back the whole reply as one str: the code is its first "
                "three characters, and the text may be needed for a report."
            )
        if _lines(given) != (said := _said(lab)):
            return wrong(f"The host greeted with {shown(said[0])}, and yours gave {shown(given)}.")
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        with trying("the reply to EHLO, seven lines in one piece"):
            given = function(sock)
        if _lines(given) == (said := _said(lab, "250")):
            return None
        if _lines(given) == said[:1]:
            return wrong(
                f"Of the reply to EHLO, {len(said)} lines, it gave the first, {shown(given)}. The hyphen after the "
                "code says that more lines follow; your next read would get them as the answer to something else."
                + _never_equal(function, "read_reply")
            )
        return wrong(f"The reply to EHLO has {len(said)} lines, and yours gave {shown(given)}.")


def _came(sock: Line) -> str:
    """What the learner's side has read so far."""
    return b"".join(data for who, data in sock.turns if who == "S").decode()


def _split_reply(function, lab, at: int) -> Feedback | None:
    lab.faults.split(HOST, at=at)
    with _call(lab) as sock, trying(f"replies that come in two pieces, the first of {at} bytes"):
        first = function(sock)
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        second = function(sock)
    lab.faults.clear()
    if _lines(first) != ["220 " + HOST + " ESMTP"]:
        return wrong(
            f"The wire cut the greeting in two, and for it yours gave {shown(first)}. The next call, after EHLO, gave "
            f"{shown(second)}: your next read gets this reply's tail, and from there on every answer is one too late."
        )
    if _lines(second) != (said := _said(lab, "250")):
        return wrong(
            f"The wire cut the reply to EHLO in two, and yours gave {shown(second)}. What it had so far may well have "
            f"ended in CR LF, but the reply ends with {shown(said[-1])}: the line without a hyphen after its code."
        )
    return None


def _hyphen_in_the_text(function, lab) -> Feedback | None:
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"EHLO my-laptop.learner.test\r\n")
        function(sock)
        sock.sendall(b"MAIL FROM:<olive@corner-shop.test>\r\n")
        try:
            with trying("a reply of one line with a hyphen in its text"):
                given = function(sock)
        except TimeoutError:
            given = None
    said = _said(lab, "250 2.1.0")[0]
    if given is None or _lines(given) != [said]:
        did = "read on" if given is None else f"gave {shown(given)}"
        return wrong(
            f"The reply `{said}` is one line, and whole. Yours {did}: only the fourth byte tells "
            "whether more lines follow, and the hyphen in this one stands later."
        )
    return None


def _bare_code(function, lab) -> Feedback | None:
    lab.mail_hosts[HOST].policy = lambda session, step, value: "550" if step == "HELO" else None
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        try:
            with trying("the reply `550` and CR LF, a code without a text"):
                given = function(sock)
        except TimeoutError:
            given = None
    lab.mail_hosts[HOST].policy = None
    if given is None:
        return wrong(
            "The host's reply was `550` and CR LF, a code without a text, and yours waited for more. That is a whole "
            "reply (RFC 5321 section 4.2): only a hyphen says that it goes on, not the lack of a space."
        )
    if not isinstance(given, str) or given.strip() != "550":
        return wrong(f"The host's reply was a code without a text, 550, and yours gave {shown(given)}.")
    return None


def _beyond_ascii(function, lab) -> Feedback | None:
    said = "550 5.1.1 Zoë has moved"
    lab.mail_hosts[HOST].policy = lambda session, step, value: said if step == "HELO" else None
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        try:
            with trying(f"the reply `{said}`, in UTF-8"):
                given = function(sock)
        except UnicodeDecodeError as error:
            given = error
    lab.mail_hosts[HOST].policy = None
    if isinstance(given, UnicodeDecodeError):
        return wrong(
            f"The host's reply was `{said}`, and yours raised UnicodeDecodeError. What a server says is ASCII, or "
            "UTF-8, where the letter ë is two bytes: neither of them alone is a character. Gather the bytes of a line "
            "first, and decode the whole of it by `.decode()`."
        )
    if _lines(given) != [said]:
        return wrong(
            f"The host's reply was `{said}`, and yours gave {shown(given)}. What a server says is ASCII, or UTF-8, in "
            "which the letter ë is two bytes. `.decode()`, with nothing in the brackets, reads both."
        )
    return None


def _two_at_once(function, lab) -> Feedback | None:
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"RSET\r\nNOOP\r\n")
        _wait_for(sock, b"250 2.0.0 OK\r\n")
        with trying("two replies that had come before it was called"):
            first = function(sock)
        try:
            second = function(sock)
        except TimeoutError:
            second = None
    if second is None or len(_lines(first)) > 1:
        return wrong(
            f"Two replies had come before yours was called. It took both off the wire and gave {shown(first)}, so that "
            "the next call waits for what is gone. Take no more than one reply: `recv(1)` brings one byte at a time."
        )
    if [*_lines(first), *_lines(second)] != (said := _said(lab, "250")):
        return wrong(f"Two replies had come, {shown(said)}, and two calls gave {shown(first)} and {shown(second)}.")
    return None


def _wait_for(sock: LabSocket, end: bytes) -> None:
    """Wait until all that is to come has come, and leave it there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not sock.recv(4096, socket.MSG_PEEK).endswith(end):
        time.sleep(0.01)


class _Ended(Line):
    """A connection that the server has closed, and which counts who does not notice."""

    unnoticed = 0

    def passed(self, who, data):
        super().passed(who, data)
        self.unnoticed += who == "S" and not data
        if self.unnoticed > 3:
            raise ConnectionError("the connection is closed, and recv gives nothing any more")


def _at_the_end(function, sock: LabSocket, when: str) -> tuple[object, Feedback | None]:
    """Call it on a connection that the server has closed; return what it gave, and what is wrong with how it ended.

    What it gave is the OSError itself where it raised one.
    """
    sock.__class__ = _Ended
    try:
        given = function(sock)
    except OSError as error:
        given = error
    except Exception as error:
        return None, wrong(
            f"{when} the host closed the connection, and yours raised {type(error).__name__}. Raise ConnectionError: "
            f"whoever calls it is prepared for an OSError, and of the two only ConnectionError is one."
        )
    if sock.unnoticed > 3:
        return None, wrong(
            f"{when} the host closed the connection, and yours went round for ever: from then on `recv` gives "
            '`b""` at once, each time. That is how a socket says that nothing will come. Raise ConnectionError.'
        )
    return given, None


def _closed(function, lab) -> Feedback | None:
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"QUIT\r\n")
        function(sock)
        given, problem = _at_the_end(function, sock, "After QUIT")
    if problem is None and not isinstance(given, OSError):
        return wrong(
            f"After QUIT the host closed the connection, and yours gave {shown(given)} as if that were a reply. When "
            '`recv` gives `b""`, nothing will ever come: raise ConnectionError, or it is taken for an answer.'
        )
    return problem


def _closed_in_the_middle(function, lab) -> Feedback | None:
    half = f"421-{HOST} is about to close"
    lab.mail_hosts[HOST].policy = lambda session, step, value: half if step == "HELO" else None
    with _call(lab) as sock:
        function(sock)
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        given, problem = _at_the_end(function, sock, "In the middle of a reply")
    lab.mail_hosts[HOST].policy = None
    if problem is None and not isinstance(given, OSError):
        return wrong(
            f"The host said {shown(half)}, where the hyphen promises another line, and closed the connection. Yours "
            f"gave {shown(given)}, which is half a reply. Raise ConnectionError there too."
        )
    return problem


def _line_ends(function, lab) -> Feedback | None:
    with _call(lab) as sock:
        replies = [function(sock)]
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        replies.append(function(sock))
    for reply in replies:
        if "\r" in reply or reply.endswith("\n"):
            return wrong(
                f"It reads every reply, and leaves the line's end in it: {shown(reply)}. CR LF ends a line on the wire "
                'and is no part of what was said. Give the lines without it, and `"\\n"` between them.'
            )
    return None


# stuff

LONE = HEADER + b"What ends every letter?\r\nThe answer is\r\n.\r\nNow you know.\r\nAda\r\n"
LETTERS = (
    ("a letter without any dot", HEADER + b"Good morning\r\n"),
    ("a letter in which a line is a lone dot", LONE),
    ("lines that begin with dots", HEADER + b".profile\r\n..\r\n...and so on\r\n"),
    ("two lone dots, one below the other", HEADER + b"Dots:\r\n.\r\n.\r\n"),
    ("dots that begin no line", HEADER + b"One. Two.\r\nwww.outlook.test ... .\r\n"),
    ("a letter whose very first line begins with a dot", b".dot: first\r\n\r\nHello\r\n"),
    ("a last line without its CR LF", HEADER + b"The end"),
    ("a letter that ends in an empty line", HEADER + b"The end\r\n\r\n"),
    (
        "a letter with bytes that are no UTF-8 (the \xfc of Latin-1), which nobody has to read to send them",
        HEADER + b"Gr\xfc\xdfe\r\n.\xff\r\nPage one\x0cPage two\x1d\x85\r\n",
    ),
)


def stuff(function) -> Feedback:
    """Judge `stuff(letter)`, which returns the bytes that follow 354 (RFC 5321 section 4.5.2)."""
    with Lab() as lab:
        for what, letter in LETTERS:
            if problem := _stuffed(function, lab, what, letter):
                return problem
    return right(
        "Every dot at the start of a line goes out doubled and arrives single, and the only line with one dot is the "
        "last. What the letter says can no longer end it."
    )


def _stuffed(function, lab, what: str, letter: bytes) -> Feedback | None:
    try:
        with trying(what):
            given = function(letter)
    except IndexError as error:
        if _empty_line(function, error):
            error.add_note(
                "the empty line that ends its header, which has no first byte. A slice of it is empty and no error: "
                "`line[:1] == b'.'`, or ask `line.startswith(b'.')`." + _never_equal(function, "stuff")
            )
        raise
    if given is None:
        return wrong(f"With {what}: it gave None. End it with `return` and the bytes that go out.")
    if not isinstance(given, bytes | bytearray):
        return wrong(
            f"It gave {shown(given)}. What goes over a socket is bytes, and so is the letter that it was given."
        )
    replies, kept = _carry(lab, bytes(given))
    whole = letter if letter.endswith(b"\r\n") else letter + b"\r\n"
    if not replies:
        return wrong(
            f"With {what}: the host is still waiting for the end, a line that holds one dot and nothing else, between "
            f"CR LF and CR LF. Yours ended in {shown(bytes(given[-12:]))}."
        )
    if len(replies) > 1:
        lines = kept.split(b"\r\n\r\n", 1)[-1].count(b"\r\n")
        all_lines = whole.split(b"\r\n\r\n", 1)[-1].count(b"\r\n")
        return wrong(
            f"With {what}: {lines} of the {all_lines} lines below the header arrived, and the rest ran as commands. "
            f"The host answered {shown(replies[1])}. A dot at the start of a line has to be doubled."
            + _never_equal(function, "stuff")
        )
    if kept == whole:
        return None
    if kept == whole + b"\r\n" or kept == whole + b"\r\n\r\n":
        return wrong(
            f"With {what}: an empty line was added at its end. Where the letter ends in CR LF already, `.` and CR LF "
            "are all that is missing (RFC 5321 section 4.1.1.4)."
        )
    if kept.count(b".") > whole.count(b"."):
        return wrong(
            f"With {what}: it arrived with more dots than it had. Only a dot that begins a line is doubled, and by "
            f"one: that is the one the receiving host takes away. {_changed(whole, kept)}"
        )
    if kept.count(b".") < whole.count(b"."):
        return wrong(
            f"With {what}: it arrived with fewer dots than it had, since the host takes one from each line that begins "
            f"with a dot. Double them all, also on the first line. {_changed(whole, kept)}"
        )
    return wrong(f"With {what}: what arrived is not what was sent. {_changed(whole, kept)}")


def _empty_line(function, error: IndexError) -> bool:
    """Whether it was raised where a first byte is asked for, `line[0]`, in the function itself."""
    lines = source.find(function, "stuff").text.splitlines()
    raised = traceback.extract_tb(error.__traceback__)[-1]
    return "[0]" in (raised.line or "") and any(raised.line in line for line in lines)


def _changed(whole: bytes, kept: bytes) -> str:
    """The first line that did not arrive as it was."""
    pairs = zip((*whole.split(b"\r\n"), b""), (*kept.split(b"\r\n"), b""), strict=False)
    return next((f"The line {shown(a)} arrived as {shown(b)}." for a, b in pairs if a != b), "")


def _carry(lab, data: bytes) -> tuple[list[str], bytes]:
    """Send what follows 354; return the host's replies to it, and the letter that it kept."""
    before = len(lab.mailbox(SUPPORT))
    with _call(lab) as sock:
        answers.read_reply(sock)
        for command in (b"EHLO laptop.learner.test", b"MAIL FROM:<ada@gmail.test>", b"RCPT TO:<support@outlook.test>"):
            sock.sendall(command + b"\r\n")
            answers.read_reply(sock)
        sock.sendall(b"DATA\r\n")
        answers.read_reply(sock)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)  # nothing more will come: the host answers what it has, and closes
        replies = []
        try:
            while True:
                replies.append(answers.read_reply(sock))
        except OSError:
            pass
    return replies, _arrived(lab.mailbox(SUPPORT)[-1]) if len(lab.mailbox(SUPPORT)) > before else b""


def _arrived(letter) -> bytes:
    """A letter as it came, without what the receiving host wrote above it."""
    return re.split(rb"\tby .*\r\n(?:\t.*\r\n)*", letter.content, maxsplit=1)[1]


# send_mail

IN_THE_DICT = "a refusal is an answer and belongs in the dict"


class OutOfTurn(Exception):
    """The client and the host wait for each other, or it was a matter of luck that they do not. Takes the Feedback."""


def carry_letter(function) -> Feedback:
    """Judge the first stage of `send_mail`: the host refuses nothing, and nothing breaks."""
    return _first_problem(function, _plain, _two_accepted, _dots, _cut_replies) or right(
        "You have put what you typed by hand into one function, and it carries any letter to a host that takes it. "
        "Next come the hosts that do not."
    )


def send_mail(function) -> Feedback:
    """Judge `send_mail(sock, sender, recipients, letter)`, which returns a dict of recipient and reply."""
    steps = (_plain, _one_refused, _all_refused, _forwarded, _deferred, _dots, _cut_replies, _broken_off)
    return _first_problem(function, *steps, _silent_after_250) or right(
        "Each recipient has the reply that decided about them, one refusal stops nobody else's copy, and where the "
        "answer after the dot never came you say so instead of guessing. That is the client half of SMTP."
    )


def _first_problem(function, *steps) -> Feedback | None:
    with Lab() as lab:
        try:
            return next(filter(None, (step(function, lab) for step in steps)), None)
        except OutOfTurn as why:
            return why.args[0]


def _send(function, lab, what, recipients, letter=LETTERS[0][1], sender=ADA, end=float("inf")):
    """Let the learner's function carry a letter; return what it gave. Raises OutOfTurn, and whatever it raises."""
    with _call(lab, end) as sock, trying(what):
        try:
            given = function(sock, sender, list(recipients), letter)
        except Exception as error:
            waited = isinstance(error, TimeoutError) and end == float("inf")  # else the host is silent on purpose
            if problem := _spoke_early(sock) or (waited and _waited_in_vain(sock)):
                raise OutOfTurn(problem) from error
            raise
        if problem := _spoke_early(sock):
            raise OutOfTurn(problem)
    return given


def _spoke_early(sock: Line) -> Feedback | None:
    if sock.turns and sock.turns[0][0] == "C":
        return wrong(
            "You wrote before you had read the greeting. The server speaks first, so what you then take for the answer "
            "to EHLO is its 220, and every answer after it belongs to the command before. Read the greeting first."
        )
    if any(who == "C" and re.search(rb"(?i)(^|\n)DATA\r\n.", said) for who, said in sock.turns):
        return wrong(
            "The letter went out before you had read the answer to DATA. What comes next is that answer, 354, and only "
            "after it the 250 that answers the letter. Read the 354 first: had the host said 451 instead, each line of "
            "the letter would have run as a command."
        )
    return None


def _waited_in_vain(sock: Line) -> Feedback | None:
    """What is missing where the client waits for an answer and the host has none to give."""
    (_, before), (who, last) = [("", b""), ("", b""), *sock.turns][-2:]
    if who == "S":
        return wrong(
            f"You were waiting for another reply after {shown(_last_line(last))}, and the host was waiting for you. To "
            "each command there is one reply."
        )
    last = re.sub(rb"(?i)(?<=\n)QUIT\r\n\Z", b"", last)  # said on the way out, when the wait was over
    if _last_line(before).startswith("354") and not last.endswith(b"\r\n.\r\n"):
        return wrong(
            f"You sent the letter, which ended in {shown(bytes(last[-12:]))}, and waited for the answer. The host was "
            "still waiting for the end, a line that holds one dot and nothing else. Your `stuff` puts it there."
        )
    if not last.endswith(b"\r\n"):
        return wrong(
            f"You said {shown(bytes(last))} and waited for the answer, but no CR LF stands at its end. So the host was "
            "still waiting for the rest of the line. Each command ends in `\\r\\n`."
        )
    return None


def _last_line(said: bytes) -> str:
    return said.decode("utf-8", "replace").rstrip("\r\n").rpartition("\n")[2]


def _not_a_table(given: object, recipients: list[str], what: str) -> Feedback | None:
    if given is None:
        return wrong(f"With {what}: it gave None. End it with `return` and the dict of the replies.")
    if not isinstance(given, dict):
        return wrong(
            f"With {what}: it gave {shown(given)}. Give back a dict, with each recipient's reply: one may be refused "
            "alone."
        )
    if missing := [recipient for recipient in recipients if recipient not in given]:
        return wrong(
            f"With {what}: it gave {shown(given)}, where {missing[0]} is missing: nobody learns what became of that "
            "copy."
        )
    if odd := [reply for reply in given.values() if not isinstance(reply, str)]:
        return wrong(
            f"With {what}: a reply in it is {shown(odd[0])}. Give the whole reply as `read_reply` gave it: a str."
        )
    return None


def _expect(given: object, codes: dict[str, str]) -> str:
    """Return the first recipient whose reply has not the code that it should have, else nothing."""
    return next((recipient for recipient, code in codes.items() if not given[recipient].startswith(code)), "")


def _complaint(lab) -> str:
    """What the host refused first in its latest session, and with which words."""
    command = "your call"
    for line in lab.mail_hosts[HOST].sessions[-1].transcript.lines:
        if line.who == "S" and line.text[0] in "45":
            return f"To {command} the host answered {shown(line.text)}."
        if line.who == "C":
            command = shown(line.text) if line.text else "an empty line"
    return f"The host complained of nothing, and the last that it got was {command}."


def _plain(function, lab) -> Feedback | None:
    what = "one recipient"
    given = _send(function, lab, what, [SUPPORT])
    if problem := _not_a_table(given, [SUPPORT], what):
        return problem
    if not lab.mailbox(SUPPORT):
        return wrong(f"Nothing arrived. {_complaint(lab)}")
    if problem := _cut_short(lab, given[SUPPORT]):
        return problem
    if not given[SUPPORT].startswith("250") or given[SUPPORT].strip() not in _said(lab, "354"):
        return wrong(
            f"For {SUPPORT} it gave {shown(given[SUPPORT])}. What decides is the reply after the final dot; the 250 to "
            "RCPT said only that the address is good."
        )
    if _arrived(lab.mailbox(SUPPORT)[-1]) != LETTERS[0][1]:
        end = _arrived(lab.mailbox(SUPPORT)[-1])[-40:]
        return wrong(f"What arrived is not the letter that was sent. It ends in {shown(end)}.")
    if any(said[0] in "45" for said in _said(lab)):
        return wrong(f"The letter arrived, and yet not all went well. {_complaint(lab)} Why was that sent?")
    if not _said_goodbye(lab):
        return wrong("The letter arrived, and then you hung up without a word. Say QUIT, and wait for its 221.")
    return _introduced(lab) or _spaces(lab)


def _introduced(lab) -> Feedback | None:
    name = lab.mail_hosts[HOST].sessions[-1].host_name
    if name.casefold() in (CALLER, f"[{CALLER_ADDRESS}]"):
        return None
    if "." in name or ":" in name:
        return wrong(f"You introduced yourself as `{name}`, and that is somebody else. This computer is {CALLER}.")
    return wrong(
        f"You introduced yourself as `{name}`. What follows EHLO is the full name of the host that calls, or its "
        f"address in square brackets (RFC 5321 section 4.1.1.1), and `{name}` is neither. This computer is {CALLER}."
    )


def _spaces(lab) -> Feedback | None:
    for line in _heard(lab):
        if command := re.match(r"(MAIL FROM|RCPT TO): ", line, re.IGNORECASE):
            return wrong(
                f"You said `{line}`, with a space after the colon. This host let it pass, and others refuse it: "
                f"there must be none (RFC 5321 section 3.3). It is `{command[1]}:<...>`."
            )
    return None


def _said_goodbye(lab) -> bool:
    """Whether the client's QUIT came; one that hung up right after it is heard a little later."""
    until = time.monotonic() + PATIENCE
    while not (said := "QUIT" in map(str.upper, _heard(lab))) and time.monotonic() < until:
        time.sleep(0.01)
    return said


def _cut_short(lab, given: str) -> Feedback | None:
    """Of the reply after the dot only a part, such as its code."""
    whole = _said(lab, "354")[1]
    if given.strip() == whole or not given.strip() or given.strip() not in whole:
        return None
    return wrong(
        f"It gave {shown(given)}, which is a part of the reply after the dot, {shown(whole)}. Give the whole reply as "
        "`read_reply` gave it: its text may be needed for a report."
    )


def _two_accepted(function, lab) -> Feedback | None:
    everyone, what = [SUPPORT, GRACE], "two recipients, and the host takes both"
    given = _send(function, lab, what, everyone, sender=BOB)
    for recipient in everyone:
        if not lab.mailbox(recipient) or lab.mailbox(recipient)[-1].envelope.sender != BOB:
            return wrong(
                f"With {what}: nothing from {BOB} arrived for {recipient}. {_complaint(lab)} RCPT TO names one "
                "recipient, and is said once for each."
            )
    if problem := _not_a_table(given, everyone, what):
        return problem
    if who := next((who for who in everyone if given[who].strip() not in _said(lab, "354")), ""):
        return _cut_short(lab, given[who]) or wrong(
            f"With {what}: for {who} it gave {shown(given[who])}. What decides is the reply after the final dot."
        )
    return None


def _one_refused(function, lab) -> Feedback | None:
    everyone, codes = [SUPPORT, NOBODY, GRACE], {SUPPORT: "250", NOBODY: "550", GRACE: "250"}
    what = f"three recipients of whom the host refuses the second; {IN_THE_DICT}"
    given = _send(function, lab, what, everyone, sender=BOB)
    if not lab.mailbox(GRACE) and not any(NOBODY in said for said in _said(lab)):
        return wrong(f"{_complaint(lab)} RCPT TO names one recipient, and is said once for each.")
    if not lab.mailbox(GRACE):
        return wrong(
            f"Of three recipients the host refused the second, {NOBODY}. One refusal aborted all: the copies of the "
            "other two never went. Note the refusal, and go on with those who were accepted."
        )
    if problem := _not_a_table(given, everyone, what):
        return problem
    if who := _expect(given, codes):
        return wrong(f"For {who} the host's answer was {codes[who]}, and yours gave {shown(given[who])}.")
    if (sender := lab.mailbox(GRACE)[-1].envelope.sender) != BOB:
        return wrong(f"The letter was from {BOB}, as your function was told, and MAIL FROM named {sender}.")
    return None


def _all_refused(function, lab) -> Feedback | None:
    what = f"one recipient, whom the host refuses; {IN_THE_DICT}"
    given = _send(function, lab, what, [NOBODY])
    if problem := _not_a_table(given, [NOBODY], what):
        return problem
    if "DATA" in map(str.upper, _heard(lab)):
        return wrong(
            "The host had refused the only recipient, and you said DATA all the same. It answers 503; had you sent the "
            "letter, each of its lines would have run as a command."
        )
    if _expect(given, {NOBODY: "550"}):
        return wrong(f"The host refused {NOBODY} with 550, and yours gave {shown(given[NOBODY])}.")
    if not _said_goodbye(lab):
        return wrong("The host refused the only recipient, and you hung up without a word. Say QUIT here too.")
    return None


def _forwarded(function, lab) -> Feedback | None:
    """RFC 5321 section 3.4: a host may accept a recipient with 251, and sends the letter on."""

    def sent_on(session, step, value):
        if step == "RCPT" and value == GRACE:
            session.envelope.rcpt_tos.append(value)
            return "251 2.1.5 User not local; will forward"
        return None

    for everyone in ([SUPPORT, GRACE], [GRACE]):
        what = f"a host that answered RCPT TO:<{GRACE}> with 251, user not local; will forward"
        lab.mail_hosts[HOST].policy = sent_on
        try:
            given = _send(function, lab, what, everyone)
        finally:
            lab.mail_hosts[HOST].policy = None
        if problem := _not_a_table(given, everyone, what):
            return problem
        if _expect(given, dict.fromkeys(everyone, "250")):
            return wrong(
                f"The host answered RCPT TO:<{GRACE}> with 251, which accepts her: it forwards her letter. Yours gave "
                f"{shown(given)}. The first digit is what a client goes by, and any 2 in front means done (RFC 5321 "
                "section 4.2.1); the reply that decides about her is the one after the final dot."
            )
    return None


def _deferred(function, lab) -> Feedback | None:
    for step, command in (
        ("connect", ""),
        ("HELO", "EHLO"),
        ("MAIL", "MAIL FROM"),
        ("RCPT", "one RCPT TO"),
        ("DATA", "DATA"),
        ("letter", "the letter, after its final dot"),
    ):
        answered = "greeted with" if step == "connect" else f"answered {command} with"
        what = f"a host that {answered} 451; {IN_THE_DICT}"
        lab.mail_hosts[HOST].policy = lambda session, asked, value, step=step: (
            "451 4.3.0 Not now" if asked == step and value not in (SUPPORT,) else None
        )
        try:
            given = _send(function, lab, what, [SUPPORT, GRACE])
        finally:
            lab.mail_hosts[HOST].policy = None
        if problem := _not_a_table(given, [SUPPORT, GRACE], what):
            return problem
        if odd := [said for said in _said(lab) if said[:3] in ("500", "502")]:
            return wrong(
                f"The host {answered} 451, not now, and yours went on: it got {shown(odd[0])}, for lines of "
                "the letter ran as commands. Only after 354 may the letter follow."
            )
        codes = {SUPPORT: "250" if step == "RCPT" else "451", GRACE: "451"}
        if who := _expect(given, codes):
            return wrong(
                f"The host {answered} 451. For {who} the reply that decided is the {codes[who]}, and yours "
                f"gave {shown(given[who])}."
            )
        if not _said_goodbye(lab):
            return wrong(
                f"The host {answered} 451, and you hung up without a word. However it goes, a client says QUIT before "
                "it leaves (RFC 5321 section 4.1.1.10)."
            )
    return None


def _dots(function, lab) -> Feedback | None:
    for what, letter in (*LETTERS[1:4], LETTERS[-1]):
        given = _send(function, lab, what, [SUPPORT], letter)
        if _arrived(lab.mailbox(SUPPORT)[-1]) != letter or not given[SUPPORT].startswith("250"):
            return wrong(
                f"With {what}: the letter did not arrive as it was. Your `stuff` knows what has to be done with dots "
                "before a letter goes out."
            )
    return None


def _cut_replies(function, lab) -> Feedback | None:
    lab.faults.split(HOST, at=5)
    given = _send(function, lab, "a wire that cuts each reply after 5 bytes", [GRACE])
    lab.faults.clear()
    if _expect(given, {GRACE: "250"}):
        return wrong(
            f"With a wire that cuts each reply after 5 bytes, yours gave {shown(given)}. Read every reply with "
            "`read_reply`, the greeting too."
        )
    return None


def _said_until(lab, code: str) -> int:
    """How many bytes the host said in its latest session, up to the last line with this code."""
    said = [line.data for line in lab.mail_hosts[HOST].sessions[-1].transcript.lines if line.who == "S"]
    last = max(n for n, line in enumerate(said) if line.startswith(code.encode()))
    return sum(map(len, said[: last + 1]))


def _broken_off(function, lab) -> Feedback | None:
    _send(function, lab, "one recipient", [GRACE])
    end = _said_until(lab, "354")
    for fault, what, last in (
        (lab.faults.reset, "broke the connection off", float("inf")),  # something comes yet: its reset
        (lab.faults.stall, "fell silent", end),
    ):
        fault(HOST, after=end)
        try:
            given = _send(function, lab, f"a host that {what} after 354", [GRACE], end=last)
        except OSError:
            continue
        finally:
            lab.faults.clear()
        return wrong(
            f"After 354 the host {what}, so that no answer came to the letter. Yours gave {shown(given)}. It may have "
            "been kept, or not; nobody knows. Let the error through, so that whoever called can try again."
        )
    return None


def _silent_after_250(function, lab) -> Feedback | None:
    _send(function, lab, "one recipient", [GRACE])
    end = _said_until(lab, "250")
    lab.faults.stall(HOST, after=end)
    try:
        given = _send(function, lab, "a host that falls silent after the last 250", [GRACE], end=end)
    except OSError as error:
        return wrong(
            f"The host said 250 to the letter and then answered no more, and yours raised {type(error).__name__} over "
            "QUIT. The letter is accepted: whoever gets an error here sends it once more, and Grace reads it twice. "
            "After that 250 an OSError changes nothing."
        )
    if _expect(given, {GRACE: "250"}):
        return wrong(f"The host said 250 to the letter and then answered no more, and yours gave {shown(given)}.")
    return None
