"""The inbox, by mouse and by keyboard; and letters that mean harm, of which nothing runs and nothing is asked for."""

import json
from base64 import b64encode

import nbformat
import pytest
from playwright.sync_api import expect

from helpers.show import opened
from helpers.show.inbox import Entry
from tests.browser import axe
from tests.browser.conftest import PATIENCE
from tests.browser.hostile import LETTERS, RICH, SCRIPT, Hostile

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

expect.set_options(timeout=PATIENCE * 1000)
NOTEBOOK = "inbox.ipynb"
INBOX = """from helpers.show.inbox import Inbox

inbox = Inbox()
inbox"""
FACE = "It fills while the notebook runs."
SEEDS = b"""From: Olive <olive@corner-shop.test>
To: gardeners@list.test
Subject: Seeds
Date: Mon, 2 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c

Ten tulips for you.
--c
Content-Type: text/html

<p><b>Ten</b> tulips for you. <img src="http://corner-shop.test/seen.gif"></p>
--c--
--b
Content-Type: text/csv
Content-Disposition: attachment; filename="seeds.csv"

tulip,10
--b--
"""
PLAIN = b"From: Ada <ada@gmail.test>\nSubject: Tulips\nDate: Mon, 2 Mar 2026 09:00:00 +0000\n\nCome at ten.\n"
MARK = "window.canary ?? document.querySelector('.mail-inbox iframe')?.contentWindow.canary"
SIDEWAYS = """box => [box, ...box.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1
  && !['inline', 'none'].includes(getComputedStyle(e).display) && e.tagName !== 'BUTTON').map(e => e.outerHTML)"""
HALVES = """view => [...view.querySelectorAll('.mail-half')].filter(e => e.getClientRects().length > 1
  || e.offsetParent.scrollWidth > e.offsetParent.clientWidth).map(e => e.textContent)"""


@pytest.fixture
def holder(reader, course):
    """A notebook with an inbox in it, which may be saved."""
    cells = [nbformat.v4.new_code_cell(INBOX)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(INBOX)
    expect(status(reader)).to_have_text("No letters yet.")
    return reader


def view(reader):
    return reader.page.get_by_role("region", name="Inbox, live")


def status(reader):
    return view(reader).get_by_role("status")


def rows(reader):
    return view(reader).get_by_role("listbox", name="Letters, newest first").get_by_role("option")


def letter(reader, number: int):
    return view(reader).get_by_role("region", name=f"Letter {number}", exact=True)


def come(reader, course, letters: list[Hostile]) -> None:
    """Let these letters come in."""
    whole = [[one.sender, one.recipients, b64encode(one.content).decode()] for one in letters]
    (course.root / "my-course" / "letters.json").write_text(json.dumps(whole))
    reader.go_to(0)
    reader.add(
        "import base64, json\nfor sender, recipients, content in json.load(open('letters.json')):\n"
        "    inbox.add(sender, recipients, base64.b64decode(content))"
    )
    expect(status(reader)).to_contain_text(f"{len(letters)} letter")
    view(reader).scroll_into_view_if_needed()


def two(sender: str = "bounces@list.test") -> list[Hostile]:
    return [
        Hostile("", content, "", "", sender=path, recipients=("me@learner.test",))
        for content, path in ((PLAIN, "ada@gmail.test"), (SEEDS, sender))
    ]


def test_by_mouse(holder, course):
    reader = holder
    come(reader, course, two())
    expect(rows(reader)).to_have_count(2)
    expect(rows(reader).first).to_contain_text(
        "Olive <olive@corner-shop.test>Seeds2026-03-02 10:00≠ envelope is not From:"
    )
    expect(rows(reader).last).not_to_contain_text("envelope")
    rows(reader).first.click()
    expect(status(reader)).to_have_text("Letter 2 is open.")
    expect(rows(reader).first).to_have_attribute("aria-selected", "true")
    open_letter = letter(reader, 2)
    expect(open_letter).to_contain_text("MAIL FROM<bounces@list.test>RCPT TO<me@learner.test>From")
    expect(open_letter).to_contain_text("Ten tulips for you.")
    expect(open_letter.locator("iframe")).to_have_count(0)
    parts = open_letter.get_by_role("list", name="Parts").get_by_role("listitem")
    expect(parts).to_have_text(
        ["Text: text/plain, 19 octets", "HTML: text/html, 78 octets", "seeds.csv, text/csv, 8 octets: not opened"]
    )
    assert not reader.page.evaluate("JSON.stringify(book.content.widgets[0].model.outputs.toJSON())").count("tulips")
    open_letter.get_by_role("button", name="HTML").click()
    frame = open_letter.frame_locator("iframe")
    expect(frame.locator("b")).to_have_text("Ten")
    expect(frame.locator("p")).to_contain_text("[picture http://corner-shop.test/seen.gif, not fetched]")
    expect(open_letter.get_by_role("button", name="HTML")).to_be_focused()
    reader.shot("html")
    open_letter.get_by_role("button", name="Text:").click()
    expect(open_letter.locator("iframe")).to_have_count(0)
    expect(open_letter.locator("pre")).to_have_text("Ten tulips for you.")


def test_by_keyboard_alone_and_as_it_is_heard(holder, course):
    reader, press = holder, holder.page.keyboard.press
    come(reader, course, two())
    reader.go_to(0)
    for _ in range(5):  # the cell's own buttons may come first: one stop
        press("Tab")
        if reader.page.evaluate("document.activeElement.getAttribute('role') === 'option'"):
            break
    expect(rows(reader).first).to_be_focused()
    for key, at in [("ArrowDown", 1), ("ArrowDown", 1), ("Home", 0), ("End", 1), ("ArrowUp", 0)]:
        press(key)
        expect(rows(reader).nth(at)).to_be_focused()
    press("Enter")
    expect(status(reader)).to_have_text("Letter 2 is open.")
    press("Tab")
    expect(letter(reader, 2).get_by_role("button", name="Text:", pressed=True)).to_be_focused()
    press("Tab")
    press("Enter")
    expect(letter(reader, 2).frame_locator("iframe").locator("b")).to_have_text("Ten")
    expect(letter(reader, 2).get_by_role("button", name="HTML", pressed=True)).to_be_focused()
    press("Escape")
    assert reader.do("async () => book.content.mode") == "command"
    assert not reader.page.evaluate("document.querySelector('.mail-inbox').contains(document.activeElement)")
    assert axe.look_in_both_themes(reader) == []
    rows(reader).first.focus()
    press("Shift+Enter")
    reader.wait_for("book.content.activeCellIndex > 0")


def test_letters_come_while_a_cell_runs_and_rows_that_stand_are_left_alone(holder, course):
    reader = holder
    come(reader, course, two())
    reader.page.evaluate("for (const one of document.querySelectorAll('.mail-letters > div')) one.mine = true")
    rows(reader).first.focus()
    reader.page.evaluate("document.activeElement.blur()")
    reader.add(
        "import time\ninbox.add('a@b.test', [], b'Subject: New\\n\\n')\nprint('Begun')\nwhile True: time.sleep(0.01)"
    )
    expect(status(reader)).to_have_text("3 letters. New: from \u2068nobody\u2069, \u2068New\u2069.")
    expect(rows(reader)).to_have_count(3)
    each = "[...document.querySelectorAll('.mail-letters > div')].map(one => one.mine ?? one.className)"
    assert reader.page.evaluate(each) == ["mail-new", True, True]
    expect(rows(reader).first).to_have_css("animation-name", "mail-come")
    rows(reader).last.click()
    expect(status(reader)).to_have_text("Asking for letter 1. A cell that runs is first.")
    reader.do("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    expect(status(reader)).to_have_text("Letter 1 is open.")
    expect(letter(reader, 1)).to_contain_text("Come at ten.")


def test_a_restart_is_said_and_a_notebook_opened_again_shows_its_face(holder, course):
    reader = holder
    reader.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, when a kernel goes
    come(reader, course, two())
    reader.do("() => book.sessionContext.restartKernel()")
    expect(status(reader)).to_contain_text("The kernel was restarted, and no more letters come.")
    rows(reader).first.click()
    expect(status(reader)).to_contain_text("The kernel was restarted, and no more letters come.")
    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    reader.page.get_by_text(FACE).wait_for()


def test_nothing_is_scrolled_sideways_and_addresses_break_at_their_at(holder, course):
    reader = holder
    long = Hostile("", SEEDS.replace(b"Seeds", b"S" * 300), "", "", recipients=("me@" + "long" * 40 + ".test",))
    come(reader, course, [*two(), long])
    for width in reader.each_width(1300):
        rows(reader).first.click()
        expect(status(reader)).to_have_text("Letter 3 is open.")
        assert view(reader).evaluate(SIDEWAYS) == []
        letter(reader, 3).get_by_role("button", name="HTML").click()
        expect(letter(reader, 3).locator("iframe")).to_be_visible()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(SIDEWAYS) == []
        assert view(reader).evaluate(HALVES) == []


@pytest.fixture
def dialogs(reader):
    """What dialogs said; each is closed."""
    said, reader.keeps = [], False
    reader.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    return said


def read(reader, number: int, one: Hostile, rich: bool = True) -> None:
    """Open a letter, and its HTML; where that was written anew, click on it as somebody would who believes it."""
    rows(reader).nth(len(LETTERS) - number).click()
    expect(status(reader)).to_have_text(f"Letter {number} is open.")
    expect(rows(reader).nth(len(LETTERS) - number)).to_contain_text(one.row)
    expect(letter(reader, number)).to_contain_text(one.text)
    if not one.rich:
        return
    letter(reader, number).get_by_role("button", name="HTML").click()
    frame = letter(reader, number).locator("iframe")
    expect(frame).to_be_visible()
    if not rich:
        return
    expect(frame.content_frame.locator("body")).to_contain_text(one.rich)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    for down in (20, 60, 100):
        reader.page.mouse.click(box["x"] + 20, box["y"] + down)
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")


def unhurt(reader, dialogs, name: str) -> None:
    assert not [url for url in reader.asked if "canary" in url], f"{name}: {reader.asked[-3:]}"
    nothing_ran(reader, dialogs, name)


def nothing_ran(reader, dialogs, name: str) -> None:
    assert not dialogs, f"{name}: {dialogs}"
    assert reader.page.evaluate("window.canary") is None, name
    assert not [said for said in reader.errors if said == "canary"], name
    shut = ("about:", "chrome-error:")  # the second is a frame in the frame, which was not let in
    others = [frame.url for frame in reader.page.frames[1:] if frame.url and not frame.url.startswith(shut)]
    assert not others and len(reader.page.context.pages) == 1, f"{name}: {others}"


@pytest.mark.timeout(480)
def test_of_hostile_letters_nothing_runs_and_nothing_is_asked_for(holder, course, dialogs):
    reader = holder
    assert len(LETTERS) >= 60 and len({one.name for one in LETTERS}) == len(LETTERS)
    come(reader, course, LETTERS)
    for number, one in enumerate(LETTERS, 1):
        read(reader, number, one)
        unhurt(reader, dialogs, one.name)


@pytest.mark.thorough
@pytest.mark.timeout(480)
def test_the_frame_alone_holds_what_the_writing_anew_would_let_through(holder, course, dialogs):
    """The letters' own HTML, as it came, in the frame, whose policy and lack of rights hold all but a click on a link.

    What the policy stops, the browser names as a request that it has not made.
    """
    reader, requests = holder, []
    reader.expected = "Content Security Policy|sandbox|Blocked|Refused to|Unsafe attempt"
    reader.page.on("request", lambda request: requests.append(request))
    reader.add("from helpers.show import opened\nopened.page = lambda html: opened._TOP + html\nprint('As it came')")
    reader.page.get_by_text("As it came", exact=True).wait_for()
    come(reader, course, LETTERS)
    for number, one in enumerate(LETTERS, 1):
        if one in RICH:
            read(reader, number, one, rich=False)
            nothing_ran(reader, dialogs, one.name)
    read(reader, 1, LETTERS[0])
    reader.asked[:] = [url for url in reader.asked if "canary" not in url]
    stopped = [request for request in requests if "canary" in request.url]
    assert stopped and {request.failure for request in stopped} == {"csp"}


def test_what_is_written_anew_is_harmless_without_the_frame(reader, dialogs):
    """And so are a letter's static faces: each as a page of its own, with every right that a page has."""
    page = reader.page
    reader.arrive(reader.course.url)
    page.goto("about:blank")
    for number, one in enumerate(LETTERS, 1):
        entry = Entry(number, one.sender, one.recipients, one.content)
        found, _ = opened.parts(one.content)
        htmls = [part.page.partition("<body>")[2] for part in found if part.reads == "HTML"]
        for html in [*htmls, entry._repr_html_()]:
            page.set_content(html, wait_until="commit")
            unhurt(reader, dialogs, one.name)
    reader.expected = "canary|Failed to load"
    page.set_content(SCRIPT, wait_until="commit")  # which does run where it may
    reader.wait_for("window.canary === 1")
    assert "canary" in dialogs
