"""The view of who vouches for whom, as a widget. What it shows is set as text; a setting travels as a message."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class VouchView(anywidget.AnyWidget):
    """Takes the switches, each a list of its name and of pairs (option, words), and a function that sets them.

    `names` are the envelope and From:, `lines` dicts of text, `results` rows of text, `colour` that of the result,
    `letter` the letter that came, `said` what the learner expects, `challenges` pairs of whether one is reached and its
    words, `news` a sentence. What the learner is yet to say is in none of them. `answered` counts the settings.
    """

    switches = traitlets.List().tag(sync=True)
    names = traitlets.List().tag(sync=True)
    lines = traitlets.List().tag(sync=True)
    results = traitlets.List().tag(sync=True)
    colour = traitlets.Unicode().tag(sync=True)
    letter = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    challenges = traitlets.List().tag(sync=True)
    news = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, switches: list, set_them: Callable[[dict, str], object]):
        super().__init__(switches=switches)
        self._set_them = set_them
        self.on_msg(self._asked)

    def show(self, **state: object) -> None:
        """Show a new state, all of it at once."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def _asked(self, _, content: dict, buffers: object) -> None:
        with self.hold_sync():
            self._set_them(content["switches"], content["said"])
            self.answered += 1

    _esm = faces.module(Path(__file__).with_name("vouch_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("vouch_widget.css"))
