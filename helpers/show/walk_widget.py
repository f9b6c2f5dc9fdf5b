"""The walk and the clock as a widget. What it shows is set as text; what is done on it travels as a message."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class WalkView(anywidget.AnyWidget):
    """Takes its title, the zone's server, when its slider begins, how many seconds it goes on, and what moves and asks.

    That gets "old" or "new", or else the second to which the clock shall go. `state` is all that changes; `answered`
    counts what was done.
    """

    title = traitlets.Unicode().tag(sync=True)
    server = traitlets.Unicode().tag(sync=True)
    begins = traitlets.Unicode().tag(sync=True)
    most = traitlets.Int().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, title: str, server: str, begins: str, most: int, do: Callable[[object, object], None]):
        super().__init__(title=title, server=server, begins=begins, most=most)
        self._do = do
        self.on_msg(self._bidden)

    def _bidden(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            self._do(content.get("say"), content.get("to"))
            self.answered += 1

    _esm = faces.module(Path(__file__).with_name("walk_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("walk_widget.css"))
