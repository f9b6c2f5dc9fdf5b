"""Who vouches for whom, turned by mouse and by keyboard: a verdict is covered until one has said what one expects."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)
pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "vouching.ipynb"
VOUCHING = """from helpers.show.vouch import Vouching

vouching = Vouching()
vouching"""
ASK = "Does DMARC pass or fail? Say what you expect, and you see."
WIDER = """box => [box, ...box.querySelectorAll(':not(select, option, svg)')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""
FOCUSED = "document.activeElement.name || document.activeElement.textContent"


@pytest.fixture
def judge(reader, course):
    """A notebook with the view, which may be saved."""
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(VOUCHING)], metadata=metadata)
    nbformat.write(book, course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(VOUCHING)
    told(reader, ASK)
    return reader


def view(reader):
    return reader.page.get_by_role("region", name="Who vouches for whom")


def told(reader, words: str) -> None:
    expect(view(reader).get_by_role("status")).to_contain_text(words)


def turn(reader, about: str, words: str) -> None:
    view(reader).get_by_role("combobox", name=about).select_option(words)
    judged(reader)


def say(reader, words: str) -> None:
    view(reader).get_by_role("button", name=words, exact=True).click()
    judged(reader)


def judged(reader) -> None:
    expect(view(reader)).to_have_attribute("aria-busy", "false")


def lines(reader) -> list[str]:
    return view(reader).locator(".vouch-words strong").all_inner_texts()


def test_by_keyboard_alone_a_verdict_is_uncovered_by_what_one_says(judge):
    reader, press = judge, judge.page.keyboard.press
    assert lines(reader) == ["? ?", "? ?"]
    for _ in range(5):  # the cell's own buttons may come first
        press("Tab")
        if reader.page.evaluate(FOCUSED) == "path":
            break
    for _ in range(3):
        press("ArrowDown")
    judged(reader)
    expect(view(reader).get_by_role("combobox", name="The letter comes")).to_have_value("list")
    picture = view(reader).get_by_role("group", name="Names, and what they say for From:")
    expect(picture).to_contain_text("<postmaster@list.test>, from 203.0.113.78")
    told(reader, ASK)
    assert "aligned" not in view(reader).inner_text() and lines(reader) == ["? ?", "? ?"]
    for _ in range(7):  # by the other switches
        press("Tab")
    assert reader.page.evaluate(FOCUSED) == "It fails"
    press("Enter")
    told(reader, "You said fail, and DMARC says fail. You have reached: SPF passes, and DMARC fails.")
    assert lines(reader) == ["≠ pass, not aligned", "✗ fail"]
    expect(view(reader).get_by_role("button", name="It fails")).to_have_attribute("aria-pressed", "true")
    expect(view(reader)).to_contain_text("The letter was set aside in the junk folder: DMARC fails")
    expect(view(reader).get_by_role("listitem").nth(0)).to_have_text("✓ reached: SPF passes, and DMARC fails.")
    expect(view(reader).get_by_role("listitem").nth(1)).to_have_text("○ DKIM passes, and DMARC fails.")
    press("Escape")
    assert reader.do("async () => book.content.mode") == "command"
    assert not view(reader).evaluate("box => box.contains(document.activeElement)")
    assert reader.page.evaluate("book.content.widgets.length") == 1  # JupyterLab heard none of the keys


def test_by_mouse_each_challenge_is_reached(judge):
    reader = judge
    turn(reader, "The letter comes", "by bulk.test, for others")
    turn(reader, "It is signed", "by bulk.test")
    assert lines(reader) == ["? ?", "? ?"]
    say(reader, "It passes")
    told(reader, "You said pass, and DMARC says fail.")
    assert lines(reader) == ["≠ pass, not aligned", "≠ pass, not aligned"]
    reader.shot("apart")
    turn(reader, "It says From:", '"clerk@bank.test" <me@mallory.test>')
    say(reader, "Neither")
    told(reader, "You said neither, and DMARC says none. You have reached: A forged letter")
    told(reader, "which none of the three reads.")
    assert all(item.startswith("✓ reached:") for item in view(reader).get_by_role("listitem").all_inner_texts())
    view(reader).get_by_text("The letter, as it lies in the mailbox").click()
    expect(view(reader).locator("pre")).to_contain_text('From: "clerk@bank.test" <me@mallory.test>')
    turn(reader, "bank.test asks for", "p=none")
    told(reader, ASK)
    expect(view(reader).locator("pre")).to_be_hidden()
    turn(reader, "bank.test asks for", "p=reject")
    told(reader, "You said neither, and DMARC says none.")  # said once, it stays
    number = reader.do("async () => book.content.activeCellIndex")
    view(reader).get_by_role("button", name="It passes").focus()
    reader.page.keyboard.press("Shift+Enter")
    reader.wait_for("number => book.content.activeCellIndex === number + 1", number)


def test_it_is_whole_for_everybody_in_both_themes(judge):
    reader = judge
    turn(reader, "After that, somebody", "changes the Subject")
    say(reader, "It fails")
    assert axe.look_in_both_themes(reader) == []


def test_it_says_what_it_cannot_do(judge):
    """An interrupted kernel, a restart, a notebook closed and opened again."""
    reader = judge
    reader.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, when a kernel goes
    reader.add("print('Begun')\nwhile True: pass")
    reader.page.get_by_text("Begun", exact=True).wait_for()
    view(reader).get_by_role("combobox", name="The letter comes").select_option("own")
    told(reader, "Not judged yet: the kernel is busy or was restarted.")
    reader.do("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    told(reader, ASK)
    expect(view(reader).get_by_role("group", name="Names, and")).to_contain_text("from 203.0.113.60")
    reader.do("() => book.sessionContext.restartKernel()")
    told(reader, "The kernel was restarted. Run this cell again to set the switches.")
    expect(view(reader).get_by_role("combobox", name="The letter comes")).to_be_disabled()
    view(reader).get_by_role("button", name="It passes").dispatch_event("click")
    assert lines(reader) == ["? ?", "? ?"]
    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    reader.page.get_by_text("This letter came by alumni.test, a forwarder.").wait_for()


def test_nothing_is_cut_or_scrolled_sideways(judge):
    reader = judge
    say(reader, "It passes")
    for width in reader.each_width(1100):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(WIDER) == []
        inside, names = view(reader).bounding_box(), view(reader).locator(".vouch-name")
        assert all(names.nth(n).bounding_box()["width"] > 90 for n in range(3))
        assert inside["x"] + inside["width"] <= width
