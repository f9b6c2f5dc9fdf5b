"""What the learner is told, as a value with two faces: text for a terminal, a card of HTML for a page.

Prose may hold code between backticks. A card says by a sign and a word what it says by a colour.
"""

import re
import sys
import textwrap
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import escape

from helpers.wire.faces import look

WIDTH = 96
SIGNS = {  # of a card's kind: its sign, and the rule of its colour. A prediction that was another is no fault
    "good": ("✓", "good"),
    "bad": ("✗", "bad"),
    "other": ("≠", "wait"),
    "more": ("…", "more"),
    "open": ("○", "open"),
}


class Code(str):
    """Text that is shown as it stands, line for line."""


class Linked(str):
    """Prose of the course's own, in which `[words](https://...)` is a link. What a learner wrote is never that."""


class Rows(tuple):
    """Pairs of a label and what stands beside it."""


@dataclass(frozen=True, repr=False)
class Note:
    """Of what it speaks (an exercise, a prediction), a word or two on how it stands, and what follows.

    That is paragraphs (str, `Linked`), `Code` and `Rows`. `kind` is one of SIGNS.
    """

    name: str
    word: str
    parts: tuple[str | Code | Rows, ...] = ()
    kind: str = "more"

    def __repr__(self) -> str:
        return "\n".join([f"{self.name}: {self.word}", *map(_text, self.parts)])

    def _repr_html_(self) -> str:
        sign, colour = SIGNS[self.kind]
        word = f"<strong{look(colour)}>{sign} {prose(self.word[:1].upper() + self.word[1:])}.</strong>"
        parts = list(self.parts)
        first = _inner(parts.pop(0)) if parts and not isinstance(parts[0], Code | Rows) else ""
        name = f"<code{look('small')}>{escape(self.name)}</code>"
        more = "".join(map(_html, parts))
        return f"<div{look('card', f'card-{colour}')}>\n<p>{name}{word} {first}</p>\n{more}</div>"


class Told(Exception):
    """An error of which a notebook shows the sentence: the frames of helpers/ would only hide it."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def prose(text: str) -> str:
    """A paragraph as HTML: everything escaped, `code` between backticks marked as such."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def in_kernel() -> bool:
    """Whether this runs in an IPython kernel, so that a widget may have a front end. Imports nothing."""
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")


class Checking(AbstractContextManager):
    """A line in a cell's output that says that a check goes on, and is gone when it has ended; only in a kernel."""

    def __init__(self, name: str):
        self._name, self._shown = name, None

    def __exit__(self, *error: object) -> None:
        if self._shown:
            self._shown.update({"text/plain": "", "text/html": ""}, raw=True)

    def say(self, far: str = "") -> None:
        """Show the line, or what it says now: `far` tells how far the check is."""
        if not in_kernel():
            return
        text = f"{self._name}: checking ... {far}".rstrip()
        faces = {"text/plain": text, "text/html": f"<p>{prose(text)}</p>\n"}
        if self._shown:
            self._shown.update(faces, raw=True)
        else:
            from IPython.display import display

            self._shown = display(faces, raw=True, display_id=True)


_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")


def _text(part: str | Code | Rows) -> str:
    if isinstance(part, Code):
        return textwrap.indent(part.rstrip("\n"), "    ")
    if isinstance(part, Rows):
        return "\n".join(f"  {label}: {words}" for label, words in part)
    if isinstance(part, Linked):
        part = _LINK.sub(r"\1 (\2)", part)
    return textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False)


def _html(part: str | Code | Rows) -> str:
    if isinstance(part, Code):
        return f"<pre{look('printed')}><code>{escape(part)}</code></pre>\n"
    if isinstance(part, Rows):
        cell = look("cell")
        rows = (f'<tr><th scope="row"{cell}>{prose(a)}</th><td{cell}>{prose(b)}</td></tr>\n' for a, b in part)
        return f"<table{look('table')}><tbody>\n{''.join(rows)}</tbody></table>\n"
    return f"<p>{_inner(part)}</p>\n"


def _inner(part: str) -> str:
    html = prose(part)
    if isinstance(part, Linked):
        html = _LINK.sub(r'<a href="\2" style="text-decoration:underline">\1</a>', html)
    return html
