"""The sealed letter, changed by mouse and by keyboard: the verdict that waits, the marks, what it never pretends."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.mail.conftest import ZONE

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "seal.ipynb"
TITLE = "A letter under the seal of learner.test, line by line"
MAKE = f'''from helpers.lab import Lab
from helpers.mail import make_key, quoted, sign_dkim
from helpers.show.seal import Seal

lab, key = Lab(), make_key()
lab.publish("""{ZONE.format(serial=1)}""" + f"s1._domainkey TXT {{quoted(key.record)}}\\n")
ticket = "From: Me <me@learner.test>\\nTo: support@outlook.test\\nSubject: My ticket\\n\\nNumber 12.\\nPlease  go.\\n"
letter = sign_dkim(lab, ticket, key, "learner.test", "s1", length=True)'''
SEAL = """Seal(lab, b"X-Seen: yes\\r\\n" + letter + b"PS: <img src=x onerror=alert(1)>\\r\\n")"""
BODY, HEADER = "bh=, the hash of the body,", "b=, the signature of the header,"
SELECT = """(area, text) => {
  const at = area.value.indexOf(text);
  area.focus();
  area.setSelectionRange(at, at + text.length);
}"""
# Each line of the letter stands where its mark does: the same height, and nothing beyond its edge.
LIES = """box => {
  const area = box.querySelector('textarea'), ground = area.previousElementSibling;
  const wide = [box, ...box.querySelectorAll('*')].filter(
    e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML);
  return [area.scrollHeight <= ground.offsetHeight + 1, area.clientWidth === ground.clientWidth, wide];
}"""
HEARD = """() => {
  window.frames = [];
  const box = document.querySelector('.mail-seal'), area = box.querySelector('textarea');
  area.addEventListener('input', () => { window.began = performance.now(); });
  new MutationObserver(() => {
    if (box.innerText.includes('Say it, and see')) window.frames.push(performance.now() - window.began);
  }).observe(box, { childList: true, subtree: true });
}"""


@pytest.fixture
def forger(reader, course):
    """A notebook with a lab and a sealed letter, which may be saved."""
    cells = [nbformat.v4.new_code_cell(source) for source in (MAKE, SEAL)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run("Lab()")
    reader.run("Seal(lab")
    expect(view(reader)).to_contain_text("✓ The seal holds.")
    return reader


def view(reader):
    return reader.page.get_by_role("region", name=TITLE)


def letter(reader):
    return view(reader).get_by_role("textbox", name="The letter")


def button(reader, name: str):
    return view(reader).get_by_role("group", name="What becomes of the seal?").get_by_role("button", name=name)


def told(reader, *words: str) -> None:
    for one in words:
        expect(view(reader)).to_contain_text(one)


def change(reader, old: str, new: str) -> None:
    letter(reader).evaluate(SELECT, old)
    reader.page.keyboard.insert_text(new)


def marks(reader) -> dict[str, str]:
    shown = view(reader).locator(".mail-paper > div > div")
    texts = letter(reader).input_value().split("\n")
    return dict(zip(texts, shown.locator("strong").all_text_contents(), strict=True))


def test_by_mouse_the_verdict_comes_when_something_was_said(forger):
    reader = forger
    reader.page.evaluate(HEARD)
    at_first = marks(reader)
    assert at_first["X-Seen: yes"] == "○ open" and at_first["Subject: My ticket"] == "● sealed"
    assert at_first["PS: <img src=x onerror=alert(1)>"] == "○ open"
    expect(view(reader).locator(".mail-cut")).to_have_text(re.compile("○ openPS:"))
    expect(button(reader, "It holds")).to_have_attribute("aria-disabled", "true")

    change(reader, "DKIM-Signature: v", "Reply-To: m@mallory.test\nDKIM-Signature: v")
    told(reader, "Your change was checked. Does the seal hold, or does it break?")
    assert marks(reader)["Reply-To: m@mallory.test"] == "? changed"
    expect(view(reader)).not_to_contain_text("agree")
    reader.shot("covered")
    button(reader, "It holds").click()
    told(reader, "You said: it holds. It does not.", "✗ The seal breaks.", f"✓ {BODY} agrees.")
    told(reader, f"✗ {HEADER} does not agree, since reply-to is not as signed.")
    assert marks(reader)["Reply-To: m@mallory.test"] == "● sealed"
    reader.shot("broken")

    button(reader, "As it was").click()
    told(reader, "✓ The seal holds.")
    assert marks(reader) == at_first
    change(reader, "PS: <img", "PPS: <img")
    button(reader, "It breaks").click()  # before the check has come: it waits for what was said
    told(reader, "You said: it breaks. It does not.", "✓ The seal holds.", "You changed nothing that is sealed.")
    assert reader.page.evaluate("window.frames.length > 0 && window.frames[0] < 1000"), "once it was typed"


def test_by_keyboard_alone(forger):
    reader, press = forger, forger.page.keyboard.press
    for _ in range(6):  # the cell's own buttons may come first
        press("Tab")
        if reader.page.evaluate("document.activeElement.matches('.mail-seal textarea')"):
            break
    told(reader, "Line 1: open")
    for _ in range(2):
        press("ArrowDown")
    told(reader, "Line 3: sealed")
    press("Control+Home")
    press("Enter")
    press("ArrowUp")
    reader.page.keyboard.type("Subject: <b>Cancel</b>")
    told(reader, "Line 1: changed", "Your change was checked.")
    press("Tab")
    expect(button(reader, "It holds")).to_be_focused()
    press("Enter")
    told(reader, "You said: it holds. So it does.", "✓ The seal holds.", "You changed nothing that is sealed.")
    press("Tab")
    press("Tab")
    expect(button(reader, "As it was")).to_be_focused()
    press("Space")
    expect(view(reader)).not_to_contain_text("You said")
    assert letter(reader).input_value().startswith("X-Seen: yes\n")
    press("Escape")
    assert not reader.page.evaluate("document.querySelector('.mail-seal').contains(document.activeElement)")
    assert reader.do("async () => book.content.mode") == "command"
    letter(reader).focus()
    number = reader.do("async () => book.content.activeCellIndex")
    press("Shift+Enter")
    reader.wait_for("number => book.content.activeCellIndex !== number || book.content.widgets.length > 2", number)


def test_names_roles_and_contrast(forger):
    reader = forger
    snapshot = view(reader).aria_snapshot()
    for line in ('textbox "The letter"', 'group "What becomes of', 'status: "Line 1: open"', 'button "It breaks"'):
        assert line in snapshot, snapshot
    change(reader, "My ticket", "MY TICKET")
    button(reader, "It breaks").click()
    told(reader, "So it does.")
    assert axe.look_in_both_themes(reader) == []


def test_nothing_is_cut_and_each_line_lies_on_its_mark(forger):
    reader = forger
    change(reader, "Number 12.", "A line that is longer than any narrow window, and still has its end in sight. " * 2)
    button(reader, "It breaks").click()
    told(reader, "So it does.")
    for width in reader.each_width(1300):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(LIES) == [True, True, []]


def test_it_says_what_it_cannot_do(forger):
    """A closed lab, a busy kernel, a restart, and a notebook that was closed and opened again."""
    reader = forger
    reader.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, when a kernel goes
    reader.add("lab.close()")
    view(reader).scroll_into_view_if_needed()
    change(reader, "12", "13")
    told(reader, "This lab is closed. Make a new one")
    reader.run("Lab()")
    reader.run("Seal(lab")
    told(reader, "✓ The seal holds.")
    reader.add("print('Begun')\nwhile True: pass")
    reader.page.get_by_text("Begun", exact=True).wait_for()
    view(reader).scroll_into_view_if_needed()
    change(reader, "12", "13")
    told(reader, "Not checked yet: the kernel is busy or was restarted.")
    reader.do("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    told(reader, "Your change was checked.")

    reader.do("() => book.sessionContext.restartKernel()")
    told(reader, "The kernel was restarted. To change the letter, run this cell again.")
    expect(letter(reader)).to_have_attribute("readonly", "")
    expect(button(reader, "As it was")).to_have_attribute("aria-disabled", "true")
    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    reader.page.get_by_text("✓ The seal holds.").wait_for()
    assert not view(reader).count() and reader.page.get_by_text("here ends what is signed of the body").count()
