"""The course as a learner has it, set up and opened by start.py, in JupyterLab in headless Chromium.

Nothing here clicks menus or waits for an indicator: JupyterLab's commands are called, and each wait has its end.
A test that fails leaves a picture of the page in pytest's folder for temporary files. Where MAIL_COURSE_SCREENSHOTS
names a folder (git ignores screenshots/), each test leaves one of its last state there, and some leave more: a page as
high as a notebook takes seconds to draw.
"""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, TimeoutError, sync_playwright

from tests.conftest import find_peer
from tests.setup.installed import InstalledCourse

WINDOW = {"width": 1200, "height": 900}  # pixels
PATIENCE = 60  # seconds, for whatever a page is asked to do
# Of the notebook, once it is laid out: JupyterLab goes on after a change of the window's size or of its mode.
HEIGHT = """async () => {
  const port = book.content.node.querySelector('.jp-WindowedPanel-viewport');
  const outputs = () => [...port.querySelectorAll('.jp-OutputArea-output')].map(e => e.scrollWidth - e.clientWidth);
  for (let before = '', same = 0; same < 3; ) {
    await new Promise(ready => setTimeout(ready, 100));
    const now = `${[port.scrollHeight, port.clientWidth, ...outputs()]}`;
    same = now === before ? same + 1 : 0;
    before = now;
  }
  return port.scrollHeight;
}"""
LAID_OUT = """() => {
  const style = Object.assign(document.createElement('style'), { className: 'laid-out' });
  style.textContent = '.jp-Cell { content-visibility: visible !important; } body { height: 100vh; }';
  if (!document.querySelector('style.laid-out')) document.head.append(style);
}"""
# Notebooks are closed unsaved, without a question; what of them is still under way ends before JupyterLab is idle.
FRESH = """async () => {
  const open = [...jupyterapp.shell.widgets('main')];
  for (const one of open) {
    if (one.context) one.context.model.dirty = false;
    one.close();
  }
  const wait = () => new Promise(ready => setTimeout(ready, 100));
  do await wait(); while (open.some(one => one.context && !one.isDisposed));
  await jupyterapp.serviceManager.sessions.shutdownAll();
  for (let times = 0; times < 5; times++) {
    await wait();
    await new Promise(requestAnimationFrame);
    await new Promise(requestIdleCallback);
  }
  document.querySelectorAll('style.laid-out').forEach(style => style.remove());
  jupyterapp.shell.expandLeft();
}"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # should a page ask for more, it gets nothing
]


def chromium(playwright) -> Browser:
    """Start Chromium. Where it is missing, the test is skipped."""
    found, program = find_peer("chromium driver"), Path("/usr/lib/chromium/chromium")  # Debian's wrapper is noisy
    return playwright.chromium.launch(executable_path=program if program.exists() else found, args=FLAGS)


@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory) -> Path:
    named = os.environ.get("MAIL_COURSE_SCREENSHOTS")
    folder = Path(named).resolve() if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def course(browser, installed_course) -> InstalledCourse:
    return installed_course


@pytest.fixture(scope="package")
def context(course, browser):
    """One cache for all pages."""
    with browser.new_context(viewport=WINDOW) as context:
        context.set_default_timeout(PATIENCE * 1000)
        yield context


class Reader:
    """A learner before the browser, with one notebook before them: `book` in the page, and in the scripts here.

    JupyterLab's page takes longer to load than most tests take, so the next reader goes on with it: not after a
    failure, nor where a test has changed more than its notebooks, and says so by `keeps = False`.
    """

    def __init__(self, page: Page, course: InstalledCourse, shots: Path) -> None:
        self.page, self.course, self.shots = page, course, shots
        self.keeps = True
        self.expected = r"(?!)"  # console errors that belong to the test
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.heard = {
            "console": lambda message: message.type == "error" and self.errors.append(message.text),
            "pageerror": lambda error: self.errors.append(error.stack or str(error)),
            "request": lambda request: self.asked.append(request.url),
            "websocket": lambda socket: self.asked.append(socket.url),
        }
        for event, hear in self.heard.items():
            page.on(event, hear)

    def do(self, script: str, argument: object = None, seconds: float = PATIENCE) -> object:
        """Run an async JavaScript function of one argument in the page; fails after `seconds`."""
        late = "new Promise((_, no) => setTimeout(() => no(new Error(`not done within ${seconds} s`)), seconds * 1000))"
        return self.page.evaluate(
            f"([argument, seconds]) => Promise.race([({script})(argument), {late}])", [argument, seconds]
        )

    def arrive(self, address: str) -> None:
        """Go to an address of JupyterLab, and wait until it is up."""
        self.page.goto(address)
        self.page.wait_for_function("window.jupyterapp", timeout=PATIENCE * 1000)
        self.do("() => jupyterapp.restored")

    def leave(self) -> Page | None:
        """End all kernels; return the page as it was before the first notebook was opened, or None if it is to go."""
        if not self.keeps or "/lab/workspaces/test-" not in self.page.url:
            self.do("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")
            self.page.close()
            return None
        for event, hear in self.heard.items():
            self.page.remove_listener(event, hear)
        self.do(FRESH)
        self.page.set_viewport_size(WINDOW)
        self.page.mouse.move(0, 0)  # a pointer that rests somewhere is over something in the next notebook
        return self.page

    def open(self, name: str) -> None:
        """Open a notebook of the working copy; in a page that shows nothing else at first."""
        if "/lab" not in self.page.url:
            place = urlsplit(self.course.url)
            self.arrive(f"{place.scheme}://{place.netloc}/lab/workspaces/test-{time.time_ns()}?{place.query}")
        self.do(
            """async (path) => {
              window.book = await jupyterapp.commands.execute('docmanager:open', { path });
              await book.context.ready;
              await book.sessionContext.ready;
            }""",
            f"my-course/{name}",
        )

    def run_all(self) -> None:
        self.do("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        with contextlib.suppress(TimeoutError):  # the command may end before its last cell has; `troubles` says which
            self.page.wait_for_function(
                """book.content.widgets.map(cell => cell.model).every(model => model.type !== 'code'
                  || !model.sharedModel.source.trim() || model.executionCount !== null)"""
            )
        self.page.wait_for_function(
            "![...book.node.querySelectorAll('.jp-OutputArea-output')].some(o => o.textContent === 'Loading widget...')"
        )

    def find(self, text: str) -> int:
        """The number of the first code cell that has this text in it."""
        found = self.do(
            """async text => book.content.widgets.findIndex(
              c => c.model.type === 'code' && c.model.sharedModel.source.includes(text))""",
            text,
        )
        assert found >= 0, f"no cell has {text!r} in it"
        return found

    def go_to(self, number: int) -> None:
        """Select a cell, as a click beside it does."""
        self.do(
            """async (number) => {
              book.content.activeCellIndex = number;
              await book.content.scrollToItem(number);
              book.content.mode = 'command';
              book.content.activate();
            }""",
            number,
        )
        self.wait_for("book.content.activeCell.node.contains(document.activeElement)")

    def run(self, text: str) -> str:
        """Run the first cell with this text in it; returns what it puts out, as read on the page."""
        self.go_to(self.find(text))
        self.do("() => jupyterapp.commands.execute('notebook:run-cell')")
        return self.read(text)

    def read(self, text: str) -> str:
        """What the first cell with this text in it has put out, as read on the page."""
        return self.do(
            """async (number) => {
              await book.content.scrollToItem(number);
              const node = book.content.widgets[number].node;
              const area = () => node.querySelector('.jp-Cell-outputArea');
              const end = Date.now() + 20000;
              while (Date.now() < end && !(area()?.innerText || area()?.textContent === '')) {
                await new Promise((then) => setTimeout(then, 50));
                node.scrollIntoView();  // out of sight it is not there, or has no text
              }
              return area().innerText;
            }""",
            self.find(text),
        )

    def add(self, source: str) -> None:
        """Put a cell under the selected one, select it, and run it without waiting for its end."""
        self.do(
            """async (source) => {
              await jupyterapp.commands.execute('notebook:insert-cell-below');
              book.content.activeCell.model.sharedModel.setSource(source);
              jupyterapp.commands.execute('notebook:run-cell');
            }""",
            source,
        )

    def wait_for(self, condition: str, argument: object = None) -> None:
        """Wait until an expression, or a function of the argument, is true in the page."""
        self.page.wait_for_function(condition, arg=argument)

    def troubles(self) -> list[str]:
        """Code cells that ended in an error which no tag foretells, wrote to stderr, or did not run."""
        return self.do("""async () => book.content.widgets.flatMap((cell, n) => {
          if (cell.model.type !== 'code' || !cell.model.sharedModel.source.trim()) return [];
          const outputs = cell.model.outputs.toJSON();
          const foretold = (cell.model.getMetadata('tags') ?? []).includes('raises-exception');
          const wrong = outputs.filter(o => (o.output_type === 'error' && !foretold) || o.name === 'stderr')
            .map(o => o.ename ? `${o.ename}: ${o.evalue}` : o.text);
          if (cell.model.executionCount === null) wrong.push('did not run');
          return wrong.map(what => `cell ${n}, ${cell.model.sharedModel.source.split('\\n')[0]}: ${what}`);
        })""")

    def lay_out(self, width: int = 1200) -> int:
        """Have the whole notebook laid out, in a window this wide and of usual height; returns its height in pixels."""
        self.page.evaluate(LAID_OUT)
        self.page.set_viewport_size({"width": width, "height": 900})
        return self.do(HEIGHT)

    def unroll(self, width: int = 1200) -> None:
        """Make the window as high as the notebook, so that all of it is drawn at once, as axe wants it: slow."""
        height = self.lay_out(width)
        for _ in range(10):
            self.page.set_viewport_size({"width": width, "height": height + 500})
            before, height = height, self.do(HEIGHT)
            if height == before:
                break
        self.do("async () => { book.content.node.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }")

    def each_width(self, height: int) -> Iterator[int]:
        """Make the window as wide as a laptop's, a projector's and a phone's, one after the other, and so many high."""
        for width in (1280, 900, 390):
            self.page.set_viewport_size({"width": width, "height": height})
            if width < 500:
                self.do("() => jupyterapp.shell.collapseLeft()")
            self.do(HEIGHT)
            yield width

    def shot(self, name: str = "") -> None:
        """Keep a picture of what the window shows, where pictures are asked for."""
        if "MAIL_COURSE_SCREENSHOTS" in os.environ:
            self.page.screenshot(path=self.shots.with_name(f"{self.shots.name}{name and '-'}{name}.png"))


@pytest.fixture(scope="package")
def laid(course) -> dict[Path, bytes]:
    """The notebooks of the working copy, as start.py has laid them."""
    return {path: path.read_bytes() for path in (course.root / "my-course").glob("*.ipynb")}


@pytest.fixture
def untouched(course, laid):
    """Whatever a test saves, or JupyterLab does for it, the next one finds the notebooks as they were laid."""
    yield
    for path in {*laid, *(course.root / "my-course").glob("*.ipynb")}:
        if path not in laid:
            path.unlink()
        elif not path.exists() or path.read_bytes() != laid[path]:
            path.write_bytes(laid[path])
    (course.root / "my-course" / "progress.jsonl").unlink(missing_ok=True)


@pytest.fixture(scope="package")
def kept() -> list[Page]:
    """The page that the last reader has left, if it is to be used again."""
    return []


@pytest.fixture
def reader(context, kept, course, untouched, screenshots, request):
    page = kept.pop() if kept else context.new_page()
    reader = Reader(page, course, screenshots / re.sub(r"\W+", "_", request.node.name).strip("_"))
    request.node.reader = reader
    try:
        yield reader
        reader.shot()
        asked = {urlsplit(url.removeprefix("blob:")).hostname for url in reader.asked if not url.startswith("data:")}
        assert asked == {"127.0.0.1"}, f"asked of others: {asked}"
        news = [url for url in reader.asked if re.search(r"/lab/api/(news|update)", url)]
        assert not news, "JupyterLab asked its server to look for news"
        assert not (tried := course.forbidden()), f"beyond this machine: {tried}"
        unforeseen = [error for error in reader.errors if not re.search(reader.expected, error)]
        assert not unforeseen, "in the browser's console: " + "\n".join(unforeseen)
    finally:
        if page := reader.leave():
            kept.append(page)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure says where its picture is and what the browser's console said."""
    report = yield
    reader = getattr(item, "reader", None)
    if report.failed and reader:
        reader.keeps = False
        said = "\n".join(reader.errors[-10:]) or "no errors"
        picture = "none"
        with contextlib.suppress(Error):
            picture = f"{reader.shots}.png"
            reader.page.screenshot(path=picture)
        report.sections.append(("the browser", f"picture: {picture}\nconsole: {said}\nlog: {reader.course.log}"))
    return report
