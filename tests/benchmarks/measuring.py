"""What all the benchmarks share: the machine's description, a table's row, programs that are run and timed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TIMES = 7
PACKAGES = ("aiosmtpd", "dnspython", "ipykernel", "jupyterlab", "nbval")


@dataclass
class Row:
    """A line of the table: the figures, their unit, what they are set beside (a sentence) and the limit (or "")."""

    what: str
    figures: list[float]
    unit: str
    beside: str = ""
    limit: str = ""

    def __str__(self) -> str:
        middle, least, most = (f"{f(self.figures):.4g} {self.unit}" for f in (statistics.median, min, max))
        return f"| {self.what} | {middle} | {least} | {most} | {self.beside} | {self.limit} |"


def ratio(figures: list[float], others: list[float]) -> str:
    """The ratio of two medians, with the other median."""
    other = statistics.median(others)
    return f"{statistics.median(figures) / other:.2f} of {other:.4g}"


def machine() -> str:
    """The machine and the versions, as a sentence."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    model = next((x.split(": ")[1] for x in _lines("/proc/cpuinfo") if x.startswith("model name")), platform.machine())
    system = next((x.split('"')[1] for x in _lines("/etc/os-release") if x.startswith("PRETTY_NAME")), sys.platform)
    return (
        f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores ({model}), {system}, "
        f"Python {platform.python_version()}, {versions}. Medians of {TIMES} unless a line says otherwise."
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def seconds(work: Callable[[], object]) -> float:
    """How long a function takes, in seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def python(program: str, *words: str) -> str:
    """What a program prints, run by a fresh Python that sees this checkout."""
    command = [sys.executable, "-c", program, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def serving(*command: str) -> tuple[subprocess.Popen, int]:
    """A server in a process of its own, and the port that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(10)
    process.stdout.close()


def memory(pid: int) -> float:
    """The resident memory of a process, in MB."""
    return next(int(x.split()[1]) for x in _lines(f"/proc/{pid}/status") if x.startswith("VmRSS")) / 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def need(program: str, package: str) -> str:
    """The path of a program that a benchmark needs."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if not path:
        sys.exit(f"This benchmark needs {program}: install the Debian package {package}.")
    return path
