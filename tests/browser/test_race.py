"""The race, stepped through by mouse and by keys: who came when, and how each datagram compares with the question."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.test_console import WIDER

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "race.ipynb"
RACE = """import dns.message

from helpers.show.race import Race

def wire(id_, address):
    query = dns.message.make_query("mx1.outlook.test", "A", id=id_)
    answer = dns.message.make_response(query)
    answer.answer = [dns.rrset.from_text("mx1.outlook.test.", 300, "IN", "A", address)]
    return query.to_wire(), answer.to_wire()

race = Race(wire(0x9C01, "203.0.113.25")[0], ("127.0.0.1", 40053), lambda query, message, *_: message[:2] == query[:2])
race._began -= 0.001
race.add(wire(0x1A2B, "203.0.113.66")[1], ("127.0.0.1", 40666))
race._began -= 0.2
race.add(wire(0x9C01, "203.0.113.25")[1], ("127.0.0.1", 40053))
race"""


@pytest.fixture
def racer(reader, course):
    cells = [nbformat.v4.new_code_cell(RACE)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(RACE)
    view(reader).wait_for()
    return reader


def view(reader):
    return reader.page.get_by_role("region", name="A race for an answer")


def tab(reader, number: int):
    return view(reader).get_by_role("tab").nth(number - 1)


def facts(reader) -> list[str]:
    return view(reader).get_by_role("tabpanel").locator("tbody tr").all_inner_texts()


def test_stepping_through_it_by_keys_alone(racer):
    reader, press = racer, racer.page.keyboard.press
    status = view(reader).get_by_role("status")
    expect(status).to_have_text("Datagram 1 of 3.")
    for _ in range(4):
        press("Tab")
        if reader.page.evaluate("document.activeElement.getAttribute('role') === 'tab'"):
            break
    press("ArrowDown")
    expect(status).to_have_text("Datagram 2 of 3: ✗ not taken: it bears another id.")
    expect(tab(reader, 2)).to_be_focused()
    expect(tab(reader, 2)).to_have_attribute("aria-selected", "true")
    expect(tab(reader, 2)).to_have_accessible_name(
        "2, after "
        + reader.page.evaluate("document.activeElement.querySelector('span').textContent")
        + " ms: Mallory to You, says 203.0.113.66. ✗ not taken: it bears another id"
    )
    assert facts(reader) == [
        "≠ Id\t0x9c01\t0x1a2b",
        "✓ Question\tmx1.outlook.test. IN A\tmx1.outlook.test. IN A",
        "≠ Address\t127.0.0.1, port 40053\t127.0.0.1, port 40666",
    ]
    press("End")
    expect(status).to_have_text("Datagram 3 of 3: ✓ taken: all of it fits.")
    press("ArrowDown")
    expect(tab(reader, 3)).to_be_focused()
    reader.shot("keys")
    press("Escape")
    assert reader.do("async () => book.content.mode") == "command"
    expect(tab(reader, 3)).not_to_be_focused()
    assert axe.look_in_both_themes(reader) == []


def test_time_runs_down_the_page_and_a_click_chooses(racer):
    reader = racer
    tops = [tab(reader, n).locator(".race-arrow").bounding_box() for n in (1, 2, 3)]
    assert tops[2]["y"] - tops[1]["y"] > 30 + (tops[1]["y"] - tops[0]["y"])  # 0.2 s against a moment
    assert tops[1]["width"] > 1.9 * tops[0]["width"]  # from the third line to the first
    tab(reader, 3).click()
    expect(view(reader).get_by_role("status")).to_have_text("Datagram 3 of 3: ✓ taken: all of it fits.")
    assert [row[0] for row in facts(reader)] == ["✓"] * 3


def test_a_restart_is_said_and_a_reopened_notebook_has_the_static_face(racer):
    reader = racer
    reader.expected = "debugger state|Canceled future"  # JupyterLab, when a kernel goes
    reader.do("() => book.sessionContext.restartKernel()")
    expect(view(reader).get_by_role("status")).to_have_text(
        "The kernel was restarted. This is the race that was run before."
    )
    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    table = reader.page.get_by_role("table", name="A race for an answer")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table).to_contain_text("← ✗ not taken: it bears another id")
    reader.shot("reopened")


def test_nothing_is_cut_or_scrolled_sideways(racer):
    reader = racer
    tab(reader, 2).click()
    for width in reader.each_width(1100):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(WIDER) == []
        ground = view(reader).locator(".race-fate").first.evaluate("one => getComputedStyle(one).backgroundColor")
        assert ground == "rgb(255, 255, 255)", "no line goes through the words"
