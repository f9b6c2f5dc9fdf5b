"""The view of an inbox as a widget: a table whose cells are set as text, so that no letter can be markup."""

from pathlib import Path

import anywidget
import traitlets


class InboxView(anywidget.AnyWidget):
    """`letters` are dicts of text, all with the same keys in the same order; `count` is how many came in all."""

    title = traitlets.Unicode().tag(sync=True)
    letters = traitlets.List().tag(sync=True)
    count = traitlets.Int().tag(sync=True)

    _esm = Path(__file__).with_name("inbox_widget.js")
    _css = Path(__file__).with_name("inbox_widget.css")
