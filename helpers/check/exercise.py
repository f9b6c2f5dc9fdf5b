"""An exercise: its check with feedback, its three hints, and the course's reference answer.

A `ValueExercise` asks for a value and is judged in the kernel. A `CodeExercise` asks for a function or class, whose
source is run and judged in a process of its own and, once it passes, kept in the learner's `mymail.py`.
"""

import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from helpers import answers, lessons

from . import keeping, noting
from .judging import Feedback, shown
from .notes import Checking, Code, Note

HINTS = 3
KINDS = {  # of code, and how each is written
    "function": "Write it with `def`: nothing in it waits on an event loop, and calling an `async def` gives a "
    "coroutine, not an answer.",
    "async function": "Write it with `async def`: it is awaited.",
    "class": "Write it as a `class`.",
}

_opened: dict[str, int] = {}  # exercise -> how many of its hints have been opened in this kernel
_passed: set[str] = set()  # the exercises that have passed in this kernel


@dataclass(frozen=True, repr=False)
class Result(Note):
    """What a check says. `passed` is None where nothing was filled in; `belief` is the id of what led astray, or ""."""

    passed: bool | None = field(kw_only=True)
    belief: str = field(default="", kw_only=True)


@dataclass(frozen=True, kw_only=True)
class Exercise(ABC):
    """What both kinds share.

    `asks` says what the answer is: "a list of the six labels", "a function `read_reply(sock)` that ...". `lesson` is
    the name of the lesson in which it stands.
    """

    name: str
    lesson: str
    asks: str
    hints: tuple[str, ...]

    module = "answers"  # the lesson's module that holds the reference answer

    @property
    def function(self) -> str:
        """The name of the learner's answer."""
        return self.name

    def check(self, answer: object) -> Result:
        """Judge an answer of any type; never raises for what the answer is."""
        noting.begin()
        try:
            result = self._check(answer)
        except Exception as error:
            if _is_of_the_machine(error):
                return self._result(False, f"The check could not be finished, and not for your answer: {error}")
            result = self._result(
                False, f"The check cannot read this answer, {shown(answer)}. It looks for {self.asks}."
            )
        if result.passed:
            _passed.add(self.name)
        if result.passed is not None:
            self._note("passed" if result.passed else "tried", result.belief)
        return result

    def anew(self) -> None:
        """Forget that it passed and which hints were opened, and begin a new round of it."""
        _opened.pop(self.name, None)
        _passed.discard(self.name)
        noting.note("again", self.lesson, self.name, anew=1)

    def _note(self, what: str, belief: str = "") -> None:
        noting.note(what, self.lesson, self.name, belief)

    def hint(self) -> Note:
        """The next hint; after the third, all three."""
        opened = _opened.get(self.name, 0)
        if opened == HINTS:
            return Note(self.name, f"all {HINTS} hints", (*self.hints, self._solution_open()))
        _opened[self.name] = opened + 1
        self._note("hint")
        after = self._solution_open() if opened + 1 == HINTS else f"The next one: `{self._call('hint')}`."
        return Note(self.name, f"hint {opened + 1} of {HINTS}", (self.hints[opened], after))

    def solution(self) -> Note:
        """The reference answer, once all hints are open or an answer has passed."""
        passed = self.name in _passed or noting.state().has(self.name, "passed")
        left = HINTS - _opened.get(self.name, 0)
        if left and not passed:
            hints = "hints are" if left > 1 else "hint is"
            say = f"{left} {hints} left before the course's answer: `{self._call('hint')}` opens the next one."
            return Note(self.name, "not open yet", (say,), "open")
        if not passed:  # who only compares has not opened it to pass
            self._note("solution")
        say = "Yours may differ: what counts is that it passes, and that you can say why."
        return Note(self.name, "the course's answer", (Code(self.reference_source()), say))

    def reference_answer(self) -> Any:
        """The reference answer itself."""
        return getattr(answers, self.name)

    def reference_source(self) -> str:
        """The reference answer as source."""
        from . import source

        file = lessons.folders()[self.lesson] / f"{self.module}.py"
        return source.named(file.read_text(encoding="utf-8"), self.name)

    @abstractmethod
    def _check(self, answer: object) -> Result: ...

    def _result(self, passed: bool | None, *parts: str, belief: str = "") -> Result:
        word, kind = {True: ("passed", "good"), False: ("not yet", "bad"), None: ("your turn", "open")}[passed]
        if passed is False:
            parts += (f"A hint: `{self._call('hint')}`.",)
        return Result(self.name, word, parts, kind, passed=passed, belief=belief)

    def _blank(self) -> Result:
        return self._result(None, f"In place of `...` put {self.asks}, and run the cell again.")

    def _call(self, function: str) -> str:
        return f'check.{function}("{self.name}")'

    def _solution_open(self) -> str:
        return f"The course's answer is open now: `{self._call('solution')}`."


@dataclass(frozen=True, kw_only=True)
class ValueExercise(Exercise):
    """An answer that is a value; `judge` takes it and returns `right(...)` or `wrong(...)`."""

    judge: Callable[[Any], Feedback]

    def _check(self, answer: object) -> Result:
        if _is_blank(answer):
            return self._blank()
        if gaps := _gaps(answer):
            return self._result(None, f"There are still dots in your answer: {gaps} places are open.")
        feedback = self.judge(answer)
        return self._result(feedback.passed, feedback.say, belief=feedback.belief)


@dataclass(frozen=True, kw_only=True)
class CodeExercise(Exercise):
    """An answer that is a function or class, called by the exercise's name.

    `kind` is one of KINDS. `stage_of` names the function that this is a first stage of: that one is judged, and nothing
    is kept. `seconds` is how long it may take, where that is more than usual. `known` finds an exercise by its name.
    """

    kind: str = "function"
    stage_of: str = ""
    seconds: float | None = None
    known: Callable[[str], Exercise | None]

    @property
    def function(self) -> str:
        """The name of the function or class that is judged: its own, or that of which it is a first stage."""
        return self.stage_of or self.name

    @property
    def module(self) -> str:
        """The file of the lesson that has its reference answer: "answers", or "stages" for a first stage."""
        return "stages" if self.stage_of else "answers"

    @property
    def judge(self) -> str:
        """The judge, as "module:function": it is imported in the child only."""
        return f"helpers.lessons.{self.lesson}.judges:{self.name}"

    def _check(self, answer: object) -> Result:
        from . import child, source  # here: they cost more than all else that this package imports

        if answer is ...:
            return self._blank()
        try:
            piece = source.find(answer, self.function)
            if source.is_blank(piece.node):
                return self._blank()
            self._must_be(type(piece.node).__name__)
            base = keeping.kept_text()
            imports, used, strangers = source.needs(piece, source.definitions(base), self._course_import)
            if strangers and (broken := keeping.trouble()):
                raise source.NoSource(
                    f"What you have kept cannot be used: {broken}. Mend that, then run the cell again."
                )
            if strangers:
                raise source.NoSource(" ".join(self._stranger(name) for name in strangers))
        except source.NoSource as why:
            return self._result(False, str(why))

        texts = [(f"the imports of {self.function}", "\n".join(imports)), (self.function, piece.text)]
        if used:
            texts.insert(0, (keeping.NAME, base))
        with Checking(self.name) as checking:
            ran = child.run(self.judge, self.function, texts, mymail=base, limit=self.seconds, far=checking.say)
        parts = [ran.feedback.say]
        if ran.feedback.evidence:
            parts.append(Code(ran.feedback.evidence))
        if ran.printed:
            parts += ["It printed:", Code(ran.printed)]
        if ran.feedback.passed and not self.stage_of:
            parts += filter(None, [keeping.keep(self.name, source.block(imports, piece))])
        return self._result(ran.feedback.passed, *parts, belief=ran.feedback.belief)

    def reference_source(self) -> str:
        """The course's answer as a learner would write it: its imports and its definition."""
        return self.source_of(self.reference_answer())

    def source_of(self, answer: Any) -> str:
        """An answer of the course's as a learner would write it: its imports, and the name that is asked for.

        A first stage, and a second right answer, have names of their own in the course's files.
        """
        from . import source

        piece = source.find(answer, answer.__name__)
        text = source.block(source.needs(piece, (), self._course_import)[0], piece)
        return re.sub(rf"\b{answer.__name__}\b", self.function, text)

    def _must_be(self, node: str) -> None:
        from .source import NoSource

        kind = {"FunctionDef": "function", "AsyncFunctionDef": "async function", "ClassDef": "class"}[node]
        if kind != self.kind:
            raise NoSource(f"`{self.function}` is {'an' if kind[0] == 'a' else 'a'} {kind}. {KINDS[self.kind]}")

    def _course_import(self, name: str, value: object) -> str | None:
        """The import of a reference answer, where `value` is that (it came from `check.take`)."""
        exercise = self.known(name)
        if isinstance(exercise, CodeExercise) and exercise.reference_answer() is value:
            return f"from helpers.answers import {name}  # the course's, until yours is kept"
        return None

    def _stranger(self, name: str) -> str:
        if isinstance(self.known(name), CodeExercise):
            return (
                f"It leans on `{name}`, which has not passed its own check yet. Pass `check.{name}({name})` first, or "
                f'take the course\'s for now: `{name} = check.take("{name}")`.'
            )
        return (
            f"It leans on `{name}`, which belongs to this notebook and will not be there where `{self.function}` is "
            "used later. Give it as a parameter or put it inside."
        )


def _gaps(answer: object) -> str:
    """How many places of a container are still open, as "2 of 6"; empty where none is."""
    values = list(answer.values()) if isinstance(answer, dict) else answer
    if isinstance(values, list | tuple) and any(value is ... for value in values):
        return f"{sum(value is ... for value in values)} of {len(values)}"
    return ""


def _is_blank(answer: object) -> bool:
    """`...`, or a container in which nothing else stands."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    return answer is ... or (isinstance(answer, list | tuple) and bool(answer) and all(map(_is_blank, answer)))


def _is_of_the_machine(error: Exception) -> bool:
    """Whether an error is the system's or the lab's (if there is one), as on a machine that is very busy."""
    lab = sys.modules.get("helpers.lab.errors")
    return isinstance(error, OSError) or (lab is not None and isinstance(error, lab.LabError))
