"""The line of progress, whose link leads to the cell of the next task, and the table of all."""

import pytest

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

LINE = 'check.progress("00_first_letter")'
SEEN = """async (asked) => {
  const cell = book.content.widgets.find(c => c.model.sharedModel.source.includes(asked));
  const box = cell.node.getBoundingClientRect();
  return cell.isAttached && box.height > 0 && box.top < window.innerHeight && box.bottom > 0;
}"""


def test_a_click_leads_to_the_cell_of_the_next_task(reader):
    reader.open("00_first_letter.ipynb")
    reader.run("from helpers import check")
    told = reader.run(LINE)
    assert "0 of 3 exercises, 0 of 5 predictions made" in told and "go on at what_is_asked" in told
    assert not reader.do(SEEN, 'check.predict("what_is_asked")')
    reader.keeps = False  # after the link JupyterLab goes on looking for the cell
    reader.page.locator(".jp-OutputArea-output a", has_text="what_is_asked").first.click()
    reader.wait_for(f"async () => await ({SEEN})('check.predict(\"what_is_asked\")')")


ELSEWHERE = """async ([name, asked]) => {
  const there = jupyterapp.shell.currentWidget;
  if (!there?.context?.path.endsWith(name)) return false;
  const cell = there.content.widgets.find(c => c.model.sharedModel.source.includes(asked));
  const box = cell?.node.getBoundingClientRect();
  return !!cell && cell.isAttached && box.height > 0 && box.top < window.innerHeight && box.bottom > 0;
}"""


def test_a_sign_in_the_table_leads_to_its_cell_in_another_notebook(reader):
    reader.open("00_first_letter.ipynb")
    reader.run("from helpers import check")
    reader.add("check.progress()")
    reader.keeps = False
    for name, task in (("03_smtp_by_hand.ipynb", "send_mail"), ("01_dns_lookups.ipynb", "still_old")):
        reader.page.locator(f'.jp-OutputArea-output a[title="{task}: still to do"]').first.click()
        reader.wait_for(f"async () => await ({ELSEWHERE})(['{name}', 'check.{task}('])")
        reader.do("() => jupyterapp.shell.activateById(book.id)")


def test_axe_finds_nothing_in_the_line_and_the_table(reader):
    reader.open("00_first_letter.ipynb")
    reader.run("from helpers import check")
    reader.run(LINE)
    reader.add("check.progress()")
    reader.page.get_by_text("predictions made.").first.wait_for()
    reader.unroll()
    assert axe.look(reader) == []
    reader.shot("table")
