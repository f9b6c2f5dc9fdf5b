"""Notebook 09, DKIM and DMARC: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, word, wrong


def all_but_dkim_fail(value: object) -> bool:
    return value in (("fail", "pass", "fail"), ("fail", "none", "fail"))


FIELDS = ((3, "three|third"), (2, "two|second"), (1, "one|first"))  # "the third one" is the third


def whose_results(answer: object) -> Feedback:
    text = word(answer)
    number = next((n for n, words in FIELDS if re.search(rf"\b({n}|{words})\b", text)), 0)
    if "mallory" in text or number == 2:
        return wrong("Read that name from its end: it lies within mallory.test. It only begins like Support's host.")
    if "list.test" in text or number == 1:
        return wrong(
            "The list may have written that, or Mallory in the list's name. outlook.test has taken out what claims to "
            "be outlook.test's, and nothing else. Which field did it write itself?"
        )
    if "outlook.test" in text or number == 3:
        return right("The field of the reader's own host. The others may be true; nobody there vouches for them.")
    return wrong(f"{shown(answer)} is none of the three. The answer is a number.")


WHY = {"a": ("changed", "tamper"), "b": ("key", "selector"), "c": ("expire",)}  # a letter, or words that mean it


def why_it_fails(answer: object) -> Feedback:
    text = word(answer).rstrip(")")
    meant = [letter for letter, signs in WHY.items() if text == letter or any(sign in text for sign in signs)]
    if meant == ["b"]:
        return right(
            "permerror, and the reason names the selector: there is no key. A key is replaced by publishing the new "
            "one beside the old, signing with the new, and only then, days later, taking the old one away."
        )
    if meant == ["a"]:
        return wrong("A changed letter gives fail. This is permerror: the check never got as far as the letter.")
    if meant == ["c"]:
        return wrong("These signatures bear no x=, so they do not expire. Read the reason once more: what is missing?")
    return wrong(f"{shown(answer)} is none of the three letters.")
