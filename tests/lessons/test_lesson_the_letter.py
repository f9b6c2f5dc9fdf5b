"""Notebook 04: right answers in other words, letters written in other ways, and what the run may hand to `happened`."""

import re

import pytest

from helpers import answers, check


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("who_receives", "Grace <grace@outlook.test>, SUPPORT@outlook.test"),
        ("who_receives", {"grace@outlook.test", "support@outlook.test"}),
        ("who_receives", ("<support@outlook.test>", "<grace@outlook.test>")),
        ("hops", " -> ".join(answers.hops)),
        ("hops", tuple(f"{name.upper()}." for name in answers.hops)),
        ("waited_at", " MX2.outlook.test. "),
        ("hops", [name.partition(".")[0] for name in answers.hops]),
        ("dahlias", "three"),
        ("dahlias", "3 dahlias"),
        ("dahlias", "3"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize("name", ["who_receives", "hops", "waited_at", "dahlias"])
@pytest.mark.parametrize("odd", ["", 7.5, None, {}, [[]], "\udcff", b"\xff", object()])
def test_an_odd_answer_gets_a_sentence(name, odd):
    result = getattr(check, name)(odd)
    assert result.passed is False and len(result.parts[0]) > 30


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        ("return 'x', to", "`text.encode()`"),
        ("return b'x', to", "CR LF"),
        ("return b'x\\r\\n', to", "no empty line"),
        ("return b'x\\r\\n\\r\\n', to", "which is no field"),
        ("return b'From: x\\r\\n\\r\\n', to[0]", "one list of addresses"),
        ("return None, to, 3", "Give two things"),
        ("return b'From: x\\r\\n\\r\\n', to", "The field From says"),
        ("return [*to, *cc, *bcc]", "Give two things"),
    ],
)
def test_an_odd_letter_gets_a_sentence(body, phrase, cells):
    source = f"def write_letter(sender, to, subject, body, cc=(), bcc=()):\n    {body}"
    result = check.write_letter(cells.run(source, "write_letter"))
    assert result.passed is False and phrase in " ".join(result.parts)


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("mx_of_what", "list.test", "list.test, the domain"),
        ("mx_of_what", "gmail.test", "gmail.test, the domain"),
        ("whose_copy", ["gardeners@list.test"], "the gardeners: the"),
        ("whose_copy", [], "nobody: a server sees"),
        ("bounce_goes_to", "bob@gmail.test", "Bob's: the From: field"),
        ("bcc_seen", [True, True], "the Bcc field, though"),
        ("bcc_seen", [False, True], "the envelope that comes"),
        ("lone_cr", 1, "one: only CR LF ends a"),
        ("subject_on_wire", "Subject: Grüße".encode(), "the umlaut in UTF-8, as"),
        ("subject_on_wire", b"Subject: Gr??e", "a question mark in its"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
