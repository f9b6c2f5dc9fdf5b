"""A delegation that leads to a server which has not got the zone any more (a lame one)."""

import dns.name

from helpers.gallery.deeds import both, clear, down, edit, nothing, undelegate
from helpers.gallery.parts import Cause, Ticket

LEADS_TO_OLD, LEADS_TO_NEW = "{domain}. NS ns.{domain}.", "{domain}. NS ns.{hoster}."


def stage(case):
    case.host("ns.{hoster}", "a hoster's name server", zones=(case.say("{hoster}."), case.say("{other}.")))
    case.domain("{hoster}", exchanges="", records='@ MX 0 .\n@ TXT "v=spf1 -all"\n')
    case.domain("{domain}", ["{person}"])
    hosted = case.lab.authorities[case.say("ns.{hoster}")].zones
    ours = case.lab.authorities[case.say("ns.{domain}")].zones
    origin = dns.name.from_text(case.say("{domain}"))
    hosted[origin] = ours[origin]
    case.empty = lambda server: case.lab.authorities[case.say(server)].zones.pop(origin)


def letters(case):
    return [case.send("ada@gmail.test", "{person}@{domain}", subject="An order")]


def look(case):
    lines = repr(case.log[0].lookups[0].trail).splitlines()
    for server in ("ns.{domain}", "ns.{hoster}"):
        try:
            answer = case.lab.ask(case.say(server), case.say("{domain}"), "MX", timeout=0.4)
            lines += [f"{case.say(server)}: {line}" for line in repr(answer).splitlines()]
        except OSError as error:
            lines.append(str(error))
    return lines


TICKET = Ticket(
    title="But on my server it answers",
    words='{Person} writes: "Customers tell me that their letters to `{person}@{domain}` wait and wait. So I '
    "asked our name server, `ns.{hoster}`, where we moved last week: it answers, with both exchanges, and "
    "quickly. I have shut the old one's account, so that nothing is paid twice. It must be the customers.\"",
    names={"domain": "bindery.test", "hoster": "cloudzone.test", "other": "weaving.test", "person": "agnes"},
    needs="06_dns_on_the_wire",
    way=(
        "case.log[0]",
        "case.log[0].lookups[0].trail",
    ),
    tools='the log, the trail of its look-up (`case.log[0].lookups[0].trail`), `case.lab.ask(server, name, "MX")`, and '
    '`case.lab.zone_text("test")`, where the registry notes what you tell it, as you may publish it here',
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause(
            "the zone test. still leads to the old name server, which has nothing left",
            lambda case: case.empty("ns.{domain}"),
        ),
        Cause(
            "the new name server has not got the zone",
            both(edit("test", LEADS_TO_OLD, LEADS_TO_NEW), lambda case: case.empty("ns.{hoster}")),
        ),
        Cause("nobody has paid for {domain}, and the registry has let it go", undelegate("{domain}")),
        Cause("the old name server is down", down("ns.{domain}")),
        Cause("the exchanges of {domain} are down", both(down("mx1.{domain}"), down("mx2.{domain}"))),
        Cause("the zone has no MX records", edit("{domain}", "@ MX", "old MX")),
    ),
    proof=("ns.{domain} does not answer for {domain}", "ns.{domain}: Outcome  REFUSED"),
    hints=(
        "Which step failed, and for whom? Does everybody go where {Person} went?",
        "Walk down from the root, as a resolver does. To whom does the zone `test.` send you?",
        "Put the question to that server. What does REFUSED mean here?",
    ),
    after="A name server that has a zone is found only if [the zone above names "
    "it](https://www.rfc-editor.org/rfc/rfc1034#section-4.2.2). {Person} asked the right server by name, and "
    "the world is led to the other one, which has been emptied: [a lame "
    "delegation](https://www.rfc-editor.org/rfc/rfc1912#section-2.8). Change the delegation first, wait until "
    "the old one has run out everywhere, and only then close the old account.",
    mend=edit("test", LEADS_TO_OLD, LEADS_TO_NEW),
    wrong_mends=(
        (nothing, "as before"),
        (clear("ns.{domain}"), "as before"),
        (edit("test", LEADS_TO_OLD, "{domain}. NS ns1.gmail.test."), "as before"),
        (undelegate("{domain}"), "something else now"),
    ),
)
