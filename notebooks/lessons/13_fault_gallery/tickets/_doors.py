"""What several tickets have in common: checks at a host's door, and lists that somebody keeps."""

from ipaddress import ip_address

from helpers.gallery.deeds import Deed
from helpers.mail import check_spf, judge

AT_OUTLOOK = ("mx1.outlook.test", "mx2.outlook.test")
SPF_SAYS = {  # RFC 7372 section 3.2
    "fail": "550 5.7.23 SPF: {address} may not send for {domain}",
    "permerror": "550 5.7.24 SPF: the record of {domain} cannot be used",
    "temperror": "451 4.7.24 SPF: the DNS gives no answer about {domain}",
}


def spf(case, *hosts: str) -> None:
    """Hosts refuse what SPF says no to."""

    def ask(session, step, value):
        if step != "MAIL" or not value:
            return None
        found = check_spf(case.lab, session.client.address, value, session.host_name)
        said = SPF_SAYS.get(found.result)
        return said and said.format(address=found.address, domain=found.domain)

    for host in hosts:
        case.policy(host, ask)


def reverse(case, *hosts: str) -> None:
    """Hosts refuse an address that has no name leading back to it (RFC 7372 section 3.3)."""

    def ask(session, step, value):
        if step != "MAIL":
            return None
        address = session.client.address
        names = case.lab.lookup(ip_address(address).reverse_pointer, "PTR").answers
        if not names:
            return f"550 5.7.25 [{address}] The IP address that sends this has no PTR record"
        kind = "AAAA" if ":" in address else "A"
        back = [one for name in names for one in case.lab.lookup(name.rstrip("."), kind).answers]
        return None if address in back else f"550 5.7.25 [{address}] Its name {names[0]} does not lead back to it"

    for host in hosts:
        case.policy(host, ask)


def judges(case, *hosts: str) -> None:
    """Hosts judge each letter by DMARC, and set aside what fails."""
    for host in hosts:
        case.policy(host, judge(case.lab, case.say(host)))


def listed(case, host: str, zone: str, means: str = "any answer") -> None:
    """A host asks a list of bad addresses (RFC 5782), and refuses whoever is on it. Both are settings."""
    host, zone = case.say(host), case.say(zone)
    case.settings.add(f"{host} block list", zone)
    case.settings.add(f"{host} listed means", means)

    def ask(session, step, value):
        where, means = case.settings[f"{host} block list"], case.settings[f"{host} listed means"]
        if step != "MAIL" or not where:
            return None
        address = session.client.address
        answers = case.lab.lookup(f"{turned(address)}.{where}", "A").answers
        bad = answers and (means == "any answer" or means in answers)
        return f"554 5.7.1 Client host [{address}] blocked using {where}" if bad else None

    case.policy(host, ask)


def turned(address: str) -> str:
    """An IPv4 address as it is asked for: backwards."""
    return ".".join(reversed(address.split(".")))


def users(case, host: str, names: str) -> None:
    """A host has a list of users of its own, which is a setting: "tom, tina"."""
    host, names = case.say(host), case.say(names)
    case.settings.add(f"{host} users", names)

    def ask(session, step, value):
        known = case.settings[f"{host} users"].replace(",", " ").split()
        if step != "RCPT" or value.partition("@")[0].lower() in [*known, "postmaster"]:
            return None
        return f"550 5.1.1 No mailbox here is called <{value}>"

    case.policy(host, ask)


def own_domains(case, host: str, domains: str) -> None:
    """A host has a list of its own domains, which is a setting."""
    host = case.say(host)

    def apply(value: str) -> None:
        case.lab.mail_hosts[host].domains = tuple(value.replace(",", " ").split())

    case.settings.add(f"{host} own domains", case.say(domains), apply)


def in_inbox(case, address: str, letters: int) -> bool:
    """Whether an inbox has got so many letters."""
    return len(case.lab.mailbox(case.say(address))) == letters


def junk(host: str) -> Deed:
    """A host sets every letter aside."""

    def ask(session, step, letter):
        if step == "letter":
            letter.folder = "junk"

    return lambda case: case.policy(host, ask)
