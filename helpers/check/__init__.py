"""The learner's side: predictions, exercises with feedback and hints, and what they keep.

check.predict("NAME")           asks before the run; check.predict("NAME", "b") chooses by a line of code
check.happened("NAME", value)   sets what was predicted beside what happened
check.NAME(answer)              judges the answer to the exercise NAME
check.hint("NAME")              opens the next of three hints
check.solution("NAME")          shows the course's answer, after three hints or once yours has passed
check.progress()                how far you are; check.progress("08_spf") of one notebook
check.again("NAME")             gives an exercise or a prediction back as new
check.recall()                  asks three things from notebooks that are finished; check.recall("NAME", "b") answers
check.another("NAME")           your answer beside another good one, once yours has passed
check.forget()                  takes away what progress.jsonl has noted
check.take("NAME")              the learner's own function from mymail.py, or else the course's
"""

from collections.abc import Callable
from typing import Any

from helpers import lessons

from . import keeping, noting, registry, standing
from .exercise import CodeExercise, Result
from .notes import Note, Told
from .prediction import View

_OF_PROGRESS = ("progress", "again", "recall", "another", "forget")


class UnknownCheck(Told, AttributeError):
    """A name that no exercise has."""


def predict(name: str, letter: str | None = None) -> View | Note:
    """The prediction `name` as a view to choose in; with a letter, that choice made by a line of code.

    Raises LookupError for a name that is none.
    """
    prediction = registry.prediction(name)
    noting.begin()
    return View(prediction) if letter is None else prediction.choose(letter)


def happened(name: str, value: object) -> Note:
    """What was predicted beside what happened: `value`, computed by the run.

    Raises LookupError for a name that is none, ValueError where `value` matches no option or more than one.
    """
    return registry.prediction(name).happened(value)


def hint(name: str) -> Note:
    """The next of the exercise's three hints. Raises LookupError for a name that is none."""
    return registry.exercise(name).hint()


def solution(name: str) -> Note:
    """The course's answer, after three hints or once the learner's has passed.

    Raises LookupError for a name that is none.
    """
    return registry.exercise(name).solution()


def progress(lesson: str = "") -> standing.Table | standing.Line:
    """How far the learner is: every notebook, or the one of that name ("08_spf") in a line.

    Raises LookupError for a name that is none.
    """
    return standing.of(lesson) if lesson else standing.table()


def again(name: str) -> Note:
    """Give an exercise, or a prediction, back as new. Raises LookupError for a name that is none."""
    return standing.again(name)


def recall(name: str = "", letter: str = "") -> Note:
    """Ask three things from notebooks that are finished; with a name and a letter, answer one of them.

    Raises LookupError for a name that is none.
    """
    return standing.answer(name, letter) if name else standing.recall()


def another(name: str) -> Note:
    """The learner's function or class beside another good one. Raises LookupError for a name that is none."""
    return standing.another(name)


def forget() -> Note:
    """Take away what progress.jsonl has noted: it is moved into the copy's folder saved/. Raises OSError."""
    moved = noting.forget()
    if moved is None:
        return Note("progress", "nothing is noted", ("There is no progress.jsonl here to take away.",), "open")
    where = f"{moved.parents[1].name}/saved/{moved.name}"
    back = f"To have it back, rename it to {moved.parents[1].name}/progress.jsonl; to be rid of it, delete it."
    return Note("progress", "forgotten", (f"What was noted is now in {where}. {back}",))


def take(name: str) -> Any:
    """The learner's own function or class from mymail.py, or the course's where there is none; prints whose it is.

    Raises LookupError for a name under which nothing is kept.
    """
    exercise = registry.exercise(name)
    if not isinstance(exercise, CodeExercise):
        raise LookupError(f"there is no kept function {name!r}: that exercise asks for {exercise.asks}")
    try:
        mine = keeping.theirs(name)
    except keeping.Broken as why:
        print(f"{name}: the course's, because {why}. Mend that, and yours is taken again.")
        return exercise.reference_answer()
    if mine is None:
        if keeping.folder():
            print(f"{name}: the course's, until yours passes check.{name}({name}).")
        else:
            print(f"{name}: the course's; yours is kept only when the notebook runs in my-course/.")
        return exercise.reference_answer()
    print(f"{name}: yours, from {keeping.shown_path()}.")
    return mine


def __getattr__(name: str) -> Callable[[object], Result]:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return registry.exercise(name).check
    except LookupError as error:
        raise UnknownCheck(f"check: {error}") from None


def __dir__() -> list[str]:
    return ["predict", "happened", "hint", "solution", "take", *_OF_PROGRESS, *lessons.owners("exercise")]
