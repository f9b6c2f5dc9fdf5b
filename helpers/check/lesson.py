"""A lesson's `lesson.toml`, read: what its notebook asks, and what may be said to it.

    minutes = [45, 30]         of each part that belongs to the core; optional = 25: of what stands outside it
    journey = [2, 3]           what the picture marks: steps, "queue", "report"
    letter = { ... }           the envelope of the closing letter, where it is not what the header says

    [predict.NAME]             question, perhaps an explanation that `check.happened` shows to everybody
    [[predict.NAME.option]]    text, what it stands for (matching.py), feedback, perhaps the belief behind it
    [exercise.NAME]            asks, three hints; code = "function" (or "class", "async function") for what is kept
    [[exercise.NAME.reply]]    for an answer that is a value: what it stands for, and right = "..." or wrong = "..."

A value without replies is judged by the function NAME of the lesson's values.py, code by that of its judges.py. Prose
may be broken into lines as it pleases. In a reply `{answer}` is the learner's answer.
"""

import importlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from helpers import lessons

from . import matching
from .exercise import HINTS, KINDS, CodeExercise, Exercise, ValueExercise
from .judging import Feedback, shown
from .prediction import Option, Prediction

STEPS = {1, 2, 3, 4, 5, 6, "queue", "report"}  # of a letter's journey
Reply = tuple[matching.Test | None, Feedback]  # what it stands for, and what is said to that

# The keys of each kind of table: those that it must have, and those that it may have.
_TABLES = {
    "lesson": ({"minutes", "journey"}, {"optional", "letter", "predict", "exercise"}),
    "predict": ({"question", "option"}, {"explanation", "meets"}),
    "option": ({"text", "feedback"}, {"belief", *matching.KEYS}),
    "exercise": ({"asks", "hints"}, {"code", "stage_of", "seconds", "minutes", "hear", "ask", "meets", "reply"}),
    "reply": (set(), {"right", "wrong", "belief", *matching.KEYS}),
}
_TEXTS = {"question", "explanation", "text", "feedback", "belief", "asks", "hear", "ask"}
_TEXTS |= {"right", "wrong", "stage_of", "by"}
_LISTS = {"hints": str, "meets": str, "option": dict, "reply": dict}


class LessonError(ValueError):
    """A mistake in a lesson.toml: the file, the table, the line of its heading, and what is the matter."""


@dataclass(frozen=True)
class Lesson:
    """What a lesson.toml says. `tables` is all of it as it stands, for what needs the rest of it."""

    name: str
    predictions: dict[str, Prediction]
    exercises: dict[str, Exercise]
    tables: dict[str, Any]


def read(name: str, known: Callable[[str], Exercise | None]) -> Lesson:
    """Read a lesson by its name ("08_spf").

    `known` finds an exercise of any lesson by its name. Raises LessonError, OSError where the file cannot be read.
    """
    return _Reader(name, known).lesson()


class _Reader:
    """One reading of a file. `heading` and `number` say where it is, for the sentence about a mistake."""

    def __init__(self, name: str, known: Callable[[str], Exercise | None]):
        self.name, self.known = name, known
        self.text = lessons.text(name)
        self.heading, self.number = "", 0

    def lesson(self) -> Lesson:
        try:
            tables = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise self.wrong(f"this is no TOML: {error}") from None
        self.keys("lesson", tables)
        if not tables["minutes"] or not set(tables["journey"]) <= STEPS:
            raise self.wrong(
                'minutes are a list of numbers, and journey one of steps from 1 to 6, "queue" and "report"'
            )
        predictions = {name: self.prediction(name, table) for name, table in tables.get("predict", {}).items()}
        exercises = {name: self.exercise(name, table) for name, table in tables.get("exercise", {}).items()}
        return Lesson(self.name, predictions, exercises, tables)

    def prediction(self, name: str, table: dict) -> Prediction:
        self.at(f"[predict.{name}]")
        self.keys("predict", table)
        if len(table["option"]) < 2:
            raise self.wrong("a question needs two options at least")
        options = []
        for number, option in enumerate(table["option"]):
            self.at(f"[[predict.{name}.option]]", number)
            self.keys("option", option)
            stands_for = self.question(option)
            if stands_for is None:
                raise self.wrong(f"it says nothing of what it stands for, by one of {', '.join(matching.KEYS)}")
            options.append(Option(flat(option["text"]), stands_for, flat(option["feedback"]), option.get("belief", "")))
        return Prediction(name, self.name, flat(table["question"]), tuple(options), flat(table.get("explanation", "")))

    def exercise(self, name: str, table: dict) -> Exercise:
        self.at(f"[exercise.{name}]")
        self.keys("exercise", table)
        if len(table["hints"]) != HINTS:
            raise self.wrong(f"{HINTS} hints are wanted, and it has {len(table['hints'])}")
        hints = tuple(flat(hint) for hint in table["hints"])
        shared = {"name": name, "lesson": self.name, "asks": flat(table["asks"]), "hints": hints}
        if "code" not in table:
            if misplaced := {"stage_of", "seconds"} & table.keys():
                raise self.wrong(f"`{min(misplaced)}` is for code, and it does not say code = ...")
            judge = partial(_by_table, self.replies(name, table["reply"])) if "reply" in table else self.judge(name)
            return ValueExercise(**shared, judge=judge)
        if table["code"] not in KINDS:
            raise self.wrong(f"code is one of {', '.join(KINDS)}, and not {table['code']!r}")
        if "reply" in table:
            raise self.wrong("code is judged by judges.py and not by replies")
        shared |= {"kind": table["code"], "stage_of": table.get("stage_of", ""), "seconds": table.get("seconds")}
        return CodeExercise(**shared, known=self.known)

    def replies(self, name: str, tables: list[dict]) -> list[Reply]:
        replies: list[Reply] = []
        for number, table in enumerate(tables):
            self.at(f"[[exercise.{name}.reply]]", number)
            self.keys("reply", table)
            if replies and replies[-1][0] is None:
                raise self.wrong("the one above takes every answer, so nothing ever comes to this one")
            if len({"right", "wrong"} & table.keys()) != 1:
                raise self.wrong("a reply says either right = ... or wrong = ...")
            passed = "right" in table
            if passed and "belief" in table:
                raise self.wrong("a right answer stands for no belief")
            reply = Feedback(passed, flat(table["right" if passed else "wrong"]), table.get("belief", ""))
            replies.append((self.question(table), reply))
        if replies[-1][0] is not None:
            raise self.wrong("the last reply has to take every other answer, and this one does not")
        if not any(reply.passed for _, reply in replies):
            raise self.wrong("none of the replies says right = ...")
        return replies

    def judge(self, name: str) -> Callable[[Any], Feedback]:
        return lambda answer: getattr(self.values(), name)(answer)

    def question(self, table: dict) -> matching.Test | None:
        try:
            return matching.question(table, self.values)
        except ValueError as error:
            raise self.wrong(str(error)) from None

    def values(self) -> Any:
        return importlib.import_module(f"helpers.lessons.{self.name}.values")

    def at(self, heading: str, number: int = 0) -> None:
        self.heading, self.number = heading, number

    def keys(self, kind: str, table: dict) -> None:
        must, may = _TABLES[kind]
        if not isinstance(table, dict):
            raise self.wrong("a table is wanted here")
        if odd := sorted(table.keys() - must - may):
            if kind == "lesson":
                self.at(self.first_line(odd[0]))
            raise self.wrong(f"there is no key `{odd[0]}`; the keys are {', '.join(sorted(must | may))}")
        if missing := sorted(must - table.keys()):
            raise self.wrong(f"`{missing[0]}` is missing")
        for key in _TEXTS & table.keys():
            if not isinstance(table[key], str):
                raise self.wrong(f"`{key}` takes a text")
        for key in _LISTS.keys() & table.keys():
            if not isinstance(table[key], list) or not all(isinstance(one, _LISTS[key]) for one in table[key]):
                what = "texts" if _LISTS[key] is str else f"tables, each under a heading of its own, [[... .{key}]]"
                raise self.wrong(f"`{key}` takes a list of {what}")

    def first_line(self, key: str) -> str:
        """The line that first names a key of the whole file: `key = ...`, or a table's heading."""
        lines = (line.split("#")[0].strip() for line in self.text.splitlines())
        return next((line for line in lines if re.match(rf"\[*{re.escape(key)}\b", line)), "")

    def wrong(self, what: str) -> LessonError:
        return LessonError(f"{place(self.name, self.text, self.heading, self.number)}: {what}.")


def place(name: str, text: str, heading: str, number: int = 0) -> str:
    """Where a table stands, for a sentence: the file, the line of its heading (the one of that number), the heading."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if heading and line.split("#")[0].strip() == heading]
    line = f", line {lines[number]}" if number < len(lines) else ""
    return f"notebooks/lessons/{name}/{lessons.FILE}{line}" + (f", {heading}" if heading else "")


def flat(text: str) -> str:
    """Prose as one line: how it is broken in the file does not matter."""
    return " ".join(text.split())


def _by_table(replies: list[Reply], answer: object) -> Feedback:
    """The first reply that the answer matches."""
    reply = next(reply for stands_for, reply in replies if stands_for is None or stands_for(answer))
    return replace(reply, say=reply.say.replace("{answer}", shown(answer)))
