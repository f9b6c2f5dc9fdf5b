"""The queue along time as a widget: a line for each letter, and its events, which the arrow keys walk."""

from pathlib import Path

import anywidget
import traitlets

from helpers.wire import faces


class QueueView(anywidget.AnyWidget):
    """`title` is its caption; `days` are dicts of the ruler's marks: where each is `at` (0 to 1), and its `text`.

    `events` are dicts in order of time: the number of the `letter`, where it is `at`, its `sign` and the classes of its
    `colour` and place (a try stands below, what else befell it above), and what is `said` of it.
    """

    title = traitlets.Unicode().tag(sync=True)
    days = traitlets.List().tag(sync=True)
    events = traitlets.List().tag(sync=True)

    _esm = faces.module(Path(__file__).with_name("queue_widget.js"))
    _css = faces.sheet(Path(__file__).with_name("queue_widget.css"))
