"""What a judge needs: its verdict, a word on what it was trying, and a generous reading of answers.

A judge is a plain function that takes the learner's answer and returns `right(...)` or `wrong(...)`. It says what
the answer tells about the idea behind it, never "wrong" alone.
"""

import re
import reprlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Feedback:
    """A verdict, the sentences that go with it, and the id of the belief behind a wrong answer, where there is one.

    `evidence` is text that is shown below, line for line: a conversation, say.
    """

    passed: bool
    say: str
    belief: str = ""
    evidence: str = ""


def right(say: str) -> Feedback:
    """The answer passes."""
    return Feedback(True, say)


def wrong(say: str, belief: str = "", evidence: str = "") -> Feedback:
    """The answer does not pass yet; `say` names the idea that leads astray, `belief` its id in beliefs.toml."""
    return Feedback(False, say, belief, evidence)


hear: Callable[[str], None] | None = None  # who hears how far a check is: in a check's process, the kernel


def far(text: str) -> None:
    """Say how far a long check is, in a few words; the learner sees it while it runs."""
    if hear:
        hear(text)


@contextmanager
def trying(what: str) -> Iterator[None]:
    """`with trying("a reply in two pieces"):` an error raised inside is told together with what was tried."""
    try:
        yield
    except BaseException as error:
        error.add_note(what)
        raise


def word(value: object) -> str:
    """A word or phrase as it is compared: `" Outlook.TEST. "` and `outlook.test` are the same."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(text.strip("\"'` \t\n").rstrip(".").split()).casefold()


def words(value: object) -> list[str] | None:
    """A list, a tuple, or text with commas between, as a list of words; None for what has no order."""
    if isinstance(value, str):
        value = [part for part in re.split(r"[,;\n]|->|→", value) if part.strip()]
    return [word(item) for item in value] if isinstance(value, list | tuple) else None


_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 120
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 12


def shown(value: object) -> str:
    """Any value in a few characters, for a sentence about it. Never raises."""
    try:
        return _short.repr(value).replace("`", "'")
    except Exception:
        return f"an object of type {type(value).__name__}"
