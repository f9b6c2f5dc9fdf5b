"""Notebook 09: the checks expect what dkimpy and the table of RFC 9989 say; other styles of answer; a run's values."""

import re
from importlib import import_module

import dkim.canonicalization
import dns.rdata
import pytest

from helpers import answers, check
from helpers.mail import dmarc
from helpers.mail.verdict import dmarc_verdict
from tests.mail.dmarc_cases import CASES

judges = import_module("helpers.lessons.09_dkim_dmarc.judges")
others = import_module("helpers.lessons.09_dkim_dmarc.others")
stages = import_module("helpers.lessons.09_dkim_dmarc.stages")


@pytest.mark.parametrize("body", [body for body, _ in judges.BODIES], ids=[what for _, what in judges.BODIES])
def test_the_bodies_are_canonicalized_as_dkimpy_does_it(body):
    assert answers.relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@pytest.mark.parametrize(("author", "domain", "mode", "expected"), [pair[:4] for pair in judges.PAIRS])
def test_the_pairs_are_aligned_as_the_reference_says(author, domain, mode, expected):
    assert answers.aligned(author, domain, mode, judges.txt) == expected
    assert dmarc.aligned(author, domain, mode, judges.txt) == expected


def test_the_checks_dns_answers_as_that_of_the_table_does():
    """A name that is there, or has one below it, exists; every other one is NXDOMAIN; one is silent."""
    assert judges.txt("mail.steps.test") == [] and judges.txt("steps.test") == [] and judges.txt("x.steps.test") is None
    with pytest.raises(TimeoutError):
        judges.txt("_dmarc.silent.test")


def shape(author, spf, dkim, txt):
    """What decides a case: the record that applies, whose it is, and each check's result and alignment."""

    def known(ask):
        try:
            return ask()
        except TimeoutError:
            return "silent"

    applies = known(lambda: dmarc.policy_record(author.lower(), txt))
    if applies is None or applies == "silent":
        return applies
    where, record = applies
    exists = where == author.lower() or record.np is None or known(lambda: txt(author) is not None)
    checks = [("spf", record.aspf, spf), *(("dkim", record.adkim, one) for one in dkim)]
    found = tuple(
        (kind, result, known(lambda: dmarc.aligned(author, domain, mode, txt)))  # noqa: B023
        for kind, mode, (result, domain) in checks
        if domain
    )
    usable = record.valid or bool(record.rua)
    return usable, record.policy_for(where != author.lower(), exists), exists == "silent", found


TABLE = {shape(case.author, case.spf, case.dkim, case.txt): (case.result, case.policy) for case in CASES}
SHAPES = [(shape(author, spf, dkim, judges.txt), author, spf, dkim) for author, spf, dkim, _ in judges.CASES]
SHARED = [one for one in SHAPES if one[0] in TABLE]


@pytest.mark.parametrize(("decides", "author", "spf", "dkim"), SHARED)
def test_the_verdicts_cases_agree_with_the_table(decides, author, spf, dkim):
    assert dmarc_verdict(author, spf, dkim, judges.txt) == TABLE[decides]


def test_many_of_the_verdicts_cases_are_in_the_table():
    assert len(SHARED) >= 15


STYLES = [style for name, style in vars(others).items() if name.startswith("dmarc_verdict")]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_right_verdict_in_another_style_agrees_with_the_table(case, style):
    author = case.author.lower()  # as `author_domain` gives it
    assert tuple(style(author, case.spf, case.dkim, case.txt)) == (case.result, case.policy)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_who_wrote_the_whole_at_once_passes_the_first_stage_too(style):
    assert judges.dmarc_first(style).passed


def test_the_first_stage_agrees_with_the_whole_where_the_dns_answers():
    told = [case for case in judges.CASES if not judges._open(case[1], case[2], case[0])]
    assert len(told) > 20 and len(judges.CASES) - len(told) > 6
    for *case, _ in told:
        assert stages.dmarc_first(*case, judges.txt) == dmarc_verdict(*case, judges.txt)


def test_a_zone_file_reads_the_strings_back():
    text = "v=DKIM1; k=rsa; p=" + "A" * 600
    assert b"".join(dns.rdata.from_text("IN", "TXT", answers.txt_strings(text)).strings) == text.encode()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("whose_results", 3),
        ("whose_results", " the third one. "),
        ("whose_results", "outlook.test"),
        ("whose_results", "field 3"),
        ("whose_results", "three"),
        ("whose_results", "3  Authentication-Results: outlook.test; spf=pass smtp.mailfrom=bulk.test; dmarc=fail"),
        ("whose_results", [3]),
        ("why_it_fails", "option b"),
        ("why_it_fails", "B"),
        ("why_it_fails", "b)"),
        ("why_it_fails", ["b"]),
        ("why_it_fails", "a key was replaced"),
        ("why_it_fails", "there is nothing under the old selectors"),
        ("honest_row", "203.0.113.78"),
        ("honest_row", "list.test"),
        ("honest_row", b"203.0.113.78."),
        ("honest_row", 78),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("key_lives_at", "learner.test", "learner.test, like the"),
        ("key_lives_at", "s1._domainkey.learner.test", "s1._domainkey.learner.te"),
        ("sealed", False, "nothing: only the"),
        ("sealed", True, "all of it: a signature"),
        ("field_added", "fail", "fail: the letter is not"),
        ("field_added", "pass", "pass: of the fields, only those that h="),
        ("field_added", "permerror", "neutral: it cannot be"),
        ("mallory_signs", "fail", "fail: the signer has to"),
        ("mallory_signs", "pass", "pass"),
        ("both_run", ("fail", "none", "fail"), "SPF fails, and that"),
        ("both_run", ("fail", "pass", "pass"), "SPF fails, DKIM passes,"),
        ("which_policy", ("reject", "quarantine", "none"), "reject, quarantine,"),
        ("which_policy", ("quarantine", "none", "none"), "quarantine, none, none:"),
        ("reject_means", "refused", "it refuses the letter"),
        ("reject_means", "junk", "it sets it aside as"),
        ("reject_means", "inbox", "it delivers it, and"),
        ("forged_results", ["pass", "fail"], "two: hers, which says"),
        ("forged_results", ["pass"], "hers alone: the field"),
        ("forged_results", ["fail"], "mx1's alone, which says"),
        ("after_list", ("pass", "fail", "fail"), "SPF passes for the"),
        ("after_list", ("fail", "pass", "pass"), "SPF fails, as with the"),
        ("spammer_passes", "none", "none: DMARC is for"),
        ("spammer_passes", "pass", "pass"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
