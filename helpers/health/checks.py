"""What a health report looks at. Each check yields its lines, or none where all is fine; Unasked ends one.

They lean on functions that the learner wrote (`tools`), by the names that those have in the course: mail_hosts, tags,
spf_terms, spf_lookups, spf_result, sts_allows, txt_strings and confirmed.
"""

import base64
import binascii
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from email.utils import parseaddr

from dkim.crypto import UnparsableKeyError, parse_public_key

from helpers.health.asking import Asking, Unasked, within
from helpers.health.report import Line, Report, Tools, finding, tables
from helpers.lab.errors import LabError
from helpers.lab.fields import fields, split
from helpers.lab.mta_sts import NoPolicy, identity, parse
from helpers.mail.dmarc import POLICIES, Record, organizational_domain, policy_record
from helpers.mail.names import a_labels

DAY = 86400
PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
LOOPBACK = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128")))
MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
KNOWN = ("all", "include", "a", "mx", "ip4", "ip6", "redirect")  # to spf_result, the learner's
OLD_TAGS = ("pct", "rf", "ri")  # RFC 9989 appendix C.5.2
LEAST_BITS, GOOD_BITS = 1024, 2048
NULL_SPF = ["v=spf1", "-all"]
Lines = Iterator[Line]


class NotThis(LabError, ValueError):
    """What no report can be made of. Takes a sentence."""


def report(
    domain: str,
    asking: Asking,
    functions: dict[str, Callable],
    sends_from: Iterable[str] | str = (),
    letter: bytes | str = b"",
    exchange: str = "",
) -> Report:
    """Return the Report of a domain.

    Takes what asks, the functions named above, the addresses that the domain's letters come from, a letter from the
    domain as a receiver has it, whose signature names its key, and the one exchange, if any, whose greeting may be
    read (then `functions` has read_reply, too). Where neither an address nor a letter is given, nobody has said that
    the domain sends. Raises NotThis for what is no domain, no address or no host.
    """
    addresses = tuple(map(_an_address, sends_from.split() if isinstance(sends_from, str) else sends_from))
    letter = letter.encode("utf-8", "surrogateescape") if isinstance(letter, str) else letter
    host = _a_domain(exchange, "An exchange") if exchange else ""
    health = _Health(_a_domain(domain, "A report"), asking, Tools(functions), addresses, letter, host)
    asking.begin()
    return Report.of(health.domain, asking.who, health.lines())


def _a_domain(given: str, what: str) -> str:
    """A domain in one spelling. Raises NotThis."""
    name = a_labels(str(given).strip())
    if "@" in name:
        raise NotThis(f"{given!r} is somebody's address. {what} is about a domain: {name.rpartition('@')[2]}")
    if "/" in name or name.count(":") == 1:
        bare = re.sub(r"^.*//|[:/].*$", "", name)
        raise NotThis(f"{given!r} is more than a name. {what} is about a domain: {bare or 'example.com'}")
    if re.fullmatch(r"[\d.]+|.*:.*|\[.*\]", name):
        raise NotThis(f"{given!r} is no name. {what} is about a domain, such as example.com.")
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels):
        raise NotThis(f"{given!r} is no whole domain name. {what} is about one such as example.com.")
    return name


def _an_address(given: object) -> str:
    """An IP address in one spelling. Raises NotThis."""
    try:
        return str(ipaddress.ip_address(str(given).strip(" ,")))
    except ValueError:
        raise NotThis(f"{given!r} is no IP address. Letters come from one, such as 192.0.2.25.") from None


class _Health:
    """One report in the making."""

    def __init__(self, domain: str, asking: Asking, tools: Tools, sends_from: tuple, letter: bytes, exchange: str):
        self.domain, self.asking, self.tools = domain, asking, tools
        self.sends_from, self.letter, self.exchange = sends_from, letter, exchange
        self.exchanges: list[str] = []
        self.null_mx = False
        self.seen: list[str] = []  # what came in this check, where all is fine

    def lines(self) -> Lines:
        looks = (self.names, self.mx, self.addresses, self.spf, self.dmarc, self.sts, self.tlsrpt, self.tlsa, self.dkim)
        checks = dict(zip(tables()["check"], (*looks, self.greeting), strict=True))
        if not self.exchange:
            del checks["Greeting"]  # a connection that nobody has asked for
        for name, check in checks.items():
            self.seen, found = [], []
            try:
                for line in check():
                    found.append(line)
            except Unasked as why:
                found.append(self._plain(name, "not asked", f"could not be asked, because {why}", "Nobody knows."))
            yield from found
            if not found:
                came = "; ".join(dict.fromkeys(self.seen))
                yield self._plain(name, "fine", came, self._fine(name))
            if name == "Names":
                if any(line.finding == "no-such-domain" or line.severity == "not asked" for line in found):
                    return
                self._ahead()

    def _fine(self, name: str) -> str:
        row = tables()["check"][name]
        return row.get("quiet", row["fine"]) if self.quiet else row["fine"]

    @property
    def quiet(self) -> bool:
        """Whether the domain says that it takes no mail, and nobody has said that it sends some."""
        return self.null_mx and not self.sends_from and not self.letter

    def _ahead(self) -> None:
        """Ask what each check will ask, where that saves time."""
        texts = ("", "_dmarc.", "_mta-sts.", "_smtp._tls.")
        asked = [(owner + self.domain, "TXT") for owner in texts] + [(self.domain, one) for one in ("MX", "A", "AAAA")]
        self.asking.ahead(*asked, *((self._reverse(one), "PTR") for one in self.sends_from))

    def _plain(self, name: str, severity: str, came: str, means: str) -> Line:
        return Line(name, name, severity, self.asking.who, came, means)

    def say(self, name: str, came: object, asked: str = "", **given: str) -> Line:
        asked = f"{self.asking.who} was asked for {asked}" if asked else "The letter was read"
        return finding(name, asked, str(came), self.tools.txt_strings, domain=self.domain, **given)

    def note(self, came: object) -> None:
        self.seen.append(str(came))

    # Names

    def names(self) -> Lines:
        self.asking.ahead((self.domain, "SOA"), (self.domain, "NS"))
        soa, servers = (self.asking.ask(self.domain, rdtype).known() for rdtype in ("SOA", "NS"))
        if soa.outcome == "NXDOMAIN":
            yield self.say("no-such-domain", soa, "SOA")
            return
        self.note(servers if servers.answers else f"{self.domain} is part of the zone above it")
        if len(servers.answers) == 1:
            yield self.say("one-name-server", servers, "NS")
        self.asking.ahead(*((server, rdtype) for server in servers.answers for rdtype in ("A", "AAAA")))
        networks: dict[int, set] = {24: set(), 48: set()}  # of IPv4 and of IPv6
        for server in servers.answers:
            addresses, alias = self.asking.addresses(server), self.asking.ask(server, "A").alias
            for one in addresses:
                length = 48 if ":" in one else 24
                networks[length].add(ipaddress.ip_network(f"{one}/{length}", strict=False))
            if not addresses:
                yield self.say("name-server-no-address", self.asking.ask(server, "A"), "A", host=server)
            elif alias:
                yield self.say("name-server-alias", f"{server} is an alias of {alias}", "A", host=server, alias=alias)
        if len(servers.answers) > 1 and any(networks.values()) and all(len(one) < 2 for one in networks.values()):
            where = " and ".join(str(*one) for one in networks.values() if one)
            yield self.say("name-servers-one-network", f"all are in {where}", "NS, A and AAAA")
        if soa.answers and (kept := min(soa.ttl, int(soa.answers[0].split()[-1]))) > DAY:  # RFC 2308 section 5
            yield self.say("negative-ttl", f"a no is kept for {kept} s", "SOA")

    # MX

    def mx(self) -> Lines:
        reply = self.asking.ask(self.domain, "MX").known()
        self.note(reply)
        if not reply.answers:
            addresses = self.asking.addresses(self.domain)
            yield self.say("mx-implicit" if addresses else "mx-none", reply, "MX")
            self.exchanges = [self.domain] if addresses else []
            return
        pairs = dict(reversed(answer.split(" ", 1)) for answer in reply.answers)  # exchange -> preference
        if "." in pairs:
            others = ", ".join(f"{number} {host}." for host, number in pairs.items() if host != ".")
            self.null_mx = not others
            if others:
                yield self.say("null-mx-and-more", reply, "MX", others=others)
            elif not self.quiet:
                yield self.say("null-mx", reply, "MX")
            return
        if reply.ttl > DAY:
            yield self.say("ttl-long", f"it may be kept for {reply.ttl} s", "MX")
        hosts = self.tools.mail_hosts(self.domain, self.asking.resolver)
        self.exchanges = [str(host).rstrip(".").lower() for host in hosts]
        kinds = ((f"_25._tcp.{host}", "TLSA") for host in self.exchanges)
        self.asking.ahead(*kinds, *((host, rdtype) for host in self.exchanges for rdtype in ("A", "AAAA")))
        preferences = {host.lower(): number for host, number in pairs.items()}
        found = [line for host in self.exchanges for line in self._exchange(host, preferences.get(host, "10"))]
        yield from found
        addresses = [] if found else [one for host in self.exchanges for one in self.asking.addresses(host)]
        if addresses and all(":" in one for one in addresses):
            yield self.say("mx-only-v6", f"{self.exchanges[0]}: {', '.join(addresses)}", "A", host=self.exchanges[0])

    def _exchange(self, host: str, preference: str) -> Lines:
        if re.fullmatch(r"[\d.]+|.*:.*", host):
            yield self.say("mx-is-address", f"MX {preference} {host}", "MX", host=host)
            return
        reply = self.asking.ask(host, "A").known()
        addresses = [ipaddress.ip_address(one) for one in self.asking.addresses(host)]
        self.note(f"{host}: {', '.join(map(str, addresses))}")
        given = {"host": host, "preference": preference}
        if not addresses and host.endswith(f".{self.domain}.{self.domain}"):
            right = host.removesuffix(f".{self.domain}")
            yield self.say("mx-doubled", f"MX {preference} {host}", "MX", right=right, **given)
        elif not addresses:
            yield self.say("mx-no-address", reply, "A and AAAA", **given)
        elif any(one in network for one in addresses for network in LOOPBACK):
            yield self.say("mx-loopback", reply, "A and AAAA", **given)
        elif any(one in network for one in addresses for network in PRIVATE):
            yield self.say("mx-private", reply, "A and AAAA", **given)
        elif reply.alias:
            yield self.say("mx-alias", f"{host} is an alias of {reply.alias}", "A", alias=reply.alias, **given)

    # Addresses

    def addresses(self) -> Lines:
        if self.quiet:
            self.note("nobody has named one that sends")
            return
        senders = self._senders()
        if not senders:
            raise Unasked("no address is known that its letters come from")
        self.asking.ahead(*((self._reverse(one), "PTR") for one in senders))
        named = {one: self.asking.ask(self._reverse(one), "PTR").known() for one in senders}
        four = [one for one in senders if ":" not in one and named[one].answers]
        for address in senders:
            yield from self._address(address, named[address], bool(four))

    def _senders(self) -> tuple[str, ...]:
        """The addresses that letters come from, or might."""
        public = (one for host in self.exchanges for one in self._addresses_of(host))
        return self.sends_from or tuple(dict.fromkeys(public))

    def _addresses_of(self, host: str) -> list[str]:
        found = [] if re.fullmatch(r"[\d.]+|.*:.*", host) else self.asking.addresses(host)
        return [one for one in found if not any(ipaddress.ip_address(one) in each for each in (*PRIVATE, *LOOPBACK))]

    def _address(self, address: str, reply, by_four: bool) -> Lines:
        host = next((one for one in self.exchanges if address in self._addresses_of(one)), f"mail.{self.domain}")
        given = {"reverse": self._reverse(address), "host": host}
        names = [str(name).rstrip(".").lower() for name in self.tools.confirmed(address, self.asking.resolver)]
        self.note(f"{address}: {', '.join(names)}")
        if not names and not self.sends_from:  # it takes letters, and may never bring one
            came = f"{reply}; an exchange has that address, and nobody has said whether it sends"
            yield self.say("ptr-exchange", came, "PTR", **given)
        elif not reply.answers:
            yield self.say("ptr-missing-v6" if ":" in address and by_four else "ptr-missing", reply, "PTR", **given)
        elif not names:
            yield self.say("ptr-not-confirmed", f"{reply}, which does not lead back to {address}", "PTR", **given)
        elif all(_generic(address, name) for name in names):
            yield self.say("ptr-generic", reply, "PTR", **given)

    @staticmethod
    def _reverse(address: str) -> str:
        return ipaddress.ip_address(address).reverse_pointer

    # SPF

    def spf(self) -> Lines:
        texts = self.asking.texts(self.domain)
        records = [text for text in texts if text.split(" ")[0].lower() == "v=spf1"]
        alike = [text for text in texts if text.lower().startswith("v=spf1") and text not in records]
        if not records:
            if alike:
                record = re.sub(r"^v=spf1[^\w+~?-]*(?=\S)", "v=spf1 ", alike[0], flags=re.IGNORECASE)
                yield self.say("spf-joined", _quoted(alike[0]), "TXT", record=record)
            else:
                first = "" if self.quiet else "first, a term for each other host that sends for it"
                came = f"{len(texts)} other TXT records"
                yield self.say("spf-missing", came, "TXT", ours=self._ours(), first=first)
            return
        if len(records) > 1:
            yield self.say("spf-two", "; ".join(map(_quoted, records)), "TXT", record=_merged(records))
            return
        record = records[0]
        if self.quiet and record.lower().split() != NULL_SPF:
            yield self.say("quiet-spf", _quoted(record), "TXT")
            return
        terms = self.tools.spf_terms(record)
        amiss = [name for qualifier, name, value in terms if qualifier and not _readable(name, value)]
        if amiss:
            spelt = re.sub(r"(?i)\bip(v[46])(?=:)", lambda match: f"ip{match[1][1]}", record)
            version, *words = re.sub(r"[,;]+(?=\s|$)", "", spelt).split()
            parts = zip(words, self.tools.spf_terms(" ".join([version, *words])), strict=False)
            kept = [word for word, (qualifier, *part) in parts if not qualifier or _readable(*part)]
            mended = " ".join([version, *kept])
            yield self.say("spf-syntax", f"{_quoted(record)}: {', '.join(amiss)}", "TXT", record=mended)
            return
        gone, void = self._empty(terms)
        if gone:
            said = f"{', '.join(gone)}: no SPF record there"
            yield self.say("spf-include-nothing", said, "TXT", record=_without(record, gone))
            return
        if len(void) > 2:
            said = f"{', '.join(void)} lead to nothing"
            yield self.say("spf-voids", said, "TXT, A and MX", record=_without(record, void))
            return
        if said := self._included(terms, {self.domain}):
            yield self.say("spf-included", said, "TXT, of those whom it includes")
            return
        count = self._counted()
        self.note(f"{_quoted(record)}, {count} of 10 look-ups")
        if count > 10:
            yield self.say(
                "spf-too-many", f"more than ten look-ups, counted in all its records: {_quoted(record)}", "TXT"
            )
            return
        yield from self._ending(record, terms)

    def _counted(self) -> int:
        try:
            return self.tools.spf_lookups(self.domain, self.asking.look)
        except Unasked as why:
            if isinstance(why.__cause__, TimeoutError):
                raise Unasked(str(why.__cause__)) from None
            raise

    def _empty(self, terms: list) -> tuple[list[str], list[str]]:
        """Who is included and has no record; which terms lead to nothing."""
        gone, void = [], []
        for _, name, value in terms:
            target = value.partition("/")[0] or self.domain
            written = f"{name}{'' if value[:1] in ('', '/') else ':'}{value}"
            if "%" in target:
                continue
            if name in ("include", "redirect"):
                found = self.asking.texts(target)
                if not any(text.split(" ")[0].lower() == "v=spf1" for text in found):
                    gone.append(written)
            elif name in ("a", "mx"):
                found = self.asking.addresses(target) if name == "a" else self.asking.ask(target, "MX").known().answers
                void += [] if found else [written]
        return gone, void

    def _included(self, terms: list, read: set[str]) -> str:
        """What is wrong with a record that is included, or with one that it includes; "" for nothing."""
        for target in [value.lower() for _, name, value in terms if name in ("include", "redirect")]:
            if "%" in target or target in read or len(read) > 10:
                continue
            read.add(target)
            records = [text for text in self.asking.texts(target) if text.split(" ")[0].lower() == "v=spf1"]
            if len(records) != 1:
                return f"{target} has {len(records) or 'no'} SPF record{'s' * (len(records) > 1)}"
            inner = self.tools.spf_terms(records[0])
            if amiss := [name for qualifier, name, value in inner if qualifier and not _readable(name, value)]:
                return f"{target}: {_quoted(records[0])}: {', '.join(amiss)}"
            if said := self._included(inner, read):
                return said
        return ""

    def _ending(self, record: str, terms: list) -> Lines:
        came, words = _quoted(record), record.split()
        names = [name for qualifier, name, _ in terms if qualifier]
        last = next((qualifier for qualifier, name, _ in terms if name == "all"), None)
        at = next((n for n, word in enumerate(words) if word.lstrip("+-~?").lower() == "all"), 0)
        if last == "+":
            yield self.say("spf-plus-all", came, "TXT", record=" ".join([*words[:at], "-all", *words[at + 1 :]]))
        elif last == "?":
            yield self.say("spf-neutral", came, "TXT", record=" ".join([*words[:at], "~all", *words[at + 1 :]]))
        elif last is None and not any(name == "redirect" for _, name, _ in terms):
            yield self.say("spf-no-all", came, "TXT", record=record)
        elif "all" in names[:-1]:
            yield self.say("spf-after-all", came, "TXT", record=" ".join([*words[:at], *words[at + 1 :], words[at]]))
        else:
            if "ptr" in names:
                record = " ".join(word for word in words if not word.lstrip("+-~?").lower().startswith("ptr"))
                yield self.say("spf-ptr", came, "TXT", record=record)
            if all(name in KNOWN for name in names) and "%" not in record:
                yield from self._permitted(record)

    def _permitted(self, record: str) -> Lines:
        results = {one: self.tools.spf_result(one, self.domain, self.asking.look) for one in self.sends_from}
        said = ", ".join(f"{result} for {address}" for address, result in results.items())
        if "temperror" in results.values():
            raise Unasked(f"an answer is missing: {said}")
        if said:
            self.note(said)
        if amiss := [one for one, result in results.items() if result in ("fail", "softfail", "neutral")]:
            first, *rest = record.split()
            mended = " ".join([first, *map(_term, amiss), *rest])
            yield self.say("spf-not-the-sender", f"{_quoted(record)}: {said}", "TXT", record=mended)

    def _ours(self) -> str:
        """The terms for whoever sends: the exchanges, or the addresses that are known; none where nobody does."""
        return "" if self.quiet else f"{' '.join(map(_term, self.sends_from)) or 'mx'} "

    # DMARC

    def dmarc(self) -> Lines:
        texts = self.asking.texts(f"_dmarc.{self.domain}")
        records = [one for one in map(Record.parse, texts) if one]
        if len(records) > 1:
            said = "; ".join(_quoted(one.text) for one in records)
            yield self.say("dmarc-two", said, "TXT", record=records[0].text)
            return
        alike = [text for text in texts if "dmarc" in text.lower()]  # others are passed over (section 4.10 step 2)
        if alike and not records:
            rest = re.sub(r"(?i)(?:^|;)\s*v\s*=\s*\w*", "", alike[0]).strip(";, ")
            yield self.say("dmarc-unreadable", _quoted(alike[0]), "TXT", record=f"v=DMARC1; {rest}")
            return
        try:
            applies = policy_record(self.domain, self.asking.txt)
        except TimeoutError as why:
            raise Unasked(str(why)) from None
        if applies is None:
            walk = f"no record at _dmarc.{self.domain}, nor above it"
            yield self.say("quiet-dmarc" if self.quiet else "dmarc-missing", walk, "TXT")
            return
        where, record = applies
        self.note(f"{_quoted(record.text)} at _dmarc.{where}")
        yield from self._record(where, record, self.tools.tags(record.text))

    def _record(self, where: str, record: Record, tags: dict[str, str]) -> Lines:
        came = f"{_quoted(record.text)} at _dmarc.{where}"

        def say(name: str, **change: str | None) -> Line:
            kept = {tag: change.get(tag, value) for tag, value in {**tags, **change}.items()}
            text = "; ".join(f"{tag}={value}" for tag, value in kept.items() if value is not None)
            return self.say(name, came, "TXT", record=text, where=where)

        bad = {tag: "none" for tag in ("p", "sp", "np") if tags.get(tag, "none").lower() not in POLICIES}
        tag = "sp" if where != self.domain and record.sp else "p"  # a record above says sp= for the domains below it
        if bad or ("p" not in tags and not record.rua):
            yield say("dmarc-bad-policy", **(bad or {"p": "none"}))
        elif self.quiet and getattr(record, tag) != "reject":
            yield self.say("quiet-dmarc", came, "TXT")
        elif getattr(record, tag) in ("none", None):  # without p= it counts as none
            yield say("dmarc-none", **{tag: "quarantine"})
        if record.t == "y":
            yield say("dmarc-testing", t=None)
        if "rua" not in tags and self.quiet:  # reports could not come to a domain that takes no mail
            return
        if "rua" not in tags:
            yield say("dmarc-no-reports")
        elif not record.rua:
            named = [one.strip() for one in tags["rua"].split(",") if "@" in one and "/" not in one]
            named = named or [f"postmaster@{self.domain}"]
            yield say("dmarc-rua-no-address", rua=",".join(f"mailto:{one}" for one in named))
        if old := [tag for tag in OLD_TAGS if tag in tags]:
            yield say("dmarc-old-tags", **dict.fromkeys(old))
        yield from self._outside(where, record)

    def _outside(self, where: str, record: Record) -> Lines:
        for uri in record.rua:
            vendor = uri.rpartition("@")[2].lower()
            try:
                if organizational_domain(vendor, self.asking.txt) == organizational_domain(where, self.asking.txt):
                    continue
            except TimeoutError as why:
                raise Unasked(str(why)) from None
            name = f"{where}._report._dmarc.{vendor}"
            if not any(map(Record.parse, self.asking.texts(name))):
                came = f"{uri} is outside, and there is no record at {name}"
                yield self.say("dmarc-outside", came, "TXT", vendor=vendor, where=where)

    # MTA-STS, TLS-RPT, TLSA

    def sts(self) -> Lines:
        texts = [text for text in self.asking.texts(f"_mta-sts.{self.domain}") if "sts" in text.lower()]
        if not texts and self.null_mx:
            self.note(f"no record at _mta-sts.{self.domain}")
        elif not texts:
            yield self.say("sts-missing", f"no record at _mta-sts.{self.domain}", "TXT")
        if not texts:
            return
        id = identity(f'"{text}"' for text in texts)
        if id is None:
            yield self.say("sts-record", "; ".join(map(_quoted, texts)), "TXT")
            return
        if self.asking.fetch is None:
            raise Unasked("nobody has permitted to fetch the policy")
        try:
            policy = parse(self.asking.fetch(self.domain), id, 0)
        except NoPolicy as trouble:
            kinds = {"sts-webpki-invalid": "sts-certificate", "sts-policy-invalid": "sts-policy"}
            yield self.say(kinds.get(trouble.args[1], "sts-no-policy"), trouble.args[0], "TXT, and then for the policy")
            return
        self.note(f"{_quoted(texts[0])}; mode {policy.mode}, mx {' '.join(policy.mx)}, max_age {policy.max_age}")
        for host in self.exchanges:
            if not self.tools.sts_allows(policy.text, host):
                yield self.say("sts-mx", f"mx {', '.join(policy.mx)}; the exchange is {host}", "the policy", host=host)
        if policy.mode == "none":
            yield self.say("sts-none", "mode: none", "the policy")
        if policy.mode == "testing":
            yield self.say("sts-testing", "mode: testing", "the policy")
        if policy.max_age < DAY:
            yield self.say("sts-short", f"max_age: {policy.max_age}", "the policy")

    def tlsrpt(self) -> Lines:
        texts = [text for text in self.asking.texts(f"_smtp._tls.{self.domain}") if "tls" in text.lower()]
        records = [text for text in texts if text.split(";")[0].strip() == "v=TLSRPTv1"]
        self.note("; ".join(map(_quoted, texts)) or f"no record at _smtp._tls.{self.domain}")
        if not texts and self.null_mx:
            return
        if not texts:
            yield self.say("tlsrpt-missing", f"no record at _smtp._tls.{self.domain}", "TXT")
        elif len(records) != 1 or not re.match(r"(mailto|https):", self.tools.tags(records[0]).get("rua", "")):
            yield self.say("tlsrpt-record", "; ".join(map(_quoted, texts)), "TXT")

    def tlsa(self) -> Lines:
        if not self.exchanges:
            self.note("there is no exchange to have one")
        for host in self.exchanges:
            reply = self.asking.ask(f"_25._tcp.{host}", "TLSA").known()
            self.note(f"{reply}{', and AD is set' if reply.vouched and reply.answers else ''}")
            if reply.answers and not reply.vouched:
                root = self.asking.ask(".", "DNSKEY")  # the real one is signed
                if root.answers and not root.vouched:
                    raise Unasked(f"{host} has a record, and this resolver checks no signatures, not even the root's")
                yield self.say("tlsa-unsigned", f"{reply}, and AD is not set", "TLSA")

    # DKIM

    def dkim(self) -> Lines:
        if self.quiet:
            self.note("nobody has shown a letter")
            return
        if not self.letter:
            raise Unasked("no letter was pasted: selectors cannot be listed, and a letter names its own")
        header = split(self.letter.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0] + b"\r\n"
        self._is_ours(header)
        found = [
            self.tools.tags(" ".join(field.decode("latin-1").split())) for field in fields(header, "DKIM-Signature")
        ]
        signed = [{name: "".join(value.split()) for name, value in tags.items()} for tags in found]
        if not signed:
            yield self.say("dkim-unsigned", "it has no DKIM-Signature")
            return
        own = [tags for tags in signed if self._ours_signs(tags.get("d", "").lower())]
        if not own:
            came = f"it is signed by {', '.join(tags.get('d', 'nobody') for tags in signed)}"
            yield self.say("dkim-other-domain", came)
        for tags in own:
            yield from self._signature(tags)

    def _is_ours(self, header: bytes) -> None:
        """Raise Unasked where what was pasted is no letter, or somebody else's."""
        authors = [parseaddr(field.decode("latin-1"))[1] for field in fields(header, "From")]
        if not authors:
            raise Unasked("what was pasted has no From:. Paste the whole letter, from its first line on")
        author = a_labels(authors[0].rpartition("@")[2])
        if not author or not self._ours_signs(author):
            raise Unasked(f"the letter that was pasted is from {author or 'nobody'}, and not from {self.domain}")

    def _ours_signs(self, signer: str) -> bool:
        """Whether a domain is of the same organization."""
        try:
            both = [organizational_domain(one, self.asking.txt) for one in (signer, self.domain)]
        except TimeoutError as why:
            raise Unasked(str(why)) from None
        return both[0] == both[1]

    def _signature(self, tags: dict[str, str]) -> Lines:
        where = f"{tags.get('s', '')}._domainkey.{tags['d']}"
        keys = self.asking.texts(where)
        if tags.get("a") == "rsa-sha1":
            yield self.say("dkim-sha1", "a=rsa-sha1")
        if "l" in tags:
            yield self.say("dkim-length", f"l={tags['l']}")
        if not keys:
            yield self.say("dkim-no-key", f"no record at {where}", "TXT", key=where)
            return
        if len(keys) > 1:
            yield self.say("dkim-two-keys", f"{len(keys)} records at {where}", "TXT", key=where)
            return
        key = self.tools.tags(keys[0])
        public = "".join(key.get("p", "").split())
        if not public:
            yield self.say("dkim-revoked", f"p= is empty at {where}", "TXT", key=where)
            return
        bits = _bits(key.get("k", "rsa"), public)
        self.note(f"{where}: {key.get('k', 'rsa')}, {bits} bits")
        if bits == 0:
            yield self.say("dkim-key-unreadable", f"{_quoted(keys[0][:60])}... at {where}", "TXT", key=where)
        elif key.get("k", "rsa") == "rsa" and bits < LEAST_BITS:
            yield self.say("dkim-short", f"{bits} bits at {where}", "TXT", key=where)
        elif key.get("k", "rsa") == "rsa" and bits < GOOD_BITS:
            yield self.say("dkim-old-key", f"{bits} bits at {where}", "TXT", key=where)
        elif "y" in key.get("t", "").split(":"):
            record = "; ".join(f"{name}={value}" for name, value in key.items() if name != "t")
            yield self.say("dkim-testing", f"t={key['t']} at {where}", "TXT", key=where, record=record)

    # Greeting

    def greeting(self) -> Lines:
        """Read one greeting of the exchange that the learner named, say QUIT, and nothing else."""
        host = self.exchange
        if self.asking.connect is None:
            raise Unasked("nobody has permitted to connect to it")
        addresses = self.asking.addresses(host)
        if not addresses:
            raise Unasked(f"{host} has no address")
        try:
            said = self._greeting_of(addresses[0])
        except OSError as error:
            why = f"{addresses[0]} does not speak on port 25 ({error}); in a room that closes it, nobody does"
            raise Unasked(why) from None
        name = (re.findall(r"^\d{3}[ -](\S+)", said) or [""])[0].lower().rstrip(".")
        self.note(said)
        if not said.startswith("220"):
            yield self.say("greeting-refuses", said, f"one greeting of {host}")
        elif "." not in name:
            yield self.say("greeting-name", said, f"one greeting of {host}", host=host)
        elif addresses[0] not in self._leads_to(name):
            came = f"{said}: that name does not lead to {addresses[0]}"
            yield self.say("greeting-other", came, f"one greeting of {host}", host=host)

    def _leads_to(self, name: str) -> tuple[str, ...]:
        """The addresses of a name in a greeting, which may be an address in brackets (RFC 5321 section 4.1.3)."""
        return (name.strip("[]").removeprefix("ipv6:"),) if name.startswith("[") else self.asking.addresses(name)

    def _greeting_of(self, address: str) -> str:
        with self.asking.connect(address) as sock:
            said = str(within(self.asking.patience, lambda: self.tools.read_reply(sock))).strip()
            sock.settimeout(self.asking.patience / 4)
            with suppress(OSError):  # who says QUIT waits for the reply to it: RFC 5321 section 4.1.1.10
                sock.sendall(b"QUIT\r\n")
                sock.recv(512)
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # a read_reply that still waits ends
        return said


def _quoted(text: str) -> str:
    return f'"{text}"'


def _generic(address: str, name: str) -> bool:
    """Whether a name is made of the address: it has all four of its numbers (IPv4)."""
    numbers = re.findall(r"\d+", name)
    return "." in address and all(number in numbers for number in address.split("."))


def _readable(name: str, value: str) -> bool:
    """Whether a mechanism is one, and what follows it may follow it."""
    if name in ("ip4", "ip6"):
        try:
            return ipaddress.ip_network(value, strict=False).version == int(name[2])
        except ValueError:
            return False
    return name in MECHANISMS and (bool(value) or name not in ("include", "exists"))


def _term(address: str) -> str:
    """The term of SPF for an address."""
    return f"ip{6 if ':' in address else 4}:{address}"


def _without(record: str, terms: list[str]) -> str:
    """A record of SPF without some of its terms."""
    out = {term.lower() for term in terms}
    return " ".join(word for word in record.split() if word.lstrip("+-~?").replace("=", ":").lower() not in out)


def _merged(records: list[str]) -> str:
    """One record of several: all their terms once, and the strictest all at the end."""
    terms = list(dict.fromkeys(term for record in records for term in record.split()[1:]))
    ends = [term for term in terms if term.lstrip("+-~?").lower() == "all"]
    strictest = sorted(ends, key=lambda term: "-~?+a".find(term[0].lower()))[:1]
    return " ".join(["v=spf1", *(term for term in terms if term not in ends), *strictest])


def _bits(kind: str, public: str) -> int:
    """The length of a key, 0 where it cannot be read."""
    try:
        octets = base64.b64decode(public, validate=True)
        if kind == "ed25519":
            return 256 if len(octets) == 32 else 0
        return parse_public_key(octets)["modulus"].bit_length()
    except (UnparsableKeyError, binascii.Error, ValueError, KeyError, IndexError):
        return 0
