"""Notebooks in networks that permit little: loopback and nothing else, and Binder's, in network namespaces.

By hand more than here: MAIL_COURSE_ALONE=15 MAIL_COURSE_BINDER=15 (tests/hard/amounts.py).
"""

import os
import subprocess
import sys

import nbformat
import pytest

from helpers import probe
from tests.conftest import missing
from tests.hard.amounts import amount
from tests.notebooks import store
from tests.setup.test_probe import STATES

BOOKS = sorted(store.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
ALONE = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable)
BINDER = (sys.executable, "-m", "tests.hard.binders_network")
RUNS = """
import copy, socket, sys
from pathlib import Path

import nbformat

from tests.notebooks import store

print([name for _, name in socket.if_nameindex()])
stored = nbformat.read(sys.argv[1], as_version=4)
run = store.clean(store.run(copy.deepcopy(stored), Path(sys.argv[1]).parent))
for number, (now, then) in enumerate(zip(run.cells, stored.cells, strict=True)):
    if now != then and "nbval-ignore-output" not in then.metadata.get("tags", []):
        print(f"cell {number} put out {now.get('outputs')}")
"""

pytestmark = [pytest.mark.peer("unshare", "ip"), pytest.mark.timeout(150)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What runs a program with words in a network, and returns the lines that it prints."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        missing("needs root on Linux, to make a network namespace")
    monkeypatch.setenv("PYTHONPATH", str(store.NOTEBOOKS.parent))

    def run(network: tuple[str, ...], program: str, *words: str) -> list[str]:
        file = tmp_path / "program.py"
        file.write_text(program, encoding="utf-8")
        done = subprocess.run([*network, file, *words], capture_output=True, text=True, timeout=140)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def copied(path, folder):
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return str(copy)


@pytest.mark.thorough
@pytest.mark.parametrize("path", BOOKS[-amount("ALONE", 1) :], ids=lambda path: path.stem)
def test_with_loopback_alone_a_notebook_puts_out_what_is_stored(path, run, tmp_path):
    assert run(ALONE, RUNS, copied(path, tmp_path)) == ["['lo']"]


@pytest.mark.thorough
@pytest.mark.parametrize("path", BOOKS[-amount("BINDER", 2) :], ids=lambda path: path.stem)
def test_on_binder_a_notebook_puts_out_what_is_stored(path, run, tmp_path):
    assert run(BINDER, RUNS, copied(path, tmp_path)) == ["['lo', 'inside']"]


FETCHES = """
import socket
import urllib.request

print(urllib.request.urlopen("http://example.com", timeout=5).status)
print(urllib.request.urlopen("https://example.com", timeout=5).status)
for address, port in (("198.18.0.25", 25), ("198.18.0.25", 443), ("198.18.0.80", 22), ("10.1.0.10", 853)):
    try:
        socket.create_connection((address, port), 0.5)
        print("open")
    except OSError as error:
        print(type(error).__name__)
"""


def test_the_network_is_binders(run):
    """Web pages come. The exchange listens on 25 and not on 443, and only of 443 is a word heard."""
    silent = "TimeoutError"
    assert run(BINDER, FETCHES) == ["200", "200", silent, "ConnectionRefusedError", silent, silent]


ALL_PERMITTED = """
import sys
from pathlib import Path

import nbformat

from tests.notebooks import store

path = Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
permit = ("I_PERMIT = []", "I_PERMIT = EVERYTHING")
name = ('= "", [], False, ""', '= "example.com", [], True, "mx.example.com"')
for before, now in (permit, name):
    (cell,) = [cell for cell in notebook.cells if before in cell.source]
    cell.source = cell.source.replace(before, now)
nbformat.write(store.run(notebook, path.parent), path)
"""


def test_on_binder_14_says_what_the_network_permits_and_goes_on(run, tmp_path):
    """With everything permitted: in the lab's room "cloud", which stands in for Binder, it is the same."""
    copy = copied(BOOKS[-1], tmp_path)
    run(BINDER, ALL_PERMITTED, copy)
    cells = [cell for cell in nbformat.read(copy, as_version=4).cells if cell.cell_type == "code"]
    (network,) = [said(cell) for cell in cells if "I_PERMIT = EVERYTHING" in cell.source]
    assert network.startswith("What this network permits: 5 of 5 questions asked")
    for question, state in zip(probe.QUESTIONS, STATES["cloud"], strict=True):
        (line,) = [line for line in network.splitlines() if line.strip().startswith(f"{question} ")]
        assert f" {state} " in line and line.endswith(probe.MEANS[question][state])
    (report,) = [said(cell) for cell in cells if "mine = report(" in cell.source]
    assert report.startswith("example.com, as this computer's resolver has it:")


def said(cell) -> str:
    """What a cell shows last, as text."""
    return cell.outputs[-1].data["text/plain"]
