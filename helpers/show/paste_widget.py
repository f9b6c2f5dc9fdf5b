"""The paste box as a widget. What is pasted travels as a message, so that it is in no state that could be saved."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.show import trees
from helpers.wire import faces


class Box(anywidget.AnyWidget):
    """Takes the HTML shown at first, and a function from a pasted text to the HTML shown for it."""

    first = traitlets.List().tag(sync=True)

    def __init__(self, first: str, draw: Callable[[str], str]):
        super().__init__(first=trees.of(first))
        self._draw = draw
        self.on_msg(self._answer)

    def _answer(self, _, content: dict, buffers: object) -> None:
        self.send({"shown": trees.of(self._draw(str(content.get("text", ""))))})

    _esm = faces.module(Path(__file__).with_name("paste_widget.js"))
