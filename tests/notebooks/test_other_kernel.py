"""A notebook that is opened with a kernel that has no helpers, as VS Code, a hub or Colab may do."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

from tests import over_ipc
from tests.hard import kernels
from tests.notebooks.store import NOTEBOOKS

ROOT = NOTEBOOKS.parent
# A kernel of this very environment, from which the course is taken away.
PROGRAM = f"""
import os, sys
sys.path[:] = [path for path in sys.path if os.path.realpath(path) != {os.path.realpath(ROOT)!r}]
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""


@pytest.fixture
def first_code_cell() -> kernels.End:
    """How the first code cell of 00 ends in such a kernel."""
    book = nbformat.read(NOTEBOOKS / "00_first_letter.ipynb", as_version=4)
    manager = over_ipc.manager()
    command = [sys.executable, "-P", "-c", PROGRAM, "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=command, display_name="Another", language="python")
    client = NotebookClient(book, km=manager, allow_errors=True, resources={"metadata": {"path": str(NOTEBOOKS)}})
    with client.setup_kernel():
        return kernels.run(client, next(cell for cell in book.cells if cell.cell_type == "code"))


def test_what_such_a_kernel_says_is_what_readme_and_the_guide_explain(first_code_cell):
    assert (first_code_cell.error, first_code_cell.message) == ("ModuleNotFoundError", "No module named 'helpers'")
    for page in ("README.md", "notebooks/instructor_guide.md"):
        text = Path(ROOT, page).read_text(encoding="utf-8")
        assert first_code_cell.message in text and "VS Code" in text and ".venv" in text, page
