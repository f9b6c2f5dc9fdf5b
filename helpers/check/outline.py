"""What a notebook asks, in reading order: by the course's own text of it, not by what the learner made of that."""

import json
import re
from dataclasses import dataclass
from functools import cache

from helpers import lessons, working_copy

PREDICTION, VALUE, FUNCTION = 2, 3, 15  # minutes, where an exercise does not say its own
_CALL = re.compile(r"^check\.(predict\(\"|)(\w+)", re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.*)", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """A prediction or an exercise: the id of its cell, "" where no notebook has it, and about how long it takes."""

    name: str
    predicts: bool
    cell: str
    minutes: float
    optional: bool = False

    @property
    def done(self) -> str:
        """What is noted of it when it is done."""
        return "predicted" if self.predicts else "passed"


@cache
def tasks(lesson: str) -> tuple[Task, ...]:
    """A lesson's tasks. Raises OSError, and ValueError for a notebook that is none."""
    tables = lessons.tables(lesson)
    predictions, exercises = tables.get("predict", {}), tables.get("exercise", {})
    places, optional = {}, 7  # the level of the heading below which all is optional
    for cell in cells(lesson):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            places |= {name: (cell.get("id", ""), optional < 7) for _, name in _CALL.findall(source)}
            continue
        for level, words in _HEADING.findall(source):
            if "optional" in words.lower():
                optional = min(optional, len(level))
            elif len(level) <= optional:
                optional = 7
    order = [name for name in places if name in predictions or name in exercises]
    found = []
    for name in dict.fromkeys([*order, *predictions, *exercises]):
        cell, extra = places.get(name, ("", False))
        table = exercises.get(name, {})
        usual = PREDICTION if name in predictions else FUNCTION if "code" in table else VALUE
        found.append(Task(name, name in predictions, cell, table.get("minutes", usual), extra))
    return tuple(found)


def cells(lesson: str) -> list[dict]:
    """The cells of the course's notebook of a lesson; none where there is no such notebook."""
    path = working_copy.ROOT / "notebooks" / f"{lesson}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []


@cache
def title(lesson: str) -> str:
    """What the notebook is called: "08 · SPF"."""
    first = "".join(cells(lesson)[0]["source"]) if cells(lesson) else ""
    return first.partition("\n")[0].removeprefix("# ") or lesson
