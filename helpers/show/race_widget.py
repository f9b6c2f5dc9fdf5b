"""The view of a race as a widget: each of its datagrams is a tab."""

from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class RaceView(anywidget.AnyWidget):
    """`lanes` are three names; `rows` have what is shown of each datagram, as helpers.show.race says."""

    title = traitlets.Unicode().tag(sync=True)
    lanes = traitlets.List().tag(sync=True)
    rows = traitlets.List().tag(sync=True)

    _esm = faces.module(Path(__file__).with_name("race_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("race_widget.css"))
