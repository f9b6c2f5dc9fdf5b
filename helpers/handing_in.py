"""What a learner hands in: one small file with what passed and the functions themselves, and how it is read again.

No times, tries, hints or predictions go along. What led astray goes into a file of its own, without a name, and only
where the learner says so.
"""

import hashlib
import json
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from helpers import blocks, lessons
from helpers.check import keeping, noting, registry
from helpers.check.exercise import CodeExercise
from helpers.check.notes import Note
from helpers.course import CourseError, free
from helpers.files import write_whole
from helpers.wire.faces import visible

COURSE = "email-from-the-wire-up"
BIGGEST = 2**20  # bytes of a file
LONGEST = 80  # characters of a name
_NOT_IN = (
    "What does not go in: when you did it and how often you tried, hints and solutions that you opened, every "
    "prediction, your notebooks, and whatever else stands in mymail.py."
)


class Foreign(ValueError):
    """A file that nobody handed in; the text says what is the matter with it."""


@dataclass(frozen=True)
class HandedIn:
    """One learner's file: the `name` they gave, the exercises that `passed`, and the functions by their names.

    `changed` says that the file was edited after it was made.
    """

    name: str
    passed: tuple[str, ...]
    functions: dict[str, str] = field(default_factory=dict)
    changed: bool = False


@dataclass(frozen=True)
class Held:
    """The ids of the beliefs that led one learner astray, by nobody's name."""

    beliefs: tuple[str, ...]


def hand_in(name: str = "", beliefs: bool = False) -> Note:
    """Show what would be handed in; with a name, write it into the copy's folder saved/.

    With `beliefs`, a second file without a name says which beliefs led astray. Raises CourseError outside a working
    copy and for a name that is none, OSError where it cannot be written.
    """
    copy = keeping.folder()
    if copy is None:
        raise CourseError("There is nothing to hand in here: run this in a notebook in my-course/.")
    if broken := keeping.trouble():
        raise CourseError(f"Nothing was written: {broken}. Mend that, and your functions can be handed in.")
    passed, functions = work()
    answers = [one for one in passed if one not in functions]
    parts = [
        f"What goes in: your name, as you write it; {len(functions)} of your functions and classes as they stand in "
        f"{keeping.shown_path()} ({', '.join(functions) or 'none yet'}); and that these passed: "
        f"{', '.join(answers) or 'nothing else yet'}.",
        _NOT_IN,
    ]
    if not name:
        parts.append('To write the file: `course.hand_in("Your name")`. It is written here, and sent nowhere.')
        parts.append(
            'If you like, `course.hand_in("Your name", beliefs=True)` writes a second file, without your name: the '
            "ideas that led you astray, so that whoever teaches sees which of them many had. It helps the next class."
        )
        return Note("hand_in", "nothing is written yet", tuple(parts), "open")
    signed = visible(" ".join(str(name).split()))
    if not signed or len(signed) > LONGEST:
        raise CourseError(f"A name has one to {LONGEST} characters. Nothing was written.")
    (copy / "saved").mkdir(exist_ok=True)
    said = {"name": signed, "passed": passed, "functions": functions}
    path = _write(copy / "saved" / f"hand-in-{_plain(signed)}.json", said)
    parts.append(f"Written: {copy.name}/saved/{path.name}. Find it in the list of files, download it, and hand it in.")
    if beliefs:
        held = sorted({event.belief for event in noting.state().events} - {""})
        path = _write(copy / "saved" / f"beliefs-{secrets.token_hex(4)}.json", {"beliefs": held})
        parts.append(
            f"And {copy.name}/saved/{path.name}, which holds {', '.join(held) or 'no belief'}, and no name. Where you "
            "hand both in under your name, whoever takes them can see that they are yours."
        )
    return Note("hand_in", "written", tuple(parts), "good")


def work() -> tuple[list[str], dict[str, str]]:
    """The exercises that passed, in the course's order, and the functions that are kept."""
    kept = {block["name"]: block["body"] for block in blocks.BLOCK.finditer(keeping.kept_text())}
    known = lessons.owners("exercise")
    functions = {name: body for name, body in kept.items() if name in known}
    done = {event.name for event in noting.state().events if event.what == "passed"} | functions.keys()
    return [name for name in known if name in done], functions


def _plain(name: str) -> str:
    """A name as part of a file's."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "learner"


def _write(path: Path, said: dict) -> Path:
    said = {"course": COURSE, **said}
    path = free(path)
    write_whole(path, json.dumps({**said, "sum": _sum(said)}, indent=1, ensure_ascii=False).encode() + b"\n")
    return path


def _sum(said: dict) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def read(path: Path) -> HandedIn | Held:
    """A file as it was handed in. Raises Foreign for one that was not; OSError where it cannot be read."""
    if path.stat().st_size > BIGGEST:
        raise Foreign("larger than anything that the course writes")
    try:
        said = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Foreign("damaged, or no file of the course's") from None
    if not isinstance(said, dict) or said.get("course") != COURSE:
        raise Foreign("no file of the course's")
    if "beliefs" in said:
        return Held(tuple(dict.fromkeys(_texts(said["beliefs"]))))
    name, functions = said.get("name"), said.get("functions")
    if not isinstance(name, str) or not isinstance(functions, dict):
        raise Foreign("damaged: it says no name or no functions")
    _texts([name])
    bodies = dict(zip(_texts(list(functions)), _texts(list(functions.values())), strict=True))
    given = said.pop("sum", None)
    try:
        changed = given != _sum(said)
    except RecursionError:  # to write it takes a little more than to read it
        raise Foreign("damaged, or no file of the course's") from None
    return HandedIn(visible(name)[:LONGEST] or "?", tuple(_texts(said.get("passed"))), bodies, changed)


def _texts(value: object) -> list[str]:
    try:
        "".join(value).encode()  # JSON can spell half of a character, which no text is made of
    except (TypeError, UnicodeEncodeError):
        raise Foreign("damaged: something in it is not what it should be") from None
    return list(value)


def code_exercise(name: str) -> CodeExercise | None:
    """The exercise of a function that is kept by this name, if the course has it."""
    found = registry.known(name)
    return found if isinstance(found, CodeExercise) and not found.stage_of else None
