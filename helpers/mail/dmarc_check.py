"""DMARC for a letter in the lab: who is its author, who stands behind it, and what does the author's domain ask for?

It passes where SPF's MAIL FROM or a DKIM signature passes with a domain that is aligned with that of From:, and fails
only where neither does. Section numbers are those of RFC 9989.
"""

import re
from dataclasses import dataclass

from helpers.lab import Lab
from helpers.lab.fields import fields, split, without_comments
from helpers.mail.asking import Asking, NoAnswer, NoSuchName
from helpers.mail.dmarc import Record, Txt, aligned, policy_record
from helpers.mail.names import a_labels
from helpers.mail.signatures import Signatures
from helpers.mail.spf import SPF
from helpers.mail.verdict import dmarc_verdict
from helpers.wire.faces import Face, signed, visible

RESULTS = {  # section 9.2
    "pass": "an aligned domain stands behind the letter",
    "fail": "no aligned domain stands behind the letter",
    "none": "no DMARC record applies",
    "temperror": "the DNS gives no answer, so this is neither pass nor fail",
    "permerror": "it cannot be evaluated, so this is neither pass nor fail",
}

# A list of mailboxes (RFC 5322 section 3.4), its comments taken out.
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_PHRASE = rf'(?:{_QUOTED}|[^"(),:;<>@\\])*+'
_ATOM = r'[^\s\x00-\x1f"(),:;<>@\[\\\]]++'
_SPEC = rf"\s*+(?:{_ATOM}|{_QUOTED})\s*+@\s*+({_ATOM})\s*+"
_MAILBOX = re.compile(rf"{_PHRASE}<(?:\s*+@[^<>:]*+:)?{_SPEC}>\s*+|{_SPEC}")
_GROUP = re.compile(rf'(^|,){_PHRASE}:((?:{_QUOTED}|[^":;])*+);\s*(?=,|$)')
_ITEM = re.compile(rf"(?:{_QUOTED}|[^,])++")
_NAME = re.compile(r"[^.]{1,63}(?:\.[^.]{1,63})*", re.ASCII)


class NoAuthor(ValueError):
    """A letter whose From: names no domain, or several, or what is none: DMARC does not apply to it (section 5.3.1)."""


def author_domain(content: bytes) -> str:
    """Return the one domain in From:, in lower case, as A-labels. Raises NoAuthor (sections 4.4 and 11.5).

    What is no address makes the whole field unusable: a mail program may show just that.
    """
    header = split(re.sub(rb"\r\n|\r|\n", b"\r\n", split(content)[0]))[0]
    found = fields(header + b"\r\n", "From")
    if len(found) != 1:
        said = f"the letter has {len(found)} From fields, and one is right" if found else "there is no From field"
        raise NoAuthor(said)
    text, rest = without_comments(found[0].decode("utf-8", "surrogateescape"))
    items = [item.strip() for item in _ITEM.findall(_GROUP.sub(r"\1\2", " ".join(text.split())))]
    domains = {_domain_of(item) for item in [*items, rest] if item} or {_domain_of("")}
    if len(domains) != 1:
        raise NoAuthor("the From field names several domains")
    return domains.pop()


def _domain_of(item: str) -> str:
    match = _MAILBOX.fullmatch(item)
    domain = a_labels(match[1] or match[2]) if match else ""
    if domain.isascii() and _NAME.fullmatch(domain):
        return domain
    which = f": {visible(item[:80])} is none" if "@" in item else ""
    raise NoAuthor(f"the From field cannot be read as an address with a domain{which}")


def lab_txt(lab: Lab, host: str = "mx1.outlook.test") -> Txt:
    """Return a `txt` function that asks the lab's DNS in the name of a host.

    Each call has 1.8 s of its own and remembers nothing of the one before, so that the function may be kept.
    """
    return lambda name: _texts(Asking(lab, host), name)


def _texts(asking: Asking, name: str) -> list[str] | None:
    try:
        return asking.texts(name)
    except NoSuchName:
        return None
    except NoAnswer as error:
        raise TimeoutError(str(error)) from None


@dataclass(frozen=True)
class Identifier:
    """A domain that SPF or DKIM has checked: `method` "spf" or "dkim", its `result`, and whether it is aligned.

    `aligned` is None where the DNS did not tell, or no record asks.
    """

    method: str
    domain: str
    result: str
    aligned: bool | None


@dataclass(frozen=True, repr=False)
class DMARC(Face):
    """The outcome for a letter.

    `result` is one of RESULTS, `policy` what the domain asks for (None where nothing applies), `author` the domain in
    From: ('' where there is not one), `record_domain` and `record` (its text) where the record was found, `asked` the
    names that were asked, `identifiers` what SPF and DKIM had to say, `reason` a sentence.
    """

    result: str
    policy: str | None
    author: str
    reason: str
    record_domain: str = ""
    record: Record | None = None
    asked: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()

    def aligned_pass(self, method: str) -> bool:
        """Return whether a check of that method, "spf" or "dkim", passed with an aligned domain."""
        return any(one.method == method and one.result == "pass" and one.aligned for one in self.identifiers)

    def _title(self) -> str:
        return f"DMARC: {signed(self.result)}"

    def _rows(self) -> list[tuple[str, str]]:
        said = {True: "aligned", False: "not aligned", None: "alignment not asked for, or not known"}
        rows = [("Domain in From:", self.author or "(not one)"), ("Meaning", RESULTS[self.result])]
        rows += [("Reason", self.reason), (f"Record of {self.record_domain}", self.record and self.record.text)]
        rows.append(("Policy", self.policy and f"{self.policy}, should it fail"))
        for one in self.identifiers:
            rows.append((one.method.upper(), f"{signed(one.result)}, {one.domain or 'no domain'}, {said[one.aligned]}"))
        rows.append(("Names asked", ", ".join(self.asked)))
        return [(name, visible(value)) for name, value in rows if value]


def check_dmarc(
    lab: Lab, content: bytes, spf: SPF, signatures: Signatures, host: str = "mx1.outlook.test", verdict=dmarc_verdict
) -> DMARC:
    """Evaluate a letter in the lab.

    Takes the lab, the letter's octets, the SPF of MAIL FROM, what `verify_dkim` returned, the host that checks, and the
    function that decides: `dmarc_verdict`, or one that takes and returns the same. Returns a DMARC.
    """
    try:
        author = author_domain(content)
    except NoAuthor as error:
        return DMARC("permerror", None, "", str(error))
    asking, names = Asking(lab, host), {}

    def txt(name: str) -> list[str] | None:
        names[name] = True  # each once, in the order in which they were asked
        return _texts(asking, name)

    envelope, dkim = (spf.result, a_labels(spf.domain)), [(one.result, a_labels(one.domain)) for one in signatures]
    result, policy = verdict(author, envelope, dkim, txt)
    try:
        where, record = policy_record(author, txt) or ("", None)
    except TimeoutError as error:
        return DMARC(result, policy, author, str(error), asked=tuple(names))
    checks = [("spf", envelope, record and record.aspf), *(("dkim", one, record and record.adkim) for one in dkim)]
    identifiers = tuple(
        Identifier(method, domain, said, _alignment(author, domain, mode, txt))
        for method, (said, domain), mode in checks
    )
    return DMARC(result, policy, author, _why(result, identifiers), where, record, tuple(names), identifiers)


def _alignment(author: str, domain: str, mode: str | None, txt: Txt) -> bool | None:
    try:
        return aligned(author, domain, mode, txt) if mode and domain else None
    except TimeoutError:
        return None


def _why(result: str, identifiers: tuple[Identifier, ...]) -> str:
    passed = [one for one in identifiers if one.result == "pass" and (one.aligned or result == "fail")]
    by = " and ".join(f"{one.method.upper()} passes with {one.domain}" for one in passed)
    return {
        "pass": f"{by}, which is aligned",
        "fail": f"{by}, which is not aligned" if passed else "neither SPF nor a DKIM signature passes",
        "none": "there is no record at any of the names asked",
        "permerror": "the record has no valid policy, and no address for reports",
        "temperror": "a check that might have passed got no answer from the DNS",
    }[result]
