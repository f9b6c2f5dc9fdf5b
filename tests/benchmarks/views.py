"""The views in JupyterLab in headless Chromium, of the course as start.py sets it up. First paint: from the cell's
idle to the first frame with the view in it, anywidget loaded; 0 where the view was there before its cell was idle. One
change: from the event that a key or a click makes to the frame that shows what the kernel made of it. One letter more:
from its message to the frame that shows it, in an inbox of 1,000. Idle: what the page sends and how many timers the
view sets in 10 s."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from tests.benchmarks.measuring import TIMES, Row, need
from tests.browser import test_packet, test_queue_view, test_race, test_seal, test_vouch, test_walk
from tests.browser.conftest import FLAGS, Reader
from tests.setup.installed import InstalledCourse, served

LAB = "from helpers import check\nfrom helpers.lab import Lab\n\nlab = Lab()\n"
SEND = """
from helpers.show.journey import journey

delivery = lab.send("From: ada@gmail.test\\nTo: support@outlook.test\\n\\nHi")
"""
FILL = """
inbox = Inbox()
for number in range(1000):
    inbox.add("ada@gmail.test", ["me@learner.test"], f"From: Ada <ada@gmail.test>\\nSubject: {number}\\n\\nHi".encode())
"""
IDLE = 10  # seconds


@dataclass
class View:
    """A view: its name, the code before it, the cell that shows it, and the selector of what it draws.

    What a learner may change in it is a function that does so, of the view and a number that is new each time, and the
    selector of what tells then what came of it.
    """

    name: str
    before: str
    cell: str
    drawn: str
    change: str = ""
    tells: str = ""


VOUCH, _, VOUCHING = test_vouch.VOUCHING.rpartition("\n")
QUEUE, _, ALONG_TIME = test_queue_view.QUEUE.rpartition("\n")
RACE, _, RACED = test_race.RACE.rpartition("\n")
VIEWS = [
    View("journey", LAB + SEND, "journey(delivery)", ".journey svg"),
    View(
        "console",
        LAB + "from helpers.show.console import Console",
        "Console(lab, 'mx1.outlook.test')",
        ".mail-console pre",
    ),
    View("prediction", LAB, "check.predict('what_is_asked')", "fieldset.prediction"),
    View(
        "packet",
        test_packet.ASK,
        test_packet.CHANGE,
        ".packet [role=gridcell]",
        """(view, number) => {
          const input = view.querySelector('input');
          input.value = number.toString(16);
          input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        }""",
        ".packet [role=listbox]",
    ),
    View(
        "walk and clock",
        test_walk.MOVED,
        test_walk.WALK,
        ".mail-walk li",
        """(view, number) => {
          const slider = view.querySelector('[type=range]');
          slider.value = 300 * number;
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        }""",
        ".mail-walk [role=status]",
    ),
    View(
        "who vouches for whom",
        VOUCH,
        VOUCHING,
        ".vouch-name",
        """(view, number) => {
          const path = view.querySelector('[name=path]');
          path.value = number % 2 ? 'list' : 'own';
          path.dispatchEvent(new Event('change', { bubbles: true }));
        }""",
        ".vouch-picture",
    ),
    View(
        "sealed letter",
        test_seal.MAKE,
        test_seal.SEAL,
        ".mail-seal textarea",
        """(view, number) => {
          const letter = view.querySelector('textarea');
          letter.value += number;
          letter.dispatchEvent(new Event('input', { bubbles: true }));
        }""",
        ".mail-seal > [role=status]:last-child",
    ),
    View("race", RACE, RACED, ".mail-race [role=tab]"),
    View("queue along time", QUEUE, ALONG_TIME, ".mail-queue [role=option]"),
    View("inbox, empty", "from helpers.show.inbox import Inbox", "Inbox()", ".mail-inbox [role=status]"),
    View("inbox, 1,000 letters", "from helpers.show.inbox import Inbox" + FILL, "inbox", ".mail-inbox [role=option]"),
]

# Runs the cell anew, and gives the ms from its idle to the first frame in which the view is drawn.
PAINT = """async ([number, drawn]) => {
  const cell = book.content.widgets[number];
  cell.model.clearExecution();
  book.content.activeCellIndex = number;
  await book.content.scrollToItem(number);
  while (cell.node.querySelector(drawn)) await new Promise(requestAnimationFrame);
  let idle, painted;
  const kernel = book.sessionContext.session.kernel;
  const heard = (_, status) => { if (status === 'idle') idle ??= performance.now(); };
  kernel.statusChanged.connect(heard);
  const frames = (async () => {
    while (!painted) {
      await new Promise(requestAnimationFrame);
      if (cell.node.querySelector(drawn)?.getBoundingClientRect().height) {
        await new Promise(done => setTimeout(done));  // after the frame
        painted = performance.now();
      }
    }
  })();
  await jupyterapp.commands.execute('notebook:run-cell');
  await frames;
  while (idle === undefined) await new Promise(requestAnimationFrame);
  kernel.statusChanged.disconnect(heard);
  return Math.max(0, painted - idle);
}"""
# Changes something, and gives the ms to the first frame in which the view tells something else of it.
CHANGE = """async ([tells, number]) => {
  const view = book.content.widgets[1].node.querySelector('.jp-OutputArea');
  const told = () => view.querySelector(tells).textContent;
  await new Promise(requestAnimationFrame);
  const begun = performance.now();
  CHANGED(view, number);
  const before = told();
  while (!told() || told() === before) await new Promise(requestAnimationFrame);
  await new Promise(done => setTimeout(done));  // after the frame
  return performance.now() - begun;
}"""
# Counts from now on what the page sends, and the timers that a view sets (its module comes from a blob).
COUNT = """async () => {
  window.counted = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...all) { window.counted += 1; return send.apply(this, all); };
  for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame']) {
    const real = window[name];
    window[name] = (call, ...rest) => {
      if (new Error().stack.includes('blob:')) window.counted += 1;
      return real(call, ...rest);
    };
  }
}"""
# How long the page's own thread is busy with one more row of the list.
ARRIVAL = """async (ms) => {
  const list = document.querySelector('.mail-inbox [role=listbox]');
  const before = list.childElementCount;
  const kernel = book.sessionContext.session.kernel;
  let begun, took;
  new MutationObserver(() => { took ??= new Promise(requestAnimationFrame).then(() =>
    new Promise(done => setTimeout(done))).then(() => performance.now() - begun); }).observe(list, { childList: true });
  kernel.iopubMessage.connect((_, message) => {
    if (message.header.msg_type === 'comm_msg' && begun === undefined) begun = performance.now();
  });
  kernel.requestExecute({ code: "inbox.add('a@b.test', [], b'Subject: one more')" });
  while (!took) await new Promise(requestAnimationFrame);
  return took;
}"""


def rows() -> Iterator[Row]:
    chromium = need("chromium", "chromium")
    program = Path("/usr/lib/chromium/chromium")
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as runtime,
        served(Path(folder), runtime) as course,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program if program.exists() else chromium, args=FLAGS)
        for view in VIEWS:
            with_it = opened(browser, course, view)
            painted = [with_it.do(PAINT, [1, view.drawn]) for _ in range(TIMES + 1)][1:]  # the first loads anywidget
            yield Row(f"{view.name}, first paint", painted, "ms", limit="100 ms")
            if view.change:
                script = CHANGE.replace("CHANGED", f"({view.change})")
                figures = [with_it.do(script, [view.tells, number]) for number in range(1, TIMES + 1)]
                yield Row(f"{view.name}, one change", figures, "ms", limit="200 ms")
            if view.cell == "inbox":
                yield Row("one letter more", [with_it.do(ARRIVAL) for _ in range(TIMES)], "ms", limit="100 ms")
            yield Row(f"{view.name}, messages and timers of {IDLE} s", [idle(with_it)], "", limit="0")
            closed(with_it)
        browser.close()


def opened(browser, course: InstalledCourse, view: View) -> Reader:
    """A reader of a notebook whose second cell shows the view; the first has run."""
    cells = [nbformat.v4.new_code_cell(code) for code in (view.before, view.cell)]
    name = f"view_{time.time_ns()}.ipynb"
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, course.root / "my-course" / name)
    reader = Reader(browser.new_page(viewport={"width": 1280, "height": 900}), course, Path())
    reader.open(name)
    reader.go_to(0)
    reader.do("() => jupyterapp.commands.execute('notebook:run-cell')")
    outputs = reader.do("async () => book.content.widgets[0].model.outputs.toJSON()")
    assert all(output["output_type"] != "error" for output in outputs), outputs
    return reader


def idle(reader: Reader) -> int:
    """What is sent and how many timers are set while nobody does anything; a cell that saves itself is not counted."""
    reader.do("() => book.context.save()")
    reader.do(COUNT)
    reader.page.wait_for_timeout(IDLE * 1000)
    return reader.page.evaluate("window.counted")


def closed(reader: Reader) -> None:
    reader.do("() => jupyterapp.serviceManager.sessions.shutdownAll()")
    reader.page.close()
