"""A page that lists what a learner did, with their own server on it once there is one: to keep, and to print."""

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from helpers.check import keeping, noting, registry, source, standing
from helpers.check.exercise import CodeExercise
from helpers.check.notes import prose
from helpers.files import write_whole
from helpers.wire.faces import look, visible

NAME = "what-i-did.html"
TITLE = "Email from the wire up: what I did"
ELSEWHERE = (
    f"What you did is listed here when this notebook runs in my-course/, your working copy, and kept there as {NAME}, "
    "to print."
)
NOTHING = "Nothing is noted yet. Passed exercises and predictions are listed here, from the first one on."
HONEST = (
    "Each exercise listed passed its check. The list comes from my own computer; nobody watched or timed me. "
    "Whoever wants to know more may ask me how it works."
)
_PAGE = Template(Path(__file__).with_name("record_page.html").read_text(encoding="utf-8"))


@dataclass(frozen=True, repr=False)
class Record:
    """What was done: `sections` are pairs of a heading and its lines; `servers` the learner's own, as source.

    `html` (str) is the whole page, and `path` says where it was written, None where it was not.
    """

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    servers: tuple[str, ...] = ()
    html: str = ""
    path: Path | None = None

    def __repr__(self) -> str:
        if not self.path:
            return ELSEWHERE
        lines = [TITLE]
        for heading, items in self.sections:
            lines += ["", heading, *(f"  - {item}" for item in items)]
        for server in self.servers:
            lines += ["", "My own server", *(f"    {line}".rstrip() for line in server.rstrip().split("\n"))]
        return "\n".join([*lines, *([] if self.sections else ["", NOTHING]), "", HONEST, "", self._where()])

    def _repr_html_(self) -> str:
        if not self.path:
            return f"<p>{prose(ELSEWHERE)}</p>"
        return f"<div>\n<p{look('caption')}>{TITLE}</p>\n{_html(self, 4)}<p>{escape(self._where())}</p>\n</div>"

    def _where(self) -> str:
        return f"Kept as {self.path.parent.name}/{self.path.name}: open it from the list of files, print it, show it."


def write(name: str = "") -> Record:
    """List what was done, and keep it as a page in the copy, in place of an earlier one. `name` signs it.

    Outside a working copy nothing is written, and it always says the same. Raises OSError where it cannot be written.
    """
    copy = keeping.folder()
    if copy is None:
        return Record(())
    state = noting.state()
    sections = tuple((row.title, _lines(row)) for row in standing.rows(state) if row.begun)
    if sections:
        sections = (*sections, ("Altogether", _sum(state)))
    made = Record(sections, _servers(), "", copy / NAME)
    page = _PAGE.substitute(name=escape(visible(name)), done=_html(made, 2), honest=HONEST)
    write_whole(copy / NAME, page.encode())
    return Record(sections, made.servers, page, copy / NAME)


def _lines(row: standing.Row) -> tuple[str, ...]:
    """What was done in one notebook: the counts, the questions that were answered, a line for each piece of code."""
    passed = [registry.exercise(task.name) for task, stands in row.tasks if stands == "done" and not task.predicts]
    answered = ", ".join(f"`{exercise.name}`" for exercise in passed if not isinstance(exercise, CodeExercise))
    code = [exercise for exercise in passed if isinstance(exercise, CodeExercise)]
    told = [f"{row.counts()}.", *([f"Answered: {answered}."] if answered else [])]
    return (*told, *(f"`{exercise.name}`: {re.sub('^your ', 'my ', exercise.asks)}" for exercise in code))


def _sum(state: noting.State) -> tuple[str, ...]:
    told = []
    functions = sorted(source.definitions(keeping.kept_text()))
    if functions:
        told.append(
            f"{len(functions)} functions and classes of my own: {', '.join(f'`{name}`' for name in functions)}."
        )
    opened = sum({"passed", "solution"} <= happened for happened in state.now.values())
    if opened:
        told.append(f"{opened} of the exercises passed after I had opened the course's answer to it.")
    return tuple(told) or ("A beginning is made.",)


def _servers() -> tuple[str, ...]:
    """The classes that the learner wrote and keeps: what a mail server is made of here."""
    kept = keeping.kept_text()
    classes = [registry.known(name) for name in sorted(source.definitions(kept))]
    found = (one for one in classes if isinstance(one, CodeExercise) and one.kind == "class")
    return tuple(source.named(kept, one.name) for one in found)


def _html(made: Record, level: int) -> str:
    parts = [] if made.sections else [f"<p>{NOTHING}</p>\n"]
    for heading, items in made.sections:
        inner = "".join(f"<li>{prose(item)}</li>\n" for item in items)
        parts.append(f"<h{level}>{escape(heading)}</h{level}>\n<ul>\n{inner}</ul>\n")
    for server in made.servers:
        parts.append(f"<h{level}>My own server</h{level}>\n<pre><code>{escape(server)}</code></pre>\n")
    return "".join(parts)
