"""The switchboard as a widget: the journey's picture, and a switch for each part."""

from pathlib import Path

import anywidget
import traitlets

from helpers.show.picture import STYLE
from helpers.wire import faces


class SwitchboardView(anywidget.AnyWidget):
    """`drawing` is a tree of the picture. `parts` are dicts: `box`, `name`, `whose` it is, its `calls`, and whether
    there are two to choose from (`both`). `wish` is the part that is to be switched, and `said` what became of that.
    """

    drawing = traitlets.List().tag(sync=True)
    parts = traitlets.List().tag(sync=True)
    wish = traitlets.List().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    _esm = faces.module(Path(__file__).with_name("switchboard_widget.js"))
    _css = faces.sheet(STYLE, Path(__file__).with_name("switchboard_widget.css"))
