"""A second exchange takes everybody's letters, and reports later to return paths that were forged."""

from helpers.gallery.deeds import edit, nothing, put, relay, replies
from helpers.gallery.parts import Cause, Ticket

KNOWS = "mx2.{domain} knows the users"
NOBODY = "sdfkjh@{domain}"


def stage(case):
    case.domain("{domain}", ["{person}"])
    host = case.lab.mail_hosts[case.say("mx2.{domain}")]
    case.settings.add(case.say(KNOWS), True, lambda value: setattr(host, "knows_people", value))
    case.goes_round = True


def letters(case):
    """Mallory goes to the second door at once; spam often does."""
    box = case.lab.mailbox("olive@corner-shop.test")
    case.before = len(box)
    if case.goes_round:
        case.lab.faults.down(case.say("mx1.{domain}"))
    sent = case.send("olive@corner-shop.test", NOBODY, "mallory.test", subject="Offer", text="Pay")
    case.lab.faults.up(case.say("mx1.{domain}"))
    return [sent]


def look(case):
    box = case.lab.mailbox("olive@corner-shop.test")
    return [line for letter in box for line in repr(letter).splitlines()]


def well(case):
    """Olive hears nothing from hosts of this domain."""
    box = case.lab.mailbox("olive@corner-shop.test")[case.before :]
    return not any(letter.from_host.name.endswith(case.say("{domain}")) for letter in box)


TICKET = Ticket(
    title="Undelivered",
    words="Olive writes: \"Three hundred times this week: 'Your letter could not be delivered', from a host "
    "called `mx2.{domain}`. I have never written to anybody there, and certainly not to `sdfkjh`. Has "
    "somebody my password? They say at {domain} that they do everything right: their `mx1` refuses whom it "
    'does not know, and their `mx2` stands in for it when it is busy."',
    names={"domain": "freight.test", "person": "arne"},
    needs="11_queues_and_bounces",
    way=(
        'case.lab.mailbox("olive@corner-shop.test")[-1]',
        "case.log[0]",
    ),
    tools='the log (it is of whoever brought that letter), `case.lab.mailbox("olive@corner-shop.test")`, '
    "`case.lab.connect` to either exchange of {domain}, and `case.settings`",
    stage=stage,
    letters=letters,
    look=look,
    well=well,
    causes=(
        Cause("mx2.{domain} takes letters for anybody at {domain}, and reports later", put(KNOWS, False)),
        Cause(
            "somebody has Olive's password",
            seen="the letter inside the report would have a Received field of Olive's own host at its bottom.",
        ),
        Cause("mx2.{domain} is an open relay", relay("mx2.{domain}")),
        Cause(
            "mx1.{domain} has the wrong list of users",
            replies("mx1.{domain}", "RCPT", "550 5.1.1 Nobody is called that"),
        ),
        Cause(
            "mx2.{domain} says 451 to all that it does not know",
            replies("mx2.{domain}", "MAIL", "451 4.3.0 Come again"),
        ),
        Cause(
            "a holiday answer of somebody at {domain} writes to Olive",
            seen="its text would be about a holiday, its From: a person's, and no letter of Olive's would stand in it.",
        ),
    ),
    proof=(
        "250 2.1.5 Recipient <sdfkjh@{domain}> OK",
        "mx2.{domain} knows the users False",
        "sdfkjh@{domain}: delivered: mx2.{domain} answered 250",
        "the letter was taken, and there is no such mailbox after all.",
    ),
    hints=(
        "Read the letter that came back, at the end of the report. Who brought it, by its lowest Received field?",
        "Who wrote the report? Had it said 'yes' to the letter before?",
        "Ask both exchanges about sdfkjh@{domain}, whom nobody knows: MAIL, RCPT, and read the two answers.",
    ),
    after="After [its 250](https://www.rfc-editor.org/rfc/rfc5321#section-6.1) a host must deliver or report, and "
    "it can report only to the return path, which anybody may write. So it has to say no while the one who "
    "sends is on the line. Each exchange of a domain needs the list of users and all the checks of the first, "
    "or it is the door that spam takes. Most domains need no second one: [the senders' "
    "queues](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.4.1) wait. And Olive has lost nothing but an "
    "hour; nobody has her password.",
    mend=put(KNOWS, True),
    wrong_mends=(
        (nothing, "backscatter"),
        (relay("mx2.{domain}"), "open relay"),
        (replies("mx2.{domain}", "letter", "250 2.0.0 Kept"), "backscatter"),
        (edit("{domain}", "@ MX 20 mx2\n", "@ MX 30 mx2\n"), "backscatter"),
    ),
)
