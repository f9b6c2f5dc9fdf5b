"""A kernel that is killed in mid-letter leaves nothing behind that the next one could stumble over."""

import ast
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from helpers import course
from helpers.check import keeping
from tests.hard.amounts import amount
from tests.notebooks.store import NOTEBOOKS, kernel

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

PORTS = 'print(lab.route("192.0.2.25", 25)[1], lab.route("203.0.113.25", 25)[1])'
LOOPS = "def domain_of(address):\n    while True:\n        pass\n\n\ncheck.domain_of(domain_of)"
WORKS = "def domain_of(address):\n    return address.rpartition('@')[2]\n\n\nprint(check.domain_of(domain_of))"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the course, laid: kernels that work in its my-course/ keep what passes there."""
    for folder in ("helpers", "notebooks"):
        shutil.copytree(NOTEBOOKS.parent / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    course.lay(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "my-course"


def notebook(folder, *more: str):
    """Return notebook 05 of the copy, up to where the learner's server keeps letters, and more cells."""
    book = nbformat.read(folder / "05_live_server.ipynb", as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    kept = next(number for number, cell in enumerate(cells) if "start(Mine(" in cell.source)
    book.cells = [*cells[: kept + 1], *map(nbformat.v4.new_code_cell, more)]
    return book


def run_all(client) -> list[str]:
    """Run the cells, none of which may fail; return the words that the last one printed."""
    for number, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, number)
    return cell.outputs[-1].text.split()


def half_a_letter(port: int, recipient: str) -> socket.socket:
    """Return a connection in the midst of a letter."""
    sock = socket.create_connection(("127.0.0.1", port), 2)
    for command in ("HELO a.test", "MAIL FROM:<a@a.test>", f"RCPT TO:<{recipient}>", "DATA"):
        sock.recv(1024)
        sock.sendall(f"{command}\r\n".encode())
    assert sock.recv(1024).startswith(b"354")
    sock.sendall(b"Subject: Half a let")
    return sock


def gone(sock: socket.socket) -> bool:
    """Return whether the other end has closed or reset the connection, which is waited for."""
    with sock:
        try:
            return sock.recv(1024) == b""
        except ConnectionResetError:
            return True


@pytest.mark.timeout(120)
def test_a_kernel_killed_in_mid_letter_leaves_nothing(copy):
    with kernel(notebook(copy, PORTS), copy) as client:
        ports = [int(port) for port in run_all(client)]
        before = sorted(path.name for path in copy.iterdir())
        letters = [half_a_letter(ports[0], "me@learner.test"), half_a_letter(ports[1], "grace@outlook.test")]
        client.kc.execute(LOOPS)  # and the check runs the learner's code, which never ends
        process = psutil.Process(client.km.provisioner.pid)
        until(lambda: len(process.children()) == 1)
        started = process.children(recursive=True)
        process.kill()

        assert all(map(gone, letters))
        with kernel(notebook(copy, WORKS), copy) as other:  # at once
            assert "Kept in my-course/mymail.py" in " ".join(run_all(other))
        assert psutil.wait_procs(started, timeout=50)[1] == []  # the check stops by itself, 5 s after it began
        for port in ports:
            with socket.socket() as sock:
                assert sock.connect_ex(("127.0.0.1", port)) != 0
    assert sorted(path.name for path in copy.iterdir()) == sorted({*before, ".mymail.lock", "mymail.py"})
    assert ast.parse((copy / "mymail.py").read_text())


def until(done) -> None:
    """Wait for something that must come to be, for 10 s at most."""
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


KEEPS = """
import sys
from pathlib import Path
from helpers.check import keeping

keeping.folder = lambda: Path(sys.argv[1])
for number in range(100000):
    keeping.keep(f"f{number % 20}", f"def f{number % 20}():\\n    return {number}\\n" * 100)
    if number == 0:
        print("a first one is kept", flush=True)
"""


def test_whoever_is_killed_while_it_keeps_a_function_tears_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    copy = tmp_path / "my-course"
    copy.mkdir()
    monkeypatch.setattr(keeping, "folder", lambda: copy)
    rng = random.Random("killed")
    for number in range(amount("KILLS", 10)):
        with subprocess.Popen([sys.executable, "-c", KEEPS, str(copy)], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(rng.uniform(0.02, 0.08))
            process.send_signal(signal.SIGKILL)
        assert ast.parse((copy / "mymail.py").read_text())
        told = keeping.keep("mine", f"def mine():\n    return {number}\n")
        assert told == "Kept in my-course/mymail.py."
        assert sorted(path.name for path in copy.iterdir()) == [".mymail.lock", "mymail.py"]
        assert keeping.theirs("mine")() == number
