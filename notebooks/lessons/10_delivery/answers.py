"""Reference answers of notebook 10, delivery."""

import random
from contextlib import suppress

import dns.exception
import dns.resolver

from helpers.answers import domain_of, mail_hosts, send_mail

next_or_stop = {
    "the connection is refused": "next",
    "554 in place of the greeting": "next",
    "421 in answer to DATA": "next",
    "550 to RCPT TO": "stop",
    "552 after the dot: too big": "stop",
    "the connection breaks after the dot": "next",
    "451 to MAIL FROM, at the last address of all": "later",
    "the resolver says SERVFAIL to the MX question": "later",
}

three_times = "b"

second_door = "c"


def addresses(domain, resolver):
    hosts = mail_hosts(domain, resolver)
    if len(hosts) > 1:
        records = sorted(resolver.resolve(domain, "MX"), key=lambda mx: (mx.preference, random.random()))
        hosts = [mx.exchange for mx in records]
    found = []
    for host in hosts:
        for rdtype in ("A", "AAAA"):
            with suppress(dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):  # the other kind, or the next host, may do
                found += [record.address for record in resolver.resolve(host, rdtype)]
    return found[:5]


def knock(lab, address, sender, recipients, letter, patience=300):
    try:
        with lab.connect(address, 25, timeout=patience) as sock:
            fates = send_mail(sock, sender, recipients, letter)
    except OSError as error:
        return dict.fromkeys(recipients, f"4.4.2 {error}")
    if not sock.transcript.says("C", "MAIL"):  # the host wants none of it, and nobody has spoken of the letter
        return {who: f"4.3.2 {reply}" for who, reply in fates.items()}
    return fates


def deliver(lab, sender, recipients, letter, patience=300):
    fates = dict.fromkeys(recipients, "5.4.4 there is no host to bring it to")
    try:
        doors = addresses(domain_of(recipients[0]), lab.resolver)
    except dns.resolver.NXDOMAIN:
        return dict.fromkeys(recipients, "5.1.2 there is no such domain")
    except dns.exception.DNSException:
        return dict.fromkeys(recipients, "4.4.3 the DNS has no answer at the moment")
    waiting = list(recipients)
    while doors and waiting:
        fates |= knock(lab, doors[0], sender, waiting, letter, patience)
        codes = [fates[who][:3] for who in waiting]
        if not ("452" in codes and any(code[0] == "2" for code in codes)):  # else: too many at once, so once more
            del doors[0]
        waiting = [who for who in waiting if fates[who][0] == "4"]
    return fates


def patience(said):
    if said.endswith(b"\r\n.\r\n"):
        return 600
    if said.upper() == b"DATA\r\n":
        return 120
    return 300
