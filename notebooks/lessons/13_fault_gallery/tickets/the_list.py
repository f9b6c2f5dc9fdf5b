"""A mailing list breaks the seal of an author whose domain asks for reject."""

from helpers.gallery.deeds import edit, no_checks, nothing, put
from helpers.gallery.parts import Cause, Ticket
from helpers.mail import mailing_list

from . import _doors

REWRITES, FOOTER = "list at mx1.{domain} rewrites From", "list at mx1.{domain} footer"


def stage(case):
    case.domain(
        "{author}", ["{person}"], '@ MX 10 mx1\n@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=reject"\n', "mx1"
    )
    case.domain("{domain}", ["garden"], exchanges="mx1")
    case.settings.add(case.say(REWRITES), True)
    case.settings.add(case.say(FOOTER), True)
    case.members = ["grace@outlook.test"]

    def ask(session, step, value):
        footer, rewrites = case.settings[case.say(FOOTER)], case.settings[case.say(REWRITES)]
        lists = mailing_list(
            case.lab, case.say("mx1.{domain}"), case.say("garden@{domain}"), case.members,
            footer=None if footer else "", rewrite_from=rewrites,
        )  # fmt: skip
        answer = lists(session, step, value)
        if step == "letter":
            case.sent_on = list(lists.deliveries)
        return answer

    case.policy("mx1.{domain}", ask)
    _doors.judges(case, *_doors.AT_OUTLOOK)


def letters(case):
    box = case.lab.mailbox("grace@outlook.test")
    case.before, case.sent_on, sent = len(box), [], []
    for who, host in (("olive@corner-shop.test", "corner-shop.test"), ("{person}@{author}", "mx1.{author}")):
        sent.append(case.send(who, "garden@{domain}", host, subject="Slugs", text="What do you do about them?"))
        sent += case.sent_on
    return sent


def look(case):
    box = case.lab.mailbox("grace@outlook.test")
    return [line for x in [*box, *box.junk] for line in (x.field("Authentication-Results"), f"From: {x.field('From')}")]


TICKET = Ticket(
    title="The list",
    words="Grace writes: \"I am on the list `garden@{domain}`. Olive's letters come into my inbox. Those of "
    "{Person} of {author} are all in junk. A friend, whose host refuses them, was struck off, 'since her address "
    "does not work'. It does! And {Person} is the only one who knows anything about slugs.\"",
    names={"domain": "gardeners.test", "author": "savings.test", "person": "edda"},
    needs="09_dkim_dmarc",
    way=(
        'case.lab.mailbox("grace@outlook.test")[-1]',
        'case.lab.mailbox("grace@outlook.test").junk[-1]',
        "case.settings",
    ),
    tools='the log, `case.lab.mailbox("grace@outlook.test").junk`, look-ups, `case.lab.zone_text` and `case.settings`',
    stage=stage,
    letters=letters,
    look=look,
    well=lambda case: len(case.lab.mailbox("grace@outlook.test")) == case.before + 2,
    causes=(
        Cause(
            "the list sends {Person}'s letters in {Person}'s name, and {author} asks for reject", put(REWRITES, False)
        ),
        Cause("Grace's host sets aside whatever the list sends", _doors.junk("mx1.outlook.test")),
        Cause("{domain} has no right to send by its own SPF record", edit("{domain}", "v=spf1 mx -all", "v=spf1 -all")),
        Cause("Grace is not on the list any more", lambda case: case.members.clear()),
        Cause(
            "outlook.test has {author} on a list of bad senders",
            lambda case: case.policy(
                "mx1.outlook.test",
                lambda session, step, letter: (
                    setattr(letter, "folder", "junk")
                    if step == "letter" and case.names["author"] in letter.field("From")
                    else None
                ),
            ),
        ),
        Cause(
            "{Person} writes in HTML, and filters do not like that",
            seen="the letter would be in junk however it came, and the receiver's Authentication-Results would "
            "say pass.",
        ),
    ),
    proof=("dmarc=fail header.from={author} policy.dmarc=reject", "list at mx1.{domain} rewrites From False"),
    hints=(
        "All letters of the list or some? Put one of Olive's beside one of {Person}'s.",
        "Read the receiver's Authentication-Results of both. Which of the three verdicts differs?",
        "Whose name stands in From:, and whose host brought the letter?",
    ),
    after="A list is a new sender with an old name in From:. SPF passes for the list, and is not aligned; a DKIM "
    "signature would break on the tag and the footer. A domain whose people write to "
    "lists [should not ask for reject](https://www.rfc-editor.org/rfc/rfc9989#section-7.4), and a receiver is "
    "right to set aside and not to refuse. The list is the one that can do something: write in its own name, with the "
    "author in Reply-To:. Had the receiver refused instead, the list would have had bounces, and many lists "
    "strike off whoever's host refuses. Grace would have been struck off for somebody else's letter.",
    mend=put(REWRITES, True),
    wrong_mends=(
        (nothing, "as before"),
        (edit("{author}", "p=reject", "p=none"), "weaker than it was"),
        (no_checks("mx1.outlook.test"), "switched off"),
        (put(FOOTER, False), "as before"),
    ),
    minutes=8,
)
