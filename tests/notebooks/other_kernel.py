"""Puts one sentence above the first code cell of each notebook: what to do where it is opened with another kernel.

    python tests/notebooks/other_kernel.py [NAME.ipynb ...]

A notebook that has the sentence stays as it is, to the last octet.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SENTENCE = (
    "If the next cell says `No module named 'helpers'`, choose the kernel of `.venv`, or open the course as "
    "README says under *Start*."
)


def above_first_code(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The Markdown cell right above the first code cell. Raises ValueError where there is none."""
    first = next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    if not first or notebook.cells[first - 1].cell_type != "markdown":
        raise ValueError("a notebook begins with Markdown")
    return notebook.cells[first - 1]


def put(notebook: nbformat.NotebookNode) -> bool:
    """Put the sentence in as a paragraph of its own. Returns whether it was missing."""
    cell = above_first_code(notebook)
    if SENTENCE in cell.source:
        return False
    for other in notebook.cells:  # where the first code cell has moved
        if other.cell_type == "markdown":
            other.source = other.source.replace(f"\n\n{SENTENCE}", "")
    cell.source = f"{cell.source.rstrip()}\n\n{SENTENCE}"
    return True


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if changed := put(notebook):
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        print(f"{path.name}: {'the sentence is in' if changed else 'as it was'}")
