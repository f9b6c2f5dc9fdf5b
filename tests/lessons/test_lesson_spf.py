"""Notebook 08: the checks expect what pyspf says; other styles of answer; what the run may hand to `happened`."""

import re
from importlib import import_module
from ipaddress import ip_address

import dns.name
import dns.rdata
import pytest

from helpers import answers, check
from helpers.lab.clock import Clock
from helpers.mail.asking import NoAnswer, in_lab, spf

judges = import_module("helpers.lessons.08_spf.judges")
values = import_module("helpers.lessons.08_spf.values")


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
    assert theirs == ({True: "pass", False: "fail", ValueError: "permerror"}[expected])


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

    from helpers.lab import zones

    zone = zones.of_the_cast("eleven.test")
    published = {
        name.relativize(dns.name.root).to_text(): b"".join(rdata.strings).decode()
        for name, _, rdata in zone.iterate_rdatas("TXT")
    }
    assert {name: published[name] for name in values.SUPPLIERS} == {
        name: f"v=spf1 ip4:{address} -all" for name, address in values.SUPPLIERS.items()
    }
    assert published["k.eleven.test"] == f"v=spf1 ip4:{values.OWN} -all"
    assert published["eleven.test"] == values.TO_MEND


def test_no_record_costs_a_receiver_more_than_its_limits():
    record = "v=spf1 " + " ".join(f"mx:d{n}.test" for n in range(10)) + " -all"
    zone = judges.Zone(
        **{"TXT shop.test": [record], **{f"MX d{n}.test": [f"10 m{k}.test." for k in range(100)] for n in range(10)}}
    )
    assert answers.spf_result("192.0.2.25", "shop.test", zone) == "permerror"
    assert len(zone.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "203.0.113.77",
        " 203.0.113.77. ",
        "alumni.test (203.0.113.77)",
        b"203.0.113.77",
        ["203.0.113.77"],
        ip_address("203.0.113.77"),
        "`203.0.113.77`, the school's",
    ],
)
def test_the_address_in_other_words(answer):
    assert check.guilty_address(answer).passed


@pytest.mark.parametrize(
    "answer",
    [
        "alumni.test",
        "203.0.113.771",
        "1203.0.113.77",
        "203.0.113.60 203.0.113.77",
        {"203.0.113.77", "203.0.113.25"},
        77,
    ],
)
def test_what_is_not_the_one_address_does_not_pass(answer):
    assert check.guilty_address(answer).passed is False


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("forged_arrives", "bounced", "it is refused: mx1 sees"),
        ("forged_arrives", "deferred", "it is put off, until"),
        ("compared_with", "203.0.113.25", "203.0.113.25: the"),
        ("compared_with", "203.0.113.60", "203.0.113.60: the bank's"),
        ("spf_lives_at", "_spf.bank.test", "_spf.bank.test"),
        ("first_of_eleven", "permerror", "permerror: a record"),
        ("first_of_eleven", "fail", "fail: a record that"),
        ("null_sender", "", "none: where there is no"),
        ("null_sender", "gmail.test", "gmail.test, the domain"),
        ("from_seen", "fail", "fail: bulk.test may not"),
        ("from_seen", "neutral", "neutral: envelope and"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
