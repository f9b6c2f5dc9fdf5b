"""What learners believe and is not so: each belief, what is true, and which exercises and predictions meet it.

`python -m helpers.check.beliefs` prints the table, and fails where a row is met by nothing.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from helpers.check import registry


@dataclass(frozen=True)
class Belief:
    """A thing that is often said, what is so instead, and the names of the exercises and predictions that meet it."""

    said: str
    so: str
    met_by: tuple[str, ...] = ()


BELIEFS = (
    Belief(
        "the DNS query is for support@outlook.com",
        "it is for the domain; the local part does not route the letter",
        ("what_is_asked", "domain_of", "mx_of_what"),
    ),
    Belief(
        "one asks the mail server for its MX record",
        "MX is asked of the DNS, before any mail server is known",
        ("who_was_asked", "order_steps", "root_knows"),
    ),
    Belief(
        "an MX record holds an address",
        "it holds a preference and a host name; the address needs a second look-up",
        ("mx_holds", "order_steps", "my_zone", "my_mx"),
    ),
    Belief(
        "the lowest MX number is the last resort",
        "the lowest is tried first",
        ("who_tried_first", "mail_hosts_in_order"),
    ),
    Belief(
        "A, SPF, DKIM, DMARC are kinds of MX record",
        "MX and A are record types; SPF, DKIM and DMARC are text in TXT records at agreed names",
        ("spf_kind", "where"),
    ),
    Belief(
        "the A query goes to the mail server, and the A record holds names and more",
        "it goes to the DNS, and holds one IPv4 address",
        ("apex_takes_mail", "six_has_no_a", "address_asked_of"),
    ),
    Belief(
        "the look-up can end at 10.0.0.1",
        "that is a private address; a public exchange needs a public one",
        ("ends_at_ten", "hops"),
    ),
    Belief(
        "SMTP performs all operations of email",
        "it submits and relays; reading a mailbox is IMAP, POP or a web page",
        ("order_steps",),
    ),
    Belief(
        "HELO establishes the connection",
        "TCP does, and the server speaks first (220); HELO says who is calling",
        ("who_speaks_first", "who_greets", "noop_unannounced", "first_event"),
    ),
    Belief(
        "MAIL FROM receives mail, RCPT TO forwards it",
        "they name the envelope's return path and one recipient each",
        ("envelope_commands", "bounce_goes_to", "who_receives", "after_rcpt"),
    ),
    Belief(
        "HELO, MAIL, RCPT, QUIT are enough",
        "without DATA there is no letter",
        ("no_data", "order_commands"),
    ),
    Belief(
        "465 is 25 with TLS, and old",
        "465 is submission, for people's programs; 25 is between servers",
        ("what_is_465", "which_port"),
    ),
    Belief(
        "SPF signs or encrypts",
        "SPF lists the addresses that may use the domain; no key is involved",
        ("who_can_read",),
    ),
    Belief(
        'SPF compares with "the server\'s address"',
        "with the address of the client that connects",
        ("compared_with", "guilty_address"),
    ),
    Belief(
        "SPF checks the From: that you see", "it checks MAIL FROM and, separately, HELO", ("from_seen", "null_sender")
    ),
    Belief(
        "if SPF fails, DKIM is tried, and DMARC if DKIM fails",
        "both run; DMARC fails only when neither passes with an aligned domain",
        ("both_run", "dmarc_verdict"),
    ),
    Belief(
        "DKIM's key encrypts or decrypts the letter",
        "the signer claims some responsibility, and the signed parts can be shown unchanged",
        ("who_can_read", "sealed", "mallory_signs"),
    ),
    Belief(
        "DMARC none means accept, reject means reject",
        "none states no preference; a receiver must not reject solely for a policy (RFC 9989 section 7.4)",
        ("reject_means", "which_policy"),
    ),
    Belief(
        "250 after DATA means that it is in the inbox",
        "this server has taken responsibility; a program that prints the letter and forgets it has lost it",
        ("what_250_means", "promise", "send_mail", "find_mistake", "where_is_it", "keep_first"),
    ),
    Belief(
        "a server may take any recipient",
        "one that does is an open relay; one that accepts unknown users must bounce later",
        ("for_others", "accept_rcpt", "relays"),
    ),
    Belief(
        "anyone can listen on port 25",
        "below 1024 needs privilege on Linux, and many networks block 25",
        ("low_port",),
    ),
    Belief(
        "DNS propagates",
        "caches expire, and secondaries fetch the zone when told or when the SOA says",
        ("change_seen", "still_old", "ns2_says"),
    ),
    Belief(
        "passing authentication means wanted mail",
        "it means that the name is honest; spammers authenticate too",
        ("spammer_passes",),
    ),
)


def amiss() -> list[str]:
    """Return a sentence for each row that no lesson meets, and each name that is neither exercise nor prediction."""
    there = registry.exercises().keys() | registry.predictions().keys()
    unmet = [f"Nothing meets the row {belief.said!r}." for belief in BELIEFS if not there & set(belief.met_by)]
    names = sorted({name for belief in BELIEFS for name in belief.met_by} - there)
    return unmet + [f"There is no exercise or prediction {name}." for name in names]


if __name__ == "__main__":
    for belief in BELIEFS:
        print(f"{belief.said}\n    so: {belief.so}\n    met by: {', '.join(belief.met_by) or 'nothing'}")
    sys.exit("\n".join(amiss()) or None)
