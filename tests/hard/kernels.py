"""What a cell comes to that is run in a kernel, in whatever order."""

import time
from dataclasses import dataclass

from nbclient import NotebookClient
from nbformat import NotebookNode


@dataclass(frozen=True)
class End:
    """How a cell ended: its id, the seconds that it took, and the name and text of its error ("" for none)."""

    cell: str
    seconds: float
    error: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.cell} ({self.seconds:.1f} s) {self.error}: {self.message}"


def run(client: NotebookClient, cell: NotebookNode) -> End:
    """Run one cell and return how it ended."""
    begun = time.monotonic()
    client.execute_cell(cell, client.nb.cells.index(cell))
    errors = [(output.ename, output.evalue) for output in cell.outputs if output.output_type == "error"]
    return End(cell.id, time.monotonic() - begun, *(errors[0] if errors else ()))
