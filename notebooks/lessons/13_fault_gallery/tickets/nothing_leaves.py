"""Port 25 outwards is filtered by the network of the sender."""

from helpers.gallery.deeds import both, clear, down, edit, nothing, relay, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

ELSEWHERE = (  # exchanges at which nobody but this host knocks in vain
    *("shop.test", "bank.test", "corner-shop.test", "list.test", "alumni.test", "bulk.test", "alias.test"),
    *("in.gmail.test", "mail.isp.test", "mx1.twins.test", "mx2.twins.test", "mx2.one-down.test"),
)


def stage(case):
    case.domain("{domain}", ["{person}"], more="out")


def letters(case):
    return [case.send("{person}@{domain}", "support@outlook.test", "out.{domain}", subject="Our order")]


def look(case):
    """Another domain's exchange, and a port that people's programs use."""
    lines = []
    for name, port in (("shop.test", 25), ("smtp.gmail.test", 587)):
        host = case.lab.host(name)
        try:
            with case.lab.connect(host.address, port, case.say("out.{domain}"), 0.4) as sock:
                lines.append(f"{name} on port {port}: {sock.recv(1024).decode().strip()}")
        except OSError as error:
            lines.append(f"{name} on port {port}: {error}")
    return lines


TICKET = Ticket(
    title="Nothing leaves",
    words='{Person} writes: "We have moved into our new rooms. The network is fine, I read the news and write to '
    "friends from my telephone. Only our own mail host `out.{domain}` brings nothing to outlook.test any "
    'more. I suppose that they are down?"',
    names={"domain": "allotment.test", "person": "petra"},
    needs="07_locked_doors",
    way=(
        "case.log[0]",
        'case.send("{person}@{domain}", "sales@shop.test", "out.{domain}")',
        'case.lab.connect(case.lab.host("smtp.gmail.test").address, 587, "out.{domain}")',
    ),
    tools='the log, `case.lab.connect(address, port, "out.{domain}")`, letters of your own from that host, look-ups. '
    "Whoever runs a host or its network is called by `case.lab.faults.clear(HOST)`",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause(
            "the network of out.{domain} lets nothing out to port 25",
            lambda case: case.lab.faults.shut_in(case.say("out.{domain}")),
        ),
        Cause("the exchanges of outlook.test are down", both(*map(down, _doors.AT_OUTLOOK))),
        Cause(
            "outlook.test has put {domain} on a list of bad senders",
            both(*(replies(host, "connect", "554 5.7.1 We take nothing from you") for host in _doors.AT_OUTLOOK)),
        ),
        Cause("the name servers of outlook.test are down", both(down("ns1.outlook.test"), down("ns2.outlook.test"))),
        Cause(
            "outlook.test makes strangers wait (greylisting)",
            both(*(replies(host, "RCPT", "450 4.7.0 We have not met. Come again") for host in _doors.AT_OUTLOOK)),
        ),
        Cause(
            "the new rooms have a new address, and SPF does not know it",
            both(
                lambda case: _doors.spf(case, *_doors.AT_OUTLOOK),
                edit("{domain}", " a:out.{domain}", ""),
            ),
        ),
    ),
    proof=tuple(f"{name} said nothing" for name in ELSEWHERE),
    hints=(
        "Which of the six steps failed? The DNS has answered, so what came next?",
        "One domain or all of them? Let the same host knock at another one's exchange.",
        "One port or all of them? Let the same host knock at `smtp.gmail.test` on port 587.",
    ),
    after="Two silences from two strangers have one thing in common, and that is who called. Many networks drop "
    "what goes out to port 25, because infected computers would bring spam straight to other people's "
    "exchanges, and leave [the ports for submission](https://www.rfc-editor.org/rfc/rfc8314#section-3.3) "
    "open. Ask whoever runs the network to open it, or hand your letters in at a host that may. 'Refused' "
    "is an answer; most filters give none.",
    mend=clear("out.{domain}"),
    wrong_mends=(
        (nothing, "as before"),
        (both(*map(clear, _doors.AT_OUTLOOK)), "as before"),
        (relay("mx1.{domain}"), "open relay"),
        (edit("{domain}", " -all", " ~all"), "is weaker than it was"),
    ),
    minutes=4.5,
)
