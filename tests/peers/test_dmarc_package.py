"""The package `dmarc`: a second opinion on plain alignment, and its schema of RFC 9990 on the reports.

It knows neither the tree walk nor np=, so it is asked only where the record is the author's own or its organization's.
"""

from contextlib import suppress

import pytest
from dmarc import DKIM, SPF, DKIMResult, DMARCPolicy, PolicyError, SPFResult
from dmarc.report import DMARC2Schema

from helpers.lab import Lab
from helpers.mail import aggregate_report, dmarc_verdict, judge
from tests.mail.dmarc_cases import CASES

UNLIKE = ("t=y", "sp=", "np=", "rejekt")  # what it reads in a way of its own, or not at all
PLAIN = [
    case
    for case in CASES
    if case.result in ("pass", "fail")
    and set(case.zone) == {"_dmarc.example.com"}
    and "temperror" not in (case.spf[0], *(result for result, _ in case.dkim))
    and "p=" in case.txt("_dmarc.example.com")[-1]
    and not any(words in case.txt("_dmarc.example.com")[-1] for words in UNLIKE)
]


class Suffixes:
    """What a public suffix list says of names under .com, .net and .test."""

    @staticmethod
    def get_public_suffix(domain: str) -> str:
        return ".".join(domain.split(".")[-2:])


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_alignment_and_policy(case):
    record = case.txt("_dmarc.example.com")[-1]
    policy = DMARCPolicy(record, case.author, org_domain="example.com", publicsuffix=Suffixes, strict=False)
    results = [SPF(case.spf[1], SPFResult(case.spf[0]))] if case.spf[1] else []
    results += [DKIM(domain, DKIMResult(result)) for result, domain in case.dkim]
    with suppress(PolicyError):  # how it says that a letter fails
        policy.verify(auth_results=results)
    assert policy.result.result.value == case.result == dmarc_verdict(case.author, case.spf, case.dkim, case.txt)[0]
    if case.result == "fail":
        assert policy.result.disposition.value == case.policy


def test_there_is_enough_to_compare():
    assert len(PLAIN) >= 25


def test_a_report_by_its_schema():
    with Lab(beside=True) as lab:
        host = lab.mail_hosts["mx1.outlook.test"]
        host.policy = judge(lab, "mx1.outlook.test")
        for source in ("bank.test", "mallory.test", "bulk.test"):
            letter = "From: x@bank.test\nTo: support@outlook.test\nDKIM-Signature: v=1; d=bulk.test; s=k\n\nHello\n"
            lab.send(letter, host=source, sender=f"x@{source}", recipients=["support@outlook.test"])
        xml = aggregate_report(host.policy.verdicts, "bank.test", "outlook.test")
    DMARC2Schema.validate(xml)
    assert not DMARC2Schema.is_valid(xml.replace("<p>reject</p>", "<p>refuse</p>"))
