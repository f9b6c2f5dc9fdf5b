"""`python -m helpers.lessons.amiss` says what is amiss in the lessons: what a lesson.toml names and is not there.

What reading a lesson.toml finds by itself (lesson.py) is told too, and each belief that nothing meets (beliefs.py).
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from helpers import lessons
from helpers.check import registry
from helpers.check.exercise import CodeExercise
from helpers.check.lesson import LessonError, place

from . import beliefs

_PARTS = {"predict": "option", "exercise": "reply"}


def sentences() -> list[str]:
    """A sentence for each mistake: the file, the line of the table's heading, the table, what is the matter."""
    unmet = [f"Nothing meets the belief {id}." for id, places in beliefs.met_by().items() if not places]
    return [sentence for name in lessons.folders() for sentence in in_lesson(name)] + unmet


def in_lesson(name: str) -> list[str]:
    """The same for one lesson, by its name ("08_spf")."""
    try:
        lesson = registry.of(name)
    except LessonError as error:
        return [str(error)]
    text, folder = lessons.text(name), lessons.folders()[name]
    found = [*_without_code(lesson, folder), *_unknown_in_tables(lesson.tables, folder)]
    return [f"{place(name, text, heading, number)}: {what}." for heading, number, what in found] + [
        f"notebooks/lessons/{name}/{file}, line {line}: beliefs.toml has no belief {id}."
        for id, _, file, line in beliefs.in_code(folder)
        if id not in beliefs.table()
    ]


def _without_code(lesson, folder: Path) -> Iterator[tuple[str, int, str]]:
    """Exercises that have no judge, or no reference answer."""
    for name, exercise in lesson.exercises.items():
        judge = "judges" if isinstance(exercise, CodeExercise) else "values"
        if "reply" not in lesson.tables["exercise"][name] and name not in _defined(folder / f"{judge}.py"):
            yield f"[exercise.{name}]", 0, f"{judge}.py has no function {name} to judge it by"
        if name not in _defined(folder / f"{exercise.module}.py"):
            yield f"[exercise.{name}]", 0, f"{exercise.module}.py has no answer {name}"


def _unknown_in_tables(tables: dict, folder: Path) -> Iterator[tuple[str, int, str]]:
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


def _defined(file: Path) -> set[str]:
    """The names that a module sets at its top level, found without importing it; none where there is no such file."""
    if not file.exists():
        return set()
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        for part in getattr(node, "targets", getattr(node, "names", [getattr(node, "target", node)])):
            names.add(getattr(part, "asname", None) or getattr(part, "name", getattr(part, "id", "")))
    return names


if __name__ == "__main__":
    sys.exit("\n".join(sentences()) or None)
