"""Domains to try the report on: two that are perfect, of which one sends nothing, and for each finding one that is
broken in just that way.

They are put beside the cast's, in a lab that runs: their zones on two of its name servers, their policies of MTA-STS on
a web site of their own. A domain has the name of its finding: spf-two.test. Each sends from an IPv4 and an IPv6
address. nephew.test is broken in several ways, as life has it.
"""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Thread

import dns.name

from helpers.health.asking import Asking
from helpers.lab import Lab, mta_sts, zones
from helpers.lab.errors import LabError, suggestion
from helpers.lab.web_site import POLICY
from helpers.mail.dkim_key import quoted
from helpers.wire.faces import visible

SERVERS = ("ns.isp.test", "ns1.gmail.test")
NEXT_DOOR = ("ns2.learner.test", "192.0.2.54")  # a name server in the network of the first, and its address
WEB = "ns.isp.test"  # where the policies are served
KEY = (  # a public key of 2048 bits, whose private half nobody holds
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArYExB/NixiP49d/KCCNxLhKxI4HA4B3FOwe53r+p6xTMxVjszn2abtZJ72n1B9SEbzG+"
    "MBvJbCPJbBIR7hFOirDNnkc/ZjPEWjbfuB1And5m2wqds1xe+aHKV0B9icGoAOWtlcIKRuM1gS3pomD03FpwgCKjTIvtUs1qhrsHfHnQNXfOMEpd"
    "6DDIAVCHfqZ6f/vJosCYVjhtyDGuStxcrP3eXr/O8NrRfZNhYIKqaeaD5FbVlw2iHlyHEgvLEWP8sbgirjDXrs/naIbUIQLhC9DLwTHVLPZtOgP4"
    "TwZXyKEhboUQOVxnwwSjoL/eErwtlRMWOuVrBEnQ2hxpb/Q9YwIDAQAB"
)
SHORT_KEY = (  # of 512 bits
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMvlMDqFpBnuAsx2pUfWl+dYFV1GkCE2bSKLr6qVQjJ1f1e2yKq0mO6JzGpn5wq7cB8pYv9mN0dR3a4k"
    "Z5T6xw8CAwEAAQ=="
)
OLD_KEY = (  # of 1024 bits, and nobody holds its private half either
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCscjURDH7KJxWq2Kf/zpjofW/cqwsQYMI9Dh/6SKW0Q8MjWGwaGO/zQrGIlWAptnqjqW13/eyB"
    "+pmaV1p0+EtTv9f4pP1AVQtlIt6u6jLrP/c1LeNld9fNcrKvVcHNwoQuLe4OI7fe7hNHb7MHRiRX8o+J6X2bYFCGYagoZz9SXQIDAQAB"
)
SIGNED = "v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; h=from:to:subject; bh=AAAA; b=AAAA"


@dataclass(frozen=True)
class Domain:
    """A domain as it is laid: what stands in its zone, in parts, and beside it. All texts may hold {domain}, {four}
    and {six}, its name and its two addresses; a host's record is "owner TYPE value", its owner without the domain.
    """

    name: str
    number: int
    told: bool = True  # whether a report is told the addresses that its letters come from
    sends: bool = True  # whether a report is shown a letter from it
    servers: tuple[str, ...] = SERVERS
    negative: int = 3600  # seconds that a no is kept
    mx: tuple[str, ...] = ("10 mail.{domain}.",)
    mx_ttl: int = 3600
    hosts: tuple[str, ...] = ("mail A {four}", "mail AAAA {six}")
    spf: tuple[str, ...] = ("v=spf1 ip4:{four} ip6:{six} -all",)
    dmarc: tuple[str, ...] = ("v=DMARC1; p=reject; rua=mailto:postmaster@{domain}",)
    sts: tuple[str, ...] = ("v=STSv1; id=20260302",)
    tlsrpt: tuple[str, ...] = ("v=TLSRPTv1; rua=mailto:postmaster@{domain}",)
    keys: tuple[str, ...] = (f"v=DKIM1; k=rsa; p={KEY}",)
    signature: str = SIGNED
    pointers: tuple[str, str] = ("mail.{domain}.", "mail.{domain}.")  # what the two addresses lead to, or ""
    policy: str = "version: STSv1\r\nmode: enforce\r\nmx: mail.{domain}\r\nmax_age: 604800\r\n"
    certificate: str = "valid"

    @property
    def addresses(self) -> tuple[str, str]:
        """The addresses that its letters come from."""
        return f"203.0.113.{100 + self.number}", f"2001:db8:0:14::{self.number:x}"

    @property
    def sends_from(self) -> tuple[str, ...]:
        """The addresses that a report is told of."""
        return self.addresses if self.told else ()

    @property
    def letter(self) -> bytes:
        """A letter from it, as far as a report looks at one; none where it sends none."""
        if not self.sends:
            return b""
        head = f"DKIM-Signature: {self.fill(self.signature)}\r\n" if self.signature else ""
        return f"{head}From: me@{self.name}\r\nSubject: Hello\r\n\r\nHello!\r\n".encode()

    def fill(self, text: str) -> str:
        """Put the name and the addresses into a text."""
        four, six = self.addresses
        return text.replace("{domain}", self.name).replace("{four}", four).replace("{six}", six)

    def records(self) -> list[tuple[str, str, str]]:
        """The records of its zone: owner (a full name), type, value."""
        origin = f"{self.name}."
        soa = f"{SERVERS[0]}. postmaster.{origin} 1 7200 900 1209600 {self.negative}"
        found = [(origin, "SOA", soa), *((origin, "NS", f"{server}.") for server in self.servers)]
        found += [(origin, "MX", value) for value in self.mx]
        for owner, kind, value in (host.split(" ", 2) for host in (*self.hosts, "mta-sts A 192.0.2.51")):
            found.append((origin if owner == "@" else f"{owner}.{origin}", kind, value))
        texts = {"": self.spf, "_dmarc.": self.dmarc, "_mta-sts.": self.sts, "_smtp._tls.": self.tlsrpt}
        texts["s1._domainkey."] = self.keys
        found += [(f"{owner}{origin}", "TXT", quoted(self.fill(one))) for owner, some in texts.items() for one in some]
        return [(self.fill(owner), kind, self.fill(value)) for owner, kind, value in found]


def _as(record: str) -> dict:
    return {"spf": (record,)}


OURS = "ip4:{four} ip6:{six}"
MAIL = ("mail A {four}", "mail AAAA {six}")
DMARC = "v=DMARC1; p=reject; rua=mailto:postmaster@{domain}"
STS = "version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {age}\r\n"


def _policy(mode: str = "enforce", mx: str = "mail.{domain}", age: str = "604800") -> dict:
    return {"policy": STS.replace("{mode}", mode).replace("{mx}", mx).replace("{age}", age)}


def _mx(*records: str, hosts: Iterable[str] = ()) -> dict:
    """Other exchanges, which the policy names, too."""
    names = "\r\nmx: ".join(record.split()[1].rstrip(".") for record in records) or "mail.{domain}"
    return {"mx": records, "hosts": (*MAIL, *hosts), **_policy(mx=names)}


QUIET = {  # a domain that takes no mail and sends none
    "told": False,
    "sends": False,
    "mx": ("0 .",),
    "hosts": (),
    "spf": ("v=spf1 -all",),
    "dmarc": ("v=DMARC1; p=reject",),
    "sts": (),
    "tlsrpt": (),
    "keys": (),
    "pointers": ("", ""),
}
BROKEN = {
    "one-name-server": {"servers": SERVERS[:1]},
    "name-server-no-address": {"servers": (*SERVERS, "ns9.{domain}")},
    "name-server-alias": {
        "servers": (SERVERS[0], "ns8.{domain}"),
        "hosts": (*MAIL, f"ns8 CNAME {SERVERS[1]}."),
    },
    "name-servers-one-network": {"servers": (SERVERS[0], "ns2.{domain}"), "hosts": (*MAIL, f"ns2 A {NEXT_DOOR[1]}")},
    "negative-ttl": {"negative": 604800},
    "null-mx": {"mx": ("0 .",)},
    "null-mx-and-more": {"mx": ("0 .", "10 mail.{domain}.")},
    "mx-only-v6": _mx("10 six.{domain}.", hosts=["six AAAA {six}"]),
    "mx-implicit": {"mx": (), "hosts": (*MAIL, "@ A {four}"), **_policy(mx="{domain}")},
    "mx-none": {"mx": ()},
    "mx-is-address": _mx("10 {four}."),
    "mx-doubled": _mx("10 mail.{domain}.{domain}."),
    "mx-no-address": _mx("10 gone.{domain}."),
    "mx-alias": _mx("10 alias.{domain}.", hosts=["alias CNAME mail.{domain}."]),
    "mx-private": _mx("10 inside.{domain}.", hosts=["inside A 10.0.0.1"]),
    "mx-loopback": _mx("10 self.{domain}.", hosts=["self A 127.0.0.1"]),
    "ttl-long": {"mx_ttl": 604800},
    "ptr-missing": {"pointers": ("", "mail.{domain}.")},
    "ptr-missing-v6": {"pointers": ("mail.{domain}.", "")},
    "ptr-not-confirmed": {"pointers": ("mail.outlook.test.", "mail.{domain}.")},
    "ptr-exchange": {"told": False, "pointers": ("", "mail.{domain}.")},
    "ptr-generic": {"pointers": ("{dashes}.{domain}.", "mail.{domain}."), "hosts": (*MAIL, "{dashes} A {four}")},
    "spf-missing": {"spf": ()},
    "quiet-spf": {**QUIET, "spf": ("v=spf1 a ~all",)},
    "spf-joined": _as(f"v=spf1;{OURS} -all"),
    "spf-two": {"spf": (f"v=spf1 {OURS} -all", "v=spf1 include:isp.test ~all")},
    "spf-too-many": _as(f"v=spf1 {OURS} include:eleven.test -all"),
    "spf-voids": _as(f"v=spf1 {OURS} a:x.{{domain}} a:y.{{domain}} mx:z.{{domain}} -all"),
    "spf-plus-all": _as(f"v=spf1 {OURS} +all"),
    "spf-syntax": _as(f"v=spf1 {OURS} ipv4:192.0.2.24 -all"),
    "spf-include-nothing": _as(f"v=spf1 {OURS} include:gone.{{domain}} -all"),
    "spf-included": _as(f"v=spf1 {OURS} include:spf-two.test -all"),
    "spf-no-all": _as(f"v=spf1 {OURS}"),
    "spf-neutral": _as(f"v=spf1 {OURS} ?all"),
    "spf-after-all": _as("v=spf1 ip4:{four} -all ip6:{six}"),
    "spf-ptr": _as(f"v=spf1 {OURS} ptr -all"),
    "spf-not-the-sender": _as("v=spf1 ip4:192.0.2.24 ip6:{six} -all"),
    "dmarc-missing": {"dmarc": ()},
    "quiet-dmarc": {**QUIET, "dmarc": ("v=DMARC1; p=none",)},
    "dmarc-two": {"dmarc": (DMARC, "v=DMARC1; p=none")},
    "dmarc-unreadable": {"dmarc": (DMARC.replace("v=DMARC1", "v=dmarc1"),)},
    "dmarc-bad-policy": {"dmarc": (DMARC.replace("reject", "rejected"),)},
    "dmarc-none": {"dmarc": (DMARC.replace("reject", "none"),)},
    "dmarc-testing": {"dmarc": (f"{DMARC}; t=y",)},
    "dmarc-no-reports": {"dmarc": ("v=DMARC1; p=reject",)},
    "dmarc-rua-no-address": {"dmarc": (DMARC.replace("mailto:", ""),)},
    "dmarc-outside": {"dmarc": ("v=DMARC1; p=reject; rua=mailto:reports@perfect.test",)},
    "dmarc-old-tags": {"dmarc": (f"{DMARC}; pct=50",)},
    "sts-missing": {"sts": ()},
    "sts-record": {"sts": ("v=STSv1",)},
    "sts-no-policy": {"policy": ""},
    "sts-certificate": {"certificate": "wrong name"},
    "sts-policy": {"policy": "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n"},
    "sts-mx": _policy(mx="old.{domain}"),
    "sts-testing": _policy(mode="testing"),
    "sts-none": _policy(mode="none"),
    "sts-short": _policy(age="3600"),
    "tlsrpt-missing": {"tlsrpt": ()},
    "tlsrpt-record": {"tlsrpt": ("v=TLSRPTv1",)},
    "tlsa-unsigned": {"hosts": (*MAIL, f"_25._tcp.mail TLSA 3 1 1 {'ab' * 32}")},
    "dkim-unsigned": {"signature": ""},
    "dkim-other-domain": {"signature": SIGNED.replace("{domain}", "bulk.test")},
    "dkim-no-key": {"keys": ()},
    "dkim-two-keys": {"keys": (f"v=DKIM1; k=rsa; p={KEY}", f"v=DKIM1; k=rsa; p={SHORT_KEY}")},
    "dkim-revoked": {"keys": ("v=DKIM1; k=rsa; p=",)},
    "dkim-key-unreadable": {"keys": (f"v=DKIM1; k=rsa; p={KEY[:200]}",)},
    "dkim-short": {"keys": (f"v=DKIM1; k=rsa; p={SHORT_KEY}",)},
    "dkim-old-key": {"keys": (f"v=DKIM1; k=rsa; p={OLD_KEY}",)},
    "dkim-testing": {"keys": (f"v=DKIM1; k=rsa; t=y; p={KEY}",)},
    "dkim-sha1": {"signature": SIGNED.replace("rsa-sha256", "rsa-sha1")},
    "dkim-length": {"signature": f"{SIGNED}; l=5"},
}
NEPHEW = Domain(
    "nephew.test",
    99,
    pointers=("mail.{domain}.", ""),
    spf=("v=spf1 ip4:192.0.2.24 -all",),  # his provider's, from the time before
    dmarc=(),
    sts=(),
    tlsrpt=(),
    signature="",
)


class Domains(dict[str, Domain]):
    """Domains by the finding that each is made for. A finding that has none is a sentence."""

    def __missing__(self, name: object):
        raise NoDomain(f"There is no domain for {name!r}. {suggestion(name, self)}print(*every) lists the findings.")


class NoDomain(LabError, LookupError):
    """A finding that no domain is made for. Takes a sentence."""


def all_of_them() -> dict[str, Domain]:
    """The perfect ones, "" and "quiet", and for each finding the one that is broken in that way, by the finding."""
    found = Domains({"": Domain("perfect.test", 0), "quiet": Domain("quiet.test", 1, **QUIET)})
    for number, (name, change) in enumerate(BROKEN.items(), 2):
        domain = Domain(f"{name}.test", number)
        dashes = domain.addresses[0].replace(".", "-")
        change = {key: _with_dashes(value, dashes) for key, value in change.items()}
        found[name] = replace(domain, **change)
    return found


def _with_dashes(value, dashes: str):
    if isinstance(value, tuple):
        return tuple(one.replace("{dashes}", dashes) for one in value)
    return value.replace("{dashes}", dashes) if isinstance(value, str) else value


class NoMend(LabError, ValueError):
    """A line that cannot be published. Takes it, and the zones that there are."""

    def __init__(self, line: str, origins: Iterable[str]):
        super().__init__(
            f"{visible(line)!r} cannot be published. Write an owner with its final dot, a type and a value, as reports "
            f"do, for a name in {', '.join(list(origins)[:3])} or in a reverse zone."
        )


@dataclass
class Street:
    """Domains that were laid in a lab: what stands in each zone, so that it can be mended."""

    lab: Lab
    domains: dict[str, Domain] = field(repr=False)  # by name
    records: dict[str, list[tuple[str, str, str]]] = field(repr=False)  # of each zone, by its origin

    def publish(self, *origins: str) -> None:
        """Put zones where they are asked for, all by default; what resolvers remember is forgotten."""
        for origin in origins or self.records:
            records = self.records[origin]
            if origin in _UPPER:
                self.lab.publish(_UPPER[origin](self.lab) + _lines(records))
            else:
                domain = self.domains[origin.rstrip(".")]
                zone = zones.parse(f"$ORIGIN {origin}\n$TTL 3600\n{_lines(records, domain.mx_ttl)}")
                for server in (*SERVERS, NEXT_DOOR[0]):
                    self.lab.authorities[server].zones[dns.name.from_text(origin)] = zone
        self.lab.recursive.flush()

    def mend(self, *mends: str) -> None:
        """Publish lines of a report, "owner TYPE value", where they mend something. Raises NoMend for others."""
        for line in mends:
            owner, kind, value = [*str(line).split(" ", 2), "", ""][:3]
            origin = _zone_of(owner, self.records)
            if not value or not origin:
                raise NoMend(str(line), [one for one in self.records if one not in _UPPER])
            kept = [one for one in self.records[origin] if not _replaced(one, (owner.lower(), kind, value))]
            self.records[origin] = [*kept, (owner.lower(), kind, value)]
            self.publish(origin)

    def asking(self) -> Asking:
        """What a report about one of them asks with: the lab's resolver, which is new to everything."""
        return in_lab(self.lab)


def in_lab(lab: Lab) -> Asking:
    """Return what a report asks with in a lab, in the name of the learner's computer."""
    asking = Asking(lab.resolver, "resolver.isp.test")
    asking.fetch = partial(
        mta_sts.fetch, ask=asking.ask, net=lab, speaker="laptop.learner.test", certificates=lab.certificates
    )
    return asking


_UPPER = {
    "test.": lambda lab: zones.source("test."),
    "in-addr.arpa.": lambda lab: zones.source("in-addr.arpa.") + "\n$ORIGIN in-addr.arpa.\n",
    "ip6.arpa.": lambda lab: zones.source("ip6.arpa.") + "\n$ORIGIN ip6.arpa.\n",
}


def lay(lab: Lab, *domains: Domain) -> Street:
    """Put domains into a lab that runs, and return their Street. They go when the lab closes."""
    street = Street(lab, {domain.name: domain for domain in domains}, {origin: [] for origin in _UPPER})
    for domain in domains:
        origin = f"{domain.name}."
        street.records["test."] += [(origin, "NS", f"{domain.fill(server)}.") for server in domain.servers]
        street.records[origin] = domain.records()
        street.records["test."] += [one for one in domain.records() if one[0] == f"ns2.{origin}"]  # glue
        for address, pointer in zip(domain.addresses, domain.pointers, strict=True):
            if pointer:
                owner = f"{ip_address(address).reverse_pointer}."
                street.records[_zone_of(owner, street.records)].append((owner, "PTR", domain.fill(pointer)))
    street.publish()
    _serve_policies(street)
    return street


def _zone_of(owner: str, origins: Iterable[str]) -> str:
    owner = owner.lower()
    return max((one for one in origins if owner == one or owner.endswith(f".{one}")), key=len, default="")


def _replaced(old: tuple[str, str, str], new: tuple[str, str, str]) -> bool:
    """Whether a record gives way to another: of TXT records, those that begin alike."""
    if old[:2] != new[:2]:
        return False
    return old[1] != "TXT" or old[2][:5].lower() == new[2][:5].lower()


def _lines(records: list[tuple[str, str, str]], mx_ttl: int = 3600) -> str:
    def ttl(kind: str, value: str) -> str:
        return {"MX": f" {mx_ttl}", "SOA": f" {value.split()[-1]}"}.get(kind, "")

    return "".join(f"{owner}{ttl(kind, value)} {kind} {value}\n" for owner, kind, value in records)


class _Policies(ThreadingHTTPServer):
    """The web site of all policies: by the name that the client asks for, with a certificate for that."""

    daemon_threads = True

    def __init__(self, street: Street):
        super().__init__(("127.0.0.1", 0), _Policy)
        self.domains = {f"mta-sts.{name}": domain for name, domain in street.domains.items()}
        self.certificates = street.lab.certificates
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self._certify

    def _certify(self, sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        if name not in self.domains:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        sock.context = self.certificates.server_context(name, self.domains[name].certificate)
        return None

    def finish_request(self, request, client_address) -> None:
        request.settimeout(2)
        with self.context.wrap_socket(request, server_side=True) as tls:
            self.RequestHandlerClass(tls, client_address, self)

    def handle_error(self, request, client_address) -> None:
        """A client that goes away, or does not like the certificate, is no news."""


class _Policy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        domain = self.server.domains.get(self.headers.get("Host", ""))
        text = domain.fill(domain.policy).encode() if domain and self.path == POLICY else b""
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_) -> None:
        """A server of the lab says nothing."""


def _serve_policies(street: Street) -> None:
    site = _Policies(street)
    Thread(target=site.serve_forever, daemon=True, name="policies", kwargs={"poll_interval": 0.05}).start()
    street.lab.serve(WEB, 443, site.server_address)

    def end() -> None:
        site.shutdown()
        site.server_close()

    street.lab.at_close(end)
