"""What the learner does is noted in the copy's progress.jsonl, and read from it. Outside a copy nothing is noted.

No cell fails for what cannot be noted: a sentence is printed, once for each reason.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from helpers import blocks, events, files
from helpers.events import Event

from . import keeping

_told: set[str] = set()  # why something could not be noted, as far as this kernel has said it


@dataclass
class State:
    """What is known of each task: its round, and what happened in that; and all events, in the file's order."""

    rounds: dict[str, int] = field(default_factory=dict)
    now: dict[str, set[str]] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def has(self, name: str, *whats: str) -> bool:
        """Whether one of these happened to a task in its present round."""
        return not self.now.get(name, set()).isdisjoint(whats)


def state() -> State:
    """The state as the file gives it now; an empty one where there is none that can be read."""
    where = keeping.folder()
    try:
        return _state(events.read(where)) if where else State()
    except OSError:
        return State()


def _state(found: list[Event]) -> State:
    seen = State(events=tuple(found))
    for event in found:
        seen.rounds[event.name] = max(event.round, seen.rounds.get(event.name, 1))
    for event in found:
        if event.round == seen.rounds[event.name]:
            seen.now.setdefault(event.name, set()).add(event.what)
    return seen


def begin() -> None:
    """Begin the file, where there is none yet: the cell that does so tells of it."""
    where = keeping.folder()
    if where and not os.path.exists(where / events.NAME):
        note("begun")


def note(
    what: str, lesson: str = "", name: str = "", belief: str = "", missed: bool = False, true: str = "", anew: int = 0
) -> None:
    """Note an event, unless the same is there already; with `anew` = 1 in a new round."""
    where = keeping.folder()
    if where is None:
        return
    try:
        known = _state(events.read(where))
        event = Event(what, lesson, name, known.rounds.get(name, 1) + anew, belief, missed, true)
        if what != "recalled" and event in (_timeless(one) for one in known.events):
            return
        new = not os.path.exists(where / events.NAME)
        events.add(where, Event(**{**vars(event), "at": datetime.now(UTC).isoformat(timespec="seconds")}))
    except OSError as error:  # TimeoutError is one, too
        _tell(
            f"This was not noted in {shown_path(where)}: {error.strerror or error}. Your work is not touched by that."
        )
        return
    if new:
        print(
            f"From now on {shown_path(where)} notes what you do here, so that check.progress() can show it. Nothing "
            "sends it anywhere, and check.forget() takes it away."
        )


def forget() -> Path | None:
    """Move the file into the copy's folder saved/, under a name of its own; returns where it is now.

    None where there is no file. Raises OSError.
    """
    from helpers.course import free  # here: checks need nothing else of it

    where = keeping.folder()
    if where is None or not os.path.exists(where / events.NAME):
        return None
    (where / "saved").mkdir(exist_ok=True)
    to = free(where / "saved" / f"progress-{datetime.now():%Y-%m-%d-%H%M%S}.jsonl")
    with files.locked(where / blocks.LOCK, blocks.PATIENCE):
        (where / events.NAME).replace(to)
    return to


def shown_path(where: Path) -> str:
    """The file as a learner is told of it."""
    return f"{where.name}/{events.NAME}"


def _timeless(event: Event) -> Event:
    return Event(**{**vars(event), "at": ""})


def _tell(sentence: str) -> None:
    if sentence not in _told:
        _told.add(sentence)
        print(sentence)
