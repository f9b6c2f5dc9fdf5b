"""Two forwards that point at each other; and behind them a mailbox that was given up for one of them."""

from helpers.gallery.deeds import both, down, edit, no_checks, nothing, put, relay
from helpers.gallery.parts import Cause, Ticket
from helpers.mail import forwarder

from . import _doors


def stage(case):
    for domain, host, to in (("{domain}", "mx1.{domain}", "{person}@{second}"), ("{second}", "mx1.{second}", "")):
        case.domain(domain, ["{person}"], exchanges="mx1")
        case.settings.add(case.say(f"{host} mailboxes"), case.say("{person}"))
        _forwards(case, case.say(host), case.say(f"{{person}}@{domain}"), case.say(to))


def _forwards(case, host, address, to):
    """A host that forwards what is for an address, as its setting says; nowhere, where that is empty."""
    name = f"{host} forwards {address} to"
    case.settings.add(name, to)

    def ask(session, step, value):
        target = case.settings[name]
        has_none = not target and case.names["person"] not in case.settings[f"{host} mailboxes"]
        if step == "RCPT" and has_none and value == address:
            return f"550 5.1.1 No mailbox here is called <{address}>"
        if step != "letter" or not target:
            return None
        onward = forwarder(case.lab, host, {address: target})
        answer = onward(session, step, value)
        case.sent_on += onward.deliveries
        return answer

    case.policy(host, ask)


def letters(case):
    case.sent_on = []
    case.before = len(case.lab.mailbox(case.say("{person}@{second}")))
    return [case.send("ada@gmail.test", "{person}@{domain}", subject="Your slides"), *case.sent_on]


BACK = "mx1.{second} forwards {person}@{second} to"
MAILBOXES = "mx1.{second} mailboxes"


def given_up(*deeds):
    """What happened, and the mailbox that went with the second forward."""
    return both(put(MAILBOXES, ""), *deeds)


TICKET = Ticket(
    title="Round and round",
    words='Ada writes: "I wrote to {person}@{domain}, which is where {Person} was before the summer. It comes '
    "back with `554 5.4.6`, and the report has more Received lines than words. {Person} says: 'that address "
    "goes to my new one, I have set it up myself. Then I set up the other as well, to be safe, and gave up "
    "the mailbox, to be tidy.'\"",
    names={"domain": "faculty.test", "second": "institute.test", "person": "hugo"},
    needs="11_queues_and_bounces",
    way=(
        'case.lab.mailbox("ada@gmail.test")[-1]',
        "case.settings",
    ),
    tools='the log, the report in `case.lab.mailbox("ada@gmail.test")`, look-ups, `case.settings`',
    stage=stage,
    letters=letters,
    well=lambda case: _doors.in_inbox(case, "{person}@{second}", case.before + 1),
    causes=(
        Cause("two forwards point at each other", given_up(put(BACK, "{person}@{domain}"))),
        Cause(
            "the MX record of {second} points back to {domain}",
            given_up(edit("{second}", "MX 10 mx1", "MX 10 mx1.{domain}.")),
        ),
        Cause("the exchange of {second} is down", given_up(down("mx1.{second}"))),
        Cause("nobody at {second} is called {person}", given_up()),
        Cause(
            "the forward has a mistake in its address",
            given_up(put("mx1.{domain} forwards {person}@{domain} to", "{person}@x.{second}")),
        ),
        Cause(
            "{Person}'s mail program answers by itself, and so does Ada's",
            seen="the letters that pile up would be new ones, each with a subject that begins with an answer's, "
            "and none would have many Received fields.",
        ),
    ),
    proof=(
        "554 5.4.6 This letter has been at mx1.{domain} before",
        "mx1.{second} forwards {person}@{second} to '{person}@{domain}'",
    ),
    hints=(
        "Who wrote the report, and how far had the letter come by then?",
        "Read the Received fields of the letter from the bottom up. Which host stands there twice?",
        "Each of the two hosts did what it was told. By which setting?",
    ),
    after="Each host did one sensible thing, and together they did nonsense. A host knows a circle [by the number "
    "of Received fields](https://www.rfc-editor.org/rfc/rfc5321#section-6.3), or, like these, by its own name "
    "in one. ([RFC 3463](https://www.rfc-editor.org/rfc/rfc3463#section-3.5) knows X.4.6 only with a 4 in front; hosts "
    "say it with a 5.) Cut it where the person reads their mail, and never by taking the counting away. And an address "
    "that is not forwarded any more needs a mailbox: that was the second fault, behind the first.",
    mend=both(put(BACK, ""), put(MAILBOXES, "{person}")),
    wrong_mends=(
        (nothing, "as before"),
        (put(BACK, ""), "a second fault behind the first"),
        (put(MAILBOXES, "{person}"), "as before"),
        (no_checks("mx1.{second}"), "switched off"),
        (relay("mx1.{domain}"), "open relay"),
    ),
)
