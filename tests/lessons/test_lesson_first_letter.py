"""Notebook 00: answers in other words, what the run may hand to `happened`, and the five lines of Python."""

import re

import pytest

from helpers import check
from helpers.lessons import minutes
from tests.notebooks import beginning

STEPS = ["submit", "mx", "address", "connect", "accept", "fetch"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("order_steps", tuple(STEPS)),
        ("order_steps", [step.upper() + " " for step in STEPS]),
        ("order_steps", "submit, mx, address, connect, accept, fetch"),
        ("order_steps", "submit -> mx -> address -> connect -> accept -> fetch"),
        ("who_was_asked", "Resolver.ISP.test."),
        ("who_was_asked", "192.0.2.53"),
        ("three_fates", ("Bounced", "bounces", "delivered.")),
        ("three_fates", "bounced, bounced, delivered"),
        ("three_fates", {"Typo in the user": "bounced", "exchange off": "delivered", "typo in the domain": "bounced"}),
        ("promise", "At the 250 after the dot."),
        ("promise", "the 250 that answers the final dot"),
        ("promise", "not before the 250 after the dot"),
        ("promise", "at the 250 after the dot, not before"),
        ("promise", "at the 250, once the letter has ended"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize(
    ("name", "answer", "phrase"),
    [
        ("order_steps", [], "accept, address, connect, fetch, mx, submit has none yet"),
        ("order_steps", sorted(STEPS), "Who gave that address?"),
        ("order_steps", STEPS[::-1], "Who gave that address?"),
        ("order_steps", "submit", "has none yet"),
        ("who_was_asked", "mx2.outlook.test", "its name was not known yet"),
        ("who_was_asked", "out.gmail.test", "the one who asks"),
        ("promise", "when support has read it", "never told"),
        ("promise", "250 to MAIL FROM", "one line of the envelope"),
    ],
)
def test_more_answers_that_are_not_right_yet(name, answer, phrase):
    result = getattr(check, name)(answer)
    assert result.passed is False and phrase in result.parts[0]


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("what_is_asked", "OUTLOOK.test", "outlook.test"),
        ("mx_holds", "203.0.113.25", "a numeric address, such"),
        ("mx_holds", "10 mx1.outlook.test.", "a number and the name"),
        ("mx_holds", "support@outlook.test", "the name of the mailbox"),
        ("who_tried_first", "mx2.outlook.test", "the one with 20: the"),
        ("who_speaks_first", "C: EHLO out.gmail.test", "the client: it called,"),
        ("who_speaks_first", "S: 220 mx1.outlook.test ESMTP", "the server: it greets"),
        ("what_250_means", "mx2.outlook.test", "mx1.outlook.test has"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)


@pytest.mark.parametrize(
    ("name", "answer", "open_places"),
    [
        ("order_steps", ["submit", ..., ..., ..., ..., ...], "5 of 6"),
        ("three_fates", {"a": "bounced", "b": ...}, "1 of 2"),
    ],
)
def test_an_answer_with_gaps_is_not_wrong_but_unfinished(name, answer, open_places):
    result = getattr(check, name)(answer)
    assert result.passed is None and f"{open_places} places are open" in result.parts[0]


@pytest.mark.parametrize("name", ["order_steps", "who_was_asked", "three_fates", "promise"])
@pytest.mark.parametrize("answer", [None, 3, b"x", [], {}, set(), object(), lambda: 1, float("nan")])
def test_an_odd_answer_gets_a_sentence(name, answer):
    result = getattr(check, name)(answer)
    assert result.passed is False and result.parts[0]


def test_an_endless_list_does_not_hang():
    endless = []
    endless.append(endless)
    assert check.order_steps(endless).passed is False


def test_the_five_lines_print_and_end_as_the_notebook_says(capsys):
    text = beginning.frame(minutes.NOTEBOOKS / "00_first_letter.ipynb")
    (lines,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len([line for line in lines.splitlines() if line]) == 5
    with pytest.raises(KeyError) as error:
        exec(lines, {})
    printed = [f"<code>{line}</code>" for line in capsys.readouterr().out.splitlines()]
    assert f"They print {' and '.join(printed)}, and end in <code>KeyError: {error.value}</code>." in text
