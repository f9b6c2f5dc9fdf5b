"""A domain's exchange has moved, and its MTA-STS policy still names the old one; a new text alone is not fetched."""

from helpers.gallery.deeds import both, down, edit, nothing, replies
from helpers.gallery.parts import Cause, Ticket
from helpers.lab.cast import Host

POLICY = "version: STSv1\r\nmode: enforce\r\nmx: in.{hoster}\r\nmax_age: 604800\r\n"
ID, NEW_ID = "id=20260105", "id=20260302"


def stage(case):
    """After a move as it should be: the policy names the new exchange, since January. The old one is off."""
    domain, address = case.say("{domain}"), case.address()
    site = Host(domain, (address,), "web site and name server", zones=(f"{domain}.",), sts_policy=case.say(POLICY))
    case.lab.add(site)
    case.domain("{hoster}", exchanges="", records='@ MX 0 .\n@ TXT "v=spf1 -all"\n')
    for name in ("in.{hoster}", "mx1.{domain}"):
        case.host(name, f"exchange of {domain}", takes_mail_for=(domain,), offers_tls=True)
    case.add_lines(case.say("{hoster}"), f"in A {case.lab.host(case.say('in.{hoster}')).address}\n")
    old = case.lab.host(f"mx1.{domain}")
    case.lab.faults.down(old)
    case.lab.open_mailbox(case.say("{person}@{domain}"))
    case.add_lines("test", f"{domain}. NS {domain}.\n{domain}. A {address}\n")
    case.lab.publish(
        f"$ORIGIN {domain}.\n$TTL 3600\n@ SOA @ postmaster 2026030201 7200 900 1209600 60\n@ NS @\n"
        f"@ A {address}\nmta-sts A {address}\nmx1 A {old.address}\n@ MX 10 {case.say('in.{hoster}')}.\n"
        f'@ TXT "v=spf1 mx -all"\n_mta-sts TXT "v=STSv1; {ID}"\n'
    )
    case.origins.append(domain)


def _policy(old, new):
    def deed(case):
        site = case.lab.policy_sites[case.say("{domain}")]
        site.policy = site.policy.replace(case.say(old), case.say(new))

    return deed


def _certificate(kind):
    return lambda case: setattr(case.lab.mail_hosts[case.say("in.{hoster}")], "tls", kind)


def letters(case):
    by_hand = case.send("olive@corner-shop.test", "{person}@{domain}", "corner-shop.test", subject="Labels")
    return [by_hand, case.send("ada@gmail.test", "{person}@{domain}", subject="Invitations", tls="mta-sts")]


def look(case):
    return case.lab.policy_sites[case.say("{domain}")].policy.splitlines()


def guard(case):
    site = case.lab.policy_sites[case.say("{domain}")]
    kept = "mode: enforce" in site.policy and "_mta-sts" in case.lab.zone_text(case.say("{domain}"))
    return None if kept else "Whoever stands on the line between two hosts may read along again: the policy is gone."


STILL_OLD, RIGHT = _policy("mx: in.{hoster}", "mx: mx1.{domain}"), _policy("mx: mx1.{domain}", "mx: in.{hoster}")
ANOTHER_ID = edit("{domain}", ID, NEW_ID)

TICKET = Ticket(
    title="Moving day",
    words='{Person} writes: "On Sunday our mail has moved to {hoster}. The MX record is new, I have looked it up, '
    "and the letters of most people are there within a second. Those of Ada's provider wait since then, and it is "
    'one of the large ones. {hoster} says that its certificate is in order, and I believe them."',
    names={"domain": "print-shop.test", "hoster": "mailbarn.test", "person": "ilse"},
    needs="07_locked_doors",
    way=(
        "case.log[1]",
        'case.lab.policy_sites["{domain}"].policy',
    ),
    tools="the log (`case.log[1]`), look-ups, `case.lab.zone_text`, `case.edit`, `case.lab.connect` and STARTTLS, "
    'and what the web site of {domain} serves, `case.lab.policy_sites["{domain}"].policy`, a text that you may '
    "change",
    stage=stage,
    letters=letters,
    look=look,
    guard=guard,
    causes=(
        Cause("the MTA-STS policy of {domain} names its old exchange alone", STILL_OLD),
        Cause("the certificate of in.{hoster} has expired", _certificate("expired")),
        Cause("in.{hoster} offers no STARTTLS", _certificate(None)),
        Cause("the MX record still names the old exchange", edit("{domain}", "MX 10 in.{hoster}.", "MX 10 mx1")),
        Cause(
            "in.{hoster} has no {domain} in its list of own domains",
            replies("in.{hoster}", "RCPT", "550 5.7.1 in.{hoster} takes no letters for {domain} and does not relay"),
        ),
        Cause("in.{hoster} is down", down("in.{hoster}")),
    ),
    proof=(
        "MTA-STS policy does not name this exchange, in.{hoster}",
        "connection to in.{hoster} ... MTA-STS policy does not name this exchange",
        "mx: mx1.{domain}",
        "mode enforce, mx mx1.{domain}",
    ),
    hints=(
        "Everybody or some? What does Ada's provider ask before it sends that Olive's does not?",
        "Who said no: the new exchange, or Ada's host by itself? Was there a conversation at all?",
        "A sender keeps a policy. By which sign does it learn, from the DNS, that there is another one to fetch?",
    ),
    after="A policy names the exchanges that may have the letters, and a sender that goes by it [delivers to no "
    "other](https://www.rfc-editor.org/rfc/rfc8461#section-5). It keeps the policy for as long as `max_age` says, "
    "and fetches it again when [the id in the DNS](https://www.rfc-editor.org/rfc/rfc8461#section-3.1) is another "
    "one: whoever knows the old text reads a new one under the old id late, some after a day, and some when `max_age` "
    "is over. So before a move [first the text, "
    "which names both exchanges, then the id](https://www.rfc-editor.org/rfc/rfc8461#section-8.1), and last the MX "
    "record. Its sister, a TLSA record that nobody renewed, needs "
    "[DNSSEC](https://www.rfc-editor.org/rfc/rfc7672#section-2.2), which this lab has not.",
    mend=both(RIGHT, ANOTHER_ID),
    wrong_mends=(
        (nothing, "as before"),
        (RIGHT, "as before"),
        (both(_policy("enforce", "none"), ANOTHER_ID), "the policy is gone"),
        (edit("{domain}", f'_mta-sts TXT "v=STSv1; {ID}"\n', ""), "as before"),
        (edit("{domain}", "MX 10 in.{hoster}.", "MX 10 mx1"), "something else now"),
    ),
    minutes=7,
)
