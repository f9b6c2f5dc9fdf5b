"""What README, the instructor's guide and the notebooks say of a lesson is what its lesson.toml says."""

import re
from pathlib import Path

import nbformat
import pytest

from helpers import lessons
from helpers.lessons import minutes
from tests.notebooks import beginning

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "notebooks" / "instructor_guide.md").read_text(encoding="utf-8")
LESSONS = pytest.mark.parametrize("lesson", lessons.folders())


@LESSONS
def test_the_minutes_are_those_of_readme_and_of_the_notebook(lesson):
    tables = lessons.tables(lesson)
    parts = [str(minutes) for minutes in tables["minutes"]]
    optional = str(tables["optional"]) if "optional" in tables else ""
    row = next((row for row in README.splitlines() if row.startswith("|") and f"(notebooks/{lesson}.ipynb)" in row), "")
    assert row, f"README's table has no row for notebooks/{lesson}.ipynb"
    assert row.split("|")[2].strip() == " + ".join(filter(None, [*parts, optional]))
    frame = beginning.frame(ROOT / "notebooks" / f"{lesson}.ipynb")
    (sentence,) = re.findall(r"\*\*Time:\*\* (.*?\.) \*\*You need", frame, re.DOTALL)
    said = re.findall(r"\d+", sentence)
    assert said == [*parts, *filter(None, [optional])]
    assert sentence.startswith(" + ".join(parts)) and bool(optional) == ("more" in sentence or "optional" in sentence)


@LESSONS
def test_each_part_promises_what_the_model_says(lesson):
    said = {part: minutes.amiss(part, promised, model) for part, promised, model in minutes.rows(lesson)}
    assert not any(said.values()), said


@LESSONS
def test_each_part_says_its_minutes_and_where_to_begin(lesson):
    cells = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4).cells
    parts = [cell.source for cell in cells if re.search(r"^## Part ", cell.source, re.MULTILINE)]
    assert len(parts) >= len(lessons.tables(lesson)["minutes"]) or len(lessons.tables(lesson)["minutes"]) == 1
    for text in parts:
        opening = text[text.index("## Part ") :].split("\n###")[0]
        assert re.search(r"\b\d+ minutes\b", opening) and "begin here" in opening.lower(), opening


@LESSONS
def test_the_guides_rows_are_those_of_the_lesson(lesson):
    rows = [
        f"| `{name}`, {lesson[:2]} | {table['hear']} | {table['ask']} |"
        for name, table in lessons.tables(lesson)["exercise"].items()
        if "hear" in table
    ]
    there = sorted(re.findall(rf"^\| `\w+`, {lesson[:2]} \|.*$", GUIDE, re.MULTILINE))
    assert there == sorted(rows), "the guide's table, What to listen for, is not that of the lesson"


def test_every_notebook_has_its_lesson_and_every_lesson_its_notebook():
    assert list(lessons.folders()) == sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
