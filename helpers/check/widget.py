"""The choice of a prediction as a widget: radios in a fieldset, by mouse and by keyboard.

In a focused RadioButtons of ipywidgets JupyterLab takes the arrow keys and letters for itself, so the radios here are
plain ones, each marked with `data-lm-suppress-shortcuts`.
"""

from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class Choice(anywidget.AnyWidget):
    """`options` are pairs of a letter and its text; `choice` is a letter, or empty while nothing is chosen.

    `noted` is what the kernel has heard of: a view outlives its kernel, and says only then that a choice is made.
    """

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List().tag(sync=True)
    choice = traitlets.Unicode().tag(sync=True)
    noted = traitlets.Unicode().tag(sync=True)

    @traitlets.observe("choice")
    def _note(self, change):
        self.noted = change.new

    _esm = faces.module(Path(__file__).with_name("widget.js"))
    _css = Path(__file__).with_name("widget.css")
