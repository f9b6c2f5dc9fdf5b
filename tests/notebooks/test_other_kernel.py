"""A notebook that is opened with a kernel that has no helpers, as VS Code, a hub or Colab may do."""

import os
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
# A kernel of this very environment, from which the course is taken away.
PROGRAM = f"""
import os, sys
sys.path[:] = [path for path in sys.path if os.path.realpath(path) != {os.path.realpath(ROOT)!r}]
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""


def first_code_cell(book: nbformat.NotebookNode) -> kernels.End:
    """How the first code cell ends in such a kernel."""
    manager = over_ipc.manager()
    command = [sys.executable, "-P", "-c", PROGRAM, "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=command, display_name="Another", language="python")
    client = NotebookClient(book, km=manager, allow_errors=True, resources={"metadata": {"path": str(NOTEBOOKS)}})
    with client.setup_kernel():
        return kernels.run(client, next(cell for cell in book.cells if cell.cell_type == "code"))


def test_what_such_a_kernel_says_is_explained_right_above_and_in_readme_and_the_guide():
    book = nbformat.read(NOTEBOOKS / "00_first_letter.ipynb", as_version=4)
    end = first_code_cell(book)
    assert (end.error, end.message) == ("ModuleNotFoundError", "No module named 'helpers'")
    assert end.message in other_kernel.above_first_code(book).source
    for page in ("README.md", "notebooks/instructor_guide.md"):
        text = Path(ROOT, page).read_text(encoding="utf-8")
        assert end.message in text and "VS Code" in text and ".venv" in text, page
