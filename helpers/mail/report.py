"""An aggregate report: a receiving host tells a domain what came in its name, and how that fared (RFC 9990).

It holds addresses, domains, results and counts, and nothing of the letters themselves. It is XML, made by strangers:
what is read here is bounded, and no entity is ever expanded.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from helpers.mail.receiver import Verdict
from helpers.wire.faces import Face, sign, visible

NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"
MOST_OCTETS = 1_000_000
MOST_DEPTH = 20
MOST_ROWS = 1000
_TIME = "%Y-%m-%d %H:%M:%S"


class BadReport(ValueError):
    """Something that is no report that could be read; the message says why."""


@dataclass(frozen=True)
class Row:
    """What came from one address and fared alike: how many letters (`count`), what was done with them (`disposition`:
    "none", "pass", "quarantine" or "reject"), whether an aligned `dkim` or `spf` passed, the domain in From:
    (`header_from`), that of the envelope, why the policy was not followed (`reason`), and what the checks themselves
    said (`results`, a tuple of str).
    """

    address: str
    count: int
    disposition: str
    dkim: str
    spf: str
    header_from: str
    envelope_from: str = ""
    reason: str = ""
    results: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Report(Face):
    """An aggregate report: who made it (`org`), about which `domain` and its `policy` (a dict of tags), for the time
    from `begin` to `end` (datetimes in UTC), and its `rows`.
    """

    org: str
    domain: str
    policy: dict[str, str]
    begin: datetime
    end: datetime
    rows: tuple[Row, ...]

    def _title(self) -> str:
        policy = ", ".join(f"{name}={value}" for name, value in self.policy.items())
        count = sum(row.count for row in self.rows)
        about = f"{self.domain} ({policy}), {self.begin:{_TIME}} to {self.end:{_TIME}} UTC"
        return visible(f"{self.org} reports on {about}: {count} letter{'s' * (count != 1)}")

    _head = ("Address", "Letters", "Domains", "Aligned", "Checks", "Done")
    _text_head = ("Address", "Letters", "From:", "MAIL FROM", "Aligned DKIM", "Aligned SPF", "Done", "Checks", "Reason")

    def _rows(self) -> list[tuple[str, ...]]:
        cells = (
            (
                (row.address,),
                (str(row.count),),
                (f"From: {row.header_from}", f"MAIL FROM: {row.envelope_from}"),
                (f"{sign(row.dkim)} DKIM {row.dkim}", f"{sign(row.spf)} SPF {row.spf}"),
                row.results,
                (row.disposition, *filter(None, [row.reason])),
            )
            for row in self.rows
        )
        return [tuple("\n".join(map(visible, lines)) for lines in row) for row in cells]

    def _text_rows(self) -> list[tuple[str, ...]]:
        cells = (
            (row.address, str(row.count), row.header_from, row.envelope_from, row.dkim, row.spf, row.disposition)
            + ("; ".join(row.results), row.reason)
            for row in self.rows
        )
        return [self._text_head, *(tuple(map(visible, row)) for row in cells)]


def aggregate_report(verdicts: Iterable[Verdict], domain: str, server: str) -> str:
    """Return the report (XML, str) of `server`, a receiving host, on the letters to which a domain's record applied.

    Its period is the whole days (UTC) on which they came. Takes the verdicts of a Receiver. Letters whose check ended
    in an error are not in it, as they neither passed nor failed. Raises ValueError where nothing came.
    """
    seen = [one for one in verdicts if one.dmarc.record_domain == domain and one.dmarc.result in ("pass", "fail")]
    if not seen:
        raise ValueError(f"{server} has nothing to report to {domain}: no letter came to which its record applies.")
    days = (moment(one.time for one in seen).replace(hour=0, minute=0, second=0) for moment in (min, max))
    begin, end = (int(day.timestamp()) for day in days)
    end += 24 * 3600 - 1
    record = seen[-1].dmarc.record
    root = ET.Element("feedback", xmlns=NAMESPACE)
    ET.SubElement(root, "version").text = "1.0"
    made_by = {"org_name": server, "email": f"postmaster@{server}", "report_id": f"{begin}.{end}.{domain}@{server}"}
    metadata = _add(root, "report_metadata", **made_by)
    _add(metadata, "date_range", begin=begin, end=end)
    published = {"domain": domain, "discovery_method": "treewalk", "p": record.p or "none", "sp": record.sp}
    published |= {"np": record.np, "adkim": record.adkim, "aspf": record.aspf, "testing": record.t}
    _add(root, "policy_published", **{name: value for name, value in published.items() if value})
    alike: dict[tuple, list[Verdict]] = {}
    for one in seen:
        alike.setdefault(_key(one), []).append(one)
    for group in alike.values():
        _add_record(root, group[0], len(group))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _key(one: Verdict) -> tuple:
    """What the verdicts in one record have in common: address, domains and outcome."""
    checks = tuple((signature.domain, signature.selector, signature.result) for signature in one.signatures)
    return one.address, one.dmarc.author, one.spf.domain, one.spf.result, checks, one.disposition, one.dmarc.result


def _add(parent: ET.Element, name: str, **children) -> ET.Element:
    element = ET.SubElement(parent, name)
    for child, value in children.items():
        ET.SubElement(element, child).text = visible(str(value))  # much of it stood in a letter, and XML has no U+0001
    return element


def _add_record(root: ET.Element, one: Verdict, count: int) -> None:
    record = ET.SubElement(root, "record")
    row = _add(record, "row", source_ip=one.address, count=count)
    done = {"junk": "quarantine", "refused": "reject"}.get(one.disposition)
    done = done or ("pass" if one.dmarc.result == "pass" and one.dmarc.policy != "none" else "none")
    wanted = one.dmarc.record.without_test(one.dmarc.record_domain != one.dmarc.author)
    passed = {method: "pass" if one.dmarc.aligned_pass(method) else "fail" for method in ("dkim", "spf")}
    evaluated = _add(row, "policy_evaluated", disposition=done, **passed)
    if one.dmarc.policy == "reject" and done == "quarantine":
        _add(evaluated, "reason", type="local_policy", comment="no ground but the policy (RFC 9989 section 7.4)")
    elif one.dmarc.result == "fail" and one.dmarc.record.t == "y" and wanted != "none":
        _add(evaluated, "reason", type="policy_test_mode")
    _add(record, "identifiers", header_from=one.dmarc.author, envelope_from=one.sender.rpartition("@")[2])
    results = ET.SubElement(record, "auth_results")
    for signature in one.signatures:
        _add(results, "dkim", domain=signature.domain, selector=signature.selector, result=signature.result)
    _add(results, "spf", domain=one.spf.domain, scope="mfrom", result=one.spf.result)


def read_report(xml: str | bytes) -> Report:
    """Return the Report of an XML text, of this DMARC or of the one before (RFC 7489).

    An encoding that it names is that of bytes; a str has none any more. Raises BadReport for what is none, for more
    than a million octets, and for a document type, in which entities hide.
    """
    if not isinstance(xml, str | bytes):
        raise BadReport(f"A report is a text or bytes, and this is a {type(xml).__name__}.")
    size = len(xml.encode("utf-8", "surrogatepass") if isinstance(xml, str) else xml)
    if size > MOST_OCTETS:
        raise BadReport(f"A report has at most {MOST_OCTETS} octets here, and this has {size}.")
    xml = xml.lstrip("\ufeff \t\r\n") if isinstance(xml, str) else xml
    try:
        root = ET.fromstring(xml, ET.XMLParser(target=_Builder()))
    except BadReport:  # it is a ValueError, too
        raise
    except (ET.ParseError, LookupError, ValueError) as error:  # the last two of an encoding that nobody knows
        raise BadReport(f"This is not XML that could be read: {visible(str(error))}.") from None
    if root.tag != "feedback":
        raise BadReport(f"A report begins with <feedback>, and this with <{visible(root.tag)}>.")
    policy = root.find("policy_published")
    rows = root.findall("record")[:MOST_ROWS]
    if policy is None or not rows:
        raise BadReport("A report has a policy_published and at least one record, and one of the two is missing here.")
    tags = {child.tag: _text(policy, child.tag) for child in policy if child.tag not in ("domain", "discovery_method")}
    org, begin, end = _text(root, "report_metadata/org_name"), _moment(root, "begin"), _moment(root, "end")
    return Report(org, _text(policy, "domain"), tags, begin, end, tuple(map(_row, rows)))


class _Builder(ET.TreeBuilder):
    """Makes the tree, without namespaces. Raises BadReport for a document type, and for what is nested too deeply."""

    depth = 0

    def doctype(self, *_) -> None:
        raise BadReport("This has a document type, which no report needs, and in which harm can hide.")

    def start(self, tag: str, attributes: dict) -> ET.Element:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise BadReport("This is nested more deeply than any report.")
        return super().start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> ET.Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def _row(record: ET.Element) -> Row:
    count = _text(record, "row/count")
    if not (count.isascii() and count.isdigit()):
        raise BadReport(f"The count of a record is a number, and {visible(count[:40])!r} is none.")
    evaluated = record.find("row/policy_evaluated")
    evaluated = ET.Element("policy_evaluated") if evaluated is None else evaluated
    reasons = [(_text(one, "type"), _text(one, "comment")) for one in evaluated.findall("reason")]
    checks = record.findall("auth_results[1]/*")
    return Row(
        address=_text(record, "row/source_ip"),
        count=int(count[:12]),
        disposition=_text(evaluated, "disposition"),
        dkim=_text(evaluated, "dkim"),
        spf=_text(evaluated, "spf"),
        header_from=_text(record, "identifiers/header_from"),
        envelope_from=_text(record, "identifiers/envelope_from"),
        reason=", ".join(": ".join(filter(None, reason)) for reason in reasons),
        results=tuple(f"{one.tag} {_text(one, 'result')} {_text(one, 'domain')}" for one in checks),
    )


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _moment(root: ET.Element, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(_text(root, f"report_metadata/date_range/{name}")), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadReport(f"The {name} of the time it is about cannot be read.") from None
