"""Reference answers with mistakes in them, for the lessons' mistakes.py."""

import inspect
from collections.abc import Callable


def source_with(function: Callable, *changes: tuple[str, str]) -> str:
    """The source of a reference answer with mistakes in it: of each pair, the second text in place of the first.

    Raises LookupError where the first does not occur: the answer was rewritten since.
    """
    text = inspect.getsource(function)
    for old, new in changes:
        if old not in text:
            raise LookupError(old)
        text = text.replace(old, new)
    return text
