"""A kernel that is given cells one by one, in any order, and what each of them comes to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebooks import store


@dataclass(frozen=True)
class End:
    """How a cell ended: its id, the seconds that it took, and the name and text of its error ("" for none)."""

    cell: str
    seconds: float
    error: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.cell} ({self.seconds:.1f} s) {self.error}: {self.message}"


@contextmanager
def kernel(notebook: NotebookNode, folder: Path) -> Iterator[NotebookClient]:
    """Give the client of a new kernel that works in the folder, set up as for storing."""
    client = store.client(notebook, folder, allow_errors=True)
    with client.setup_kernel():
        yield client


def run(client: NotebookClient, cell: NotebookNode) -> End:
    """Run one cell and return how it ended."""
    begun = time.monotonic()
    client.execute_cell(cell, client.nb.cells.index(cell))
    errors = [(output.ename, output.evalue) for output in cell.outputs if output.output_type == "error"]
    return End(cell.id, time.monotonic() - begun, *(errors[0] if errors else ()))
