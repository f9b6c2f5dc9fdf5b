"""SPF goes past ten look-ups since a supplier's record has grown."""

from helpers.gallery.deeds import both, down, edit, no_checks, nothing, replies
from helpers.gallery.parts import Cause, Ticket
from helpers.mail import check_spf

from . import _doors

SHORT, LONG = "abcdef", "abcdefghij"


def _record(letters):
    return f'_spf TXT "v=spf1{"".join(f" include:{x}" + ".{supplier}" for x in letters)} -all"\n'


def stage(case):
    case.domain("{supplier}", exchanges="", more="news", records='@ MX 0 .\n@ TXT "v=spf1 -all"\n' + _record(SHORT))
    news = case.lab.host(case.say("news.{supplier}")).address
    lines = f'a TXT "v=spf1 ip4:{news} -all"\n' + "".join(f'{x} TXT "v=spf1 ip4:203.0.113.7 -all"\n' for x in LONG[1:])
    case.add_lines(case.say("{supplier}"), lines)
    spf = '@ MX 10 mx1\n@ TXT "v=spf1 include:_spf.{supplier} mx a:out.{domain} -all"\n'
    case.domain("{domain}", ["{person}", "news"], spf, exchanges="mx1", more="out")
    _doors.spf(case, *_doors.AT_OUTLOOK)


def letters(case):
    newsletter = case.send("news@{domain}", "support@outlook.test", "news.{supplier}", subject="Ten new bulbs")
    return [newsletter, case.send("{person}@{domain}", "support@outlook.test", "out.{domain}", subject="Our order")]


def look(case):
    out = case.lab.host(case.say("out.{domain}"))
    return repr(check_spf(case.lab, out.address, case.say("{person}@{domain}"), out.name)).splitlines()


def guard(case):
    found = check_spf(case.lab, "203.0.113.66", case.say("{person}@{domain}"), "mallory.test")
    if found.result != "permerror":
        return None
    own = "For your own host the record is short enough now."
    return f"{own} For a stranger it still goes past ten: nobody can say *fail*."


TICKET = Ticket(
    title="Only the letters that matter",
    words='{Person} writes: "Since Tuesday our letters to outlook.test come back: `550 5.7.24 SPF: the record of '
    "{domain} cannot be used`. Our newsletter gets through! We have not touched that record for a year. "
    '{supplier}, who sends the newsletter for us, has heard of no fault."',
    names={"domain": "bulbs.test", "supplier": "mailings.test", "person": "piet"},
    needs="08_spf",
    way=(
        "case.log[1]",
        'case.lab.lookup("{domain}", "TXT")',
        'case.lab.lookup("_spf.{supplier}", "TXT")',
    ),
    tools="the log, look-ups, `case.lab.zone_text`, and from `helpers.mail` "
    '`check_spf(case.lab, address, "{person}@{domain}", "out.{domain}")`. {domain} is yours to publish',
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause(
            "the record of {supplier} has grown: the count goes past ten look-ups",
            lambda case: case.edit(case.say("{supplier}"), case.say(_record(SHORT)), case.say(_record(LONG))),
        ),
        Cause("the address of out.{domain} does not stand in the record", edit("{domain}", " a:out.{domain}", "")),
        Cause(
            "{domain} has two SPF records",
            lambda case: case.add_lines(case.say("{domain}"), '@ TXT "v=spf1 mx -all"\n'),
        ),
        Cause("the name server of {supplier} is down", down("ns.{supplier}")),
        Cause(
            "outlook.test has {domain} on a list of bad senders",
            both(*(replies(host, "RCPT", "554 5.7.1 We take nothing from you") for host in _doors.AT_OUTLOOK)),
        ),
        Cause(
            "{domain} asks for p=reject by DMARC",
            lambda case: case.add_lines(case.say("{domain}"), '_dmarc TXT "v=DMARC1; p=reject"\n'),
        ),
    ),
    proof=(
        "include:g.{supplier} include:h.{supplier} include:i.{supplier} include:j.{supplier} -all",
        "Too many DNS lookups",
        "11 of 10",
    ),
    hints=(
        "All letters or some? Which host brought the ones that arrive, and where does it stand in the record?",
        "What does 'permerror' mean, and which two mistakes lead to it most often?",
        "Count aloud from the left: each include, a and mx is one, and so is each one inside an include.",
    ),
    after="[Ten look-ups](https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4) are the limit, those of included "
    "records among them, and a record is read from the left. Whoever stands early in it still passes, and "
    "whoever stands late does not, so the fault looks like one of the sender. The supplier's other customers "
    "have the same ticket today. Include only what sends for you, and look at the count again each time that "
    "somebody else's record changes.",
    mend=edit("{domain}", "include:_spf.{supplier}", "include:a.{supplier}"),
    wrong_mends=(
        (nothing, "as before"),
        (no_checks("mx1.outlook.test"), "switched off"),
        (
            edit("{domain}", "include:_spf.{supplier} mx a:out.{domain}", "a:out.{domain} include:_spf.{supplier} mx"),
            "past ten",
        ),
        (edit("{domain}", "include:_spf.{supplier} mx a:out.{domain} -all", "+all"), "weaker than it was"),
    ),
    guard=guard,
    minutes=5,
)
