"""Every notebook of a fresh working copy opens in JupyterLab, runs to its end, and can be read by everybody."""

import pytest

from tests.browser import axe
from tests.setup.conftest import ROOT

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
FITS = """(() => {
  const [cell, panel] = [".jp-CodeCell", ".jp-WindowedPanel-outer"].map(
    s => document.querySelector(s)?.getBoundingClientRect());
  return cell?.height > 100 && panel.top < cell.top && cell.bottom < panel.bottom;
})()"""


def test_the_address_that_start_py_prints_opens_the_first_letter(reader, course):
    """And the first text and the first code cell fit whole into a small laptop's window."""
    reader.page.set_viewport_size({"width": 1366, "height": 768})
    reader.arrive(course.url)
    reader.wait_for("jupyterapp.shell.currentWidget?.context?.path === 'my-course/00_first_letter.ipynb'")
    reader.page.get_by_role("heading", level=1).first.wait_for()
    assert not reader.page.locator(".jp-Dialog").count()
    reader.wait_for(FITS)


def test_axe_does_look(reader):
    """At Markdown, and at an output, with what it should find put in their places."""
    reader.open(NOTEBOOKS[0])
    reader.run("from helpers import check")
    reader.run("check.predict(")
    reader.page.locator("fieldset.prediction").wait_for()
    reader.unroll()
    assert axe.look(reader) == []
    pale = "<p style='background: #fff; color: #999'>Pale</p>"
    for place, wrong in ((axe.PROSE, pale + "<img src='data:,'>"), (axe.HTML, pale + "<input>")):
        reader.page.locator(place).first.evaluate("(place, html) => place.insertAdjacentHTML('beforeend', html)", wrong)
    found = [violation.partition(":")[0] for violation in axe.look(reader)]
    assert sorted(found) == ["color-contrast", "color-contrast", "image-alt", "label"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_ends_well_and_axe_finds_nothing(reader, name):
    reader.open(name)
    reader.run_all()
    assert reader.troubles() == []
    reader.unroll()
    assert axe.look(reader) == []
    in_theme(reader, "JupyterLab Dark")
    try:
        assert axe.look(reader, "color-contrast", places=(axe.HTML,)) == []
        reader.shot("dark")
    finally:
        in_theme(reader, "JupyterLab Light")


def in_theme(reader, theme: str) -> None:
    reader.do("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    reader.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    reader.do(axe.FADED)
