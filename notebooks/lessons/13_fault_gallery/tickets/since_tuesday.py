"""A DKIM key stands under a name that has the domain twice."""

from helpers.gallery.deeds import both, edit, no_checks, nothing
from helpers.gallery.parts import Cause, Ticket

from . import _signed

NAME, TWICE = "s1._domainkey TXT", "s1._domainkey.{domain} TXT"


def stage(case):
    _signed.stage(case, "{person}")


def letters(case):
    case.before = len(case.lab.mailbox("support@outlook.test"))
    return [_signed.sent(case, "{person}@{domain}", "The meeting")]


def other_key(case):
    case.edit(case.say("{domain}"), _signed.record(case), _signed.record(case, 2))


TICKET = Ticket(
    title="Since Tuesday",
    words='{Person} writes: "Since Tuesday all that we send to outlook.test is found in the junk folder. On '
    "Tuesday our web person 'typed the zone in anew, in a nicer form', and swears that each record is still "
    'there. We send by way of {carrier}, and sign everything."',
    names={"domain": "choir.test", "carrier": "courier.test", "person": "clara"},
    needs="09_dkim_dmarc",
    way=(
        '[one.field("Authentication-Results") for one in case.lab.mailbox("support@outlook.test").junk]',
        'case.lab.zone_text("{domain}")',
    ),
    tools='the log, `case.lab.mailbox("support@outlook.test").junk`, look-ups, `case.lab.zone_text`, and from '
    "`helpers.mail` `verify_dkim(case.lab, letter.content)`. {domain} is yours to publish",
    stage=stage,
    letters=letters,
    look=_signed.look,
    well=lambda case: _signed.arrives(case, case.before + 1),
    causes=(
        Cause("the record of the key stands under a name with {domain} in it twice", edit("{domain}", NAME, TWICE)),
        Cause("the record holds another key than the one that signs", other_key),
        Cause(
            "an unquoted semicolon has cut the record short",
            edit("{domain}", '"v=DKIM1; k=ed25519; p=', 'v=DKIM1; k=ed25519; p=" ;"'),
        ),
        Cause("there is no DMARC record any more", edit("{domain}", '_dmarc TXT "v=DMARC1; p=quarantine"\n', "")),
        Cause(
            "the record says that the key is revoked",
            lambda case: case.edit(case.say("{domain}"), _signed.key(case).record, "v=DKIM1; k=ed25519; p="),
        ),
        Cause("the new zone asks for reject instead of quarantine", edit("{domain}", "p=quarantine", "p=reject")),
    ),
    proof=("s1._domainkey.{domain} TXT", 'TXT records of s1._domainkey.{domain}.{domain}: "v=DKIM1'),
    hints=(
        "What did the receiver write into the letter? Look for its Authentication-Results, and for the words "
        "behind dkim=.",
        "'No key' can mean that it is not there, or that it is not where one looks. Where does a receiver look?",
        "Read the name of the record in the zone, and complete it as a name server does.",
    ),
    after="A verifier asks for [exactly one name](https://www.rfc-editor.org/rfc/rfc6376#section-3.6.2.1), made "
    "of the selector, `_domainkey` and the domain. In a zone file a name without its final dot gets the "
    "zone's at the end, and many a web form adds it by itself. Each record was still there, and this one "
    "stood at a place where nobody looks. Send yourself a letter after each change, and read what the "
    "receiver wrote.",
    mend=edit("{domain}", TWICE, NAME),
    wrong_mends=(
        (nothing, "as before"),
        (both(edit("{domain}", "p=quarantine", "p=none")), "weaker than it was"),
        (no_checks("mx1.outlook.test"), "switched off"),
        (edit("{domain}", "v=spf1 mx -all", "v=spf1 mx +all"), "weaker than it was"),
    ),
)
