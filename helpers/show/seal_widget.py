"""The view of a sealed letter as a widget. What it shows is set as text; the letter travels as a message."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class SealView(anywidget.AnyWidget):
    """Takes its title, the letter as it was, what is said of absent fields, and a function that checks a letter.

    That takes the letter and what the learner has said of it, "" for nothing yet. `text` is the letter that was last
    judged, `lines` has the mark and the ground of each of its lines, and `cut` is the line before which l= ends, -1 for
    none. `findings` are pairs of a class and a sentence, `covered` until the learner has said what they expect.
    """

    title = traitlets.Unicode().tag(sync=True)
    was = traitlets.Unicode().tag(sync=True)
    absent = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    lines = traitlets.List().tag(sync=True)
    cut = traitlets.Int(-1).tag(sync=True)
    findings = traitlets.List().tag(sync=True)
    covered = traitlets.Bool().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, title: str, was: str, absent: str, check: Callable[[str, str], None]):
        super().__init__(title=title, was=was, absent=absent)
        self._check = check
        self.on_msg(self._changed)

    def show(self, **state: object) -> None:
        """Show a new state, all of it at once."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def _changed(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            self._check(str(content.get("text", "")), str(content.get("said", "")))
            self.answered += 1

    _esm = faces.module(Path(__file__).with_name("seal_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("seal_widget.css"))
