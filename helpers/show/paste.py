"""A box to paste a raw letter into, which draws the letter's hops. The text is kept nowhere and sent nowhere."""

from html import escape
from typing import Any

from helpers.check.notes import in_kernel
from helpers.mail import Journey, NoHops, read_hops


def hops(letter: bytes | str) -> "PasteBox":
    """Return the box. Takes the raw letter whose hops it shows at first; raises NoHops where that has none."""
    return PasteBox(read_hops(letter))


def drawn(text: str) -> str:
    """Return what the box shows for a text that was pasted, as HTML: the hops, or a sentence on why there are none."""
    try:
        return read_hops(text)._repr_html_()
    except NoHops as why:
        return f"<p>{escape(str(why))}</p>"


class PasteBox:
    """The box with its first letter. Its text and its static HTML never change with what is pasted."""

    def __init__(self, first: Journey):
        self._first = first
        self._widget: Any = None

    def __repr__(self) -> str:
        return f"A box to paste a raw letter into. Until then:\n{self._first!r}"

    def _repr_html_(self) -> str:
        return f"<p>A box to paste a raw letter into. Until then:</p>\n{self._first._repr_html_()}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.paste_widget import Box  # only here: without a front end nobody wants a widget

            self._widget = Box(self._first._repr_html_(), drawn)
        return {**self._widget._repr_mimebundle_()[0], **static}
