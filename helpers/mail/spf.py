"""SPF: may this address use that domain in HELO or MAIL FROM? (RFC 7208), by pyspf, asked in the lab.

HELO and MAIL FROM are two checks. The From: that people see is in neither.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from helpers.lab import Lab
from helpers.mail.asking import Asking, NoAnswer, NoSuchName, in_lab, spf
from helpers.wire.faces import Face, visible

TIME_LIMIT = 2  # seconds for a whole check; RFC 7208 section 4.6.4 suggests 20
RESULTS = {  # RFC 7208 section 2.6
    "pass": "the address may use the domain",
    "fail": "the address may not use the domain",
    "softfail": "the address is probably not one that may use the domain",
    "neutral": "the domain says nothing either way about the address",
    "none": "there is no domain to check, or it has no SPF record",
    "temperror": "the DNS gave no answer: later it may",
    "permerror": "the record cannot be understood or goes past a limit: somebody has to mend it",
}
SCOPES = {"mfrom": "MAIL FROM", "helo": "HELO"}


@dataclass(frozen=True, repr=False)
class SPF(Face):
    """The outcome of one check.

    `result` is one of RESULTS, `scope` "mfrom" or "helo", `domain` what was checked, `address` the client's, `matched`
    the mechanism that decided ('' where none did) and `reason` a sentence. `records` holds (domain, text) of each SPF
    record that was read, in order; `lookups` and `void_lookups` count towards the limits of 10 and 2 (section 4.6.4).
    """

    result: str
    scope: str
    domain: str
    address: str
    reason: str
    matched: str = ""
    records: tuple[tuple[str, str], ...] = ()
    lookups: int = 0
    void_lookups: int = 0

    def _title(self) -> str:
        return f"SPF of {SCOPES[self.scope]}: {self.result}"

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("Domain", visible(self.domain) or "(none)"),
            ("Client", self.address),
            ("Meaning", RESULTS[self.result]),
            ("Reason", visible(self.reason)),
            *((f"Record of {visible(domain)}", visible(text)) for domain, text in self.records),
            ("Look-ups", f"{self.lookups} of 10, {self.void_lookups} of 2 void"),
        ]


def check_spf(lab: Lab, address: str, sender: str, helo: str, host: str = "mx1.outlook.test") -> SPF:
    """Check MAIL FROM (RFC 7208 section 2.4).

    Takes the client's address, the envelope's sender ('' for the null one: then postmaster@HELO is checked), the name
    given with HELO or EHLO, and the host that checks. Returns an SPF. Raises ValueError for what is no IP address.
    """
    return _check(lab, address, sender or f"postmaster@{helo}", helo, host, "mfrom")


def check_helo(lab: Lab, address: str, helo: str, host: str = "mx1.outlook.test") -> SPF:
    """Check HELO (RFC 7208 section 2.3). Takes the client's address, the name it gave, and the host that checks."""
    return _check(lab, address, f"postmaster@{helo}", helo, host, "helo")


def _check(lab: Lab, address: str, identity: str, helo: str, host: str, scope: str) -> SPF:
    address, domain = str(ipaddress.ip_address(address)), identity.rpartition("@")[2]
    if domain.startswith("[") or "." not in domain.strip("."):  # section 4.3: not a domain name with two labels
        return SPF("none", scope, domain, address, f"{domain or 'nothing'} is not a whole domain name")
    asking = Asking(lab, host)
    query = _Query(i=address, s=identity, h=helo, receiver=host, querytime=TIME_LIMIT)
    with in_lab(asking):
        result, _, explanation = query.check()
    if result == "none":
        reason = _why_none(asking, domain)
    elif result in ("temperror", "permerror"):
        reason = explanation.partition(": ")[2]
    elif query.mechanism:
        reason = f"{query.mechanism} matches"
    else:
        reason = "no mechanism matches, and nothing is said about the rest"
    counts = query.lookups, query.void_lookups
    return SPF(result, scope, domain.lower(), address, reason, query.mechanism or "", tuple(query.records), *counts)


class _Query(spf.query):
    """pyspf's check, with the records that it reads."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.records: list[tuple[str, str]] = []

    def dns_spf(self, domain: str):
        record = super().dns_spf(domain)
        if record:
            self.records.append((domain.lower(), record))
        return record


def _why_none(asking: Asking, domain: str) -> str:
    try:
        texts = asking.texts(domain)
    except (NoSuchName, NoAnswer) as error:
        return str(error)
    return f"{domain} has no SPF record" + (", only other TXT records" if texts else "")
