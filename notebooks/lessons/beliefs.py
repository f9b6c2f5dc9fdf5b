"""What learners believe and is not so, by id, and what meets it: options, replies and judges that name the id.

`python -m helpers.lessons.beliefs` prints the table, and fails where a belief is met by nothing.
"""

import ast
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers import lessons

FILE = "beliefs.toml"  # beside the lessons' folders
_PARTS = {"predict": "option", "exercise": "reply"}


@dataclass(frozen=True)
class Belief:
    """A thing that is often said, and what is so instead."""

    said: str
    so: str


@cache
def table() -> dict[str, Belief]:
    """Every belief by its id. Raises OSError, TypeError for a row with other keys."""
    files = [Path(path, FILE) for path in lessons.__path__]
    rows = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
    return {id: Belief(**row) for belief in rows for id, row in belief.items()}


def met_by() -> dict[str, list[str]]:
    """What meets each belief: a name, with the letter of an option, or the function of a judge."""
    found: dict[str, list[str]] = {id: [] for id in table()}
    for name, folder in lessons.folders().items():
        judges = [(id, function) for id, function, _, _ in in_code(folder)]
        for id, where in [*_in_tables(lessons.tables(name)), *judges]:
            found.setdefault(id, []).append(f"{where}, {name[:2]}")
    return {id: list(dict.fromkeys(places)) for id, places in found.items()}


def _in_tables(tables: dict) -> list[tuple[str, str]]:
    found = []
    for kind, part in _PARTS.items():
        for name, table in tables.get(kind, {}).items():
            found += [(id, name) for id in table.get("meets", ())]
            for number, row in enumerate(table.get(part, ())):
                letter = f" {chr(ord('a') + number)})" if part == "option" else ""
                found += [(row["belief"], name + letter)] if "belief" in row else []
    return found


def in_code(folder: Path) -> list[tuple[str, str, str, int]]:
    """The ids that a lesson's judges give with `wrong(...)`, each with the function, the file and the line."""
    return [
        (id.value, getattr(top, "name", ""), file, call.lineno)
        for file in ("judges.py", "values.py")
        if (folder / file).exists()
        for top in ast.parse((folder / file).read_text(encoding="utf-8"), str(folder / file)).body
        for call in ast.walk(top)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "belief"
        for id in _choice(keyword.value)
        if isinstance(id, ast.Constant) and id.value
    ]


def _choice(value: ast.expr) -> list[ast.expr]:
    """What an expression may give: "ID", or "ID" if ... else ""."""
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]


if __name__ == "__main__":
    places = met_by()
    for id, belief in table().items():
        print(f"{id}: {belief.said}\n    so: {belief.so}\n    met by: {'; '.join(places[id]) or 'nothing'}")
    sys.exit("\n".join(f"Nothing meets the belief {id}." for id in places if not places[id]) or None)
