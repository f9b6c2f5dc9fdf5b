"""Notebook 03: answers in other words, functions in other hands, and what the run may hand to `happened`."""

import re
from importlib import import_module

import pytest

from helpers import answers, check
from helpers.check import registry
from helpers.lab import Lab

IMPORTS = "from helpers.answers import read_reply, stuff\n\n\n"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("order_commands", "ehlo, mail, rcpt, data, letter, quit"),
        ("order_commands", tuple(answers.order_commands)),
        ("find_mistake", "line 9"),
        ("find_mistake", [9]),
        ("find_mistake", 9.0),
        ("find_mistake", "the 9th"),
        ("find_mistake", "C9"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize("name", ["send_mail", "send_mail_2", "send_mail_3", "send_mail_4", "send_mail_5"])
def test_whoever_has_written_send_mail_whole_passes_its_first_stage_too(name, cells):
    others = import_module("helpers.lessons.03_smtp_by_hand.others")
    written = registry.exercise("send_mail").source_of(getattr(others, name))
    assert check.carry_letter(cells.run(written, "send_mail")).passed


def test_a_letter_that_was_typed_to_grace_passes_from_her_mailbox_and_no_other_does():
    with Lab() as lab, lab.connect("203.0.113.25", 25) as sock:
        assert not check.letter_to_grace(lab.mailbox("grace@outlook.test")).passed
        lab.send("From: ada@gmail.test\nTo: grace@outlook.test\nSubject: Sent\n\nNot typed\n")
        assert "out.gmail.test" in repr(check.letter_to_grace(lab.mailbox("grace@outlook.test")))
        answers.send_mail(sock, "ada@gmail.test", ["grace@outlook.test"], b"From: Ada\r\nSubject: x\r\n\r\nHello\r\n")
        assert check.letter_to_grace(lab.mailbox("grace@outlook.test")).passed
        assert check.letter_to_grace(lab.mailbox("grace@outlook.test")[-1]).passed


@pytest.mark.parametrize("people", [["grace@outlook.test", "support@outlook.test"], ["Grace@outlook.test"]])
def test_a_letter_to_grace_passes_whoever_else_is_named_and_in_capitals(people):
    with Lab() as lab, lab.connect("203.0.113.25", 25) as sock:
        answers.send_mail(sock, "ada@gmail.test", people, b"From: Ada\r\nSubject: x\r\n\r\nHello\r\n")
        assert check.letter_to_grace(lab.mailbox("grace@outlook.test")).passed


@pytest.mark.parametrize("name", ["letter_to_grace", "find_mistake", "order_commands"])
@pytest.mark.parametrize("odd", ["", 7.5, None, {}, [[]], "\udcff", b"\xff", object(), [...]])
def test_an_odd_answer_gets_a_sentence(name, odd):
    result = getattr(check, name)(odd)
    assert not result.passed and len(result.parts[0]) > 30


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("who_greets", b"250", "250: the reply to EHLO,"),
        ("who_greets", b"503", "503: the client has"),
        ("noop_unannounced", "503 5.5.1 Say HELO", "503: HELO has to come"),
        ("envelope_commands", ("ada@gmail.test", 1, 0), "it has received mail"),
        ("envelope_commands", ("ada@gmail.test", 0, 1), "it has asked gmail.test"),
        ("no_data", 1, "an empty letter"),
        ("no_data", "a letter", "a letter"),
        ("first_recv", b"250-mx1.outlook.test\r\n", "the reply to EHLO,"),
        ("first_recv", b"250-m", "the first piece of the"),
        ("lone_dot", "the letter", "they are the rest of"),
        ("lone_dot", "nothing", "they are thrown away"),
        ("bare_lf", "250 2.0.0 OK", "250, as to any NOOP: a"),
        ("bare_lf", "nothing", "nothing: it still waits"),
        ("one_refused", 0, "nobody gets it: a 5 in"),
        ("one_refused", 2, "both get it, or it goes"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
