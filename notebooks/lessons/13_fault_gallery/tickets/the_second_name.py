"""An exchange does not know that a second domain is its own; the obvious mend opens a relay."""

from helpers.gallery.deeds import both, down, edit, nothing, put, relay, replies, undelegate
from helpers.gallery.parts import Cause, Ticket

from . import _doors


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1")
    case.domain("{second}", ["{person}"], '@ MX 10 mx1.{domain}.\n@ TXT "v=spf1 mx -all"\n', exchanges="")
    _doors.own_domains(case, "mx1.{domain}", "{domain}, {second}")


def letters(case):
    case.before = len(case.lab.mailbox(case.say("{person}@{second}")))
    return [case.send("ada@gmail.test", "{person}@{second}", subject="Congratulations")]


def well(case):
    return _doors.in_inbox(case, "{person}@{second}", case.before + 1)


TICKET = Ticket(
    title="A second name",
    words='{Person} writes: "We are {second} now, as well as {domain}, and it is all one machine. Letters to the '
    "old name arrive, and letters to the new one come back with `relay` somewhere in the text. I have found "
    "the switch for 'relaying' on `mx1.{domain}`. Shall I turn it on?\"",
    names={"domain": "tea-room.test", "second": "coffee-room.test", "person": "hanna"},
    needs="07_locked_doors",
    way=(
        "case.log[0]",
        "case.settings",
    ),
    tools="the log, look-ups, `case.lab.zone_text`, `case.settings`, and that switch, "
    '`case.lab.mail_hosts["mx1.{domain}"].relays = True`',
    stage=stage,
    letters=letters,
    well=well,
    causes=(
        Cause("mx1.{domain} has no {second} in its list of own domains", put("mx1.{domain} own domains", "{domain}")),
        Cause("the MX record of {second} names the wrong host", edit("{second}", "MX 10 mx1", "MX 10 ns")),
        Cause("nobody has registered {second}", undelegate("{second}")),
        Cause(
            "at {second} there is no {person}",
            replies("mx1.{domain}", "RCPT", "550 5.1.1 No mailbox here is called <{person}@{second}>"),
        ),
        Cause("mx1.{domain} is down", down("mx1.{domain}")),
        Cause(
            "mx1.{domain} asks strangers to log in",
            replies("mx1.{domain}", "MAIL", "530 5.7.0 Log in first (AUTH)"),
        ),
    ),
    proof=(
        "550 5.7.1 mx1.{domain} takes no letters for {second} and does not relay",
        "mx1.{domain} own domains '{domain}'",
    ),
    hints=(
        "Which step failed: did Ada's host find the right machine?",
        "Who said no, and to which command? Read the whole sentence behind the code.",
        "A host says 'relay' when it takes a domain for somebody else's. Where does it look that up?",
    ),
    after="A host takes letters in for its own domains, and passes on those of its own people. What is neither it "
    "[refuses](https://www.rfc-editor.org/rfc/rfc5321#section-7.9). The word in the reply named the rule and "
    "not the mend: with the switch the host takes letters for every domain there is, and its own new one then "
    "leads back to itself. A name goes into the DNS 'and' into that list.",
    mend=put("mx1.{domain} own domains", "{domain}, {second}"),
    wrong_mends=(
        (nothing, "as before"),
        (relay("mx1.{domain}"), "open relay"),
        (both(relay("mx1.{domain}"), edit("{second}", "MX 10 mx1.{domain}.", "MX 10 mx1.{domain}.")), "open relay"),
        (lambda case: setattr(case.lab.mail_hosts[case.say("mx1.{domain}")], "knows_people", False), "backscatter"),
    ),
    minutes=4.5,
)
