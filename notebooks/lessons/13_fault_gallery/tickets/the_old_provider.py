"""A former provider still has a domain in its list, and keeps its letters."""

from dataclasses import replace

from helpers.gallery.deeds import both, edit, nothing, put, relay
from helpers.gallery.parts import Cause, Ticket

from . import _doors


def stage(case):
    case.domain("{domain}", ["{person}"], exchanges="mx1")
    case.domain("{old}", ["{customer}"], exchanges="smtp")
    host = case.say("smtp.{old}")
    keeper = case.lab.mail_hosts[host]

    def apply(value):
        """Whose letters it hands to itself, and whose it takes in."""
        domains = tuple(value.replace(",", " ").split())
        case.lab._net.routes.hosts[host] = replace(case.lab.host(host), takes_mail_for=domains)
        keeper.domains = domains

    def old_mailbox(session, step, letter):
        """A letter for the domain that has moved goes into the mailbox that it had here, which nobody opens."""
        gone = step == "letter" and any(who.endswith(case.say("@{domain}")) for who in letter.envelope.recipients)
        return f"250 2.0.0 Letter kept as {letter.id}" if gone else None

    case.settings.add(f"{host} own domains", case.say("{old}"), apply)
    case.policy(host, old_mailbox)


def letters(case):
    case.before = len(case.lab.mailbox(case.say("{person}@{domain}")))
    other = case.send("ada@gmail.test", "{person}@{domain}", subject="Tulips")
    return [other, case.send("{customer}@{old}", "{person}@{domain}", "smtp.{old}", subject="Your invoice")]


def well(case):
    return _doors.in_inbox(case, "{person}@{domain}", case.before + 2)


def look(case):
    box = case.lab.mailbox(case.say("{person}@{domain}"))
    return [*repr(box).splitlines(), *repr(box.junk).splitlines()]


TICKET = Ticket(
    title="She says it never came",
    words='{Person} writes: "We left {old} in May, and since then our mail comes to us at `mx1.{domain}`. All the '
    "world reaches me, but for those who stayed with {old}. 'I have written three times', says {Customer}, who is "
    "one of them, 'and nothing came back.' Nothing came here either.\"",
    names={"domain": "ceramics.test", "old": "village-net.test", "person": "wanda", "customer": "yusuf"},
    needs="10_delivery",
    way=(
        "case.log[1]",
        "case.settings",
    ),
    tools="the log, look-ups, letters of your own from either host, `case.lab.mailbox`, and `case.settings`, where "
    "somebody of {old} reads theirs to you on the telephone",
    stage=stage,
    letters=letters,
    well=well,
    look=look,
    causes=(
        Cause("{old} still takes {domain} for a domain of its own", put("smtp.{old} own domains", "{old}, {domain}")),
        Cause(
            "{old} has the old MX record of {domain} in its cache",
            both(
                edit("{domain}", "MX 10 mx1", "MX 10 smtp.{old}."),
                put("smtp.{old} own domains", "{old}, {domain}"),
                lambda case: case.lab._net.routes.hosts.update(
                    {case.say("smtp.{old}"): replace(case.lab.host(case.say("smtp.{old}")), takes_mail_for=())}
                ),
            ),
        ),
        Cause("{Person}'s host sets letters of {old} aside as junk", _doors.junk("mx1.{domain}")),
        Cause(
            "the network of {old} lets nothing out to port 25",
            lambda case: case.lab.faults.shut_in(case.say("smtp.{old}")),
        ),
        Cause(
            "{Customer} mistypes the address",
            seen="`mx1.{domain}` would say 550 to a name that it does not know, and {Customer} would get a bounce.",
        ),
        Cause(
            "{Person}'s host has {old} on a list of bad senders",
            lambda case: case.policy(
                "mx1.{domain}",
                lambda session, step, value: (
                    "554 5.7.1 We take nothing from you"
                    if step == "MAIL" and value.endswith(case.say("@{old}"))
                    else None
                ),
            ),
        ),
    ),
    proof=("{domain} is its own domain: it asks nobody, and hands the letter to itself",),
    hints=(
        "Everybody or some? What do those whose letters never come have in common?",
        "Nobody has said no, so somebody has said yes. Who was it? Look at `case.log[1]` for the 250 after the dot.",
        "Which question did the host of {old} put to the DNS about {domain}?",
    ),
    after="A host asks the DNS only about domains that are not its own. One that was left behind in its list is "
    "delivered on the spot, with [a 250 that promises just "
    "that](https://www.rfc-editor.org/rfc/rfc5321#section-6.1), into a mailbox that nobody opens. From "
    "outside nothing can be seen of it, and no record that you publish changes it. Only who runs that list "
    "can mend it, so ring them. And after a move, let somebody who stayed behind write you a letter.",
    mend=put("smtp.{old} own domains", "{old}"),
    wrong_mends=(
        (nothing, "as before"),
        (edit("{domain}", "MX 10 mx1", "MX 1 mx1"), "as before"),
        (relay("mx1.{domain}"), "open relay"),
        (edit("{domain}", "mx -all", "mx a:smtp.{old} ~all"), "weaker than it was"),
    ),
    minutes=4.5,
)
