"""Each notebook's lesson: the folders of notebooks/lessons, importable as `helpers.lessons.08_spf.judges` and so on.

A lesson's `lesson.toml` has a heading `[predict.NAME]` or `[exercise.NAME]` for whatever it holds. By these headings a
name's lesson is found, so that one name costs the reading of one lesson and not of all.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "notebooks" / "lessons"
__path__ = [str(FOLDER)]  # what makes a package of this module; the tests add a folder of their own

FILE = "lesson.toml"
_HEADING = re.compile(r"^\[(predict|exercise)\.(\w+)\]", re.MULTILINE)


class NoLessons(LookupError):
    """The folder of the lessons is not there."""


@cache
def folders() -> dict[str, Path]:
    """Each lesson's folder by its name ("08_spf"), in reading order. Raises NoLessons where there is none."""
    found = {file.parent.name: file.parent for path in __path__ for file in Path(path).glob(f"[0-9][0-9]_*/{FILE}")}
    if not found:
        raise NoLessons(
            f"The lessons are not where they should be, in {FOLDER}. helpers and notebooks belong together: get the "
            "whole course again, or restore that folder (git checkout -- notebooks)."
        )
    return dict(sorted(found.items()))


def text(lesson: str) -> str:
    """The text of a lesson's lesson.toml. Raises OSError."""
    return (folders()[lesson] / FILE).read_text(encoding="utf-8")


def tables(lesson: str) -> dict[str, Any]:
    """What a lesson's lesson.toml says, as it stands. Raises OSError, TOMLDecodeError."""
    return tomllib.loads(text(lesson))


@cache
def owners(kind: str) -> dict[str, str]:
    """The lesson of each name of a kind, "predict" or "exercise". Raises ValueError for a name that stands twice."""
    found: dict[str, str] = {}
    for lesson in folders():
        for heading in _HEADING.finditer(text(lesson)):
            if heading[1] == kind and found.setdefault(heading[2], lesson) != lesson:
                raise ValueError(f"{heading[0]} stands in two lessons, {found[heading[2]]} and {lesson}.")
    return found
