"""A filter lets no TCP through to a name server, which nobody notices until an answer outgrows a datagram."""

import hashlib

from helpers.gallery.deeds import both, clear, down, edit, no_checks, nothing, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

BANK = "bank.test"


def _proof_of_owner(service: str, letters: int) -> str:
    """A line as services ask for it, to see that the domain is yours: as long as theirs are."""
    text = f"{service}-verification="
    return f'@ TXT "{text}{hashlib.shake_256(service.encode()).hexdigest(120)[: letters - len(text)]}"\n'


SERVICES = ("search", "maps", "office", "forms", "signing", "wiki", "shop", "survey", "storage")
OLD = "".join(_proof_of_owner(name, 95) for name in SERVICES)
NEW = _proof_of_owner("telephone", 230)


def stage(case):
    """A domain with a filter before its name server, as ever; its answers are short enough."""
    records = '@ MX 10 mx1\n@ TXT "v=spf1 mx a:out.{domain} -all"\n' + OLD
    case.domain("{domain}", ["{person}"], records, exchanges="mx1", more="out")
    case.lab.faults.only_udp(case.say("ns.{domain}"))
    _doors.spf(case, BANK)


def letters(case):
    comes = case.send("ada@gmail.test", "{person}@{domain}", subject="Spinnakers")
    goes = [("olive@corner-shop.test", "An awning"), ("clerk@bank.test", "Our account")]
    return [comes, *(case.send("{person}@{domain}", who, "out.{domain}", subject=what) for who, what in goes)]


def look(case):
    """The question that the bank asks, and the way that it went."""
    found = case.lab.lookup(case.say("{domain}"), "TXT", BANK)
    return [repr(found), *repr(found.trail).splitlines()]


TICKET = Ticket(
    title="One more line",
    words='{Person} writes: "Since yesterday our letters to the bank wait: `451 4.7.24 SPF: the DNS gives no answer '
    "about {domain}`. Olive gets ours, and Ada's come in. Our name server is up, and I have looked up our MX record "
    "and the address behind it a dozen times. Nothing was changed but for a line of text that our new telephone "
    'wants."',
    names={"domain": "sailmakers.test", "person": "mirko"},
    needs="08_spf",
    way=(
        "case.log[2]",
        'case.lab.lookup("{domain}", "TXT").trail',
    ),
    tools='the log, `case.lab.lookup(name, type)` and its `trail`, `case.lab.ask("ns.{domain}", name, type)` with '
    "`tcp=True` or without, `case.lab.zone_text`. {domain} is yours to publish, and whoever runs a host or a filter "
    "before it is called by `case.lab.faults.clear(HOST)`",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause(
            "one answer has to come over TCP, and a filter drops that before ns.{domain}",
            lambda case: case.add_lines(case.say("{domain}"), NEW),
        ),
        Cause("the name server of {domain} is down", down("ns.{domain}")),
        Cause("{domain} has two SPF records", edit("{domain}", OLD, OLD + '@ TXT "v=spf1 mx -all"\n')),
        Cause("the SPF record of {domain} does not know out.{domain}", edit("{domain}", " a:out.{domain}", "")),
        Cause(
            "the bank makes strangers wait (greylisting)",
            replies(BANK, "RCPT", "450 4.7.0 We have not met. Come again"),
        ),
        Cause("the bank's host is down", down(BANK)),
    ),
    proof=("ns.{domain} has more to say than fits into a datagram; it is asked again over TCP",),
    hints=(
        "All letters or some? What does the bank ask about {domain} that Olive's host does not?",
        "The MX record is one question. Look up the type of record that the bank wants, and read the trail to the end.",
        "What does a resolver do with an answer that is marked as cut short (TC)? Do the same: `tcp=True`.",
    ),
    after="A name server answers [over UDP and over TCP](https://www.rfc-editor.org/rfc/rfc7766#section-5). An answer "
    "that does not fit into a datagram is marked, and the question comes again over TCP. A filter that takes the DNS "
    "for UDP alone harms nobody for years, until one answer has grown: all text at a name, SPF and every proof of "
    "ownership, comes as [one set of records](https://www.rfc-editor.org/rfc/rfc7208#section-3.4). So open port 53 to "
    "TCP. To take out lines that nobody needs helps today, too, until the next one.",
    mend=clear("ns.{domain}"),
    wrong_mends=(
        (nothing, "as before"),
        (no_checks(BANK), "switched off"),
        (edit("{domain}", '@ TXT "v=spf1 mx a:out.{domain} -all"\n', ""), "weaker than it was"),
        (both(edit("{domain}", "@ MX 10", "@ MX 5")), "as before"),
    ),
    minutes=8,
)
