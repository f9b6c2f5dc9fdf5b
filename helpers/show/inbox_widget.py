"""The view of an inbox as a widget: a list of letters, and the one that is open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from helpers.wire import faces

LISTED = 1000  # letters, the newest
RECENT = 50  # of them, those that are sent again with each that comes


class InboxView(anywidget.AnyWidget):
    """Takes its title, and a function that opens a letter: its number and that of a part, or None, to a dict.

    `rows` and then `recent` are dicts on letters, as far as they are listed; `count` is how many came. `opened` is on
    the letter that is open, and empty before; `answered` counts the requests.
    """

    title = traitlets.Unicode().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    recent = traitlets.List().tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    opened = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, title: str, rows: list[dict[str, Any]], open_letter: Callable[[int, int | None], dict]):
        super().__init__(title=title, rows=rows[-LISTED:], count=len(rows))
        self._open_letter = open_letter
        self.on_msg(self._asked)

    def add(self, row: dict[str, Any]) -> None:
        """Show one more letter. What is sent for it does not grow with the list."""
        with self.hold_sync():
            self.count += 1
            if len(self.recent) < RECENT:
                self.recent = [*self.recent, row]
            else:
                self.rows, self.recent = [*self.rows, *self.recent, row][-LISTED:], []

    def _asked(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            try:
                self.opened = self._open_letter(int(content["number"]), content.get("part"))
            finally:
                self.answered += 1

    _esm = faces.module(Path(__file__).with_name("inbox_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("inbox_widget.css"))
