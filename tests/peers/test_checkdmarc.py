"""checkdmarc, a second opinion on SPF and DMARC: of the lab's domains both say the same, but for what stands here."""

import importlib.util

import pytest

from helpers import answers
from helpers.health import domains, report, second_opinion
from helpers.health.second import SecondOpinion, their_word
from helpers.lab import Lab
from tests.conftest import missing

if not importlib.util.find_spec("checkdmarc"):
    missing("needs checkdmarc: pip install checkdmarc")

NAMES = ("mail_hosts", "tags", "spf_terms", "spf_lookups", "spf_result", "sts_allows", "txt_strings", "confirmed")
THEIRS = {"broken": "error", "weak": "warning", "note": "warning", "fine": "valid"}
UNLIKE = {  # our word and theirs, and why they differ
    "spf-missing": ("weak", "error", "no record is no error of SPF's, where DKIM signs"),
    "spf-plus-all": ("broken", "valid", "it judges what can be read, and not what it allows"),
    "spf-no-all": ("weak", "valid", "the same"),
    "spf-neutral": ("weak", "valid", "the same"),
    "spf-after-all": ("broken", "warning", "here the one after it is a sender"),
    "spf-not-the-sender": ("broken", "valid", "it is not told who sends"),
    "dmarc-missing": ("weak", "error", "DMARC is asked for from 5,000 letters a day"),
    "dmarc-testing": ("note", "valid", "t=y is allowed"),
    "dmarc-rua-no-address": ("weak", "error", "the policy is good all the same, the reports are lost"),
}


@pytest.fixture(scope="module")
def street():
    with Lab(beside=True) as lab:
        yield domains.lay(lab, *domains.all_of_them().values())


@pytest.mark.parametrize("name", ["", *(name for name in domains.BROKEN if name.startswith(("spf", "dmarc")))])
def test_both_opinions_of_the_labs_domains(street, name):
    from checkdmarc.dmarc import check_dmarc
    from checkdmarc.spf import check_spf

    one = domains.all_of_them()[name]
    functions = {each: getattr(answers, each) for each in NAMES}
    found = report(one.name, street.asking(), functions, one.addresses, one.letter)
    for check, theirs in (("SPF", check_spf), ("DMARC", check_dmarc)):
        ours = next(line.severity for line in found.lines if line.check == check)
        said = their_word(theirs, one.name, street.lab.resolver).partition(":")[0]
        if name.startswith(check.lower()) and name in UNLIKE:
            assert (ours, said) == UNLIKE[name][:2]
        else:
            assert said == THEIRS[ours], (name, check)


def test_beside_each_other(street):
    functions = {each: getattr(answers, each) for each in NAMES}
    both = second_opinion(report("perfect.test", street.asking(), functions), street.lab.resolver)
    assert isinstance(both, SecondOpinion) and "valid" in repr(both) and "fine: SPF" in repr(both)
