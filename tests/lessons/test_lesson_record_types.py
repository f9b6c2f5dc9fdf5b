"""Notebook 02: answers in other words, zones in other hands, and what the run may hand to `happened`."""

import re

import pytest

from helpers import answers, check

THE_EXCHANGES_ALONE = (
    "+MX -all",
    "mx:learner.test -all",
    "a:mail.learner.test -all",
    "ip4:192.0.2.25 -all",
    "+ip4:192.0.2.25/32 mx -all",
    "mx -all exp=why.learner.test",
    "redirect=other.test mx -all",
)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("full_names", {written: full.rstrip(".").upper() for written, full in answers.full_names.items()}),
        ("where", {record: f"{name.upper()}." for record, name in answers.where.items()}),
        *(("my_zone", answers.my_zone.replace("mx -all", terms)) for terms in THE_EXCHANGES_ALONE),
        ("my_zone", answers.my_zone.replace("10 mail", "10 MAIL.Learner.test.").replace("NS    ns2", "NS    NS2")),
        ("my_zone", answers.my_zone.replace("mailto:postmaster@learner", "MAILTO:postmaster@Learner")),
        ("my_zone", answers.my_zone.replace("p=none", "p=None")),
        ("my_zone", answers.my_zone.replace("\n", "\r\n")),
        ("my_zone", answers.my_zone.replace("10 mail", "10 mail.learner.test.").replace("2026030201", "7")),
        ("my_zone", answers.my_zone.replace("TXT   ", "300 IN TXT ") + "www CNAME mail\n"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


def test_a_zone_that_passes_is_told_which_serial_the_lab_of_the_notebook_needs():
    assert "give it a serial above 2026030203, then `lab" in check.my_zone(answers.my_zone).parts[0]
    higher = answers.my_zone.replace("2026030201", "2026030204")
    assert "To put it into the lab of this notebook, run `lab.publish(my_zone)`." in check.my_zone(higher).parts[0]


def test_a_full_name_without_its_dot_passes_with_a_word_on_it():
    answer = {written: full.rstrip(".") for written, full in answers.full_names.items()}
    assert "ends in the dot of the root" in check.full_names(answer).parts[0]


@pytest.mark.parametrize("odd", ["", "a..b", "x" * 300, "\udcff", 7, None, ["learner.test"]])
def test_an_odd_name_is_looked_up_like_any_other(odd):
    result = check.where({**answers.where, "DMARC": odd})
    assert result.passed is False and "so no DMARC" in result.parts[0]


@pytest.mark.parametrize("odd", ["", "$ORIGIN learner.test.", "\x00", "learner.test", '"'])
def test_a_text_that_is_no_zone_gets_a_sentence(odd):
    result = check.my_zone(odd)
    assert result.passed is False and "could not be published" in result.parts[0]


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("spf_kind", "MX", "an MX record: SPF is a"),
        ("spf_kind", "SPF", "a record of type SPF"),
        ("address_asked_of", "mx1.outlook.test", "from mx1.outlook.test,"),
        ("address_asked_of", "a.root-servers.test", "from a.root-servers.test, where all names begin"),
        ("ptr_asked_of", "ns1.outlook.test", "ns1.outlook.test, since"),
        ("who_can_read", [False, False], "nothing: the DKIM key"),
        ("ns2_says", "10 mail.learner.test.", "the mended MX: the"),
        ("semicolon", "v=DMARC1; p=none", "the whole text"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
