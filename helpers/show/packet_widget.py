"""The view of a packet as a widget. It draws what Python has read, and asks Python for each meaning and each change."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class PacketView(anywidget.AnyWidget):
    """Takes which modes are on ("change", "blind"), how to use it, and a function that does what was clicked, a dict.

    `messages` are dicts: a title, the octets (digits, classes, what is said of each), the meanings, what is wrong.
    `answered` counts the clicks that were done.
    """

    modes = traitlets.Dict().tag(sync=True)
    usage = traitlets.Unicode().tag(sync=True)
    messages = traitlets.List().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, modes: dict[str, bool], usage: str, do: Callable[[dict], object]):
        super().__init__(modes=modes, usage=usage)
        self._do = do
        self.on_msg(self._clicked)

    def _clicked(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            self._do(content)
            self.answered += 1

    _esm = faces.module(Path(__file__).with_name("packet_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("packet_widget.css"))
