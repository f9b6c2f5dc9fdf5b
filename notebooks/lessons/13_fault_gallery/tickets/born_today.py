"""Somebody asked for a domain before it was there, and the resolver remembers the no. The mend is to wait."""

from helpers.gallery.deeds import both, down, edit, nothing, replies, undelegate
from helpers.gallery.parts import Cause, Ticket


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1")


def asked_too_early(case):
    zone = case.lab.zone_text("test")
    undelegate("{domain}")(case)
    case.lab.recursive.flush()
    case.lab.lookup(case.say("{domain}"), "MX", "out.gmail.test")
    case.lab.publish(zone)


def letters(case):
    return [case.send("ada@gmail.test", "{person}@{domain}", subject="Happy birthday")]


def look(case):
    first = repr(case.log[0].lookups[0].trail).splitlines()
    found = case.lab.ask("a.nic.test", case.say("{domain}"), "NS")
    return [*first, *repr(found).splitlines()]


TICKET = Ticket(
    title="Born today",
    words='{Person} writes: "Our domain is one minute old. The registry has it, our name server answers, I can '
    "look it up at both. And Ada's letter of just now came back: 'there is no domain called {domain}'! (She "
    'was so eager that she had tried before, and of course that came back, too.) What did I do wrong?"',
    names={"domain": "nursery.test", "person": "lotte"},
    needs="06_dns_on_the_wire",
    way=(
        "case.log[0].lookups[0].trail",
        'case.lab.ask("a.nic.test", "{domain}", "NS")',
    ),
    tools='the log, the trail of its look-up (`case.log[0].lookups[0].trail`), `case.lab.ask(server, name, "NS")` '
    "for a.nic.test and ns.{domain}, `case.lab.zone_text`, and `case.lab.clock`",
    stage=stage,
    letters=letters,
    look=look,
    remembers=True,
    causes=(
        Cause("a resolver remembers that there was no {domain}", asked_too_early),
        Cause("the registry has no {domain}", both(undelegate("{domain}"), lambda case: case.lab.recursive.flush())),
        Cause("the name server of {domain} is down", down("ns.{domain}")),
        Cause("the zone of {domain} has no MX record", edit("{domain}", "@ MX 10 mx1\n", "")),
        Cause("the MX record of {domain} names a host that does not exist", edit("{domain}", "MX 10 mx1", "MX 10 mx4")),
        Cause(
            "nobody at {domain} is called {person}",
            replies("mx1.{domain}", "RCPT", "550 5.1.1 No mailbox here is called <{person}@{domain}>"),
        ),
    ),
    proof=("resolver.isp.test remembers: the name {domain} does not exist",),
    hints=(
        "Two say that the domain is there, and one says that it is not. Who is the one?",
        "From where does the resolver have its answer? Its trail says it, in its first step.",
        "How long may it believe that? The last number of an SOA record is about just this.",
    ),
    after="A 'no' is [remembered, too](https://www.rfc-editor.org/rfc/rfc2308#section-5), for as long as the SOA "
    "record says of the zone that said it: here `test.`, the zone above, and not your own. That was a minute, and "
    "elsewhere it may be an hour or three. "
    "You did nothing wrong, and there is nothing to mend but time. So publish first, and tell people "
    "afterwards.",
    mend=lambda case: case.lab.clock.advance(minutes=5),
    wrong_mends=(
        (nothing, "as before"),
        (edit("{domain}", "@ MX 10 mx1", "@ MX 5 mx1"), "as before"),
        (edit("test", "{domain}. NS", "{domain}. NS"), "as before"),
        (edit("{domain}", " -all", " +all"), "weaker than it was"),
    ),
    minutes=6,
)
