"""Runs the notebooks and stores their outputs, the same ones each time.

    python tests/notebooks/store.py [NAME.ipynb ...]

What is stored is what nbval compares and what a reader on GitHub sees. Nothing in it depends on the machine.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests import over_ipc

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
REAL_PORT = re.compile(
    r"(127\.0\.0\.1\D{1,10})\d{4,5}\b"
)  # in the commands for a terminal, in 05: nothing else shows one


@contextmanager
def kernel(notebook: nbformat.NotebookNode, folder: Path = NOTEBOOKS, **options) -> Iterator[NotebookClient]:
    """Give what runs the cells, in a new kernel that works in the folder."""
    os.environ["PYTHONHASHSEED"] = "0"
    client = NotebookClient(
        notebook,
        timeout=60,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # what is printed comes in pieces of any size
        resources={"metadata": {"path": str(folder)}},
        config=Config({"KernelManager": over_ipc.traits()}),
        **options,
    )
    with client.setup_kernel():
        yield client


def run(notebook: nbformat.NotebookNode, folder: Path = NOTEBOOKS) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of running it from the top."""
    with kernel(notebook, folder) as client:
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
    return notebook


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without what differs from one machine or run to the next."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    number = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        if cell.cell_type != "code":
            continue
        number += 1
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
            if "data" in output:
                output.data.pop(WIDGET_VIEW, None)  # without its kernel a view shows only "model not found"
            if output.output_type == "stream":
                output.text = REAL_PORT.sub(r"\1PORT", output.text)
            if output.output_type == "error":
                output.traceback = [_placeless(line) for line in output.traceback]
    return notebook


def _placeless(line: str) -> str:
    """Return a line of a traceback without the folders of this machine and without its colours' cell addresses."""
    line = re.sub(r"(/[^\s:\x1b]*?/|[A-Z]:\\[^\s:\x1b]*?\\)(?=[\w.-]+\.py)", "", line)
    return re.sub(r"ipykernel_\d+[/\\]\d+\.py", "cell", line)


def text(notebook: nbformat.NotebookNode) -> str:
    """Return what is stored of a notebook that was run."""
    return nbformat.writes(clean(notebook)) + "\n"


def store(path: Path) -> bool:
    """Run one notebook and write it with its outputs. Returns whether the file changed."""
    before = path.read_text(encoding="utf-8")
    after = text(run(nbformat.reads(before, as_version=4), path.parent))
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(str(path) for path in NOTEBOOKS.glob("*.ipynb")):
        print(f"{Path(name).name}: {'stored anew' if store(Path(name).resolve()) else 'as it was'}")
