"""Notebook 03: answers in other words, functions in other hands, and what the run may hand to `happened`."""

import pytest

from helpers import answers, check

IMPORTS = "from helpers.answers import read_reply, stuff\n\n\n"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("order_commands", "ehlo, mail, rcpt, data, letter, quit"),
        ("order_commands", tuple(answers.order_commands)),
        ("find_mistake", "line 9"),
        ("find_mistake", [9]),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


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
