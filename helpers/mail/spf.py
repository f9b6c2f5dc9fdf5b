"""SPF: may this address use that domain in HELO or MAIL FROM? (RFC 7208), by pyspf, asked in the lab.

HELO and MAIL FROM are two checks. The From: that people see is in neither.
"""

import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from helpers.lab import Lab
from helpers.mail.asking import Asking, NoAnswer, NoSuchName, in_lab, spf
from helpers.mail.names import a_labels
from helpers.wire.faces import Face, signed, visible

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
        return f"SPF of {SCOPES[self.scope]}: {signed(self.result)}"

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
    local, _, domain = sender.rpartition("@") if sender else ("", "", helo)  # a quoted local part may hold an @
    return _check(lab, address, local, domain, helo, host, "mfrom")


def check_helo(lab: Lab, address: str, helo: str, host: str = "mx1.outlook.test") -> SPF:
    """Check HELO (RFC 7208 section 2.3). Takes the client's address, the name it gave, and the host that checks."""
    return _check(lab, address, "", helo, helo, host, "helo")


def _check(lab: Lab, address: str, local: str, domain: str, helo: str, host: str, scope: str) -> SPF:
    address, domain = str(ipaddress.ip_address(address)), a_labels(domain)
    if re.search(r"[\[@]", domain) or "." not in domain:  # section 4.3: not a domain name with two labels
        return SPF("none", scope, domain, address, f"{domain or 'nothing'} is not a whole domain name")
    asking = Asking(lab, host)
    query = _Query(local or "postmaster", domain, i=address, h=helo, receiver=host, querytime=TIME_LIMIT)
    with in_lab(asking):
        result, _, explanation = query.check()
    matched = query.mechanism or ""
    reason = f"{matched} matches" if matched else "no mechanism matches, and nothing is said about the rest"
    if result == "none":
        reason = _why_none(asking, domain)
    elif result in ("temperror", "permerror"):
        reason = explanation.partition(": ")[2]
    read = tuple(query.records)
    return SPF(result, scope, domain, address, reason, matched, read, query.lookups, query.void_lookups)


_MACRO = re.compile(r"%(?:\{([slodiphcrtv])([0-9]*)(r?)([-.+,/_=]*)\}|([%_-]))|%", re.IGNORECASE)  # section 7.1
_MODIFIER = re.compile(r"(?<= )(?:redirect|exp)(?==)", re.IGNORECASE)
_REDIRECT = re.compile(r" redirect=")
_LONGEST_NAME = 253


class _Query(spf.query):
    """pyspf's check, with the records that it reads, and with what pyspf reads otherwise than RFC 7208 wants."""

    def __init__(self, local: str, domain: str, **settings):
        super().__init__(s=f"{local}@{domain}", **settings)
        self.l, self.o, self.d = local, domain, domain  # pyspf parts them at the first @
        self.records: list[tuple[str, str]] = []
        self._open: list[int] = []  # how deep each record is included that is being evaluated
        self._unread = False  # whether the next look-up is that of a redirect, which pyspf counts where it stands

    def check0(self, record: str | None, depth: int):
        if depth in self._open:  # no include: a redirect is followed, which costs a look-up only now (section 4.6.4)
            self.check_lookups()
        self._open.append(depth)
        self._unread = bool(record and _REDIRECT.search(record))
        try:
            return super().check0(record, depth)
        finally:
            self._open.pop()

    def check_lookups(self) -> None:
        unread, self._unread = self._unread, False
        if not unread:
            super().check_lookups()

    def dns_spf(self, domain: str):
        record = super().dns_spf(domain)
        if record:
            self.records.append((domain.lower(), record))
            record = _MODIFIER.sub(lambda name: name[0].lower(), record)  # in any case (section 4.6.1)
        return record

    def dns(self, name: str, qtype: str, **options):
        return super().dns(name, qtype, **options) if name.isascii() else []  # as of a local part beyond ASCII

    def validate_mechanism(self, mech: str):
        try:
            return super().validate_mechanism(mech)
        except ValueError:  # a length of thousands of digits
            raise spf.PermError("Invalid CIDR length", mech) from None

    def validated_ptrs(self) -> list[str]:
        """The client's names that lead back to its address. A DNS error is no error here (section 5.5)."""
        names = self._found(self.dns_ptr, self.i)[: spf.MAX_PTR]
        return [name for name in names if self.cidrmatch(self._found(self.dns_a, name, self.A), self.cidrmax)]

    def _found(self, look_up: Callable[..., list], *what: str) -> list:
        with suppress(spf.TempError):
            return look_up(*what)
        return []

    def expand(self, text: str, stripdot: bool = True) -> str:
        """Expand macros, in a name or (without `stripdot`) in an explanation (sections 7.2 and 7.3)."""
        expanded = _MACRO.sub(lambda macro: self._expansion(macro, stripdot), text)
        expanded = expanded.removesuffix("." if stripdot else "")
        while stripdot and len(expanded) > _LONGEST_NAME and "." in expanded:
            expanded = expanded.partition(".")[2]
        return expanded

    def _expansion(self, macro: re.Match, in_name: bool) -> str:
        letter, digits, backwards, delimiters, plain = macro.groups()
        if plain:
            return {"%": "%", "_": " ", "-": "%20"}[plain]
        kept = digits and digits.lstrip("0")
        if letter is None or digits and not kept or in_name and letter in "crtCRT":
            raise spf.PermError("Invalid macro", macro.string)
        value = (self.getp() if letter in "pP" else getattr(self, letter.lower())) or ""
        parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
        if backwards:
            parts.reverse()
        if kept and len(kept) < 4:  # more is more than there are
            parts = parts[-int(kept) :]
        return quote(".".join(parts), safe="") if letter.isupper() else ".".join(parts)


def _why_none(asking: Asking, domain: str) -> str:
    try:
        texts = asking.texts(domain)
    except (NoSuchName, NoAnswer) as error:
        return str(error)
    return f"{domain} has no SPF record" + (", only other TXT records" if texts else "")
