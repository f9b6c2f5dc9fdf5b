"""A block list has closed and answers every question; the host takes any answer for a yes."""

from helpers.gallery.deeds import both, down, no_checks, nothing, put, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

LIST = "blocked.{lists}"
MEANS = "mx1.{domain} listed means"


def stage(case):
    listed = "".join(f"{name}.blocked A 127.0.0.2\n" for name in on_it(case))
    case.domain("{lists}", exchanges="", records=f'@ MX 0 .\n@ TXT "v=spf1 -all"\n{listed}')
    case.domain("{domain}", ["{person}"], exchanges="mx1")
    _doors.listed(case, "mx1.{domain}", LIST)


def letters(case):
    return [
        case.send(sender, "{person}@{domain}", host, subject="Good morning")
        for sender, host in (("ada@gmail.test", "out.gmail.test"), ("olive@corner-shop.test", "corner-shop.test"))
    ]


def look(case):
    one = _doors.turned(case.lab.host("out.gmail.test").address)
    return [repr(case.lab.lookup(f"{name}.{case.say(LIST)}", "A")) for name in (one, "1.0.0.127", "2.0.0.127")]


def guard(case):
    sent = case.send("me@mallory.test", "{person}@{domain}", "mallory.test", subject="You have won")
    if all(fate.status == "bounced" for fate in sent.fates.values()):
        return None
    return "The list still says that mallory.test is bad, and nobody reads it any more: its letters come in."


def on_it(case):
    """What the list calls bad: mallory.test, and the address by which it is tested (RFC 5782 section 5)."""
    return _doors.turned(case.lab.host("mallory.test").address), "2.0.0.127"


def everybody(case):
    """An error for all others, those beside a listed one too: no wildcard reaches them (RFC 1034 section 4.3.3)."""
    beside = {".".join([*name.split(".")[n:], "blocked"]) for name in on_it(case) for n in range(1, 5)}
    case.add_lines(case.say("{lists}"), "".join(f"*.{name} A 127.255.255.254\n" for name in sorted(beside)))


TICKET = Ticket(
    title="Overnight",
    words="{Person} writes: \"Overnight the world has become bad. Every letter to us is refused, Ada's and "
    "Olive's and my mother's, with `blocked using blocked.{lists}`. They cannot all be spammers! We have "
    'changed nothing. The list has served us well for years, and it has kept out mallory.test."',
    names={"domain": "quilts.test", "lists": "sentinel.test", "person": "thea"},
    needs="08_spf",
    way=(
        "case.log[0]",
        'case.lab.lookup("10.100.51.198.blocked.{lists}", "A")',
    ),
    tools="the log, look-ups of an address turned round below `blocked.{lists}` (10.100.51.198 is Ada's host), "
    "`case.settings`. A list's answers begin with 127: on this one 127.0.0.2 means 'bad', 127.255.255.254 "
    "means 'you may not ask so'",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause("the list answers with an error to every question, and the host takes any answer for 'bad'", everybody),
        Cause(
            "the list has gmail.test and corner-shop.test on it",
            lambda case: case.add_lines(
                case.say("{lists}"),
                "".join(
                    f"{_doors.turned(case.lab.host(x).address)}.blocked A 127.0.0.2\n"
                    for x in ("out.gmail.test", "corner-shop.test")
                ),
            ),
        ),
        Cause("the list's name server is down", down("ns.{lists}")),
        Cause(
            "the host refuses everybody by a rule of its own",
            replies("mx1.{domain}", "MAIL", "554 5.7.1 We take nothing from you"),
        ),
        Cause("gmail.test has forgotten its PTR records", nothing),
        Cause("the host of {domain} is down", down("mx1.{domain}")),
    ),
    proof=("127.255.255.254",),
    hints=(
        "Some senders or all? And who said no, on what ground?",
        "Put the host's own question: its sender's address turned round, below the name of the list. What is the "
        "answer?",
        "Read the answer as a number with a meaning. Does it say 'bad'?",
    ),
    after="A block list is asked by the DNS, and [its answer is a number with a "
    "meaning](https://www.rfc-editor.org/rfc/rfc5782#section-2.1). Lists have closed and answered everybody, and "
    "lists say in this way that a question came by a public resolver, or too often. Who takes any answer for a yes "
    "then refuses the world. Check for the number that means 'bad', look whether [127.0.0.2 is listed and 127.0.0.1 "
    "is not](https://www.rfc-editor.org/rfc/rfc5782#section-5), as it should be, and find out why the list will not "
    "answer you.",
    mend=put(MEANS, "127.0.0.2"),
    wrong_mends=(
        (nothing, "as before"),
        (no_checks("mx1.{domain}"), "switched off"),
        (put("mx1.{domain} block list", ""), "nobody reads it any more"),
        (both(put(MEANS, "127.255.255.254")), "as before"),
    ),
    guard=guard,
)
