"""Starting, in a fresh clone with a HOME of its own, in turns. Second start: from the command to the first answer of
JupyterLab's server, `start.py` beside a bare `python -m jupyterlab` of the same environment. Cold set-up: without .venv
and with empty package caches, from the command until `start.py` says that it is done, beside a bare virtual environment
and install of the same list and constraints. Both fetch from the package index, so these figures follow the network."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import ROOT, TIMES, Row, free_port, ratio, seconds


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        for tool in ("uv", "pip") if shutil.which("uv") else ("pip",):
            environment = fresh(home, tool)
            cold, bare = [], []
            for _ in range(TIMES):
                cold.append(set_up(clone, home, environment))
                bare.append(seconds(lambda e=environment, t=tool: install(clone, home, t, e)))
                shutil.rmtree(home, ignore_errors=True)
            yield Row(f"cold set-up with {tool}", cold, "s", ratio(cold, bare), "1.1")
        second, lab = [], []
        for _ in range(TIMES):
            second.append(until_up(clone, environment, [sys.executable, "start.py"]))
            python = str(clone / ".venv/bin/python")
            lab.append(until_up(clone, environment, [python, "-m", "jupyterlab", "--allow-root"]))
        yield Row("second start", second, "s", ratio(second, lab), "1.1")


def fresh(home: Path, tool: str) -> dict[str, str]:
    """An environment in which nothing but HOME is known, and uv only where it is wanted."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JUPYTER", "VIRTUAL"))}
    kept |= {"HOME": str(home), "UV_CACHE_DIR": str(home / "uv"), "PIP_CACHE_DIR": str(home / "pip")}
    if tool == "pip":
        kept["PATH"] = os.pathsep.join(d for d in kept["PATH"].split(os.pathsep) if not (Path(d) / "uv").exists())
    return kept


def set_up(clone: Path, home: Path, environment: dict[str, str]) -> float:
    """Seconds until the set-up is done. What comes then is JupyterLab, which only tells its version."""
    shutil.rmtree(clone / ".venv", ignore_errors=True)
    command = [sys.executable, "start.py", "--version"]
    begun = time.perf_counter()
    talk = QUIET | {"stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=clone, env=environment, text=True, **talk) as process:
        line = process.stdout.readline()
        took = time.perf_counter() - begun
        process.stdout.read()
    assert line.endswith(" done.\n") and process.returncode == 0, line
    shutil.rmtree(home, ignore_errors=True)
    return took


def install(clone: Path, home: Path, tool: str, environment: dict[str, str]) -> None:
    project = tomllib.loads((clone / "pyproject.toml").read_text())
    venv, base = home / "venv", sys._base_executable
    if tool == "uv":
        commands = [["uv", "venv", "-q", "--no-project", "--python", base, str(venv)]]
        commands += [["uv", "pip", "install", "-q", "--python", str(venv / "bin/python")]]
    else:
        commands = [[base, "-m", "venv", str(venv)], [str(venv / "bin/python"), "-m", "pip", "install", "-q"]]
    commands[1] += ["-c", "constraints.txt", *project["project"]["dependencies"]]
    for command in commands:
        subprocess.run(command, cwd=clone, env=environment, check=True, **QUIET)


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}


def until_up(clone: Path, environment: dict[str, str], command: list[str]) -> float:
    """Seconds from the command to the server's first answer."""
    port = free_port()
    words = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, *words], cwd=clone, env=environment, **QUIET)
    try:
        while not answers(port):
            assert process.poll() is None, f"{command} ended with {process.returncode}"
            time.sleep(0.01)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False
