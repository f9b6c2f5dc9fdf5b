"""The cast: every host of the lab, its addresses and what it is there for. It is the same in all the notebooks.

The addresses are those set aside for documentation (RFC 5737, RFC 3849) and the names end in .test (RFC 6761
section 6.2), so that nothing here can be mistaken for somebody's real machine. What the hosts' zones say stands in the
plain zone files of the folder `zones`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """A machine on the lab's map: its name (no final dot), its addresses (IPv4 first), a phrase on what it is for."""

    name: str
    addresses: tuple[str, ...]
    role: str
    down: bool = False  # switched off when the lab starts

    @property
    def address(self) -> str:
        """The host's first address."""
        return self.addresses[0]

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


LEARNER = "laptop.learner.test"
RESOLVER = "resolver.isp.test"
ROOT = "a.root-servers.test"

CAST = (
    Host(ROOT, ("198.51.100.1",), "name server of the root zone"),
    Host("a.nic.test", ("198.51.100.2",), "name server of the zone test."),
    Host("a.reverse.test", ("198.51.100.3",), "name server of the reverse zones, in-addr.arpa and ip6.arpa"),
    Host("ns.isp.test", ("192.0.2.51",), "name server of isp.test"),
    Host(RESOLVER, ("192.0.2.53",), "the recursive resolver, the one with the cache"),
    Host("mail.isp.test", ("192.0.2.24",), "exchange of isp.test, the learner's provider"),
    Host(LEARNER, ("192.0.2.10", "2001:db8:0:2::10"), "the learner's computer"),
    Host("ns.learner.test", ("192.0.2.52",), "name server of learner.test, once its zone is published"),
    Host("ns2.learner.test", ("192.0.2.54",), "its secondary"),
    Host("mail.learner.test", ("192.0.2.25",), "the learner's own mail server, once it is served"),
    Host("ns1.gmail.test", ("198.51.100.52",), "name server of gmail.test"),
    Host("smtp.gmail.test", ("198.51.100.11",), "where people's programs hand in letters, after a log-in"),
    Host("out.gmail.test", ("198.51.100.10", "2001:db8:0:100::10"), "sends the letters of gmail.test"),
    Host("in.gmail.test", ("198.51.100.25",), "exchange of gmail.test"),
    Host("gmail.test", ("198.51.100.80",), "a web site; takes no mail"),
    Host("ns1.outlook.test", ("203.0.113.52",), "name server of outlook.test"),
    Host("ns2.outlook.test", ("203.0.113.53",), "name server of outlook.test"),
    Host("mx1.outlook.test", ("203.0.113.25",), "preferred exchange of outlook.test"),
    Host("mx2.outlook.test", ("203.0.113.26",), "second exchange of outlook.test"),
    Host("outlook.test", ("203.0.113.80",), "a web site; takes no mail"),
    Host("corner-shop.test", ("203.0.113.90",), "one machine for everything, and no MX record"),
    Host("no-mail.test", ("203.0.113.91",), "a domain that says it takes no mail (null MX)"),
    Host("alias.test", ("203.0.113.92",), "its MX names an alias"),
    Host("ns.twins.test", ("203.0.113.33",), "name server of twins.test"),
    Host("mx1.twins.test", ("203.0.113.31",), "exchange of twins.test"),
    Host("mx2.twins.test", ("203.0.113.32",), "exchange of twins.test, with the same preference"),
    Host("ns.one-down.test", ("203.0.113.43",), "name server of one-down.test"),
    Host("mx1.one-down.test", ("203.0.113.41",), "preferred exchange of one-down.test, switched off", down=True),
    Host("mx2.one-down.test", ("203.0.113.42",), "second exchange of one-down.test"),
    Host("dangling.test", ("203.0.113.93",), "would take mail, but its MX names a host without an address"),
    Host("ns.six.test", ("203.0.113.94",), "name server of six.test"),
    Host("mx.six.test", ("2001:db8::25",), "exchange of six.test; has an IPv6 address only"),
    Host("ns.lame.test", ("203.0.113.96",), "lame.test is delegated to it, and it knows nothing of lame.test"),
    Host("ns.eleven.test", ("203.0.113.95",), "name server of eleven.test, whose SPF asks too much"),
    Host("bank.test", ("203.0.113.60",), "a bank that asks for forged letters to be rejected (DMARC)"),
    Host("shop.test", ("203.0.113.61",), "a shop that asks for forged letters to be set aside (DMARC)"),
    Host("bulk.test", ("203.0.113.62",), "sends letters for others"),
    Host("alumni.test", ("203.0.113.77",), "a forwarder for former students"),
    Host("list.test", ("203.0.113.78",), "a mailing list"),
    Host("mallory.test", ("203.0.113.66",), "the forger"),
)

NAME_SERVERS = {
    ROOT: (".",),
    "a.nic.test": ("test.",),
    "a.reverse.test": ("in-addr.arpa.", "ip6.arpa."),
    "ns.isp.test": ("isp.test.",),
    "ns.learner.test": (),  # what the learner publishes
    "ns2.learner.test": (),  # what it has copied from the one before
    "ns1.gmail.test": ("gmail.test.",),
    "ns1.outlook.test": ("outlook.test.",),
    "ns2.outlook.test": ("outlook.test.",),
    "corner-shop.test": ("corner-shop.test.",),
    "no-mail.test": ("no-mail.test.",),
    "alias.test": ("alias.test.",),
    "ns.twins.test": ("twins.test.",),
    "ns.one-down.test": ("one-down.test.",),
    "dangling.test": ("dangling.test.",),
    "ns.six.test": ("six.test.",),
    "ns.lame.test": (),  # lame: it answers for no zone at all
    "ns.eleven.test": ("eleven.test.",),
    "bank.test": ("bank.test.",),
    "shop.test": ("shop.test.",),
    "bulk.test": ("bulk.test.",),
    "alumni.test": ("alumni.test.",),
    "list.test": ("list.test.",),
    "mallory.test": ("mallory.test.",),
}

OFFER_TLS = ("bank.test",)  # exchanges that offer STARTTLS when the lab starts

MAIL_HOSTS = {
    "mail.isp.test": ("isp.test",),
    "in.gmail.test": ("gmail.test",),
    "mx1.outlook.test": ("outlook.test",),
    "mx2.outlook.test": ("outlook.test",),
    "corner-shop.test": ("corner-shop.test",),
    "alias.test": ("alias.test",),
    "mx1.twins.test": ("twins.test",),
    "mx2.twins.test": ("twins.test",),
    "mx1.one-down.test": ("one-down.test",),
    "mx2.one-down.test": ("one-down.test",),
    "dangling.test": ("dangling.test",),
    "mx.six.test": ("six.test",),
    "bank.test": ("bank.test",),
    "shop.test": ("shop.test",),
    "bulk.test": ("bulk.test",),
    "alumni.test": ("alumni.test",),
    "list.test": ("list.test",),
}

WEB_SITES = ("gmail.test", "outlook.test")

SUBMISSION = "smtp.gmail.test"  # where the people of gmail.test hand in their letters (RFC 6409)
PASSWORDS = {  # what people type to log in there; the host itself does not know it (accounts.py)
    "ada@gmail.test": "engine No. 2",
    "bob@gmail.test": "salt-and-vinegar",
}

STS_POLICIES = {  # domain -> its MTA-STS policy, which the host of that name serves over HTTPS (RFC 8461 section 3.2)
    "bank.test": "version: STSv1\r\nmode: enforce\r\nmx: bank.test\r\nmax_age: 604800\r\n",
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

PUBLISHED = {
    "learner.test.": ("ns.learner.test", "ns2.learner.test")
}  # what the learner may publish: primary, secondary
