"""How long each part of a notebook takes, by a model, beside what it promises. Nobody was timed for it.

    python -m helpers.lessons.minutes            one row for each part
    python -m helpers.lessons.minutes sections   and for each section

It fails for a part whose promise is not within a quarter of the model, and for one above an hour.
"""

import importlib
import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from helpers import gallery, lessons
from helpers.check import registry

A_MINUTE = 150  # words, read with care
A_TRIFLE = 5  # minutes of what is optional that need no promise
CELL, PREDICTION, VALUE, FUNCTION = 0.375, 0.5, 3, 15  # minutes; an exercise may say its own in lesson.toml
LONGEST = 60  # minutes at a stretch
NOTEBOOKS = Path(lessons.FOLDER).parent


@dataclass
class Section:
    """What stands below one heading, in minutes. `part` is its part's number, 0 for what is optional."""

    heading: str
    part: int
    minutes: float = 0.0
    asks: list[str] = field(default_factory=list)  # names of its predictions and exercises


def sections(lesson: str) -> list[Section]:
    """A notebook's sections in reading order."""
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    part, optional, found, opened = 1, 7, [Section("", 1)], set()
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            found[-1].minutes += CELL
            for name in set(re.findall(r'\bgallery\.ticket\("(\w+)"\)', source)) - opened:
                opened.add(name)
                found[-1].minutes += gallery.tickets()[name].minutes
            for kind, name in re.findall(r"^check\.(predict\(\"|)(\w+)", source, re.MULTILINE):
                if kind or name in lessons.owners("exercise"):
                    found[-1].asks.append(name)
                    found[-1].minutes += _prediction(name) if kind else _exercise(name)
            continue
        for piece in re.split(r"^(?=#)", source, flags=re.MULTILINE):
            if heading := re.match(r"(#+) (.*)", piece):
                level = len(heading[1])
                if "optional" in heading[2].lower():
                    optional = min(optional, level)
                elif level <= optional:
                    optional = 7
                if level == 2 and optional > 6 and re.match("Part (two|three)", heading[2]):
                    part += 1
                found.append(Section(heading[2], 0 if optional < 7 else part))
            found[-1].minutes += words(piece) / A_MINUTE
    return found


def words(text: str) -> int:
    """How many words of a Markdown text are read: no links' targets, no tags, no comments, no alternative texts."""
    text = re.sub(r"<!--.*?-->|<[^>]*>|!\[[^\]]*\]\([^)]*\)", " ", text, flags=re.DOTALL)
    return len(re.findall(r"[^\s|#*`-]\S*", re.sub(r"\]\([^)]*\)", "]", text)))


def _prediction(name: str) -> float:
    prediction = registry.prediction(name)
    happened = importlib.import_module(f"helpers.lessons.{lessons.owners('predict')[name]}.mistakes").HAPPENED[name]
    (right,) = (option for option in prediction.options if option.matches(happened))
    return PREDICTION + (words(right.feedback) + words(prediction.explanation)) / A_MINUTE


def _exercise(name: str) -> float:
    table = lessons.tables(lessons.owners("exercise")[name])["exercise"][name]
    return table.get("minutes", FUNCTION if "code" in table else VALUE)


def rows(lesson: str) -> list[tuple[str, int, float]]:
    """A notebook's parts: its name, the minutes promised, the model's."""
    tables, found = lessons.tables(lesson), sections(lesson)
    promised = dict(enumerate(tables["minutes"], 1)) | ({0: tables["optional"]} if "optional" in tables else {})
    for section in found:
        promised.setdefault(section.part, 0)
    names = {0: "optional", **{part: f"part {part}" for part in promised if part}}
    return [(names[n], promised[n], sum(s.minutes for s in found if s.part == n)) for n in promised]


def amiss(part: str, promised: int, model: float) -> str:
    """What is wrong with a promise, or nothing."""
    if part == "optional" and not promised and model < A_TRIFLE:
        return ""
    if abs(promised - model) > model / 4:
        return "the promise is not within a quarter of the model"
    if part != "optional" and max(promised, model * 0.8) > LONGEST:
        return f"it is longer than {LONGEST} minutes"
    return ""


def main(words: list[str]) -> int:
    wrong = False
    for lesson in lessons.folders():
        for part, promised, model in rows(lesson):
            said = amiss(part, promised, model)
            wrong |= bool(said)
            print(f"{lesson:20} {part:9} promised {promised:3}  model {model:5.1f}  {said}")
        if "sections" in words:
            for section in sections(lesson):
                print(f"    {section.part} {section.minutes:5.1f}  {section.heading}  {' '.join(section.asks)}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
