"""The cast: every host of the lab, its addresses and what it is there for. It is the same in all the notebooks.

The addresses are those set aside for documentation (RFC 5737, RFC 3849) and the names end in .test (RFC 6761
section 6.2), so that nothing here can be mistaken for somebody's real machine.

A new host stands in CAST, and, to be read, in the zone file of its domain in the folder `zones`; a new domain that
takes mail has its people in PEOPLE. Delegation, glue and reverse zones follow from here (delegation.py).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Host:
    """A machine on the lab's map: its name (no final dot), its addresses (IPv4 first), a phrase on what it is for.

    The rest is what it has when the lab starts. Of the hosts that have a zone the first is the primary name server.
    """

    name: str
    addresses: tuple[str, ...]
    role: str
    down: bool = False  # switched off
    zones: tuple[str, ...] = field(default=(), repr=False)  # that it answers for; their files are in `zones`
    lacks: tuple[str, ...] = field(default=(), repr=False)  # zones that are delegated to it, and that it does not have
    takes_mail_for: tuple[str, ...] = field(default=(), repr=False)  # domains
    offers_tls: bool = field(default=False, repr=False)  # STARTTLS on port 25
    web_site: bool = field(default=False, repr=False)
    # The MTA-STS policy of the domain of its name, which it serves over HTTPS (RFC 8461 section 3.2).
    sts_policy: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """The host's first address."""
        return self.addresses[0]

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


def _alone(name: str, address: str, role: str, takes_mail: bool = True, **more) -> Host:
    """A domain of one machine: its own name server, and its own exchange unless it takes no mail."""
    return Host(name, (address,), role, zones=(f"{name}.",), takes_mail_for=(name,) if takes_mail else (), **more)


def _exchange(name: str, address: str, role: str, **more) -> Host:
    """A host that takes mail for the domain that it is in."""
    return Host(name, (address,), role, takes_mail_for=(name.partition(".")[2],), **more)


def _name_server(name: str, address: str, role: str) -> Host:
    """A name server of the zone that it is in."""
    return Host(name, (address,), role, zones=(f"{name.partition('.')[2]}.",))


def _lacking(name: str, address: str, role: str) -> Host:
    """A host to which the zone that it is in is delegated, and which does not have it."""
    return Host(name, (address,), role, lacks=(f"{name.partition('.')[2]}.",))


LEARNER = "laptop.learner.test"
LEARNERS_ZONE = "learner.test."  # there is none until the learner publishes one
RESOLVER = "resolver.isp.test"
ROOT = "a.root-servers.test"

CAST = (
    Host(ROOT, ("198.51.100.1",), "name server of the root zone", zones=(".",)),
    Host("a.nic.test", ("198.51.100.2",), "name server of the zone test.", zones=("test.",)),
    Host(
        "a.reverse.test",
        ("198.51.100.3",),
        "name server of the reverse zones, in-addr.arpa and ip6.arpa",
        zones=("in-addr.arpa.", "ip6.arpa."),
    ),
    _name_server("ns.isp.test", "192.0.2.51", "name server of isp.test"),
    Host(RESOLVER, ("192.0.2.53",), "the recursive resolver, the one with the cache"),
    _exchange("mail.isp.test", "192.0.2.24", "exchange of isp.test, the learner's provider"),
    Host(LEARNER, ("192.0.2.10", "2001:db8:0:2::10"), "the learner's computer"),
    _lacking("ns.learner.test", "192.0.2.52", "name server of learner.test, once its zone is published"),
    _lacking("ns2.learner.test", "192.0.2.54", "its secondary"),
    Host("mail.learner.test", ("192.0.2.25",), "the learner's own mail server, once it is served"),
    _name_server("ns1.gmail.test", "198.51.100.52", "name server of gmail.test"),
    Host("smtp.gmail.test", ("198.51.100.11",), "where people's programs hand in letters, after a log-in"),
    Host("out.gmail.test", ("198.51.100.10", "2001:db8:0:100::10"), "sends the letters of gmail.test"),
    _exchange("in.gmail.test", "198.51.100.25", "exchange of gmail.test"),
    Host("gmail.test", ("198.51.100.80",), "a web site; takes no mail", web_site=True),
    _name_server("ns1.outlook.test", "203.0.113.52", "name server of outlook.test"),
    _name_server("ns2.outlook.test", "203.0.113.53", "name server of outlook.test"),
    _exchange("mx1.outlook.test", "203.0.113.25", "preferred exchange of outlook.test"),
    _exchange("mx2.outlook.test", "203.0.113.26", "second exchange of outlook.test"),
    Host("outlook.test", ("203.0.113.80",), "a web site; takes no mail", web_site=True),
    _alone("corner-shop.test", "203.0.113.90", "one machine for everything, and no MX record"),
    _alone("no-mail.test", "203.0.113.91", "a domain that says it takes no mail (null MX)", takes_mail=False),
    _alone("alias.test", "203.0.113.92", "its MX names an alias"),
    _name_server("ns.twins.test", "203.0.113.33", "name server of twins.test"),
    _exchange("mx1.twins.test", "203.0.113.31", "exchange of twins.test"),
    _exchange("mx2.twins.test", "203.0.113.32", "exchange of twins.test, with the same preference"),
    _name_server("ns.one-down.test", "203.0.113.43", "name server of one-down.test"),
    _exchange("mx1.one-down.test", "203.0.113.41", "preferred exchange of one-down.test, switched off", down=True),
    _exchange("mx2.one-down.test", "203.0.113.42", "second exchange of one-down.test"),
    _alone("dangling.test", "203.0.113.93", "would take mail, but its MX names a host without an address"),
    _name_server("ns.six.test", "203.0.113.94", "name server of six.test"),
    _exchange("mx.six.test", "2001:db8::25", "exchange of six.test; has an IPv6 address only"),
    _lacking("ns.lame.test", "203.0.113.96", "lame.test is delegated to it, and it knows nothing of lame.test"),
    _name_server("ns.eleven.test", "203.0.113.95", "name server of eleven.test, whose SPF asks too much"),
    _alone(
        "bank.test",
        "203.0.113.60",
        "a bank that asks for forged letters to be rejected (DMARC)",
        offers_tls=True,
        sts_policy="version: STSv1\r\nmode: enforce\r\nmx: bank.test\r\nmax_age: 604800\r\n",
    ),
    _alone("shop.test", "203.0.113.61", "a shop that asks for forged letters to be set aside (DMARC)"),
    _alone("bulk.test", "203.0.113.62", "sends letters for others"),
    _alone("alumni.test", "203.0.113.77", "a forwarder for former students"),
    _alone("list.test", "203.0.113.78", "a mailing list"),
    _alone("mallory.test", "203.0.113.66", "the forger", takes_mail=False),
)

SUBMISSION = "smtp.gmail.test"  # where the people of gmail.test hand in their letters (RFC 6409)
PASSWORDS = {  # what people type to log in there; the host itself does not know it (accounts.py)
    "ada@gmail.test": "engine No. 2",
    "bob@gmail.test": "salt-and-vinegar",
}

PEOPLE = {  # who has a mailbox; postmaster has one at every domain that takes mail (RFC 5321 section 4.5.1)
    "isp.test": ("learner", "helpdesk"),
    "gmail.test": ("ada", "bob"),
    "outlook.test": ("support", "grace"),
    "corner-shop.test": ("olive",),
    "alias.test": ("alice",),
    "twins.test": ("tom", "tina"),
    "one-down.test": ("nora",),
    "dangling.test": ("dan",),
    "six.test": ("sam",),
    "bank.test": ("clerk",),
    "shop.test": ("sales",),
    "bulk.test": ("news",),
    "alumni.test": ("grace",),
    "list.test": ("gardeners",),
}
