"""All predictions and exercises by name. The lessons are imported when first asked for."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from . import lessons
from .exercise import Exercise
from .prediction import Prediction


def lesson_modules() -> list[ModuleType]:
    """The modules of `lessons`, one a notebook: each has PREDICTIONS and EXERCISES."""
    names = (module.name for module in pkgutil.iter_modules(lessons.__path__))
    return [importlib.import_module(f"{lessons.__name__}.{name}") for name in names]


@cache
def predictions() -> dict[str, Prediction]:
    """Every prediction by its name."""
    return _by_name([prediction for lesson in lesson_modules() for prediction in lesson.PREDICTIONS])


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by its name."""
    return _by_name([exercise for lesson in lesson_modules() for exercise in lesson.EXERCISES])


def find(kind: str, table: dict[str, Any], name: str) -> Any:
    """The entry of that name. Raises LookupError with the nearest names."""
    if name in table:
        return table[name]
    from difflib import get_close_matches

    near = get_close_matches(str(name), table, n=3, cutoff=0.5)
    raise LookupError(
        f"there is no {kind} {name!r}; " + (f"near it: {', '.join(near)}" if near else "dir(check) lists all")
    )


def _by_name(entries: list[Any]) -> dict[str, Any]:
    table = {entry.name: entry for entry in entries}
    if len(table) != len(entries):
        raise ValueError("two lessons use the same name")
    return table
