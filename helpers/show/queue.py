"""A queue along time: when each letter was kept, tried, put off, told of and let go, on the lab's clock."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from helpers.check.notes import in_kernel
from helpers.lab.queue import Event
from helpers.wire.faces import Face, colour, sign, visible

KINDS = {"sent": "delivered", "deferred": "deferred", "failed": "bounced", "warned": "returned", "reported": "returned"}
WORDS = {
    "kept": "kept",
    "deferred": "not now",
    "sent": "delivered",
    "failed": "failed",
    "warned": "a warning is queued for",
    "reported": "a report is queued for",
    "gone": "it leaves the queue",
}
TRIES = ("sent", "deferred", "failed")
SHOWN = 400  # events in the view, the newest
DAY = timedelta(days=1)


def along_time(history: Iterable[Event]) -> "AlongTime":
    """Return what befell the letters of a queue, as a value that draws itself. Takes Events, in order of time.

    The letters have numbers, in the order in which they came.
    """
    return AlongTime(tuple(history))


class AlongTime(Face):
    """Events on a line of time, a line for each letter. Its text and its static HTML never change."""

    _head = ("Letter", "Day", "Time", "What befell it")

    def __init__(self, history: tuple[Event, ...]):
        self._history = history
        self._numbers = {name: number for number, name in enumerate(dict.fromkeys(one.id for one in history), 1)}
        self._widget: Any = None

    def _title(self) -> str:
        if not self._history:
            return "The queue along time: nothing has befallen a letter yet"
        many = len(self._numbers)
        span = self._history[-1].time - self._history[0].time
        return f"The queue along time: {many} letter{'s' * (many > 1)} in {_long(span)}"

    def _rows(self) -> Iterator[tuple[str | None, ...]]:
        for name, number in self._numbers.items():
            mine = [one for one in self._history if one.id == name]
            letter: str | None = f"letter {number}"
            for day, events in groupby(mine, lambda one: one.time.date()):
                date = f"{day:%a, %d %b}"
                for what, alike in groupby(events, lambda one: (one.what, one.about)):
                    times = ", ".join(f"{one.time:%H:%M}" for one in alike)
                    yield letter, date, times, _said(*what)
                    letter, date = None, ""

    def _text_rows(self) -> Iterator[tuple[str, ...]]:
        if self._history:
            yield self._head
            yield from ((letter or "", *rest) for letter, *rest in self._rows())

    def _repr_html_(self) -> str:
        return super()._repr_html_() if self._history else f"<p>{self!r}</p>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel() or not self._history:
            return static
        if self._widget is None:
            from helpers.show.queue_widget import QueueView  # only here: without a front end nobody wants a widget

            self._widget = QueueView(title=self._title(), days=self._days(), events=self._events())
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _at(self, time: datetime) -> float:
        """Where a time lies, from 0 to 1."""
        begin, end = self._history[0].time, self._history[-1].time
        return (time - begin) / max(end - begin, timedelta(minutes=1))

    def _days(self) -> list[dict[str, Any]]:
        """The midnights on the line, and the day on which it begins; without a midnight, when it begins and ends."""
        begin, end = self._history[0].time, self._history[-1].time
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
        days = []
        while midnight <= end and len(days) < 30:
            days.append({"at": self._at(midnight), "text": f"{midnight:%a}"})
            midnight += DAY
        if not days:
            return [{"at": self._at(time), "text": f"{time:%H:%M}"} for time in dict.fromkeys((begin, end))]
        return [{"at": 0.0, "text": f"{begin:%a}"}] * (days[0]["at"] > 0.1) + days

    def _events(self) -> list[dict[str, Any]]:
        """What the view shows, and says, of each event, in order of time."""
        tried: dict[str, datetime] = {}
        events = []
        for one in self._history[-SHOWN:]:
            said = f"{one.time:%a, %d %b, %H:%M}, letter {self._numbers[one.id]}: {_said(one.what, one.about)}."
            if one.what in TRIES:
                if one.id in tried and one.time > tried[one.id]:
                    said += f" {_long(one.time - tried[one.id]).capitalize()} after the try before."
                tried[one.id] = one.time
            kind = KINDS.get(one.what, one.what)
            events.append(
                {
                    "letter": self._numbers[one.id],
                    "at": self._at(one.time),
                    "sign": sign(kind),
                    "colour": f"mail-{colour(kind)} mail-{'try' if one.what in TRIES else 'word'}",
                    "said": said,
                }
            )
        return events


def _said(what: str, about: str) -> str:
    word, kind = WORDS.get(what, what), KINDS.get(what, what)
    between = " " if not about or word.endswith(" for") or what == "kept" else ", "
    return f"{sign(kind)} {word}{between}{visible(about)}".rstrip()


def _long(span: timedelta) -> str:
    """A time span in words of one unit."""
    minutes = round(span.total_seconds() / 60)
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            number = f"{minutes / size:.1f}".removesuffix(".0")
            return f"{number} {unit}{'s' * (number != '1')}"
    return f"{minutes} minute{'s' * (minutes != 1)}"
