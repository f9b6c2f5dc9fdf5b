"""The class's board in a browser: from the back row and on a telephone, light and dark, and by keyboard alone.

That it stands behind the hub's address, and what three learners put on it, asks test_class.py.
"""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from tornado.httpserver import HTTPServer

from classroom import board
from classroom.place import BOARD, board_token
from helpers.lab.neighbours import flowers, talk
from tests.browser.axe import AXE
from tests.browser.conftest import PATIENCE
from tests.classroom.test_board import BOARD_OF
from tests.peers.places import free_place

EVIL = "<img src=x onerror=alert(1)>" + "W" * 60
FULL = {
    **BOARD_OF,
    "joined": 31,
    "there": [*([flower, number % 3 > 0] for number, flower in enumerate(flowers.FLOWERS[:30])), [EVIL, False]],
    "passed": {name: 5 for name in ("three_fates", "domain_of", "mail_hosts", "walk", "letter_to_grace", "keep_first")},
}
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return { passes: found.passes.map(rule => rule.id),
    violations: found.violations.flatMap(rule => rule.nodes.map(n => `${rule.id}: ${n.html}\\n${n.failureSummary}`)) };
}"""


@pytest.fixture
def served(monkeypatch):
    """A board, in a thread: `said` is what it is told by the meeting place, `link` the link that opens it."""
    address, port = free_place()
    served = SimpleNamespace(said=FULL, link=f"http://{address}:{port}{BOARD}?token={board_token('a secret')}")
    monkeypatch.setattr(talk, "tell", lambda *who, **words: served.said)
    monkeypatch.setattr(board, "FRESH", 0)
    loop, up = asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        server = HTTPServer(board.application(7, "a secret"))
        server.listen(port, address)
        up.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(serve()), loop.run_forever()), daemon=True)
    thread.start()
    assert up.wait(PATIENCE)
    yield served
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)


@pytest.fixture
def show(browser, served, screenshots):
    """Open the board in a window of some size and colours; what its console says is in `page.errors`."""
    contexts = []

    def show(width: int, height: int, scheme: str):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.errors, page.asked = [], []
        page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.clock.install()  # five seconds are waited by it, and not by whoever runs this
        page.goto(served.link)
        page.screenshot(path=screenshots / f"board-{width}-{scheme}.png", full_page=True)
        return page

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", [(1280, 720), (390, 844)])
def test_it_can_be_read_by_everybody(show, width, height, scheme):
    page = show(width, height, scheme)
    assert BOARD in page.url and "token" not in page.url
    page.evaluate(AXE)
    found = page.evaluate(RUN)
    assert found["violations"] == [] and "color-contrast" in found["passes"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('ol > li')).fontSize)")
    assert size >= (28 if width == 1280 else 18)  # CSS pixels
    if width == 1280:  # the first vote stands there whole, without scrolling
        assert page.evaluate("document.querySelector('ol').getBoundingClientRect().bottom") <= height
    assert page.evaluate("document.images.length") == 0 and EVIL in page.inner_text("main")
    assert not page.errors and all(url.startswith(page.url.partition(BOARD)[0]) for url in page.asked)


def test_it_looks_again_by_itself_until_it_is_told_to_hold_still_by_keyboard(show, served):
    page = show(1280, 720, "light")
    page.keyboard.press("Tab")
    button = page.locator(":focus")
    assert button.inner_text() == "Hold still"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    served.said = {**FULL, "joined": 32}
    page.clock.run_for(5000)
    page.get_by_text("32 have joined").wait_for()
    assert button.inner_text() == "Hold still"  # where the keyboard is, it stays
    page.keyboard.press("Enter")
    assert button.inner_text() == "Go on"
    served.said, asked = {**FULL, "joined": 33}, len(page.asked)
    page.clock.run_for(60000)
    assert len(page.asked) == asked
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    page.get_by_text("33 have joined").wait_for()
    assert not page.errors


def test_where_the_hub_is_gone_it_says_since_when(show, served):
    page = show(390, 844, "light")
    page.route("**/*", lambda route: route.abort())
    page.clock.run_for(5000)
    page.get_by_text("No answer since").wait_for()
    assert page.get_by_text("Where is the letter now?").is_visible()
    page.unroute("**/*")
    page.clock.run_for(5000)
    page.locator("#lost:empty").wait_for(state="attached")  # the page lets no script be made from text
