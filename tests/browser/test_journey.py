"""The journey: its picture on any page, its view in JupyterLab by mouse and by keyboard, and the postcard."""

import re
import time

import pytest
from playwright.sync_api import expect

from helpers.lab import Lab
from helpers.lessons import journey
from helpers.show import picture, postcard
from helpers.wire import faces
from tests.browser import axe

pytestmark = pytest.mark.timeout(240)
LAB = pytest.mark.installs

EVERYTHING = (*picture.STEPS, picture.QUEUE, picture.REPORT)
# Words that reach beyond every shape that is drawn, as the browser sets them.
LOOSE = """() => {
  const box = (one) => one.getBBox();
  const grounds = [...document.querySelectorAll('rect, path:not(.journey-way)')].map(box);
  const within = (a, b) => a.x >= b.x && a.x + a.width <= b.x + b.width
    && a.y >= b.y - 1 && a.y + a.height <= b.y + b.height + 1;
  return [...document.querySelectorAll('text')].filter(one => !grounds.some(ground => within(box(one), ground)))
    .map(one => one.textContent);
}"""
SEEN = """(() => {
  const [one, port] = ['.journey-top', '.jp-WindowedPanel-outer'].map(
    name => book.node.querySelector(name).getBoundingClientRect());
  return port.top < one.top + 1 && one.bottom < port.bottom + 1;  // within a pixel
})()"""
SEND = "from helpers.show.journey import journey\njourney(lab.send({!r}){})"
LETTER = "From: Ada <ada@gmail.test>\nTo: {}\nSubject: Hello\n\nDoes this reach you?\n"


@pytest.fixture
def page(browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context.new_page()


@pytest.mark.parametrize("font", ["system-ui", "DejaVu Sans, Verdana"])
def test_the_words_of_the_picture_stay_within_their_boxes(page, font):
    page.set_content(journey.svg(EVERYTHING).replace("system-ui", font))
    assert page.evaluate(LOOSE) == []


@pytest.mark.parametrize("width, least", [(1280, 12), (390, 10)])
def test_the_words_of_the_picture_are_large_enough(page, tmp_path, width, least):
    """As GitHub and JupyterLab show it: never wider than the page."""
    (tmp_path / "journey.svg").write_text(journey.svg(EVERYTHING), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    (tmp_path / "page.html").write_text('<body style="margin: 16px"><img src="journey.svg" style="max-width: 100%">')
    page.goto((tmp_path / "page.html").as_uri())
    scale = page.evaluate("document.querySelector('img').width") / picture.WIDTH
    smallest = min(float(size) for size in re.findall(r"font-size: ?([\d.]+)px", journey.svg(EVERYTHING)))
    assert smallest * scale >= least
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_of_a_tree_nothing_becomes_an_element_that_could_run_or_call_out(page):
    page.set_content("<p>")
    page.add_script_tag(content=f"{faces.SCRIPT.read_text(encoding='utf-8')}; window.build = build;")
    bad = {"onerror": "x()", "onclick": "x()", "src": "http://198.51.100.1/", "href": "javascript:x()", "srcdoc": "x"}
    tags = ["script", "img", "iframe", "object", "link", "style", "a", "form", "input", "svg", "foreignObject", "use"]
    for tag in tags:
        tree = ["div", {}, [tag, bad, "<b>text</b>", [tag, bad]]]
        made = page.evaluate(
            "tree => { const one = build(tree); document.body.append(one); return one.outerHTML; }", tree
        )
        inner = "svg" if tag == "svg" else "span"
        assert made.startswith(f"<div><{inner}>&lt;b&gt;text&lt;/b&gt;<"), made
        assert not any(word in made for word in ("198.51", "x()", "srcdoc"))


@pytest.fixture
def begun(reader):
    """Notebook 00 with its first letter sent, and a cell of one's own to put a journey in."""
    reader.open("00_first_letter.ipynb")
    reader.add("from helpers.lab import Lab\nlab = Lab()")
    return reader


def show(reader, to="support@outlook.test", how=""):
    reader.add(SEND.format(LETTER.format(to), how))
    view = reader.page.locator(".journey")
    view.wait_for()
    view.scroll_into_view_if_needed()
    return view


def played(view, words="Delivered to"):
    view.get_by_role("status").filter(has_text=words).wait_for()


@LAB
def test_it_plays_once_within_four_seconds_and_keeps_its_steps_closed(begun):
    page = begun.page
    view = show(begun)
    began = time.monotonic()
    assert view.get_by_role("tab").count() == 6
    begun.wait_for("document.querySelector('.journey-runs') !== null")
    begun.shot("plays")
    played(view)
    assert time.monotonic() - began < 5.5, "four seconds, and the test's own"
    assert page.evaluate("document.querySelector('.journey').getAnimations({ subtree: true }).length") == 0
    expect(view.get_by_role("status").last).to_have_text("You look into steps 2, 3, 4 and 5 further below.")
    said = view.inner_text() + view.get_by_role("tablist").text_content()
    assert not re.search(r"mx\d|250|out\.gmail", said)
    for name in [
        "1 submission, not in this run (notebook 07)",
        "2 first question, done, closed",
        "5 acceptance, done, closed",
    ]:
        expect(view.get_by_role("tab", name=name)).to_have_count(1)
    view.get_by_role("tab", name="4 conversation").click()
    expect(view.get_by_role("status").last).to_have_text("Step 4, conversation, is closed: its section opens it.")
    assert not view.get_by_role("tabpanel").is_visible()

    button = view.get_by_role("button", name="Play it again")
    button.focus()
    page.keyboard.press("Enter")
    begun.wait_for("document.querySelector('.journey-runs') !== null")
    expect(view.get_by_role("status").first).to_be_empty()
    played(view)
    expect(button).to_be_focused()
    assert not page.locator(".journey-plays").count()

    begun.add("1 + 1")  # drawn a second time, the view does not play again
    begun.do("() => jupyterapp.commands.execute('notebook:create-output-view')")
    assert not page.locator(".journey-plays").count()


@LAB
def test_a_letter_that_is_refused_turns_round(begun):
    view = show(begun, "suport@outlook.test")
    played(view, "A report went back to ada@gmail.test")
    expect(view.get_by_role("tab", name="4 conversation, refused, closed")).to_have_count(1)
    broken, whole = (view.locator(f"[data-step='{step}'] path").get_attribute("d") for step in (4, 2))
    assert broken.count("M") == 2 and whole.count("M") == 1
    assert view.locator("[data-step='4']").text_content() == "4 ✗conversation"
    at = view.locator(".journey-post").bounding_box()
    ada = view.locator(".journey-box").first.bounding_box()
    assert abs(at["y"] - ada["y"]) < 20, "at Ada's, where it began"


@LAB
def test_with_reduced_motion_all_is_lit_at_once(begun):
    begun.keeps = False
    begun.page.emulate_media(reduced_motion="reduce")
    view = show(begun)
    assert view.get_by_role("status").first.inner_text() == "✓ Delivered to support@outlook.test"
    assert not view.locator(".journey-plays").count()
    expect(view.get_by_role("button", name="Play it again")).to_have_count(0)


@LAB
def test_by_keyboard_alone(begun):
    """One stop for Tab, arrows inside, Enter opens, Escape and Shift+Enter go back to the notebook."""
    press, page = begun.page.keyboard.press, begun.page
    view = show(begun, how=", opened=(2, 4)")
    status, panel = view.get_by_role("status").last, view.get_by_role("tabpanel")
    expect(status).to_have_text("Step 4, conversation, is open.")
    expect(panel).to_contain_text("220 mx1.outlook.test ESMTP")
    cell = begun.do("async () => book.content.activeCellIndex")
    begun.go_to(cell)
    for _ in range(5):  # the cell's own buttons may come first
        press("Tab")
        if page.evaluate("document.activeElement.closest('.journey') !== null"):
            break
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused).startswith("4 conversation, done, open")
    for key, step in [
        ("ArrowLeft", 3),
        ("ArrowUp", 2),
        ("Home", 1),
        ("ArrowLeft", 6),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
    ]:
        press(key)
        assert page.evaluate(focused).startswith(f"{step} "), key
    expect(status).to_have_text("Step 4, conversation, is open.")
    press("Enter")
    expect(status).to_have_text("Step 2, first question, is open.")
    expect(panel).to_contain_text("resolver.isp.test answers NOERROR")
    expect(view.get_by_role("tab", selected=True)).to_have_count(1)
    press("ArrowRight")
    press(" ")
    expect(status).to_have_text("Step 3, second question, is closed: its section opens it.")
    begun.shot("focused")
    press("Escape")
    assert begun.do("async () => [book.content.activeCellIndex, book.content.mode]") == [cell, "command"]
    view.get_by_role("tab", name="2 first question").focus()
    press("Shift+Enter")
    begun.wait_for("before => book.content.activeCellIndex === before + 1", cell)


@LAB
def test_what_was_just_run_is_to_be_seen_whole_on_a_small_laptop(reader):
    """The first key of the course: its picture begins at the foot of the window, and moves up to be seen."""
    before = reader.page.viewport_size
    reader.page.set_viewport_size({"width": 1366, "height": 768})
    try:
        reader.open("00_first_letter.ipynb")
        reader.go_to(reader.find("journey(delivery)"))
        reader.page.keyboard.press("Shift+Enter")
        played(reader.page.locator(".journey"))
        reader.wait_for(SEEN)
        reader.shot()
        assert reader.do("async () => book.content.activeCell.node.contains(document.activeElement)")
    finally:
        reader.page.set_viewport_size(before)


@LAB
def test_all_open_it_can_be_read_by_everybody_and_scrolls_nowhere_sideways(begun):
    view = show(begun, how=", 'all', letter=lab.mailbox('support@outlook.test')[0]")
    begun.unroll()
    for theme in ("Light", "Dark"):
        with axe.in_theme(begun, theme):
            for number in (2, 4, 5):
                view.locator(f"[data-step='{number}']").click()
                assert axe.look(begun, places=(axe.HTML,)) == []
                begun.shot(f"{theme.lower()}-{number}")
    begun.do("() => jupyterapp.shell.collapseLeft()")
    for width in (900, 390):
        begun.page.set_viewport_size({"width": width, "height": 844})
        for number in (2, 4, 5):
            view.locator(f"[data-step='{number}']").click()
            view.scroll_into_view_if_needed()
            wide = "(one) => one.scrollWidth - one.clientWidth"
            assert view.evaluate(wide) <= 0, (width, number)
            ends = view.locator(".journey-ends p")
            if width == 900:
                assert ends.bounding_box()["height"] < 30, "what became of the letter is one line"
                if number == 2:
                    heading = view.get_by_role("columnheader", name="Step")
                    assert heading.bounding_box()["height"] < 40, "one line as well"
            begun.shot(f"{width}-{number}")


@LAB
def test_a_strangers_markup_is_text(begun):
    evil = "<img src=x onerror=alert(1)>"
    letter = LETTER.format("support@outlook.test").replace("Ada <", f'"{evil}" <').replace("Hello", evil)
    begun.add(SEND.format(letter, ", 4"))
    view = begun.page.locator(".journey")
    expect(view.get_by_role("tabpanel")).to_contain_text(f"Subject: {evil}")
    assert view.locator("img").count() == 0


@LAB
def test_it_says_that_the_kernel_was_restarted_and_reopens_with_its_static_face(begun):
    begun.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, as its kernel goes
    view = show(begun)
    played(view)
    begun.do("() => book.sessionContext.restartKernel()")
    view.get_by_text("The kernel was restarted. This is the letter that was sent before.").wait_for()
    view.get_by_role("tab", name="2 first question").click()
    expect(view.get_by_role("status").last).to_have_text("Step 2, first question, is closed: its section opens it.")
    begun.do("() => book.context.save()")
    begun.do("async () => { book.close(); }")
    begun.wait_for("book.isDisposed")
    begun.open("00_first_letter.ipynb")
    face = begun.read("journey(lab.send('")
    assert "✓ second question" in face and "Delivered to support@outlook.test" in face
    begun.shot("static")


@pytest.mark.parametrize("to", ["support@outlook.test", "suport@outlook.test"])
def test_a_postcard_reads_well_on_a_telephone_and_prints_on_one_page(page, tmp_path, to, screenshots):
    with Lab(beside=True) as lab:
        card = postcard.write(lab.send(LETTER.format(to) + "Many words of mine.\n" * 20))
    file = tmp_path / "postcard.html"
    file.write_text(card.html, encoding="utf-8")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(file.as_uri())
        for opened in (False, True):
            if opened:
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.screenshot(path=screenshots / f"postcard-{to.partition('@')[0]}-{width}-{opened}.png", full_page=True)
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4"))) == 1
    assert page.evaluate(LOOSE) == []
