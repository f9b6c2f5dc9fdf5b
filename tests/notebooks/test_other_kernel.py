"""A notebook that is opened with a kernel that has no helpers, as VS Code, a hub or Colab may do."""

import os
import re
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

from tests import over_ipc
from tests.hard import kernels
from tests.notebooks import other_kernel
from tests.notebooks.store import NOTEBOOKS

ROOT = NOTEBOOKS.parent
# A kernel of this very environment, from which the course and its packages are taken away.
PROGRAM = f"""
import os, sys
sys.path[:] = [path for path in sys.path if os.path.realpath(path) != {os.path.realpath(ROOT)!r}]
sys.modules.update(dict.fromkeys(%r))
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""


def first_code_cells(books: list[nbformat.NotebookNode]) -> list[kernels.End]:
    """How the first code cell of each ends in such a kernel, one after the other."""
    sources = [next(cell.source for cell in book.cells if cell.cell_type == "code") for book in books]
    imported = set(re.findall(r"^(?:from|import) (\w+)", "\n".join(sources), re.MULTILINE))
    packages = sorted(imported - sys.stdlib_module_names - {"helpers"})
    manager = over_ipc.manager()
    command = [sys.executable, "-P", "-c", PROGRAM % packages, "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=command, display_name="Another", language="python")
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    client = NotebookClient(book, km=manager, allow_errors=True, resources={"metadata": {"path": str(NOTEBOOKS)}})
    with client.setup_kernel():
        return [kernels.run(client, cell) for cell in book.cells]


def test_what_such_a_kernel_says_is_explained_right_above_and_in_readme_and_the_guide():
    books = [nbformat.read(path, as_version=4) for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))]
    said = "No module named 'helpers'"
    for book, end in zip(books, first_code_cells(books), strict=True):
        assert (end.error, end.message) == ("ModuleNotFoundError", said), book.cells[0].source.partition("\n")[0]
        assert said in other_kernel.above_first_code(book).source
    for page in ("README.md", "notebooks/instructor_guide.md"):
        text = Path(ROOT, page).read_text(encoding="utf-8")
        assert said in text and "VS Code" in text and ".venv" in text, page
