"""The widget of a prediction in JupyterLab, in headless Chromium: by mouse and by keyboard, in light and in dark."""

import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect, sync_playwright

from tests.browser.axe import FADED
from tests.conftest import find_peer

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
CELLS = [
    "from helpers import check",
    'check.predict("what_is_asked")',
    'check.predict("what_is_asked")',
    'print("after")',
]
RUN = """async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  const widget = await app.commands.execute('docmanager:open', { path });
  await widget.context.ready;
  await widget.sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab with settings of its own; gives its address."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = new_notebook(cells=[new_code_cell(text) for text in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "asks.ipynb")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    token = secrets.token_hex(16)
    own = {
        "PYTHONPATH": ROOT,
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": folder / "spaces",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
    }
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--ServerApp.root_dir=.",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=folder,
            env={**os.environ, **{name: str(value) for name, value in own.items()}},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        until = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", (folder / "log").read_text())):
            assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{found[1]}/lab?token={token}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def page(lab):
    """The notebook open in the browser, with all its cells run."""
    chromium = find_peer("chromium driver")
    program = Path("/usr/lib/chromium/chromium")  # Debian's wrapper on the PATH is noisy
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program if program.exists() else chromium, args=flags)
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(lab)
        page.wait_for_function("window.jupyterapp")
        page.evaluate(RUN, "asks.ipynb")
        page.wait_for_selector("fieldset.prediction >> nth=1", timeout=60_000)
        page.asked = asked
        yield page
        browser.close()


def checked(page):
    """The letter that is chosen in each of the two views."""
    views = page.locator("fieldset.prediction").all()
    return [view.evaluate("v => v.querySelector('input:checked')?.value ?? ''") for view in views]


def cells(page):
    return page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.map(c => c.model.sharedModel.source)")


def test_a_group_of_radios_with_a_legend(page):
    view = page.get_by_role("group", name=re.compile("What is its first DNS question about")).first
    assert [radio.get_attribute("value") for radio in view.get_by_role("radio").all()] == ["a", "b", "c", "d"]
    assert view.get_by_role("radio", name="b) outlook.test").count() == 1
    assert view.get_by_role("status").inner_text() == "Nothing chosen yet."
    assert checked(page) == ["", ""]


def test_by_mouse_in_all_views_at_once(page):
    page.locator("fieldset.prediction").first.get_by_text("c) mx1.outlook.test").click()
    page.wait_for_function("document.querySelectorAll('fieldset.prediction input:checked').length === 2")
    assert checked(page) == ["c", "c"]
    expect(page.get_by_role("status").last).to_have_text("You predict c.", timeout=20_000)  # the kernel has to answer


def test_by_keyboard_without_a_key_for_jupyterlab(page):
    before = cells(page)
    page.locator("fieldset.prediction input:checked").first.focus()
    for key, letter in [
        ("ArrowUp", "b"),
        ("ArrowUp", "a"),
        ("ArrowDown", "b"),
        ("ArrowRight", "c"),
        ("ArrowLeft", "b"),
    ]:
        page.keyboard.press(key)
        page.wait_for_function(
            "letter => document.querySelectorAll(`.prediction input[value=${letter}]:checked`).length === 2", arg=letter
        )
    for key in "bdaxz":  # in command mode these insert, delete, cut
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.closest('fieldset.prediction') !== null")
    assert cells(page) == before == CELLS


def test_running_the_cell_again_keeps_the_choice(page):
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function("document.querySelectorAll('fieldset.prediction').length === 2")
    page.wait_for_function("document.querySelectorAll('fieldset.prediction input:checked').length === 2")
    assert checked(page) == ["b", "b"]


def test_nothing_was_asked_of_the_network(page):
    assert {url.split("/")[2].split(":")[0] for url in page.asked if url.startswith("http")} == {"127.0.0.1"}


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_contrast_and_a_visible_focus(page, theme):
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    page.evaluate(FADED)
    page.locator("fieldset.prediction input:checked").first.focus()
    page.keyboard.press("ArrowDown")
    look = page.evaluate("""() => {
      const view = document.querySelector('fieldset.prediction');
      let back = view;
      while (getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)') back = back.parentElement;
      const style = getComputedStyle;
      return [style(view).color, style(back).backgroundColor, style(document.activeElement).outlineStyle];
    }""")
    page.keyboard.press("ArrowUp")
    assert contrast(look[0], look[1]) >= 4.5 and look[2] != "none", look


def contrast(one, other):
    """WCAG's contrast of two CSS colours."""

    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)
