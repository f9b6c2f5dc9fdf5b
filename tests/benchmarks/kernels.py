"""Thirty kernels at once, each running notebook 05 from the top, as a class on one shared machine: wall time until the
last one has passed, and the memory of all their kernels together (sampled twice a second, the most). Once a run."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.benchmarks.measuring import ROOT, Row, memory, seconds

KERNELS = 30


def rows() -> Iterator[Row]:
    clients = [client() for _ in range(KERNELS)]
    most, done = [0.0], threading.Event()
    watcher = threading.Thread(target=watch, args=(clients, most, done))
    watcher.start()
    with ThreadPoolExecutor(KERNELS) as pool:
        took = seconds(lambda: list(pool.map(NotebookClient.execute, clients)))
    done.set()
    watcher.join()
    yield Row(f"{KERNELS} kernels run 05, all pass", [took], "s", limit="report only")
    yield Row("memory of the kernels together", [most[0]], "MB", limit="report only")


def client() -> NotebookClient:
    notebook = nbformat.read(next(Path(ROOT).glob("notebooks/05_*.ipynb")), as_version=4)
    resources = {"metadata": {"path": str(ROOT / "notebooks")}}
    return NotebookClient(notebook, timeout=120, startup_timeout=180, resources=resources)


def watch(clients, most, done) -> None:
    while not done.is_set():
        total = 0.0
        for one in clients:
            try:
                total += memory(one.km.provisioner.pid)
            except (AttributeError, TypeError, StopIteration):  # not started yet, or ended
                continue
        most[0] = max(most[0], total)
        time.sleep(0.5)
