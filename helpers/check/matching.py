"""What an option or a reply of a `lesson.toml` stands for, as a question that is put to a value.

    is = 3                     this very value; a list is a list or tuple of these values, and text may be bytes
    says = "outlook.test"      this word or phrase in any case, with or without quotation marks and a final dot
    starts = ["2", "354"]      text, or a list whose first item is text, that begins with one of these, in any case
    holds = "propag"           text in which one of these stands, or a list with such a text
    length = 2                 something with so many items; [3, inf] is three and more
    between = [400, 499]       a number from the first to the second; also one that is written as text
    by = "is_ipv4"             what that function of the lesson's values.py says

Of says, starts and holds a list is a choice; holds = [["250"], ["dot", "data"]] wants one of each. All keys must hold.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .judging import word

Test = Callable[[Any], bool]


def question(table: dict[str, Any], values: Callable[[], ModuleType]) -> Test | None:
    """The question that the keys of a table stand for; None where it has none of them.

    `values` gives the module of the functions that `by` names. Raises ValueError for a key whose value cannot be used.
    The question itself says False of a value of a kind that it cannot look at: cells run in another order can bring
    any value here, None first of all.
    """
    tests = [make(table[key]) for key, make in _KEYS.items() if key in table]
    if "by" in table:
        tests.append(lambda value: getattr(values(), table["by"])(value))

    def ask(value: object) -> bool:
        try:
            return all(bool(test(value)) for test in tests)
        except Exception:
            return False

    return ask if tests else None


def _is(wanted: Any) -> Test:
    return lambda value: _same(value, wanted)


def _same(value: Any, wanted: Any) -> bool:
    """Whether a value is this one. What TOML cannot write stands there otherwise: tuples as lists, bytes as text."""
    if isinstance(value, list | tuple) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    if isinstance(value, bytes) and isinstance(wanted, str):
        value = value.decode("latin-1")
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _says(wanted: Any) -> Test:
    accepted = [word(text) for text in _texts("says", wanted)]
    return lambda value: word(value) in accepted


def _starts(wanted: Any) -> Test:
    starts = tuple(text.casefold() for text in _texts("starts", wanted))
    return lambda value: word(value[0] if isinstance(value, list | tuple) else value).startswith(starts)


def _holds(wanted: Any) -> Test:
    nested = isinstance(wanted, list) and any(isinstance(part, list) for part in wanted)
    choices = [[text.casefold() for text in _texts("holds", part)] for part in (wanted if nested else [wanted])]

    def holds(value: Any) -> bool:
        items = value if isinstance(value, list | tuple | set | frozenset) else [value]
        texts = [word(item) for item in items]
        return all(any(part in text for part in choice for text in texts) for choice in choices)

    return holds


def _length(wanted: Any) -> Test:
    least, most = _from_to("length", [wanted, wanted] if isinstance(wanted, int) else wanted)
    return lambda value: least <= len(value) <= most


def _between(wanted: Any) -> Test:
    least, most = _from_to("between", wanted)
    return lambda value: not isinstance(value, bool) and least <= _number(value) <= most


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else float(word(value))


def _texts(key: str, wanted: Any) -> list[str]:
    texts = wanted if isinstance(wanted, list) else [wanted]
    if not texts or not all(isinstance(text, str) and (text or key == "says") for text in texts):
        raise ValueError(f"`{key}` takes a text, or a list of texts")
    return texts


def _from_to(key: str, wanted: Any) -> list[float]:
    numbers = isinstance(wanted, list) and all(isinstance(n, int | float) for n in wanted)
    if not numbers or len(wanted) != 2 or wanted[0] > wanted[1]:
        raise ValueError(f"`{key}` takes the least and the most, as in [3, inf]")
    return wanted


_KEYS = {"is": _is, "says": _says, "starts": _starts, "holds": _holds, "length": _length, "between": _between}
KEYS = (*_KEYS, "by")
