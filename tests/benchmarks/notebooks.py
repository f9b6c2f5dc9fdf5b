"""All the notebooks under strict nbval, and beside them as many notebooks of one cell that imports the same: what is
left after the kernels' own start and the imports, for each notebook. One pytest process each, in turns."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.benchmarks.measuring import ROOT, TIMES, Row, ratio, seconds

IMPORTS = "from helpers import check\nfrom helpers.lab import Lab\n\ncheck, Lab = check.predict, Lab"


def rows() -> Iterator[Row]:
    notebooks = sorted(ROOT.glob("notebooks/*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        small = [Path(folder) / notebook.name for notebook in notebooks]
        for path in small:
            cell = nbformat.v4.new_code_cell(IMPORTS, execution_count=1)
            kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
            nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), path)
        whole, least = [], []
        for _ in range(TIMES):
            whole.append(seconds(lambda: validate(notebooks)) / len(notebooks))
            least.append(seconds(lambda: validate(small)) / len(notebooks))
    yield Row("a notebook under nbval", whole, "s", ratio(whole, least))
    more = [one - other for one, other in zip(whole, least, strict=True)]
    yield Row(f"over one cell that imports ({len(notebooks)} notebooks)", more, "s", limit="3 s")


def validate(notebooks: list[Path]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    done = subprocess.run([*command, *map(str, notebooks)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
