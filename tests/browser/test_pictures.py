"""Every notebook after Run All, as wide as a laptop, a projector and a phone: nothing is cut or scrolled sideways.

Where pictures are asked for, all of it is kept as pictures, in both themes: `MAIL_COURSE_SCREENSHOTS=screenshots`.
"""

import os
import re

import pytest

from tests.browser.test_notebooks import NOTEBOOKS, in_theme

pytestmark = [pytest.mark.installs, pytest.mark.timeout(600)]

# What scrolls sideways on a telephone, being tables of four columns or more, or of names that do not break; nothing
# else does.
WIDE_TABLES = (
    r": DNS message|\d hops in |: Authentication results|\S reports on |: Acceptance: |: The box: "
    r"|: What this network permits: |: \S+, as \S+ has it: "
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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_is_cut_or_scrolled_sideways(reader, name):
    reader.open(name)
    reader.do("() => jupyterapp.shell.collapseLeft()")
    reader.run_all()
    wide = {}
    for width in (1280, 900, 390):
        reader.unroll(width)
        wide[width] = reader.do(WIDE)
        pictures(reader, f"{width}")
    reader.do("() => jupyterapp.commands.execute('application:toggle-presentation-mode')")
    try:
        reader.unroll(900)
        wide["presented"] = reader.do(WIDE)
        pictures(reader, "presented")
    finally:
        reader.do("() => jupyterapp.commands.execute('application:toggle-presentation-mode')")
    wide[390] = [found for found in wide[390] if not re.search(WIDE_TABLES, found)]
    assert {width: found for width, found in wide.items() if found} == {}


def pictures(reader, name: str) -> None:
    """Keep the whole notebook as pictures, in both themes, where pictures are asked for."""
    if "MAIL_COURSE_SCREENSHOTS" not in os.environ:
        return
    reader.page.set_viewport_size({"width": reader.page.viewport_size["width"], "height": PIECE})
    try:
        for theme in ("Light", "Dark"):
            in_theme(reader, f"JupyterLab {theme}")
            number = 0
            while reader.do(SCROLL, number):
                reader.shot(f"{name}-{theme.lower()}-{number:02}")
                number += 1
    finally:
        in_theme(reader, "JupyterLab Light")
