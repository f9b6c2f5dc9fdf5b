"""A gateway adds a footer after the letter has been signed, in one office only."""

from helpers.gallery.deeds import edit, no_checks, nothing, put
from helpers.gallery.parts import Cause, Ticket

from . import _signed

GATEWAY = "gateway of the north office adds its footer"
BEFORE, AFTER, NEVER = "before signing", "after signing", "never"


def stage(case):
    _signed.stage(case, "{person}", "{other}")
    case.settings.add(GATEWAY, BEFORE, choices=(BEFORE, AFTER, NEVER))
    case.number = 1
    case.header = lambda content: content


def letters(case):
    case.before = len(case.lab.mailbox("support@outlook.test"))
    footer = _signed.FOOTER.replace("\n", "\r\n").encode()
    when = case.settings[GATEWAY]
    north = (lambda content: case.header(content) + footer) if when == AFTER else case.header
    text = f"{_signed.TEXT}\n{_signed.FOOTER.rstrip()}" if when == BEFORE else _signed.TEXT
    return [
        _signed.sent(case, "{other}@{domain}", "From the south", number=case.number),
        _signed.sent(case, "{person}@{domain}", "From the north", north, case.number, text),
    ]


def guard(case):
    (letter,) = (one for one in case.lab.mailbox("support@outlook.test")[-2:] if "north" in one.field("Subject"))
    if _signed.FOOTER.splitlines()[-1].encode() in letter.content:
        return None
    return "What comes from the north has no footer any more. You were asked for letters that pass, and with it."


def _retitled(case):
    case.header = lambda content: content.replace(b"Subject: ", b"Subject: [external] ")


TICKET = Ticket(
    title="One office",
    words='{Person} writes: "We have two offices, one domain and one key. What {Other} sends from the south '
    "arrives. What we send from the north goes to junk at outlook.test, and I have compared the two "
    "signatures: they look the same to me. The south has no gateway, and ours only adds that footer which our "
    'lawyers like."',
    names={"domain": "surveyors.test", "carrier": "dispatch.test", "person": "nora", "other": "sten"},
    needs="09_dkim_dmarc",
    way=(
        '[one.field("Authentication-Results") for one in case.lab.mailbox("support@outlook.test").junk]',
        "case.settings",
    ),
    tools='the log, `case.lab.mailbox("support@outlook.test").junk`, look-ups, `case.settings`, and from '
    "`helpers.mail` `verify_dkim(case.lab, letter.content)`",
    stage=stage,
    letters=letters,
    look=_signed.look,
    well=lambda case: _signed.arrives(case, case.before + 2),
    causes=(
        Cause("the gateway changes the body after it has been signed", put(GATEWAY, AFTER)),
        Cause("the gateway changes the subject after it has been signed", _retitled),
        Cause("the key in the DNS is another one than the offices sign with", lambda case: setattr(case, "number", 2)),
        Cause("the record of the key is gone", edit("{domain}", "s1._domainkey", "s0._domainkey")),
        Cause("SPF does not know the host that brings the letters", nothing),
        Cause(
            "the north office is in another time zone, and its signatures are from the future",
            seen="the lines t= of the two signatures would be hours apart, and the reason would be about the time.",
        ),
    ),
    proof=("the body is another one: its hash is not the one in bh=", f"{GATEWAY} 'after signing'"),
    hints=(
        "All letters or some? What do those that fail have on their way that the others have not?",
        "A signature has two halves, bh= and b=. Which of the two does the receiver find fault with?",
        "What is at the end of the body that arrived, and was it there when the letter was signed?",
    ),
    after="A signature holds [a hash of the body](https://www.rfc-editor.org/rfc/rfc6376#section-3.5), so "
    "whatever writes into the body afterwards breaks it: footers, virus scanners, a host that turns 8bit into "
    "quoted-printable. Whatever changes letters [belongs before the "
    "signature](https://www.rfc-editor.org/rfc/rfc6376#section-5.3). Two letters side by side, one that "
    "passes and one that fails, say more than ten that fail.",
    mend=put(GATEWAY, BEFORE),
    wrong_mends=(
        (nothing, "as before"),
        (edit("{domain}", "p=quarantine", "p=none"), "weaker than it was"),
        (no_checks("mx1.outlook.test"), "switched off"),
        (put(GATEWAY, NEVER), "no footer any more"),
    ),
    guard=guard,
)
