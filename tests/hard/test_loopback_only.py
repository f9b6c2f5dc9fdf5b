"""A notebook where loopback is the only interface that there is: in a network namespace with nothing else in it."""

import os
import subprocess
import sys

import pytest

from tests.conftest import missing
from tests.hard.amounts import amount
from tests.notebooks.store import NOTEBOOKS

BOOKS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
PROGRAM = """
import socket, sys
from pathlib import Path
from tests.notebooks import store

print([name for _, name in socket.if_nameindex()])
print("stored anew" if store.store(Path(sys.argv[1])) else "as it was")
"""


@pytest.mark.peer("unshare", "ip")
@pytest.mark.parametrize("path", BOOKS[-amount("ALONE", 1) :], ids=lambda path: path.stem)
def test_a_notebook_puts_out_what_is_stored(path, tmp_path, monkeypatch):
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        missing("needs root on Linux, to make a network namespace")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    run = [sys.executable, "-c", PROGRAM, str(copy)]
    done = subprocess.run(
        ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *run],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["['lo']", "as it was"], done.stderr
