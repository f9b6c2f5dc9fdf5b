"""A scanner that thinks longer than the sender waits: each letter comes twice."""

from helpers.gallery.deeds import edit, nothing, put, relay
from helpers.gallery.parts import Cause, Ticket

SCANNER = "scanner on mx1.{domain}, minutes for a letter"
PATIENCE = 10  # minutes that a sender waits after the dot (RFC 5321 section 4.5.3.2.6)


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1")
    host = case.say("mx1.{domain}")

    def apply(minutes):
        """The answer to the dot: in time, or to somebody who has hung up."""
        case.lab.faults.clear(host)
        if minutes > PATIENCE:
            case.lab.faults.at(host, ".", "silence")

    case.settings.add(case.say(SCANNER), 1, apply)
    case.copies = 1


def letters(case):
    """Sent with a queue, which tries again; one letter, unless the user has sent two."""
    queue = case.lab.queue("out.gmail.test")
    case.sent_at = str(case.lab.clock)
    sent = [case.send("ada@gmail.test", "{person}@{domain}", subject="The minutes") for _ in range(case.copies)]
    case.lab.clock.advance(minutes=40)
    case.history = [f"{event.what} {event.about}" for event in queue.history]
    return sent


def look(case):
    box = case.lab.mailbox(case.say("{person}@{domain}"))
    return [*case.history, *repr(box).splitlines(), *(x.field("Message-ID") for x in box)]


def well(case):
    """One copy of this letter; the queue may bring earlier ones meanwhile."""
    box = case.lab.mailbox(case.say("{person}@{domain}"))
    return sum(letter.field("Date") == case.sent_at for letter in box) == 1


TICKET = Ticket(
    title="Twice",
    words='{Person} writes: "I get each letter twice since we have that new scanner for viruses, half an hour '
    "apart, the same to the last letter. Two of me would be too many. Ada swears that she presses 'Send' "
    'once. The scanner is very thorough, says the man who sold it."',
    names={"domain": "notary.test", "person": "gerda"},
    needs="11_queues_and_bounces",
    way=(
        'case.lab.mailbox("{person}@{domain}")',
        "case.log[0]",
    ),
    tools='the log (2 s in it stand for ten minutes), `case.lab.queue("out.gmail.test").history`, '
    '`case.lab.mailbox("{person}@{domain}")`, `case.settings`',
    stage=stage,
    letters=letters,
    look=look,
    well=well,
    causes=(
        Cause("mx1.{domain} answers to the dot later than a sender waits", put(SCANNER, 12)),
        Cause("Ada's program sends each letter twice", lambda case: setattr(case, "copies", 2)),
        Cause(
            "mx1.{domain} breaks off before the letter",
            lambda case: case.lab.faults.at(case.say("mx1.{domain}"), "DATA", "cut"),
        ),
        Cause(
            "mx1.{domain} makes strangers wait (greylisting)",
            lambda case: case.lab.faults.at(case.say("mx1.{domain}"), "RCPT", "421"),
        ),
        Cause(
            "{domain} has two MX records of one preference",
            edit("{domain}", "@ MX 10 mx1", "@ MX 10 mx1\n@ MX 10 mx1.{domain}."),
        ),
        Cause(
            "{Person}'s address is on a list that Ada writes to, and in Cc as well",
            seen="the two copies would have come by different roads, and one of them would have a List-Id.",
        ),
    ),
    proof=(
        "no answer came to the letter",
        "mx1.{domain} gave no whole answer for 2 s",
        "scanner on mx1.{domain}, minutes for a letter 12",
    ),
    hints=(
        "Are they two letters, or one letter twice? Which field tells?",
        "Who sent the second one? Follow the first in the sender's log to its last line.",
        "Both sides have done their duty. What did the one not hear, and how long had it listened?",
    ),
    after="mx1.{domain} had taken the letter, and said so to somebody who had hung up. A sender that hears no "
    "answer to the dot [sends it again](https://www.rfc-editor.org/rfc/rfc1047), since to lose a letter would be "
    "worse. A sender should wait [ten minutes](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2.6), and a "
    "receiver must see to it that it answers [soon](https://www.rfc-editor.org/rfc/rfc5321#section-6.1). So scan "
    "fast, or take the letter first, scan it, and then lay it into the mailbox; what is found so late is set aside, "
    "and never sent back.",
    mend=put(SCANNER, 1),
    wrong_mends=(
        (nothing, "as before"),
        (put(SCANNER, 11), "as before"),
        (relay("mx1.{domain}"), "open relay"),
        (edit("{domain}", " -all", " ?all"), "weaker than it was"),
    ),
)
