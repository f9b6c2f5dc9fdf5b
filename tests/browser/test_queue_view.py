"""The queue along time, walked by keyboard: one stop, each event said, and nothing cut or covered at any width."""

import nbformat
import pytest

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "queue.ipynb"
QUEUE = """from datetime import timedelta

from helpers.lab.clock import START
from helpers.lab.queue import Event
from helpers.show.queue import along_time

grace, history = "grace@outlook.test", []
for hours in (0, 0.5, 1.6, 3.7, *range(8, 120, 4)):
    history.append(Event(START + timedelta(hours=hours), "a", "deferred", f"{grace}: 452 <b>Full</b>"))
    if hours == 8:
        history.append(Event(START + timedelta(hours=8), "a", "warned", "ada@gmail.test"))
        history.append(Event(START + timedelta(hours=8), "b", "kept", "for ada@gmail.test"))
        history.append(Event(START + timedelta(hours=8.2), "b", "sent", "ada@gmail.test: 250 2.0.0 OK"))
along_time(history)"""
WIDER = """box => [box, ...box.querySelectorAll('*')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""
NEAREST = """(box, among) => Math.min(...['try', 'word'].flatMap(
row => [...box.querySelectorAll('.mail-track')].flatMap(track => {
  const marks = [...track.querySelectorAll(`.mail-${row}`)].filter(mark => among.includes(mark.textContent));
  const left = marks.map(mark => mark.getBoundingClientRect().left);
  return left.slice(1).map((x, n) => x - left[n]);
})))"""
COVERED = """box => [...box.querySelectorAll('.mail-days span')].filter(
  day => day.style.visibility !== 'hidden'
).filter(
  (day, n, all) => n && day.getBoundingClientRect().left < all[n - 1].getBoundingClientRect().right
).map(day => day.textContent)"""
CHOSEN = "document.querySelector('.mail-queue [aria-selected=true]')?.getAttribute('aria-label') ?? ''"


@pytest.fixture
def walker(reader, course):
    """A notebook with a queue's history, which may be saved."""
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(QUEUE)], metadata=metadata)
    nbformat.write(notebook, course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(QUEUE)
    view(reader).wait_for()
    return reader


def view(reader):
    return reader.page.get_by_role("region", name="The queue along time")


def told(reader) -> str:
    return view(reader).get_by_role("status").inner_text()


def test_the_arrow_keys_walk_from_event_to_event_and_each_is_said(walker):
    reader, press = walker, walker.page.keyboard.press
    assert told(reader) == "35 events. The arrow keys walk from one to the next."
    assert view(reader).locator("[tabindex='0']").count() == 1
    view(reader).get_by_role("option").first.focus()
    press("ArrowRight")
    assert told(reader).startswith("Mon, 02 Mar, 09:30, letter 1: ↻ not now, grace@outlook.test: 452 <b>Full</b>.")
    assert told(reader).endswith("30 minutes after the try before.")
    press("ArrowDown")
    assert told(reader) == "Mon, 02 Mar, 17:00, letter 2: ○ kept for ada@gmail.test."
    press("ArrowUp")
    assert "a warning is queued for ada@gmail.test" in told(reader)
    press("End")
    assert told(reader).startswith("Sat, 07 Mar, 05:00, letter 1")
    press("ArrowRight")
    assert told(reader).startswith("Sat, 07 Mar, 05:00")
    press("Home")
    press("ArrowLeft")
    assert reader.page.evaluate(CHOSEN) == told(reader)
    assert view(reader).locator("[tabindex='0']").count() == 1
    press("Escape")
    assert not reader.page.evaluate("document.querySelector('.mail-queue').contains(document.activeElement)")
    view(reader).get_by_role("option").nth(6).click(force=True)
    assert reader.page.evaluate(CHOSEN) == told(reader)
    assert axe.look_in_both_themes(reader) == []


def test_nothing_is_cut_or_scrolled_sideways(walker):
    reader = walker
    for width in reader.each_width(900):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(WIDER) == []
        assert view(reader).evaluate(COVERED) == []
        assert view(reader).evaluate(NEAREST, "↻↩○✓") > 10
        assert view(reader).evaluate(NEAREST, "↻·") > 4, "a dot stands where there is no room for a sign again"
