"""All the notebooks under strict nbval, and beside them as many notebooks of one cell that imports the same: what is
left after the kernels' own start and the imports, for each notebook. One pytest process each, in turns."""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.benchmarks.measuring import ROOT, TIMES, Row, ratio, seconds


def rows() -> Iterator[Row]:
    notebooks = sorted(ROOT.glob("notebooks/*.ipynb"))
    with tempfile.TemporaryDirectory() as folder:
        small = [Path(folder) / notebook.name for notebook in notebooks]
        for path, notebook in zip(small, notebooks, strict=True):
            write_imports(notebook, path)
        whole, least = [], []
        for _ in range(TIMES):
            whole.append(seconds(lambda: validate(notebooks)) / len(notebooks))
            least.append(seconds(lambda: validate(small)) / len(notebooks))
    yield Row("a notebook under nbval", whole, "s", ratio(whole, least))
    more = [one - other for one, other in zip(whole, least, strict=True)]
    yield Row(f"over one cell that imports ({len(notebooks)} notebooks)", more, "s", limit="3 s")


def write_imports(notebook: Path, path: Path) -> None:
    """Write a notebook of one cell with all that another one imports outside its functions."""
    whole = nbformat.read(notebook, as_version=4)
    code = "\n".join(cell.source for cell in whole.cells if cell.cell_type == "code")
    module = compile(code, notebook.name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    imports = [ast.unparse(node) for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    whole.cells = [nbformat.v4.new_code_cell("\n".join(imports), execution_count=1)]
    nbformat.write(whole, path)


def validate(notebooks: list[Path]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, *map(str, notebooks)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
