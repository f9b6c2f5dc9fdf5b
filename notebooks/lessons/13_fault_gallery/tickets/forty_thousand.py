"""An open relay, and behind it a second fault: the address is on a block list."""

from contextlib import suppress

from helpers.gallery.deeds import both, nothing, relay, replies
from helpers.gallery.parts import Cause, Ticket

from . import _doors

LIST = "blocked.{lists}"


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1")
    case.domain("{lists}", exchanges="", records='@ MX 0 .\n@ TXT "v=spf1 -all"\n')
    for host in _doors.AT_OUTLOOK:
        _doors.listed(case, host, LIST, "127.0.0.2")
    case.spam = []


def _line(case):
    return f"{_doors.turned(case.lab.host(case.say('mx1.{domain}')).address)}.blocked A 127.0.0.2\n"


def listing(case):
    case.add_lines(case.say("{lists}"), _line(case))


def delisting(case):
    case.edit(case.say("{lists}"), _line(case), "")


def strangers(case):
    """Strangers try whether the host carries their letters, as they do at every host."""
    host = case.lab.host(case.say("mx1.{domain}"))
    for recipient in ("sales@shop.test", "clerk@bank.test", "tom@twins.test"):
        with case.lab.connect(host.address, 25, "mallory.test") as sock:
            said = ["EHLO mallory.test", "MAIL FROM:<winner@lottery.test>", f"RCPT TO:<{recipient}>", "DATA"]
            for line in [*said, "Subject: You have won\r\n\r\nWrite to me.\r\n."]:
                if sock.recv(4096)[:1] not in b"23":
                    break
                sock.sendall(f"{line}\r\n".encode())
            else:
                with suppress(TimeoutError):  # who sends spam does not wait for long
                    sock.recv(4096)


def letters(case):
    strangers(case)
    return [case.send("{person}@{domain}", "support@outlook.test", "mx1.{domain}", subject="Our order")]


def look(case):
    sessions = case.lab.mail_hosts[case.say("mx1.{domain}")].sessions
    return [line for one in sessions for line in repr(one.transcript).splitlines()]


TICKET = Ticket(
    title="Forty thousand",
    words='{Person} writes: "Since the morning nobody takes our letters. They come back with `554 5.7.1 Client '
    "host blocked`, and we are on a list! I have asked for our address to be taken off it already, twice. "
    'Each time we are on it again an hour later. We sell fountain pens. We send ten letters a day."',
    names={"domain": "pens.test", "lists": "watchdog.test", "person": "bruno"},
    needs="07_locked_doors",
    way=(
        "case.log[0]",
        'case.lab.zone_text("{lists}")',
        '[one.transcript for one in case.lab.mail_hosts["mx1.{domain}"].sessions]',
    ),
    tools='the log, `case.lab.mail_hosts["mx1.{domain}"].sessions` with their transcripts, its `relays`, look-ups, and '
    "`case.lab.zone_text` and `publish` for {lists}, where a polite request takes a line out",
    stage=stage,
    letters=letters,
    look=look,
    causes=(
        Cause("mx1.{domain} takes letters for anybody from anybody", both(relay("mx1.{domain}"), listing)),
        Cause(
            "somebody has stolen {Person}'s password",
            seen="before each of the letters there would be a log-in, AUTH and 235, always with the same name.",
        ),
        Cause(
            "the form on the web site of {domain} writes to whatever address one gives it",
            seen="the sessions would come from the web host, and the letters would all be of one text.",
        ),
        Cause("somebody has put {domain} on the list by mistake", listing),
        Cause(
            "the list is closed, and calls every address bad",
            lambda case: case.add_lines(case.say("{lists}"), "*.blocked A 127.0.0.2\n"),
        ),
        Cause(
            "outlook.test does not like the text of the letters",
            both(*(replies(x, "letter", "550 5.7.1 We do not want this") for x in _doors.AT_OUTLOOK)),
        ),
    ),
    proof=(
        "250 2.1.5 Recipient <sales@shop.test> OK",
        "250 2.1.5 Recipient <clerk@bank.test> OK",
        "250 2.1.5 Recipient <tom@twins.test> OK",
    ),
    hints=(
        "Who said no, and on what ground? Ask the list yourself, as the receiver does.",
        "Lists seldom lie. What has left this host since yesterday, and who brought it?",
        "In its sessions: whose name stands behind MAIL FROM, whose behind RCPT TO, and is either of them one of "
        "theirs?",
    ),
    after="Two faults, one behind the other. A host that [relays for "
    "strangers](https://www.rfc-editor.org/rfc/rfc5321#section-7.9) is found within hours, and what it "
    "carries puts it on lists. To get off a list before the door is shut only brings you back, and lists "
    "remember how often. So shut the door, empty the queue, and then ask, once.",
    mend=both(lambda case: setattr(case.lab.mail_hosts[case.say("mx1.{domain}")], "relays", False), delisting),
    wrong_mends=(
        (nothing, "open relay"),
        (delisting, "open relay"),
        (lambda case: setattr(case.lab.mail_hosts[case.say("mx1.{domain}")], "relays", False), "as before"),
        (
            lambda case: (
                case.lab.mail_hosts[case.say("mx1.{domain}")].__dict__.update(relays=False),
                setattr(case.lab.mail_hosts["mx1.outlook.test"], "policy", None),
            ),
            "switched off",
        ),
    ),
    minutes=8,
)
