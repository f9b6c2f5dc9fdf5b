"""What the learner is told, as a value with two faces: text for a terminal, HTML for a page.

Prose may hold code between backticks. It never says with colour what it does not say in words.
"""

import re
import sys
import textwrap
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import escape

WIDTH = 96


class Code(str):
    """Text that is shown as it stands, line for line."""


class Linked(str):
    """Prose of the course's own, in which `[words](https://...)` is a link. What a learner wrote is never that."""


class Rows(tuple):
    """Pairs of a label and what stands beside it."""


@dataclass(frozen=True, repr=False)
class Note:
    """A title and what follows it: paragraphs (str, `Linked`), `Code` and `Rows`."""

    title: str
    parts: tuple[str | Code | Rows, ...] = ()

    def __repr__(self) -> str:
        return "\n".join([self.title, *map(_text, self.parts)])

    def _repr_html_(self) -> str:
        return f"<div>\n<p><strong>{prose(self.title)}</strong></p>\n{''.join(map(_html, self.parts))}</div>"


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
        return f"<pre><code>{escape(part)}</code></pre>\n"
    if isinstance(part, Rows):
        left = 'style="text-align:left"'
        rows = (f'<tr><th scope="row" {left}>{prose(a)}</th><td {left}>{prose(b)}</td></tr>\n' for a, b in part)
        return f"<table><tbody>\n{''.join(rows)}</tbody></table>\n"
    html = prose(part)
    if isinstance(part, Linked):
        html = _LINK.sub(r'<a href="\2" style="text-decoration:underline">\1</a>', html)
    return f"<p>{html}</p>\n"
