"""Notebook 09, DKIM and DMARC: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, word, wrong


def all_but_dkim_fail(value: object) -> bool:
    return value in (("fail", "pass", "fail"), ("fail", "none", "fail"))


FIELDS = {  # what names one of the three
    1: r"\b(1|one|first)\b|\balumni\.test\b",
    2: r"\b(2|two|second)\b|mallory",
    3: r"\b(3|three|third)\b|(?<![\w.-])outlook\.test(?![\w.-])",
}


def whose_results(answer: object) -> Feedback:
    text = word(answer).partition(";")[0]  # of a whole field: who wrote it
    text = re.sub(r"\b(first|second|third) one\b", r"\1", text)
    named = [number for number, pattern in FIELDS.items() if re.search(pattern, text)]
    if len(named) > 1:
        return wrong(f"{shown(answer)} names more than one of the fields. Support's program goes by one.")
    if named == [2]:
        return wrong("Read that name from its end: it lies within mallory.test. It only begins like Support's host.")
    if named == [1]:
        return wrong(
            "The school may have written that, or Mallory in its name. outlook.test has taken out what claims to "
            "be outlook.test's, and nothing else. Which field did it write itself?"
        )
    if named == [3]:
        return right("The field of the reader's own host. The others may be true; nobody there vouches for them.")
    return wrong(f"{shown(answer)} is none of the three. The answer is a number.")


WHY = {"a": r"\bchanged|tamper", "b": r"\bkeys?\b|\bselectors?\b", "c": r"\bexpire"}  # words that mean a letter


def why_it_fails(answer: object) -> Feedback:
    text = word(answer)
    said = re.findall(r"\w+", text)
    if set(said) <= {*WHY, "and", "or", "option"}:
        meant = [letter for letter in WHY if letter in said]
    else:
        meant = [letter for letter, pattern in WHY.items() if re.search(pattern, text)]
    if len(meant) > 1:
        return wrong(f"{shown(answer)} names more than one of the three. The results have one cause.")
    if meant == ["b"]:
        return right(
            "permerror, and the reason names the selector: there is no key. A key is replaced by publishing the new "
            "one beside the old, signing with the new, and only then, days later, taking the old one away."
        )
    if meant == ["a"]:
        return wrong("A changed letter gives fail. This is permerror: the check never got as far as the letter.")
    if meant == ["c"]:
        return wrong(
            "These signatures name no end (that would be the tag x=), so they do not expire. Read the reason once "
            "more: what is missing?"
        )
    return wrong(f"{shown(answer)} is none of the three letters.")
