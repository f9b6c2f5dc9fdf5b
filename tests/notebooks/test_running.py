"""Every notebook: again and again in one kernel, beside another one, put out as stored, and nothing but loopback.

By hand more than here: MAIL_COURSE_PASSES=20, MAIL_COURSE_KERNELS=8 (tests/hard/amounts.py).
"""

import ast
import copy
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from tests.hard.amounts import amount
from tests.notebooks import store

PASSES = amount("PASSES", 3)
KERNELS = amount("KERNELS", 2)
GUARD = Path(__file__).parents[1] / "guard"
NOTEBOOKS = sorted(store.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
# Which run at once: each notebook is in one of the groups, and the last is filled up from the first.
GROUPS = [[*NOTEBOOKS, *NOTEBOOKS * KERNELS][n : n + KERNELS] for n in range(0, len(NOTEBOOKS), KERNELS)]


@pytest.fixture(autouse=True)
def loopback_only(tmp_path, monkeypatch):
    """Forbid the kernels of a test everything beyond this machine, and look afterwards whether one tried."""
    log = tmp_path / "beyond"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(GUARD), str(store.NOTEBOOKS.parent)]))
    monkeypatch.setenv("GUARD_LOG", str(log))
    yield
    assert not log.exists(), log.read_text()


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def outputs(notebook) -> list:
    """Return what the cells put out, without what counts the passes."""
    return [
        [{k: v for k, v in output.items() if k not in ("execution_count", "metadata")} for output in cell.outputs]
        for cell in store.clean(notebook).cells
        if cell.cell_type == "code"
    ]


def assert_same(run, stored, name: str) -> None:
    """Name the first cell that put out something else than what is stored."""
    for number, (now, then) in enumerate(zip(run, stored, strict=True)):
        assert now == then, f"{name}, code cell {number}"


def test_the_guard_guards(tmp_path):
    program = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'', ('192.0.2.1', 9))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "beyond this machine: socket.sendto '192.0.2.1'" in run.stderr
    log = Path(os.environ["GUARD_LOG"])
    assert "192.0.2.1" in log.read_text()
    log.unlink()


@pytest.mark.thorough
@pytest.mark.timeout(60 + 15 * PASSES * KERNELS)
@pytest.mark.parametrize("paths", GROUPS, ids=lambda paths: " and ".join(path.stem for path in paths))
def test_each_pass_puts_out_what_is_stored_and_leaves_nothing_behind(paths, tmp_path, monkeypatch):
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", str(2**20))  # or glibc keeps 16 MB of scrypt's for later, or does not
    with ThreadPoolExecutor(KERNELS) as pool:
        for loads in list(pool.map(passes, paths, [tmp_path] * KERNELS)):
            assert_steady(loads)


def passes(path: Path, folder: Path) -> list[dict[str, int]]:
    """Run a notebook again and again in one kernel that works in the folder; return what the kernel held after each."""
    stored, loads = path.read_bytes(), []
    notebook = read(path)
    probe = nbformat.v4.new_code_cell(LOAD)
    notebook.cells.append(probe)
    with store.kernel(notebook, folder) as client:
        for _ in range(PASSES):
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            loads.append(ast.literal_eval(probe.outputs[0].text))
            run = copy.deepcopy(notebook)
            run.cells.pop()
            assert_same(outputs(run), outputs(read(path)), path.stem)
            assert store.text(run).encode() == stored, f"{path.stem}: storing it again would change it"
    return loads


LOAD = "print(__import__('tests.hard.load', fromlist=['load']).now())"


def assert_steady(loads: list[dict[str, int]]) -> None:
    """Set what a kernel holds after each pass beside what it held after the second, when all is imported and warm."""
    _, warm, *later = loads
    for number, load in enumerate(later, 1):
        assert load["threads"] <= warm["threads"] and load["children"] == 0, loads
        assert load["workers"] <= os.cpu_count() + 4, loads  # the pool of one lab's loop, which grows as it needs
        # How many of the last connections are still held by a name, or closed already, differs by a few.
        assert load["files"] <= warm["files"] + 5, loads
        # IPython keeps the text of each cell that it ran, and Python's allocator what it has freed.
        assert load["memory"] <= warm["memory"] + 4 + number / 4, loads
