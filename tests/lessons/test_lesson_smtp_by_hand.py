"""Notebook 03: answers in other words, functions in other hands, and what the run may hand to `happened`."""

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


@pytest.mark.parametrize("name", ["letter_to_grace", "find_mistake", "order_commands"])
@pytest.mark.parametrize("odd", ["", 7.5, None, {}, [[]], "\udcff", b"\xff", object(), [...]])
def test_an_odd_answer_gets_a_sentence(name, odd):
    result = getattr(check, name)(odd)
    assert not result.passed and len(result.parts[0]) > 30


@pytest.mark.parametrize(
    ("name", "value", "letter"),
    [
        ("who_greets", b"250", "a"),
        ("who_greets", b"503", "c"),
        ("noop_unannounced", "503 5.5.1 Say HELO", "b"),
        ("envelope_commands", ("ada@gmail.test", 1, 0), "a"),
        ("envelope_commands", ("ada@gmail.test", 0, 1), "c"),
        ("no_data", 1, "b"),
        ("no_data", "a letter", "a"),
        ("first_recv", b"250-mx1.outlook.test\r\n", "a"),
        ("first_recv", b"250-m", "b"),
        ("lone_dot", "the letter", "a"),
        ("lone_dot", "nothing", "c"),
        ("bare_lf", "250 2.0.0 OK", "a"),
        ("bare_lf", "nothing", "b"),
        ("one_refused", 0, "a"),
        ("one_refused", 2, "c"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, letter):
    assert f"What happened: {letter})" in repr(check.happened(name, value))
