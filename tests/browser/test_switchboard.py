"""The switchboard, by mouse and by keyboard alone: whose part is on, what is said of it, and nobody is shut out."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "switchboard.ipynb"
MAKE = """from importlib import import_module

switchboard = import_module("helpers.lessons.12_your_own_mail_server.switchboard")


def next_try(attempts, now):
    return now


board = switchboard.Switchboard({"next_try": next_try, "keep": print}.get)"""
SHOW = "board"
COURSES = "the course's"
WIDER = """box => [box, ...box.querySelectorAll('*')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""
FOCUSED = "document.activeElement.getAttribute('aria-label') ?? ''"


@pytest.fixture
def operator(reader, course):
    """A notebook with a switchboard, which has two parts of a learner's, and may be saved."""
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in (MAKE, SHOW, "")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(MAKE)
    reader.go_to(1)
    reader.do("() => jupyterapp.commands.execute('notebook:run-cell')")
    view(reader).wait_for()
    return reader


def view(reader):
    return reader.page.locator(".switchboard")


def switch(reader, part: str):
    return view(reader).get_by_role("button", name=f"{part}:")


def drawn(reader) -> str:
    """What the picture says to whoever does not see it."""
    return view(reader).get_by_role("img").get_attribute("aria-label")


def on_board(reader, part: str) -> str:
    """Whose part answers when the board is asked in the kernel."""
    reader.add(f"print(board._chosen({part!r})[0])")
    reader.wait_for("/yours|course/.test(book.content.activeCell.outputArea?.node.innerText ?? '')")
    said = reader.do("async () => book.content.activeCell.outputArea.node.innerText")
    reader.do("() => jupyterapp.commands.execute('notebook:delete-cell')")
    return said.strip()


def test_by_mouse(operator):
    said = view(operator).get_by_role("status")
    assert "queue: both" in drawn(operator)
    switch(operator, "next_try").click()
    expect(said).to_have_text(f'next_try is {COURSES} now: board.use("next_try", "{COURSES}")')
    expect(switch(operator, "next_try")).to_have_accessible_name(f"next_try: {COURSES}, called 0 times")
    switch(operator, "keep").click()
    expect(switch(operator, "keep")).to_have_accessible_name(f"keep: {COURSES}, called 0 times")
    assert f"queue: {COURSES}" in drawn(operator)
    switch(operator, "next_try").click()
    expect(said).to_have_text('next_try is yours now: board.use("next_try", "yours")')
    switch(operator, "sort_out").click(force=True)  # it is disabled, and says why
    expect(said).to_have_text("sort_out: there is none of yours yet. check.sort_out(sort_out) keeps one that passes.")
    expect(switch(operator, "sort_out")).to_have_accessible_name(f"sort_out: {COURSES}, called 0 times")
    assert on_board(operator, "next_try") == "yours" and on_board(operator, "keep") == COURSES


def test_by_keyboard_alone(operator):
    """One stop for Tab, arrows inside, Enter and Space switch, Escape and Shift+Enter go back to the notebook."""
    press, page = operator.page.keyboard.press, operator.page
    said = view(operator).get_by_role("status")
    assert view(operator).locator("[tabindex='0']").count() == 1
    operator.go_to(1)
    for _ in range(5):  # the cell's own buttons may come first
        press("Tab")
        if page.evaluate("document.activeElement.closest('.switchboard') !== null"):
            break
    assert page.evaluate(FOCUSED).startswith("AdasDoor: ")
    for key, part in [
        ("ArrowDown", "check_password"),
        ("ArrowRight", "mail_hosts"),
        ("ArrowUp", "check_password"),
        ("ArrowLeft", "AdasDoor"),
        ("ArrowUp", "go_down"),
        ("Home", "AdasDoor"),
        ("End", "go_down"),
    ]:
        press(key)
        assert page.evaluate(FOCUSED).startswith(f"{part}: "), key
    assert view(operator).locator("[tabindex='0']").count() == 1
    for _ in ("after", "next_try"):
        press("ArrowUp")
    assert page.evaluate(FOCUSED) == "next_try: yours, called 0 times"
    for key, whose in (("Enter", COURSES), (" ", "yours"), (" ", COURSES), ("Enter", "yours")):
        press(key)
        expect(said).to_have_text(f'next_try is {whose} now: board.use("next_try", "{whose}")')
        assert page.evaluate(FOCUSED) == f"next_try: {whose}, called 0 times", "it is still there for the next key"
    operator.shot("focused")
    press("Escape")
    assert operator.do("async () => [book.content.activeCellIndex, book.content.mode]") == [1, "command"]
    switch(operator, "go_down").focus()
    press("Shift+Enter")
    operator.wait_for("book.content.activeCellIndex === 2")
    assert on_board(operator, "next_try") == "yours"


def test_it_can_be_read_by_everybody_in_both_themes(operator):
    assert axe.look_in_both_themes(operator) == []


def test_nothing_is_cut_or_scrolled_sideways(operator):
    for width in operator.each_width(900):
        view(operator).scroll_into_view_if_needed()
        operator.shot(f"wide-{width}")
        assert view(operator).evaluate(WIDER) == []
        for part in ("AdasDoor", "next_try"):
            one = switch(operator, part)
            assert one.bounding_box()["height"] < 40, "a part's name, whose it is and its calls are one line"
