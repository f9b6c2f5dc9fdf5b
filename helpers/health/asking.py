"""Questions about a domain, each put to one resolver once: what came, how long it holds, who vouches for it."""

import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver

from helpers.mail.dmarc import Txt

BUDGET = 20.0  # seconds for a whole report: with a dead resolver it ends, too
HURRIED = 10.0  # for one that asks at the same time what it can
AT_ONCE = 8  # questions on the way at the same time, at most

Fetch = Callable[[str], str]  # a domain -> the text of its MTA-STS policy; raises helpers.lab.mta_sts.NoPolicy


class Unasked(Exception):
    """Why something could not be asked, in a clause."""


@dataclass(frozen=True)
class Reply:
    """What came: `outcome` is "answer", "NXDOMAIN", "NODATA" or "no answer" (at the moment).

    `answers` are the records as text without final dots, of TXT records their strings joined; `ttl` the seconds that
    they hold, `vouched` whether the resolver has checked signatures (the AD bit, RFC 4035 section 3.2.3), and `alias`
    the name that really has them, where a CNAME leads there.
    """

    name: str
    rdtype: str
    outcome: str
    answers: tuple[str, ...] = ()
    ttl: int = 0
    vouched: bool = False
    alias: str = ""

    def known(self) -> "Reply":
        """Return this reply. Raises Unasked where no answer came."""
        if self.outcome == "no answer":
            raise Unasked(f"no answer about {self.name} ({self.rdtype}) can be had at the moment")
        return self

    def __str__(self) -> str:
        said = ", ".join(self.answers) if self.answers else {"NODATA": "none"}.get(self.outcome, self.outcome)
        return f"{self.name} {self.rdtype}: {said}"


Connect = Callable[[str], socket.socket]  # an address -> a connection to its port 25


class Asking:
    """What a report asks with: a dnspython resolver, and `who`, a phrase on who that is.

    `fetch` is what fetches the policy of MTA-STS, and `connect` what connects for a greeting; None where they may not.
    `patience` is how long one host that is not ours may take, in seconds. `hurries` says whether questions that are
    known beforehand are asked at the same time: a resolver may be far away.
    """

    fetch: Fetch | None = None
    connect: Connect | None = None
    patience = 2.0
    hurries = False

    def __init__(self, resolver: dns.resolver.Resolver, who: str):
        self.resolver, self.who = resolver, who
        self.begin()

    def begin(self) -> None:
        """Forget what was said, and give a new report its time."""
        self._end = time.monotonic() + (HURRIED if self.hurries else BUDGET)
        self._known: dict[tuple[str, str], Reply] = {}

    def ahead(self, *questions: tuple[str, str]) -> None:
        """Ask some questions, each a name and a type, at the same time, if this hurries."""
        if self.hurries:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda question: self.ask(*question), questions))

    def ask(self, name: str, rdtype: str) -> Reply:
        """Return the Reply to one question."""
        key = (name.lower().rstrip("."), rdtype)
        if key not in self._known:
            late = time.monotonic() > self._end
            self._known[key] = Reply(*key, "no answer") if late else self._ask(*key)
        return self._known[key]

    def _ask(self, name: str, rdtype: str) -> Reply:
        try:
            answer = self.resolver.resolve(dns.name.from_text(name), rdtype, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Reply(name, rdtype, "NXDOMAIN")
        except (dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, dns.exception.Timeout, OSError):
            return Reply(name, rdtype, "no answer")
        except (dns.exception.DNSException, UnicodeError):  # a label of 64 octets, say: nothing can have that name
            return Reply(name, rdtype, "NXDOMAIN")
        alias = answer.canonical_name.to_text().rstrip(".").lower()
        found = tuple(map(_text, answer.rrset or ()))
        return Reply(
            name,
            rdtype,
            "answer" if found else "NODATA",
            found,
            answer.rrset.ttl if answer.rrset else 0,
            bool(answer.response.flags & dns.flags.AD),
            alias if alias != name else "",
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name. Raises Unasked."""
        return self.ask(name, "TXT").known().answers

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name, IPv4 first. Raises Unasked."""
        self.ahead((name, "A"), (name, "AAAA"))
        return tuple(found for rdtype in ("A", "AAAA") for found in self.ask(name, rdtype).known().answers)

    def look(self, name: str, rdtype: str) -> list[str]:
        """Return records as text, as notebook 08's functions want them. Raises TimeoutError where no answer comes."""
        reply = self.ask(name, rdtype)
        if reply.outcome == "no answer":
            raise TimeoutError(f"no answer about {name} ({rdtype})")
        return list(reply.answers)

    @property
    def txt(self) -> Txt:
        """What helpers.mail.dmarc asks with."""
        return lambda name: None if self.ask(name, "TXT").outcome == "NXDOMAIN" else self.look(name, "TXT")


def _text(record) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    text = record.to_text()
    if record.rdtype == dns.rdatatype.SOA:
        return text
    return text if text == "." or text.endswith(" .") else re.sub(r"\.$", "", text)


def within(seconds: float, ask: Callable):
    """Return what a function returns, or raise what it raises; TimeoutError where that takes too long."""
    found: list = []

    def run() -> None:
        try:
            found.append((ask(), None))
        except Exception as error:  # whoever waits raises it
            found.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError("nothing whole came in time")
    answer, error = found[0]
    if error:
        raise error
    return answer
