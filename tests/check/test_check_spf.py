"""Notebook 08: the checks expect what pyspf says; other styles of answer; what the run may hand to `happened`."""

import dns.name
import dns.rdata
import pytest

from helpers import check
from helpers.check.answers import spf as answers
from helpers.check.judges import spf as judges
from helpers.lab.clock import Clock
from helpers.mail.asking import NoAnswer, in_lab, spf


class Asked:
    """A judge's zone, as pyspf is given the lab's DNS."""

    def __init__(self, zone):
        self.zone, self.lab = zone, type("Lab", (), {"clock": Clock()})

    def records(self, name, rdtype, lifetime):
        try:
            texts = self.zone(name, rdtype)
        except TimeoutError as error:
            raise NoAnswer(str(error)) from None
        quoted = [f'"{text}"' if rdtype == "TXT" else text for text in texts]
        return [dns.rdata.from_text("IN", rdtype, text) for text in quoted]


FIRST = [(a, {"TXT shop.test": texts, "A slow.test": None}, expected) for a, texts, expected, _ in judges.FIRST]
SECOND = [
    (a, {**judges.ALL, "TXT shop.test": [text], **more}, expected) for a, text, more, expected, _ in judges.SECOND
]


@pytest.mark.parametrize(("address", "records", "expected"), [*FIRST, *SECOND])
def test_the_checks_expect_what_pyspf_says(address, records, expected):
    zone = judges.Zone(**{**judges.SHOP, **records})
    assert answers.spf_result(address, "shop.test", zone) == expected
    with in_lab(Asked(judges.Zone(**{**judges.SHOP, **records}))):
        theirs = spf.query(i=address, s="anybody@shop.test", h="shop.test", receiver="mx", querytime=2).check()[0]
    assert theirs == expected


@pytest.mark.parametrize(("address", "name", "value", "expected"), [case[:4] for case in judges.MATCHES])
def test_a_mechanism_matches_where_pyspf_says_so(address, name, value, expected):
    term = name + (f":{value}" if value and not value.startswith("/") else value)
    zone = judges.Zone(**{**judges.SHOP, "TXT shop.test": [f"v=spf1 {term} -all" if name != "all" else "v=spf1 all"]})
    with in_lab(Asked(zone)):
        theirs = spf.query(i=address, s="anybody@shop.test", h="shop.test", receiver="mx", querytime=2).check()[0]
    assert theirs == ("pass" if expected else "fail")


STYLES = {
    "matches": """
import re
from ipaddress import ip_address, ip_interface
def matches(address, name, value, domain, look):
    if name == "all":
        return True
    client = ip_address(address)
    if name[:2] == "ip":
        return client in ip_interface(value).network
    host, four, six = re.fullmatch("([^/]*)(?:/([0-9]+))?(?://([0-9]+))?", value).groups()
    names = [m.split()[-1].rstrip(".") for m in look(host or domain, "MX")] if name == "mx" else [host or domain]
    kind, bits = {4: ("A", four), 6: ("AAAA", six)}[client.version]
    for one in names:
        for found in look(one, kind):
            if client in ip_interface(found + (f"/{bits}" if bits else "")).network:
                return True
    return False
""",
    "spf_result": """
from helpers.check.answers.record_types import spf_terms
from helpers.check.answers.spf import matches
def spf_result(address, domain, look, count=None):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    count = [0] if count is None else count
    try:
        found = [t for t in look(domain, "TXT") if t == "v=spf1" or t.startswith("v=spf1 ")]
        if len(found) != 1:
            return "permerror" if found else "none"
        redirect = None
        terms = spf_terms(found[0])
        for q, name, value in terms:
            if q == "" and name == "redirect":
                redirect = value
            if q and name not in {"all", "ip4", "ip6", "a", "mx", "include", "exists", "ptr"}:
                return "permerror"
        for q, name, value in terms:
            if q == "":
                continue
            if name in {"a", "mx", "include"}:
                count[0] += 1
                if count[0] > 10:
                    return "permerror"
            if name == "include":
                inner = spf_result(address, value, look, count)
                if inner in ("none", "permerror"):
                    return "permerror"
                if inner == "temperror":
                    return inner
                if inner == "pass":
                    return words[q]
            elif matches(address, name, value, domain, look):
                return words[q]
        if redirect is None:
            return "neutral"
        count[0] += 1
        if count[0] > 10:
            return "permerror"
        final = spf_result(address, redirect, look, count)
        return "permerror" if final == "none" else final
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"
""",
    "spf_reply": """
def spf_reply(result):
    if result == "fail":
        return "550 5.7.23 SPF says no"
    if result == "permerror":
        return "550 5.7.24 SPF is broken"
    if result == "temperror":
        return "451 4.7.24 Later"
""",
}


@pytest.mark.parametrize("name", STYLES)
def test_a_right_answer_in_another_style(name, cells):
    result = getattr(check, name)(cells.run(STYLES[name], name))
    assert result.passed, result


@pytest.mark.parametrize(
    "answer",
    [
        answers.mended_record.replace("ip4:203.0.113.95 ", "").replace("-all", "ip4:203.0.113.95 -all"),
        answers.mended_record.replace(
            "include:a.eleven.test include:b.eleven.test", "ip4:203.0.113.101 ip4:203.0.113.102"
        ),
        "v=spf1 " + " ".join(f"ip4:203.0.113.{n}" for n in (95, *range(101, 111))) + " -all",
        "v=spf1 ip4:203.0.113.95 ip4:203.0.113.101 ip4:203.0.113.102/31 ip4:203.0.113.104/30 ip4:203.0.113.108/31 "
        "ip4:203.0.113.110 -all",
        answers.mended_record.replace("ip4:203.0.113.95", "a:ns.eleven.test").replace(
            "include:a.eleven.test", "+ip4:203.0.113.101"
        ),
    ],
)
def test_a_record_mended_in_another_way(answer):
    assert check.mended_record(answer).passed, answer
    assert check.mended_record(answer.split()).passed


def test_the_record_to_mend_is_that_of_the_zone():
    from helpers.check.lessons import spf as lesson
    from helpers.lab import zones

    zone = zones.of_the_cast("eleven.test")
    published = {
        name.relativize(dns.name.root).to_text(): b"".join(rdata.strings).decode()
        for name, _, rdata in zone.iterate_rdatas("TXT")
    }
    assert {name: published[name] for name in lesson.SUPPLIERS} == {
        name: f"v=spf1 ip4:{address} -all" for name, address in lesson.SUPPLIERS.items()
    }
    assert published["k.eleven.test"] == f"v=spf1 ip4:{lesson.OWN} -all"
    assert published["eleven.test"] == lesson.TO_MEND


@pytest.mark.parametrize(
    "answer", ["203.0.113.77", " 203.0.113.77. ", "alumni.test", "alumni.test (203.0.113.77)", b"203.0.113.77"]
)
def test_the_address_in_other_words(answer):
    assert check.guilty_address(answer).passed


@pytest.mark.parametrize(
    ("name", "value", "letter"),
    [
        ("forged_arrives", "bounced", "a"),
        ("forged_arrives", "deferred", "b"),
        ("compared_with", "203.0.113.25", "a"),
        ("compared_with", "203.0.113.60", "b"),
        ("spf_lives_at", "_spf.bank.test", "a"),
        ("first_of_eleven", "permerror", "a"),
        ("first_of_eleven", "fail", "b"),
        ("null_sender", "", "a"),
        ("null_sender", "gmail.test", "c"),
        ("from_seen", "fail", "a"),
        ("from_seen", "neutral", "c"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, letter):
    assert f"What happened: {letter})" in repr(check.happened(name, value))
