"""Puts the line of progress at the top and the end of each notebook, and after some the page of what was done.

    python tests/notebooks/progress_line.py [NAME.ipynb ...]

A notebook that has them stays as it is, to the last octet. What is stored of these cells comes of running their last
line here: in notebooks/ it is always the same, and hangs on no other cell.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import nbformat
from nbformat import v4

from helpers import check
from helpers.show import record
from tests.notebooks.store import NOTEBOOKS, text

LISTED = ("10_", "12_", "14_")  # the day ends with the first of these
RECORD = "from helpers.show import record\n\nrecord.write()"
ABOUT = "What you have done so far, on a page to keep or to print:"
_IMPORTS = re.compile(r"^from helpers import .*\bcheck\b", re.MULTILINE)


def put(notebook: nbformat.NotebookNode, name: str) -> bool:
    """Put in what is missing. Returns whether anything was. Raises StopIteration for a notebook without its frame."""
    cells, call = notebook.cells, f'check.progress("{name}")'
    where = [number for number, cell in enumerate(cells) if cell.cell_type == "code" and call in cell.source]
    last = next(number for number in reversed(range(len(cells))) if "**Next:**" in cells[number].source)
    listed = any(cell.source == RECORD for cell in cells)
    changed = False
    if not any(number > last - 4 for number in where):
        cells.insert(last, _cell("progress-end", call, check.progress(name)))
        last, changed = last + 1, True
    if name.startswith(LISTED) and not listed:
        cells[last:last] = [v4.new_markdown_cell(ABOUT, id="record-about"), _cell("record", RECORD, record.write())]
        changed = True
    if not any(number < len(cells) // 2 for number in where):
        _put_at_the_top(cells, call, check.progress(name))
        changed = True
    return changed


def _put_at_the_top(cells: list, call: str, shown: object) -> None:
    """As the last line of the cell that sets up, where that shows nothing itself; or else in a cell of its own."""
    frame = next(number for number, cell in enumerate(cells) if "**Time:**" in cell.source)
    imports = next(n for n, cell in enumerate(cells) if cell.cell_type == "code" and _IMPORTS.search(cell.source))
    setup = cells[imports]
    last = ast.parse(setup.source).body[-1]
    if imports > frame and not setup.outputs and not isinstance(last, ast.Expr):
        setup.source += "\n" * (1 + isinstance(last, ast.ImportFrom)) + call
        setup.outputs = _cell("any", call, shown).outputs
        return
    place = max(frame, imports) + 1
    while frame > imports and cells[place].cell_type == "markdown" and not cells[place].source.startswith("#"):
        place += 1
    cells.insert(place, _cell("progress-top", call, shown))


def _cell(id: str, source: str, shown: object) -> nbformat.NotebookNode:
    """A cell and what its last line shows."""
    faces = {"text/plain": repr(shown), "text/html": shown._repr_html_()}
    return v4.new_code_cell(source, id=id, outputs=[v4.new_output("execute_result", faces, execution_count=1)])


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if changed := put(notebook, path.stem):
            path.write_text(text(notebook), encoding="utf-8")
        print(f"{path.name}: {'the line is in' if changed else 'as it was'}")
