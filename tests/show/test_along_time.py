"""The queue along time: a text that never changes, each event said, and nothing in it that is markup."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from helpers import show
from helpers.lab.clock import START
from helpers.lab.queue import Event
from helpers.show.queue import along_time
from helpers.show.queue_widget import QueueView

WIDGET = Path(show.__file__).parent
SCRIPT = "<script>alert(1)</script>"


def at(minutes: float, what: str, about: str = "", name: str = "7d1f") -> Event:
    return Event(START + timedelta(minutes=minutes), name, what, about)


HISTORY = [
    at(0, "kept", "for grace@outlook.test"),
    at(0, "deferred", "grace@outlook.test: 452 4.2.2 Mailbox full"),
    at(31, "deferred", "grace@outlook.test: 452 4.2.2 Mailbox full"),
    at(31, "kept", "for tom@twins.test", "0aa1"),
    at(32, "sent", "tom@twins.test: 250 2.0.0 OK", "0aa1"),
    at(32, "gone", name="0aa1"),
    at(1500, "deferred", "grace@outlook.test: 452 4.2.2 Mailbox full"),
    at(1500, "warned", "ada@gmail.test"),
    at(7200, "failed", f"grace@outlook.test: 550 {SCRIPT}"),
    at(7200, "reported", "ada@gmail.test"),
    at(7201, "gone"),
]


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def test_its_text_has_each_event_once_alike_ones_together():
    text = repr(along_time(HISTORY))
    assert text.startswith("The queue along time: 2 letters in 5 days\n")
    assert "letter 1  Mon, 02 Mar  09:00         ○ kept for grace@outlook.test" in text
    assert "09:00, 09:31  ↻ not now, grace@outlook.test: 452 4.2.2 Mailbox full" in text
    assert "letter 2  Mon, 02 Mar  09:31         ○ kept for tom@twins.test" in text
    assert "Tue, 03 Mar  10:00         ↻ not now" in text and "↩ a warning is queued for ada@gmail.test" in text
    assert "↩ a report is queued for ada@gmail.test" in text and "○ it leaves the queue" in text


def test_nothing_in_its_page_is_markup_of_a_stranger():
    assert SCRIPT in repr(along_time(HISTORY)) and SCRIPT not in along_time(HISTORY)._repr_html_()
    assert "<table" in along_time(HISTORY)._repr_html_()


def test_a_queue_to_which_nothing_happened(in_kernel):
    empty = along_time([])
    assert repr(empty) == "The queue along time: nothing has befallen a letter yet"
    assert set(empty._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_without_a_kernel_it_shows_its_static_faces():
    assert set(along_time(HISTORY)._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_view_says_each_event_and_how_long_after_the_try_before(in_kernel):
    shown = along_time(HISTORY)
    shown._repr_mimebundle_()
    view = shown._widget
    assert isinstance(view, QueueView)
    assert [day["text"] for day in view.days] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    assert along_time(HISTORY[:6])._days() == [{"at": 0.0, "text": "09:00"}, {"at": 1.0, "text": "09:32"}]
    assert along_time(HISTORY[:1])._days() == [{"at": 0.0, "text": "09:00"}]
    late = [at(0, "kept"), at(1440, "gone")], [at(14 * 60, "kept"), at(3 * 1440, "gone")]
    assert [along_time(few)._days()[0]["text"] for few in late] == ["Mon", "Tue"]
    assert [event["letter"] for event in view.events] == [1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1]
    assert view.events[0]["at"] == 0 and view.events[-1]["at"] == 1
    said = [event["said"] for event in view.events]
    assert said[1] == "Mon, 02 Mar, 09:00, letter 1: ↻ not now, grace@outlook.test: 452 4.2.2 Mailbox full."
    assert said[2].endswith("Mailbox full. 31 minutes after the try before.")
    assert said[6].endswith("1 day after the try before.")
    assert shown._repr_mimebundle_() and shown._widget is view  # shown again it is the same


def test_two_tries_of_one_moment_are_not_said_to_be_apart(in_kernel):
    one = at(0, "failed", "a@b.test: 550 No")
    two = at(0, "deferred", "c@b.test: 451 Later")
    shown = along_time([one, two])
    shown._repr_mimebundle_()
    assert not any("after the try before" in event["said"] for event in shown._widget.events)


def test_the_view_stays_small():
    assert sum(file.stat().st_size for file in WIDGET.glob("queue_widget.[jc]s*")) <= 8000
