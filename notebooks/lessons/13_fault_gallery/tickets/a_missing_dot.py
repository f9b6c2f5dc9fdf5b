"""The name in an MX record lacks its final dot."""

from helpers.gallery.deeds import both, down, edit, nothing, replies, undelegate
from helpers.gallery.parts import Cause, Ticket

RIGHT, WRONG = "@ MX 10 mx1.{domain}.\n", "@ MX 10 mx1.{domain}\n"


def stage(case):
    case.domain("{domain}", ["{person}"], RIGHT + '@ TXT "v=spf1 mx -all"\n', exchanges="mx1")


def letters(case):
    return [case.send("ada@gmail.test", "{person}@{domain}", subject="Welcome")]


TICKET = Ticket(
    title="The new zone",
    words='{Person} writes: "I have tidied up our zone file and published it, and looked through every line '
    "twice: the MX record names `mx1.{domain}`, and that host is up. Ada's letters come back at once. Is it "
    'her provider?"',
    names={"domain": "pottery.test", "person": "emil"},
    needs="05_live_server",
    way=("case.log[0]",),
    tools="the log, look-ups, `case.lab.zone_text`. The zone is yours to publish",
    stage=stage,
    letters=letters,
    causes=(
        Cause("in the MX record the name of the exchange has no final dot", edit("{domain}", RIGHT, WRONG)),
        Cause("there is no MX record", edit("{domain}", RIGHT, "")),
        Cause("the exchange of {domain} is down", down("mx1.{domain}")),
        Cause("the MX record names an address, and not a host", edit("{domain}", RIGHT, "@ MX 10 192.0.2.25.\n")),
        Cause("nobody has registered {domain}", undelegate("{domain}")),
        Cause(
            "nobody at {domain} is called {person}",
            replies("mx1.{domain}", "RCPT", "550 5.1.1 No mailbox here is called <{person}@{domain}>"),
        ),
    ),
    proof=("mx1.{domain}.{domain}", "= @ MX 10 mx1.{domain}"),
    hints=(
        "Which step failed: was there a conversation?",
        "Do not read the zone file, read the answer: which host did the resolver hear of?",
        "What does a name without a final dot get in a zone file?",
    ),
    after="In a zone file [a name without a final dot is "
    "completed](https://www.rfc-editor.org/rfc/rfc1035#section-5.1) with the name of the zone, and that is no "
    "error: the server publishes it, with at most a line in its own log. The eye reads what it expects. So look a "
    "zone up after each change, by name, as a stranger would.",
    mend=edit("{domain}", WRONG, RIGHT),
    wrong_mends=(
        (nothing, "as before"),
        (both(edit("{domain}", WRONG, "")), "something else now"),
        (edit("{domain}", "MX 10", "MX 0"), "as before"),
        (edit("{domain}", " -all", " +all"), "weaker than it was"),
    ),
    minutes=5,
)
