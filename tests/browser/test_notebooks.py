"""Every notebook of a fresh working copy opens in JupyterLab, runs to its end, and can be read by everybody.

Where pictures are asked for, all of it is kept as pictures, in both themes: `MAIL_COURSE_SCREENSHOTS=screenshots`.
"""

import os
import re

import pytest

from tests.browser import axe
from tests.setup.conftest import ROOT

pytestmark = [pytest.mark.installs, pytest.mark.timeout(600)]

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
FITS = """(() => {
  const [cell, panel] = [".jp-CodeCell", ".jp-WindowedPanel-outer"].map(
    s => document.querySelector(s)?.getBoundingClientRect());
  return cell?.height > 100 && panel.top < cell.top && cell.bottom < panel.bottom;
})()"""
# What scrolls sideways on a telephone, being tables of four columns or more, or of names that do not break; nothing
# else does.
WIDE_TABLES = (
    r": DNS message|\d hops in |: Authentication results|\S reports on |: Acceptance: |: The box: "
    r"|: What this network permits: |: \S+, as \S+ has it: |letters, one to each neighbour"
)
PIECE = 2400  # pixels of a picture's height
SCROLL = """async (number) => {
  const panel = book.content.node.querySelector('.jp-WindowedPanel-outer');
  if (number * panel.clientHeight >= panel.scrollHeight) return false;
  panel.scrollTop = number * panel.clientHeight;
  await new Promise(requestAnimationFrame);
  return true;
}"""
WIDE = """() => {
  const wide = [];
  for (const output of book.node.querySelectorAll('.jp-OutputArea-output')) {
    const edge = output.getBoundingClientRect().right;
    const outside = e => !e.closest('svg') && e.getBoundingClientRect().right > edge + 1;
    const scrolled = e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible';
    const found = [output, ...output.querySelectorAll('*')].filter(e => e.checkVisibility())
      .find(e => scrolled(e) || outside(e));
    if (found) wide.push(`${found.tagName} ${found.className}: ${found.textContent.trim().slice(0, 60)}`);
  }
  return wide;
}"""


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


def test_what_is_wider_than_its_output_is_seen(reader):
    reader.open(NOTEBOOKS[0])
    reader.run("from helpers import check")
    reader.run("check.predict(")
    reader.page.locator("fieldset.prediction").wait_for()
    assert wider(reader, 900) == []
    wide = "<p style='width: 2000px'>Wide</p>"
    reader.page.locator(axe.HTML).last.evaluate("(place, html) => place.insertAdjacentHTML('beforeend', html)", wide)
    assert [found.partition(" ")[0] for found in wider(reader, 900)] == ["DIV"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_ends_well_nothing_is_cut_and_axe_finds_nothing(reader, name, thorough):
    """As wide as a laptop, a projector and a phone, and presented: nothing is scrolled sideways."""
    reader.open(name)
    reader.do("() => jupyterapp.shell.collapseLeft()")
    reader.run_all()
    assert reader.troubles() == []
    wide = {width: wider(reader, width) for width in (1280, 900, 390)}
    wide[390] = [found for found in wide[390] if not re.search(WIDE_TABLES, found)]
    reader.do("() => jupyterapp.commands.execute('application:toggle-presentation-mode')")
    try:
        wide["presented"] = wider(reader, 900, "presented")
    finally:
        reader.do("() => jupyterapp.commands.execute('application:toggle-presentation-mode')")
    assert {width: found for width, found in wide.items() if found} == {}

    if thorough:
        assert axe.look_in_both_themes(reader, dark=(axe.HTML,)) == []


def wider(reader, width: int, name: str = "") -> list[str]:
    """What is wider than its output, or scrolls sideways there, in a window of this width."""
    reader.lay_out(width)
    found = reader.do(WIDE)
    pictures(reader, name or f"{width}")
    return found


def pictures(reader, name: str) -> None:
    """Keep the whole notebook as pictures, in both themes, where pictures are asked for."""
    if "MAIL_COURSE_SCREENSHOTS" not in os.environ:
        return
    reader.page.set_viewport_size({"width": reader.page.viewport_size["width"], "height": PIECE})
    for theme in ("Light", "Dark"):
        with axe.in_theme(reader, theme):
            number = 0
            while reader.do(SCROLL, number):
                reader.shot(f"{name}-{theme.lower()}-{number:02}")
                number += 1
