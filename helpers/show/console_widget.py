"""The view of a console as a widget. What it shows is set as text; what is typed travels as a message."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class ConsoleView(anywidget.AnyWidget):
    """Takes its title, and a function that says a line with its end to the host.

    `rows` are dicts of text, `behind` the states reached, `typed` the lines typed, `news` a sentence on what is new,
    `code` the session as Python or empty, `connected` whether the connection stands. `answered` counts the lines.
    """

    title = traitlets.Unicode().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    behind = traitlets.List().tag(sync=True)
    typed = traitlets.List().tag(sync=True)
    news = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    connected = traitlets.Bool(True).tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, title: str, say: Callable[[str, str], object]):
        super().__init__(title=title)
        self._say = say
        self.on_msg(self._typed)

    def show(self, **state: object) -> None:
        """Show a new state, all of it at once."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def _typed(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            try:
                self._say(str(content.get("line", "")), str(content.get("end", "")))
            finally:  # the view waits for it
                self.answered += 1

    _esm = faces.module(Path(__file__).with_name("console_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("console_widget.css"))
