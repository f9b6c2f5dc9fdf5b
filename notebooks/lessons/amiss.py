"""`python -m helpers.lessons.amiss` says what is amiss in the lessons, a sentence for each mistake.

What reading a lesson.toml finds by itself (helpers/check/lesson.py) is told, what it names and is not there, what a
maker forgets, and each belief that nothing meets (beliefs.py).
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from helpers import lessons
from helpers.check import registry
from helpers.check.exercise import CodeExercise
from helpers.check.lesson import Lesson, LessonError, place

from . import beliefs

_PARTS = {"predict": "option", "exercise": "reply"}

Mistake = tuple[str, int, str]  # the heading of a table, which of that heading, and what is the matter


def sentences() -> list[str]:
    """A sentence for each mistake: the file, the line of the table's heading, the table, what is the matter."""
    try:
        for kind in _PARTS:
            lessons.owners(kind)
        found = [sentence for name in lessons.folders() for sentence in in_lesson(name)]
        found += [] if found else [f"Nothing meets the belief {id}." for id, met in beliefs.met_by().items() if not met]
    except ValueError as error:  # a name that stands twice, beliefs.toml that is no TOML
        return [str(error)]
    return found + _without_lesson()


def in_lesson(name: str) -> list[str]:
    """The same for one lesson, by its name ("08_spf")."""
    folder = lessons.folders()[name]
    try:
        lesson = registry.of(name)
        found = [*_without_code(lesson, folder), *_without_mistakes(lesson, folder)]
        found += _unknown(lesson.tables, folder)
        in_code = beliefs.in_code(folder)
    except LessonError as error:
        return [str(error)]
    except SyntaxError as error:
        return [f"{_shown(error.filename)}, line {error.lineno}: this does not parse: {error.msg}."]
    told = [f"{place(name, lessons.text(name), heading, number)}: {what}." for heading, number, what in found]
    told += [
        f"{_shown(folder / file)}, line {line}: beliefs.toml has no belief {id}."
        for id, _, file, line in in_code
        if id not in beliefs.table()
    ]
    wanted = [folder / "letter.eml", lessons.FOLDER.parent / f"{name}.ipynb"] if folder.parent == lessons.FOLDER else []
    return told + [f"{_shown(file)} is missing." for file in wanted if not file.exists()]


def _without_code(lesson: Lesson, folder: Path) -> Iterator[Mistake]:
    """Exercises that have no judge, no reference answer, or are a stage of nothing."""
    for name, exercise in lesson.exercises.items():
        judge = "judges" if isinstance(exercise, CodeExercise) else "values"
        if "reply" not in lesson.tables["exercise"][name] and name not in _defined(folder / f"{judge}.py"):
            yield f"[exercise.{name}]", 0, f"{judge}.py has no function {name} to judge it by"
        if name not in _defined(folder / f"{exercise.module}.py"):
            yield f"[exercise.{name}]", 0, f"{exercise.module}.py has no answer {name}"
        grown = lesson.tables["exercise"][name].get("stage_of", name)
        if registry.known(grown) is None:
            yield f"[exercise.{name}]", 0, f"stage_of names the exercise that it grows into, and there is no {grown}"


def _without_mistakes(lesson: Lesson, folder: Path) -> Iterator[Mistake]:
    """Exercises without two wrong answers, predictions without a value such as the run gives."""
    tables = _tables(folder / "mistakes.py")
    for name in lesson.exercises:
        answers = tables.get("MISTAKES", {}).get(name)
        if answers is None or len(getattr(answers, "elts", ())) < 2:
            yield f"[exercise.{name}]", 0, "MISTAKES in mistakes.py wants two wrong answers to it at least"
    for name in lesson.predictions:
        if name not in tables.get("HAPPENED", {}):
            yield f"[predict.{name}]", 0, "HAPPENED in mistakes.py wants a value such as the run gives"


def _unknown(tables: dict, folder: Path) -> Iterator[Mistake]:
    """Beliefs that beliefs.toml does not have, and functions that values.py does not have."""
    known = beliefs.table()
    for kind, part in _PARTS.items():
        for name, table in tables.get(kind, {}).items():
            for id in table.get("meets", ()):
                if id not in known:
                    yield f"[{kind}.{name}]", 0, f"beliefs.toml has no belief {id}"
            for number, row in enumerate(table.get(part, ())):
                heading = f"[[{kind}.{name}.{part}]]"
                if "belief" in row and row["belief"] not in known:
                    yield heading, number, f"beliefs.toml has no belief {row['belief']}"
                if "by" in row and row["by"] not in _defined(folder / "values.py"):
                    yield heading, number, f"values.py has no function {row['by']}"


def _without_lesson() -> list[str]:
    """Folders of the course that look like a lesson's and have no lesson.toml."""
    folders = lessons.FOLDER.glob("[0-9][0-9]_*") if str(lessons.FOLDER) in lessons.__path__ else ()
    return [
        f"{_shown(folder / lessons.FILE)} is missing." for folder in folders if folder.name not in lessons.folders()
    ]


def _shown(file: Path | str) -> str:
    """A file as a maker knows it: from the course's folder, where it lies there."""
    file, course = Path(file), lessons.FOLDER.parents[1]
    return str(file.relative_to(course)) if file.is_relative_to(course) else str(file)


def _body(file: Path) -> list[ast.stmt]:
    """The statements of a module, found without importing it; none where there is no such file. Raises SyntaxError."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file)).body if file.exists() else []


def _defined(file: Path) -> set[str]:
    """The names that a module sets at its top level."""
    names: set[str] = set()
    for node in _body(file):
        for part in getattr(node, "targets", getattr(node, "names", [getattr(node, "target", node)])):
            names.add(getattr(part, "asname", None) or getattr(part, "name", getattr(part, "id", "")))
    return names


def _tables(file: Path) -> dict[str, dict[str, ast.expr]]:
    """The dicts that a module sets, as they are written: NAME = {"key": value}."""
    return {
        node.targets[0].id: {key.value: value for key, value in zip(node.value.keys, node.value.values, strict=True)}
        for node in _body(file)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Dict)
        if all(isinstance(key, ast.Constant) for key in node.value.keys)
    }


if __name__ == "__main__":
    sys.exit("\n".join(sentences()) or None)
