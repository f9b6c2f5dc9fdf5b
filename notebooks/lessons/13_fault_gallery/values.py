"""Notebook 13, a gallery of faults: what a table cannot decide about a value."""

import re

from helpers import gallery
from helpers.check.judging import Feedback, right, shown, word, wrong

from . import answers

_WHY = {
    "theirs": "`answered` stands there, and before it the name of the host that said the rest.",
    "nobody": "Your own host wrote the line, and what it says is that nobody spoke.",
    "own": "Your own host said that by itself, out of what the DNS had told it. No mail host was asked.",
}


def who_said(answer: object) -> Feedback:
    """Each line, and who said it."""
    if not isinstance(answer, dict) or answer.keys() != answers.who_said.keys():
        return wrong("Keep the dict with its three lines, and write a word behind each.")
    for line, who in answers.who_said.items():
        given = word(answer[line])
        if given not in _WHY:
            return wrong(f'`{given[:40]}` is none of the three words: "own", "theirs" and "nobody".')
        if given != who:
            return wrong(f"Look at `{line}` again. {_WHY[who]}")
    return right("Who said it decides where you look next: at their door, on the road, or at home.")


def neighbours_ticket(answer: object) -> Feedback:
    """A ticket of the learner's own: can it be solved, and by one cause alone?"""
    if not isinstance(answer, dict) or answer.keys() != {"words", "to", "causes"}:
        return wrong('A ticket is a dict of three things: "words", "to" and "causes".')
    words, causes = answer["words"], answer["causes"]
    if not isinstance(words, str) or len(words.split()) < 6:
        return wrong("Let a user say what hurts, in a sentence or two: six words at least.")
    if not isinstance(causes, dict) or len(causes) < 2 or not all(map(callable, causes.values())):
        return wrong("The causes are a dict of two or more: words, and the function that makes it so, uncalled.")
    if any(str(cause).isupper() for cause in causes):
        return wrong("In place of the capitals in `causes` say what is true, and what looks like it.")
    if told := next((cause for cause in causes if _tells(words, str(cause))), None):
        return wrong(f"The words give it away: they say nearly the same as `{told[:60]}`. A user says what hurts.")
    try:
        said = gallery.unfair("my_ticket", gallery.made(**answer))
    except Exception as error:
        return wrong(f"A lab with your ticket does not come about: {type(error).__name__}: {shown(str(error))}")
    if said:
        return wrong(said[0])
    return right("It hurts, and one cause explains it. `gallery.lend(**my_ticket)` opens it for your neighbour.")


def _tells(words: str, cause: str) -> bool:
    """Whether most of the long words of a cause stand in the user's."""
    long = {one for one in re.findall(r"[\w-]+", cause.casefold()) if len(one) > 3}
    return bool(long) and len(long & set(re.findall(r"[\w-]+", words.casefold()))) > 0.7 * len(long)
