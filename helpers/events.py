"""What a learner did, a line of JSON each, in the copy's progress.jsonl: lines are added to it, and none is changed.

A line that is half written, damaged, foreign or too long is no event, and is left where it is. Whatever is told from
events hangs on which there are, and not on their order or their times: so two files are merged by their union, and a
clock that goes back does no harm. Standard library only: saving and taking back needs no package.
"""

import errno
import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from .blocks import LOCK, PATIENCE
from .files import locked

NAME = "progress.jsonl"
LONGEST = 1000  # bytes of a line
ROUNDS = 1000  # so often is a task begun anew at most: a line that says more is none of the course's


@dataclass(frozen=True)
class Event:
    """`what` happened to the task `name` of a lesson.

    That is predicted, happened, tried, passed, hint, solution, again or recalled; or begun, of the file itself. `round`
    counts from 1, and one more each time a task is begun anew. `belief` is the id of what a wrong answer or prediction
    stands for, `missed` whether a prediction was another than what happened, `true` the mark of the option that was
    true. `at` is the time by this computer's clock.
    """

    what: str
    lesson: str = ""
    name: str = ""
    round: int = 1
    belief: str = ""
    missed: bool = False
    true: str = ""
    at: str = ""

    def line(self) -> bytes:
        """The event as it is written."""
        said = {key: value for key, value in vars(self).items() if value != _DEFAULTS[key]}
        return json.dumps(said).encode() + b"\n"


_DEFAULTS = {field.name: None if field.default is MISSING else field.default for field in fields(Event)}
_TYPES = {field.name: field.type for field in fields(Event)}


def parse(data: bytes) -> Iterator[Event]:
    """The events in a file's content; what is none is passed over."""
    for line in data.split(b"\n"):
        if not line.startswith(b"{") or len(line) > LONGEST:
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            continue
        known = {key: value for key, value in said.items() if key in _TYPES}  # a later course may say more
        if "what" in known and all(type(value) is _TYPES[key] for key, value in known.items()):
            event = Event(**known)
            if 1 <= event.round <= ROUNDS:
                yield event


def read(folder: Path) -> list[Event]:
    """The events in a copy's file; none where there is no file. Raises OSError where it cannot be read."""
    try:
        return list(parse((folder / NAME).read_bytes()))
    except FileNotFoundError:
        return []


def add(folder: Path, event: Event) -> None:
    """Write one more event, wholly or not at all. Raises OSError, and TimeoutError where another notebook writes."""
    with locked(folder / LOCK, PATIENCE), open(folder / NAME, "a+b", buffering=0) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 1))
        line = (b"" if file.read(1) in (b"", b"\n") else b"\n") + event.line()  # after a half-written one, a new one
        try:
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            file.truncate(size)
            raise


def union(mine: bytes, theirs: bytes) -> bytes:
    """One content with all lines of both, each that both have once."""
    if mine and not mine.endswith(b"\n"):
        mine += b"\n"
    here = set(mine.split(b"\n"))
    return mine + b"".join(line + b"\n" for line in dict.fromkeys(theirs.split(b"\n")) if line and line not in here)
