"""Notebook 07: answers in other styles, and what the run may hand to `happened`."""

import re
from importlib import import_module

import pytest

from helpers import answers, check
from helpers.lab import mta_sts
from helpers.lab.accounts import Accounts

judges = import_module("helpers.lessons.07_locked_doors.judges")


@pytest.mark.parametrize(
    "answer",
    [
        ["465", "port 587", 25, "25"],
        dict(zip(answers.which_port, (465, 587, 25.0, 25), strict=True)),
    ],
)
def test_ports_in_other_words(answer):
    assert check.which_port(answer).passed


@pytest.mark.parametrize("answer", ["WWW.bank.test.", "'www.bank.test'", ["www.bank.test"]])
def test_a_name_in_other_words(answer):
    assert check.whose_certificate(answer).passed


@pytest.mark.parametrize(("policy", "exchange", "wanted", "why"), judges.STS_CASES)
def test_the_lab_reads_policies_as_the_exercise_does(policy, exchange, wanted, why):
    read = mta_sts.parse(policy, "1", 0)
    assert (read.mode != "enforce" or read.names(exchange)) is wanted is answers.sts_allows(policy, exchange), why


def test_the_lab_keeps_passwords_as_the_exercise_does():
    accounts = Accounts({})
    accounts.add("ada@gmail.test", "Grüße")
    ((_, _, salt, digest),) = accounts._parts()
    kept = judges.b64decode(salt) + judges.b64decode(digest)
    assert answers.check_password("Grüße", kept) and not answers.check_password("Gruße", kept)


def test_text_that_is_no_answer_gets_a_sentence():
    for name, value in (("which_port", {"25": 25}), ("whose_certificate", 25)):
        assert getattr(check, name)(value).passed is False


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("what_is_465", "250 2.1.0 OK", "250: 465 is port 25"),
        ("what_is_465", "", "nothing: 465 is from"),
        ("after_tls", "250 2.1.0 OK", "250: you have"),
        ("after_tls", "530 5.7.0 Log in first", "530: on this port a"),
        ("tap_under_tls", [], "none of them:"),
        ("tap_under_tls", [b"MAIL FROM", b"ada@gmail.test", b"smtp.gmail.test"], "MAIL FROM and the"),
        ("refused_login", False, "no: the host refused"),
        ("refused_login", None, "no: the host stops the"),
        ("www_certificate", "no complaint", "no complaint: it is"),
        ("www_certificate", "www", "no complaint: a"),
        ("stripped", ("deferred", None), "it waits: the host"),
        ("stripped", ("delivered", "TLSv1.3"), "it is delivered under"),
        ("required_fate", "bounced", "it bounces at once, a"),
        ("required_fate", "delivered", "it goes in clear after"),
        ("bank_in_clear", "530 5.7.0 Must issue a STARTTLS command first", "530: STARTTLS has to"),
        ("bank_in_clear", "538 5.7.11 Encryption required", "538: a log-in needs TLS"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
