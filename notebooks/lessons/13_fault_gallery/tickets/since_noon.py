"""The resolver of the sending network has stopped."""

from helpers.gallery.deeds import both, clear, down, edit, nothing, refuse, undelegate
from helpers.gallery.parts import Cause, Ticket

RESOLVER = "resolver.isp.test"
ELSEWHERE = (  # domains that the same host cannot look up either
    *("outlook.test", "gmail.test", "isp.test", "twins.test", "shop.test", "bank.test", "six.test", "corner-shop.test"),
    *("one-down.test", "list.test", "alumni.test"),
)


def stage(case):
    case.domain("{domain}", ["{person}"])
    case.domain("{other}", ["{friend}"])


def letters(case):
    return [case.send("ada@gmail.test", "{person}@{domain}", subject="Since noon")]


def look(case):
    lines = [repr(case.lab.lookup(case.say("{other}"), "MX", "out.gmail.test"))]
    try:
        lines += repr(case.lab.ask(case.say("ns.{domain}"), case.say("{domain}"), "MX", timeout=0.4)).splitlines()
    except OSError as error:
        lines.append(str(error))
    return lines


TICKET = Ticket(
    title="Since noon",
    words="Ada writes: \"Since noon my letter to {person}@{domain} waits, because 'the DNS gives no answer about "
    "{domain} at the moment'. I have rung {Person}, who says that their name server is in the best of health. "
    'Who is right?"',
    names={"domain": "watchmaker.test", "other": "cobbler.test", "person": "otto", "friend": "ruth"},
    needs="05_live_server",
    way=(
        "case.log[0]",
        'case.lab.lookup("{other}", "MX", "out.gmail.test")',
        'case.lab.ask("ns.{domain}", "{domain}", "MX")',
    ),
    tools='the log, `case.lab.lookup(name, "MX", "out.gmail.test")`, `case.lab.ask(server, name, "MX")`, and '
    "letters of your own (`{friend}@{other}` is a neighbour of {Person}'s). Whoever runs a host is called by "
    "`case.lab.faults.clear(HOST)`",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause("the resolver that out.gmail.test asks, resolver.isp.test, has stopped", refuse(RESOLVER, 53)),
        Cause("the name server of {domain} is down", down("ns.{domain}")),
        Cause("nobody has paid for {domain}, and it is gone", undelegate("{domain}")),
        Cause("the MX record of {domain} names a host that does not exist", edit("{domain}", "MX 10 mx1", "MX 10 mx7")),
        Cause("the exchanges of {domain} are down", both(down("mx1.{domain}"), down("mx2.{domain}"))),
        Cause(
            "the programs on the exchanges of {domain} have stopped",
            both(refuse("mx1.{domain}"), refuse("mx2.{domain}")),
        ),
    ),
    proof=tuple(f"MX records of {name}: no answer can be had at the moment" for name in ("{other}", *ELSEWHERE)),
    hints=(
        "Which step failed, and who was asked there? There are two that may have said nothing: a resolver and a "
        "name server.",
        "One domain or all? Let the same host look up another one.",
        "Go round the resolver: put the question to `ns.{domain}` yourself.",
    ),
    after="Both were right: the name server answers, and nobody hears it. When no name at all can be found, the "
    "fault is near the one who asks. A letter that cannot be looked up "
    "[waits](https://www.rfc-editor.org/rfc/rfc5321#section-5.1), since no answer is no 'no'. So the resolver "
    "costs hours, and no letters. Give a mail host two of them.",
    mend=clear(RESOLVER),
    wrong_mends=(
        (nothing, "as before"),
        (clear("ns.{domain}"), "as before"),
        (edit("{domain}", "SOA ns", "SOA ns"), "as before"),
        (edit("{domain}", " -all", " +all"), "weaker than it was"),
    ),
    minutes=6,
)
