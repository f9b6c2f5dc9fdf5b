"""A file that is under the limit makes a letter that is over it: base64 needs four octets for three."""

import base64

from helpers.check.notes import Told
from helpers.gallery.deeds import both, edit, nothing, put, relay, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

FILM, LONGEST = "the film, in millions of octets", 20


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1", more="out")
    case.settings.add(FILM, 1, _cut)


def _cut(millions):
    if not 1 <= millions <= LONGEST:
        raise Told(f"A film has from 1 to {LONGEST} millions of octets here, and {millions} it cannot have.")


def film(case) -> bytes:
    """A letter with the film in it, in lines of base64 (RFC 2045 section 6.8). Each line of it is the same."""
    line = base64.encodebytes(bytes(range(57)))
    lines = line * (case.settings[FILM] * 1_000_000 // 57)
    fields = (
        f"From: {case.say('{person}@{domain}')}\nTo: support@outlook.test\nSubject: The film\nMIME-Version: 1.0\n"
        "Content-Type: video/mp4\nContent-Transfer-Encoding: base64\n\n"
    )
    return (fields.encode() + lines).replace(b"\n", b"\r\n")


def letters(case):
    small = case.send("{person}@{domain}", "support@outlook.test", "out.{domain}", subject="It follows", text="Soon.")
    return [small, case.lab.send(film(case), case.say("out.{domain}"))]


def look(case):
    size = len(case.log[1].content)
    return [f"The letter with the film has {size:,} octets.", str(size)]


TICKET = Ticket(
    title="Thirteen megabytes",
    words='{Person} writes: "I have made a film for outlook.test, of 13 megabytes. On their page they say that they '
    "take letters of up to 16. Mine comes back before I have let go of the key. A short letter to the same people "
    'arrives. I have asked three times how large the file is, and it is always 13. Who cannot count?"',
    names={"domain": "puppets.test", "person": "astrid"},
    needs="05_live_server",
    way=(
        "case.log[1]",
        "len(case.log[1].content)",
    ),
    tools="the log, `len(case.log[1].content)`, the transcripts, and `case.settings`, where {Person} makes the film "
    "shorter for you",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause("as text for the wire the film is a third larger, and the letter is over the limit", put(FILM, 13)),
        Cause(
            "the mailbox of support is full",
            both(*(replies(host, "RCPT", "452 4.2.2 Mailbox full") for host in _doors.AT_OUTLOOK)),
        ),
        Cause(
            "outlook.test takes no films",
            both(*(replies(host, "letter", "550 5.7.1 We do not want this") for host in _doors.AT_OUTLOOK)),
        ),
        Cause(
            "outlook.test has a lower limit than its page says",
            seen="in its reply to EHLO a smaller number than 16777216 would stand behind SIZE.",
        ),
        Cause(
            "{Person}'s own host has a lower limit",
            seen="the no would be said by out.{domain}, before it had called anybody.",
        ),
        Cause(
            "outlook.test has {domain} on a list of bad senders",
            both(*(replies(host, "MAIL", "554 5.7.1 We take nothing from you") for host in _doors.AT_OUTLOOK)),
        ),
    ),
    proof=(
        "552 5.3.4 A letter has at most 16777216 octets here",
        "The letter with the film has 17,",
    ),
    hints=(
        "All letters or some? Which of a user, a host, a road, a size, a day do those that come back have in common?",
        "To which command was the no said? Put two numbers of that conversation beside each other.",
        "A letter is lines of text, and a film is not. What is done to it on its way into the letter?",
    ),
    after="A server says behind SIZE how much it takes, and a client says behind MAIL how much will come: so [the no "
    "costs no transfer](https://www.rfc-editor.org/rfc/rfc1870#section-6.1). What counts is the letter and not the "
    "file. Base64 writes [four characters for three octets](https://www.rfc-editor.org/rfc/rfc2045#section-6.8), and a "
    "line end now and then: 13 million octets become 17.8. Whoever states a limit for people takes three tenths "
    "off, and a link is kinder to everybody than a film is.",
    mend=put(FILM, 1),
    wrong_mends=(
        (nothing, "as before"),
        (put(FILM, 15), "as before"),
        (relay("mx1.{domain}"), "open relay"),
        (edit("{domain}", " -all", " +all"), "weaker than it was"),
    ),
    minutes=6,
)
