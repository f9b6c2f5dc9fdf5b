"""An IPv6 address without a PTR record, which only the host that has no IPv4 address ever sees."""

from ipaddress import ip_address

from helpers.gallery.deeds import both, down, edit, no_checks, nothing, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

SIX = "2001:db8:0:77::25"


def _ptr(case, address, name):
    zone = "ip6.arpa" if ":" in address else "in-addr.arpa"
    case.add_lines(zone, f"{ip_address(address).reverse_pointer}. PTR {name}.\n")


def _mended(case):
    _ptr(case, SIX, case.say("out.{domain}"))


def stage(case):
    four = case.address()
    case.host("out.{domain}", "sends the letters of {domain}", (four, SIX))
    case.domain("{domain}", ["{person}"], exchanges="mx1", more="out")
    _ptr(case, four, case.say("out.{domain}"))
    _mended(case)
    _doors.reverse(case, "mx.six.test", *_doors.AT_OUTLOOK)
    _doors.spf(case, "mx.six.test", *_doors.AT_OUTLOOK)


def _forgets(case):
    """The reverse zone without the name of the IPv6 address."""
    lines = case.lab.zone_text("ip6.arpa").splitlines()
    name = ip_address(SIX).reverse_pointer
    case.lab.publish("\n".join(line for line in lines if not line.startswith(name)) + "\n")


def _no_four(case):
    text = case.lab.zone_text("in-addr.arpa")
    case.lab.publish("\n".join(x for x in text.splitlines() if case.say("out.{domain}.") not in x) + "\n")


def letters(case):
    return [
        case.send("{person}@{domain}", who, "out.{domain}", subject="Our meeting")
        for who in ("support@outlook.test", "sam@six.test")
    ]


def look(case):
    addresses = case.lab.host(case.say("out.{domain}")).addresses
    return [repr(case.lab.lookup(ip_address(one).reverse_pointer, "PTR")) for one in addresses]


TICKET = Ticket(
    title="Only Sam's provider",
    words='{Person} writes: "Of all the people that we write to, only Sam at six.test cannot be reached. His provider '
    "says: `550 5.7.25 [2001:db8:0:77::25] The IP address that sends this has no PTR record`. But it has one! I have "
    'looked our address up, and back comes `out.{domain}`."',
    names={"domain": "rowing-club.test", "person": "ivo"},
    needs="10_delivery",
    way=(
        "case.log[1]",
        'case.lab.lookup(ip_address("2001:db8:0:77::25").reverse_pointer, "PTR")',
    ),
    tools="the log, look-ups (`ip_address(text).reverse_pointer` of Python's `ipaddress` turns an address round), and "
    "`case.lab.zone_text`. The reverse zones `in-addr.arpa` and `ip6.arpa` may be published here",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause("the IPv6 address of out.{domain} has no PTR record", _forgets),
        Cause("the IPv4 address of out.{domain} has no PTR record", _no_four),
        Cause(
            "the SPF record of {domain} leaves the IPv6 address out",
            lambda case: case.edit(
                case.say("{domain}"),
                case.say("a:out.{domain}"),
                f"ip4:{case.lab.host(case.say('out.{domain}')).address}",
            ),
        ),
        Cause("the exchange of six.test is down", down("mx.six.test")),
        Cause(
            "six.test has {domain} on a list of bad senders",
            replies("mx.six.test", "RCPT", "554 5.7.1 We take nothing from you"),
        ),
        Cause(
            "the PTR record of the IPv6 address names another host",
            both(_forgets, lambda case: _ptr(case, SIX, "www.gmail.test")),
        ),
    ),
    proof=(
        "PTR records of 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa: the name does "
        "not exist",
        "550 5.7.25 [2001:db8:0:77::25] The IP address that sends this has no PTR record",
    ),
    hints=(
        "All receivers or one? What is different about six.test? Look up its exchange.",
        "Which address stands in the refusal? Is it the one that {Person} has looked up?",
        "Ask for the PTR record of just that address, as the receiver does.",
    ),
    after="A host with two kinds of address [speaks from "
    "either](https://www.rfc-editor.org/rfc/rfc5321#section-5.2), and is another stranger each time: PTR, SPF "
    "and block lists are about the address that connects. Most receivers here have IPv4 addresses alone, so "
    "nobody saw it. (One that has both is mostly called by IPv6.) The code "
    "[5.7.25](https://www.rfc-editor.org/rfc/rfc7372#section-3.3) is for just this check, "
    "and the name has to lead back to the address as well.",
    mend=_mended,
    wrong_mends=(
        (nothing, "as before"),
        (no_checks("mx.six.test"), "switched off"),
        (lambda case: _ptr(case, SIX, "www.gmail.test"), "something else now"),
        (edit("{domain}", "-all", "?all"), "weaker than it was"),
    ),
)
