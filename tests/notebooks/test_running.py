"""Every notebook: twice in one kernel, two kernels at once, alone, stored reproducibly, and nothing but loopback."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import store

GUARD = Path(__file__).parent / "guard"
NOTEBOOKS = sorted(store.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


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


def assert_same(run, stored) -> None:
    """Name the first cell that put out something else than what is stored."""
    for number, (now, then) in enumerate(zip(run, stored, strict=True)):
        assert now == then, f"code cell {number}"


def test_the_guard_guards(tmp_path):
    program = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'', ('192.0.2.1', 9))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "beyond this machine: socket.sendto '192.0.2.1'" in run.stderr
    log = Path(os.environ["GUARD_LOG"])
    assert "192.0.2.1" in log.read_text()
    log.unlink()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_those_of_a_run_and_storing_again_changes_nothing(path, tmp_path):
    copy = tmp_path / "notebooks" / path.name
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    assert not store.store(copy)
    assert copy.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_second_pass_in_the_same_kernel_ends_like_the_first(path):
    assert_same(outputs(store.run(read(path), passes=2)), outputs(read(path)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_two_kernels_at_once_do_not_disturb_each_other(path):
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: outputs(store.run(read(path))), range(2)))
    for run in runs:
        assert_same(run, outputs(read(path)))
