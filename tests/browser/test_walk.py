"""The walk and the clock, by mouse and by keyboard: the lab's clock moves, and its resolver answers what it must."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "walk.ipynb"
MOVED = """from helpers.lab import Lab
from helpers.show.walk import Walk

lab = Lab()
lab.resolver.resolve("corner-shop.test", "A")
lab.clock.advance(minutes=10)
lab.publish(lab.zone_text("corner-shop.test").replace("203.0.113.90", "203.0.113.99"))"""
WALK = """view = Walk(lab, "corner-shop.test", "A")
view"""
TITLE = "The walk and the clock: corner-shop.test A"
OLD, NEW = "corner-shop.test A 203.0.113.90", "corner-shop.test A 203.0.113.99"
WIDER = """box => [box, ...box.querySelectorAll('*')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""


@pytest.fixture
def walker(reader, course):
    """A notebook in which Olive has moved, and the view of it."""
    cells = [nbformat.v4.new_code_cell(source) for source in (MOVED, WALK)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(MOVED)
    reader.run(WALK)
    view(reader).wait_for()
    return reader


def view(reader):
    return reader.page.get_by_role("region", name=TITLE)


def slider(reader):
    return view(reader).get_by_role("slider", name="Move the clock")


def number(reader):
    return view(reader).get_by_role("spinbutton", name="seconds after 09:10:00")


def button(reader, said: str):
    return view(reader).get_by_role("button", name=f"I say {said}: ask")


def told(reader, words: str) -> None:
    expect(view(reader).get_by_role("status")).to_contain_text(words)


def asked(reader):
    return view(reader).get_by_role("list", name="What you said before, and what came").get_by_role("listitem")


def test_by_mouse_the_copy_shrinks_with_the_clock_and_the_resolver_asks_anew_when_it_has_run_out(walker):
    reader, seen = walker, view(walker)
    expect(seen).to_contain_text(f"keeps: {OLD}; 3000 of 3600 seconds left")
    expect(seen.locator(".walk-arrow")).to_have_text(["1", "2", "3"])
    expect(asked(reader)).to_have_count(0)
    button(reader, "new").click()
    told(reader, "≠ 09:10:00: you said new, and old came: 203.0.113.90; it remembered, and asked nobody.")
    expect(seen.locator(".walk-short")).to_contain_text("short cut: resolver.isp.test remembers")
    box = slider(reader).bounding_box()
    reader.page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2, steps=8)
    reader.page.mouse.up()
    reader.wait_for("document.querySelector('.mail-walk').getAttribute('aria-busy') === 'false'")
    gone = int(slider(reader).input_value())
    assert 900 < gone < 2000
    expect(seen).to_contain_text(f"keeps: {OLD}; {3000 - gone} of 3600 seconds left")
    width = seen.locator(".walk-both .walk-bar span").last.evaluate("bar => parseFloat(bar.style.width)")
    assert width == pytest.approx(100 * (3000 - gone) / 3600, abs=0.1)
    number(reader).fill("3000")
    number(reader).press("Enter")
    told(reader, "It is 10:00:00. The copy has run out.")
    button(reader, "new").click()
    told(reader, "✓ 10:00:00: you said new, and new came: 203.0.113.99; it asked corner-shop.test.")
    expect(seen).to_contain_text(f"keeps: {NEW}; 3600 of 3600 seconds left")
    expect(asked(reader)).to_have_count(1)
    reader.add("print(lab.clock, [one.came for one in view.asked])")
    reader.page.get_by_text("Mon, 02 Mar 2026 10:00:00 +0000 ['old', 'new']").wait_for()


def test_by_keyboard_alone(walker):
    reader, press = walker, walker.page.keyboard.press
    for _ in range(4):  # the cell's own buttons may come first: one stop
        press("Tab")
        if reader.page.evaluate("document.activeElement.type === 'range'"):
            break
    press("ArrowRight")
    told(reader, "It is 09:11:00. The copy has 2940 seconds left.")
    expect(slider(reader)).to_have_attribute("aria-valuetext", "09:11:00, 60 seconds on")
    press("ArrowLeft")
    told(reader, "It is 09:11:00 already: the lab's clock only moves forward.")
    expect(slider(reader)).to_have_value("60")
    press("Tab")
    reader.page.keyboard.type("2999")
    press("Enter")
    told(reader, "It is 09:59:59. The copy has 1 second left.")
    press("Tab")
    press("Enter")
    told(reader, "✓ 09:59:59: you said old, and old came")
    press("ArrowDown")  # is nothing to JupyterLab either
    assert reader.page.evaluate("document.activeElement.textContent") == "I say old: ask"
    press("Tab")
    press("Space")
    told(reader, "≠ 09:59:59: you said new, and old came")
    press("Escape")
    assert not reader.page.evaluate("document.querySelector('.mail-walk').contains(document.activeElement)")
    assert reader.do("async () => book.content.mode") == "command"
    slider(reader).focus()
    at = reader.do("async () => book.content.activeCellIndex")
    press("Shift+Enter")
    reader.wait_for("number => book.content.activeCellIndex === number + 1", at)


def test_names_and_roles_and_both_themes(walker):
    reader = walker
    for name in ("The lab's clock", "Ask the resolver again"):
        expect(view(reader).get_by_role("group", name=name)).to_be_visible()
    number(reader).fill("3000")
    number(reader).press("Enter")
    button(reader, "old").click()
    told(reader, "you said old, and new came")
    assert axe.look_in_both_themes(reader) == []


def test_it_follows_the_lab_and_says_what_it_cannot_do(walker):
    """Moved by code, a closed lab, a restart, a notebook that is opened again."""
    reader = walker
    reader.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, when a kernel goes
    cell = reader.do("async () => book.content.activeCellIndex")
    reader.add("lab.clock.advance(minutes=20)")
    told(reader, "It is 09:30:00. The copy has 1800 seconds left.")
    expect(slider(reader)).to_have_value("1200")
    reader.add("lab.close()")
    told(reader, "The lab is closed.")
    expect(slider(reader)).to_be_disabled()
    reader.run(MOVED)
    reader.go_to(cell)
    reader.do("() => jupyterapp.commands.execute('notebook:run-cell')")
    expect(slider(reader)).to_be_enabled()
    reader.do("() => book.sessionContext.restartKernel()")
    told(reader, "The kernel was restarted.")
    expect(number(reader)).to_be_disabled()
    button(reader, "old").dispatch_event("click")
    expect(asked(reader)).to_have_count(0)
    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    expect(reader.page.get_by_text(f"keeps: {OLD}; 3000 of 3600 seconds left").first).to_be_visible()
    expect(slider(reader)).to_have_count(0)


def test_nothing_is_cut_or_scrolled_sideways(walker):
    reader = walker
    number(reader).fill("3000")
    number(reader).press("Enter")
    button(reader, "new").click()
    told(reader, "new came")
    for width in reader.each_width(1300):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(WIDER) == []
