"""One of two equal exchanges lacks a user in its list."""

from helpers.gallery.deeds import both, down, edit, no_checks, nothing, put, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors


def stage(case):
    records = '@ MX 10 mx1\n@ MX 10 mx2\n@ TXT "v=spf1 mx -all"\n'
    case.domain("{domain}", ["{person}", "{other}"], records)
    for host in ("mx1.{domain}", "mx2.{domain}"):
        _doors.users(case, host, "{person}, {other}")


def letters(case):
    """Six letters, and more where the dice sent all of them to one of the two."""
    sent = [case.send("ada@gmail.test", "{person}@{domain}", subject=f"Tulips, {n}") for n in range(1, 7)]
    while len({one.attempts[0].exchange for one in sent if one.attempts}) == 1 and len(sent) < 20:
        sent.append(case.send("ada@gmail.test", "{person}@{domain}", subject="Tulips, once more"))
    return sent


def guard(case):
    text = case.lab.zone_text(case.say("{domain}"))
    if "mx1" in text.partition(" A ")[0] and "mx2" in text.partition(" A ")[0]:
        return None
    return "{domain} has one exchange where it had two. It was not the machine that was amiss."


TICKET = Ticket(
    title="Half of the letters",
    words='{Person} writes: "Half of the letters that Ada sends me come back to her, and half arrive. She says '
    'that she does nothing differently. My sister {Other}, in the same house, gets all of hers."',
    names={"domain": "twins.test", "person": "tom", "other": "tina"},
    needs="10_delivery",
    way=(
        "[one.fates for one in case.log]",
        "case.settings",
    ),
    tools="the log, the transcripts in it, look-ups, `case.lab.zone_text`, letters of your own, and `case.settings`",
    stage=stage,
    letters=letters,
    causes=(
        Cause("one exchange of {domain} has no {person} in its list of users", put("mx2.{domain} users", "{other}")),
        Cause("one exchange of {domain} is switched off", down("mx2.{domain}")),
        Cause("one of the two MX records names a host that does not exist", edit("{domain}", "MX 10 mx2", "MX 10 mx3")),
        Cause(
            "{Person}'s mailbox is full, now and then",
            both(*(replies(f"mx{n}.{{domain}}", "RCPT", "452 4.2.2 Mailbox full") for n in (1, 2))),
        ),
        Cause(
            "one exchange has gmail.test on its list of bad senders",
            replies("mx2.{domain}", "MAIL", "554 5.7.1 We take nothing from you"),
        ),
        Cause(
            "somebody with two spellings of {Person}'s address",
            seen="both exchanges would say 550 to the wrong one, and both would take the right one. It is one address, "
            "and two answers.",
        ),
    ),
    proof=("550 5.1.1 No mailbox here is called <{person}@{domain}>", "mx2.{domain} users '{other}'"),
    hints=(
        "All letters or some? Put one that came back beside one that arrived (`case.log[0]`, `case.log[1]`, ...). "
        "What is the first line in which they differ?",
        "Who said no: Ada's host, or one of {Person}'s? Which one of them, and is it always the same?",
        "What was the no about: the sender, the letter, or the recipient? And what does the other exchange say to "
        "that?",
    ),
    after="Two exchanges of one preference share the letters, and [the sender throws the "
    "dice](https://www.rfc-editor.org/rfc/rfc5321#section-5.1). So a fault of one of them shows as a fault of half. "
    "A 5 in answer to RCPT [is for good](https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1), and the other door is "
    "not asked. (Had that exchange been switched off, all would have gone to the other one.) Lists of users belong in "
    "one place, from which both exchanges read.",
    mend=put("mx2.{domain} users", "{person}, {other}"),
    wrong_mends=(
        (nothing, "as before"),
        (no_checks("mx2.{domain}"), "switched off"),
        (edit("{domain}", "@ MX 10 mx2\n", ""), "It was not the machine that was amiss"),
        (put("mx2.{domain} users", "*"), "as before"),
    ),
    guard=guard,
    minutes=2,
)
