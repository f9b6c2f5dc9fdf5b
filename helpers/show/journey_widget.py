"""The journey as a widget: it plays once, and each of its steps is a tab."""

from pathlib import Path

import anywidget
import traitlets

from helpers.show.picture import STYLE
from helpers.wire import faces


class Played(anywidget.AnyWidget):
    """`drawing` is a tree of the picture; `stops` have what is said and shown of each step, in order.

    `ends` are pairs of a colour and a sentence, `closed` says which steps are not open; `chosen` is the step shown at
    first, 0 for none; `route` has the times at which the steps light up, and the places of the letter. `plays` is true
    until it has played.
    """

    drawing = traitlets.List().tag(sync=True)
    stops = traitlets.List().tag(sync=True)
    ends = traitlets.List().tag(sync=True)
    closed = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int().tag(sync=True)
    route = traitlets.Dict().tag(sync=True)
    plays = traitlets.Bool().tag(sync=True)

    _esm = faces.module(Path(__file__).with_name("journey_widget.js"))
    _css = faces.sheet(STYLE, Path(__file__).with_name("journey_widget.css"))
