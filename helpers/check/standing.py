"""How far the learner is: one notebook in a line, all of them in a table, and what is asked again.

A prediction that was wrong is made, like one that was right: nothing here tells them apart but `recall`, which is the
learner's own.
"""

import importlib
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from helpers import lessons
from helpers.wire.faces import look

from . import keeping, noting, outline, registry
from .exercise import CodeExercise, Exercise
from .notes import Code, Note, Rows, prose
from .noting import State
from .outline import Task
from .prediction import Prediction

ASKED = 3  # questions at a time
_UNDERLINED = ' style="text-decoration:underline"'  # in a sentence, colour alone does not make a link
SIGNS = {"done": "✓", "tried": "…", "open": "○"}
WORDS = {"done": "done", "tried": "tried", "open": "still to do"}
ELSEWHERE = "How far you are is shown here when this notebook runs in my-course/, your working copy."
_FOLLOWS = (
    "Each sign is a task, in the notebook's order: ✓ done, … tried, ○ still to do. Optional ones stand in brackets."
)


@dataclass(frozen=True)
class Row:
    """One notebook: its tasks, each with how it stands ("done", "tried", "open"), and where its copy lies."""

    lesson: str
    tasks: tuple[tuple[Task, str], ...]
    minutes: int
    folder: Path

    @property
    def title(self) -> str:
        """What the notebook is called."""
        return outline.title(self.lesson)

    def count(self, predicts: bool) -> tuple[int, int]:
        """How many of the core's predictions, or exercises, are done, and how many there are."""
        core = [stands for task, stands in self.tasks if task.predicts is predicts and not task.optional]
        return core.count("done"), len(core)

    @property
    def finished(self) -> bool:
        """Whether all of the core is done."""
        return self.next is None

    @property
    def begun(self) -> bool:
        """Whether anything of it was done or tried."""
        return any(stands != "open" for _, stands in self.tasks)

    @property
    def next(self) -> Task | None:
        """The first task of the core that is not done."""
        return next((task for task, stands in self.tasks if stands != "done" and not task.optional), None)

    @property
    def left(self) -> int:
        """About how many minutes are left: the notebook's, shared out by how long its tasks take."""
        core = [(task.minutes, stands) for task, stands in self.tasks if not task.optional]
        whole = sum(minutes for minutes, _ in core)
        open_ = sum(minutes for minutes, stands in core if stands != "done")
        return max(5, round(self.minutes * open_ / whole / 5) * 5) if open_ else 0

    def counts(self) -> str:
        """The two counts in words."""
        done, made = self.count(False), self.count(True)
        told = [f"{done[0]} of {done[1]} exercise{'s' * (done[1] != 1)}"] * bool(done[1])
        told += [f"{made[0]} of {made[1]} prediction{'s' * (made[1] != 1)} made"] * bool(made[1])
        return ", ".join(told) or "nothing is asked here"

    def link(self, task: Task | None = None) -> str:
        """Where a click leads: the copy, or a task's cell in it."""
        path = quote(os.path.relpath(self.folder / f"{self.lesson}.ipynb").replace(os.sep, "/"))
        return f"{path}#cell-id={task.cell}" if task and task.cell else path

    def signs(self) -> str:
        """A sign a task; those of optional ones in brackets."""
        return "".join(f"({SIGNS[stands]})" if task.optional else SIGNS[stands] for task, stands in self.tasks)

    def signs_html(self) -> str:
        """The same, each as a link to its cell."""
        return " ".join(
            f'<a href="{escape(self.link(task))}" title="{(label := escape(f"{task.name}: {WORDS[stands]}"))}" '
            f'aria-label="{label}">{f"({SIGNS[stands]})" if task.optional else SIGNS[stands]}</a>'
            for task, stands in self.tasks
        )


class Line:
    """How far the learner is in one notebook. Where it does not run in a copy, always the same words."""

    def __init__(self, lesson: str, row: Row | None):
        self.lesson, self.row = lesson, row

    def __repr__(self) -> str:
        return f"{self.lesson}: {self._counts()}{self._go_on(self.row.next.name) if self._open() else '.'}"

    def _repr_html_(self) -> str:
        if not self._open():
            return f"<p>{prose(self._counts())}.</p>"
        task = self.row.next
        link = f'<a href="{escape(self.row.link(task))}"{_UNDERLINED}>{escape(task.name)}</a>'
        return f"<p>{escape(self._counts())}{self._go_on(link)}</p>"

    def _open(self) -> bool:
        return self.row is not None and not self.row.finished

    def _counts(self) -> str:
        if self.row is None:
            return ELSEWHERE.removesuffix(".")
        return self.row.counts() + ("" if self._open() else "; all of its core is done")

    def _go_on(self, where: str) -> str:
        return f"; about {self.row.left} minutes left; go on at {where}."


class Table:
    """All notebooks: a row each, and a sign for each task in it, which leads to its cell."""

    def __init__(self, rows: list[Row]):
        self.rows = rows

    def _sum(self) -> str:
        pairs = [(row.count(False), row.count(True)) for row in self.rows]
        done, asked, made, all_made = (sum(pair[k][i] for pair in pairs) for k in (0, 1) for i in (0, 1))
        return f"{done} of {asked} exercises done, {made} of {all_made} predictions made."

    def __repr__(self) -> str:
        if not self.rows:
            return f"progress: {ELSEWHERE}"
        wide = max(len(row.title) for row in self.rows)
        lines = [f"{row.title:{wide}}  {row.signs()}\n{'':{wide}}  {row.counts()}" for row in self.rows]
        return "\n".join([*lines, "", self._sum(), _FOLLOWS])

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{prose(ELSEWHERE)}</p>"
        heads = "".join(f'<th scope="col"{look("head")}>{name}</th>' for name in ("Notebook", "Tasks", "Done", "Left"))
        cell = look("cell")
        body = "".join(
            f'<tr><th scope="row"{cell}><a href="{escape(row.link(row.next))}">{escape(row.title)}</a></th>'
            f"<td{look('cell', 'wrap')}>{row.signs_html()}</td><td{cell}>{escape(row.counts())}</td>"
            f"<td{cell}>{f'{row.left} min' if row.left else '-'}</td></tr>\n"
            for row in self.rows
        )
        return (
            f"<table{look('table')}>\n<caption{look('caption')}>{self._sum()}</caption>\n"
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n<p>{_FOLLOWS}</p>\n"
        )


def rows(state: State | None = None) -> list[Row]:
    """Every notebook's row; none where the kernel works outside a copy."""
    where = keeping.folder()
    if where is None:
        return []
    state = state or noting.state()
    return [_row(lesson, state, where) for lesson in lessons.folders()]


def of(lesson: str) -> Line:
    """One notebook's line. Raises UnknownName for a lesson that is none."""
    where = keeping.folder()
    if lesson not in lessons.folders():
        raise registry.UnknownName(f"there is no notebook {lesson!r}; they are {', '.join(lessons.folders())}")
    return Line(lesson, _row(lesson, noting.state(), where) if where else None)


def table() -> Table:
    """All of them."""
    return Table(rows())


def _row(lesson: str, state: State, where: Path) -> Row:
    def stands(task: Task) -> str:
        if state.has(task.name, task.done):
            return "done"
        return "tried" if state.has(task.name, "tried", "hint", "solution") else "open"

    found = tuple((task, stands(task)) for task in outline.tasks(lesson))
    return Row(lesson, found, sum(lessons.tables(lesson)["minutes"]), where)


# ---- Again


def again(name: str) -> Note:
    """Give a task back as new. Raises LookupError for a name that is none."""
    if name in lessons.owners("predict"):
        registry.prediction(name).anew()
        return Note(name, "as new", (f'Your choice is forgotten. Ask it again: `check.predict("{name}")`.',), "open")
    exercise = registry.exercise(name)
    exercise.anew()
    parts: list = ["Its hints are closed again, and it counts as still to do. This is how it stood:", _stub(exercise)]
    if keeping.folder() and name in _kept():
        parts.append(f"What passed before stays in `{keeping.shown_path()}` until another answer passes.")
    return Note(name, "as new", tuple(part for part in parts if part), "open")


def _stub(exercise: Exercise) -> str:
    """The cell as the course has it."""
    for cell in outline.cells(exercise.lesson):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and f"check.{exercise.name}(" in source:
            return Code(source)
    return ""


def _kept() -> set[str]:
    from . import source

    return source.definitions(keeping.kept_text())


# ---- Recall


def recall() -> Note:
    """Three things from notebooks that were finished, those first that went wrong, or that touch on what did.

    One of them at most is an exercise, to be done anew: one that went wrong, or where there are too few predictions.
    """
    state = noting.state()
    finished = [row.lesson for row in rows(state) if _finished_once(row, state)]
    predictions, (wrong, other) = _predictions(finished, state), _exercises(finished, state)
    exercises = (wrong or other[: len(predictions) < ASKED])[:1]
    predictions = predictions[: ASKED - len(exercises)]
    if not predictions + exercises:
        say = "Finish a notebook in my-course/, and this asks three things from it: first those that went wrong."
        return Note("recall", "nothing to ask yet", (say,), "open")
    parts: list = []
    for prediction in predictions:
        options = Rows((f"{letter})", option.text) for letter, option in prediction.lettered.items())
        parts += [f"{prediction.question} ({outline.title(prediction.lesson)})", options]
        parts.append(f'To choose a: `check.recall("{prediction.name}", "a")`')
    for exercise in exercises:
        how = "It took you more than one try" if exercise in wrong else "You have done it before"
        parts.append(f"`{exercise.name}`: {exercise.asks}. ({outline.title(exercise.lesson)})")
        parts.append(f'{how}. To do it once more, without a look at your answer: `check.again("{exercise.name}")`')
    return Note("recall", f"{len(predictions + exercises)} from what you have finished", tuple(parts), "open")


def _finished_once(row: Row, state: State) -> bool:
    """Whether all of the core was done at some time: what is begun anew does not close a notebook again."""
    seen = {(event.name, event.what) for event in state.events}
    return all((task.name, task.done) in seen for task, _ in row.tasks if not task.optional)


def answer(name: str, letter: object) -> Note:
    """What was true when the learner ran it, beside what is chosen now. Raises LookupError for a name that is none."""
    prediction = registry.prediction(name)
    true = _true(prediction, noting.state())
    if true is None:
        say = f'It is asked again when you have run what comes after `check.predict("{name}")`, in my-course/.'
        return Note(name, "not seen yet", (say,), "open")
    key = str(letter).strip().rstrip(").").lower()
    if key not in prediction.lettered:
        return Note(name, "no such option", (f"Choose one of {', '.join(prediction.lettered)}, in quotes.",), "open")
    missed = key != true
    belief = prediction.lettered[key].belief if missed else ""
    noting.note("recalled", prediction.lesson, name, belief, missed, prediction.lettered[true].mark)
    return prediction.beside(key, true, ("still so", "not so"))


def _true(prediction: Prediction, state: State) -> str | None:
    """The letter of the option that was true in the learner's own run."""
    marks = {option.mark: letter for letter, option in prediction.lettered.items()}
    seen = (event for event in reversed(state.events) if event.name == prediction.name and event.what == "happened")
    return next((marks[event.true] for event in seen if event.true in marks), None)


def _predictions(finished: list[str], state: State) -> list[Prediction]:
    """What may be asked: first what went wrong last, then what touches on a belief that led astray, then the rest.

    Among equals that one comes first that was asked less often.
    """
    led_astray = {event.belief for event in state.events} - {""}
    ranked = []
    for lesson in finished:
        for place, prediction in enumerate(registry.of(lesson).predictions.values()):
            if _true(prediction, state) is None:
                continue
            told = [one for one in state.events if one.name == prediction.name and one.what in ("happened", "recalled")]
            touches = not led_astray.isdisjoint(option.belief for option in prediction.options)
            times = sum(one.what == "recalled" for one in told)
            ranked.append(((not told[-1].missed, times, not touches, lesson, place), prediction))
    return [prediction for _, prediction in sorted(ranked, key=lambda pair: pair[0])]


def _exercises(finished: list[str], state: State) -> tuple[list[Exercise], list[Exercise]]:
    """Exercises that have passed, those less often begun anew first: what did not pass at once, and what did."""
    wrong, other = [], []
    for lesson in finished:
        for name, exercise in registry.of(lesson).exercises.items():
            if state.has(name, "passed"):
                (wrong if state.has(name, "tried", "solution") else other).append(exercise)
    for found in (wrong, other):
        found.sort(key=lambda exercise: state.rounds[exercise.name])
    return wrong, other


# ---- A second good way


def another(name: str) -> Note:
    """The learner's answer beside another right one, once it has passed. Raises LookupError for a name that is none."""
    from . import source

    exercise = registry.exercise(name)
    if not isinstance(exercise, CodeExercise) or exercise.stage_of:
        say = f"There is a second way for functions and classes, and this asks for {exercise.asks}."
        return Note(name, "one way only", (say,), "open")
    kept = keeping.kept_text()
    if broken := keeping.trouble():
        return Note(name, "not open yet", (f"Yours cannot be read: {broken}. Mend that, and call this again.",), "open")
    if name not in source.definitions(kept):
        return Note(name, "not open yet", (f"Yours first: `check.{name}({name})`, until it passes.",), "open")
    others = importlib.import_module(f"helpers.lessons.{exercise.lesson}.others")
    second = getattr(others, name, None) or exercise.reference_answer()
    parts = ("Yours:", Code(source.named(kept, name)), "Another that passes:", Code(exercise.source_of(second)))
    say = "Neither is the only right one. Which would you rather read in a year, and which says more when it fails?"
    return Note(name, "two good ways", (*parts, say))
