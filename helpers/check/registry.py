"""Predictions and exercises by name. For one name one lesson is read, when it is first asked for."""

from functools import cache

from helpers import lessons

from . import lesson
from .exercise import Exercise
from .notes import Told
from .prediction import Prediction


class UnknownName(Told, LookupError):
    """A name that no prediction or no exercise has."""


@cache
def of(name: str) -> lesson.Lesson:
    """A lesson by its name ("08_spf"). Raises LessonError for a mistake in it."""
    return lesson.read(name, known)


def prediction(name: str) -> Prediction:
    """The prediction of that name. Raises LookupError with the nearest names."""
    return of(_owner("predict", "prediction", name)).predictions[name]


def exercise(name: str) -> Exercise:
    """The exercise of that name. Raises LookupError with the nearest names."""
    return of(_owner("exercise", "exercise", name)).exercises[name]


def known(name: str) -> Exercise | None:
    """The exercise of that name, or None."""
    owner = lessons.owners("exercise").get(name)
    return of(owner).exercises[name] if owner else None


def _owner(kind: str, called: str, name: str) -> str:
    there = lessons.owners(kind)
    if name in there:
        return there[name]
    from difflib import get_close_matches

    near = get_close_matches(str(name), there, n=3, cutoff=0.5)
    where = f"near it: {', '.join(near)}" if near else "dir(check) lists all"
    raise UnknownName(f"there is no {called} {name!r}; {where}")
