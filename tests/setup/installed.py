"""The course as a learner has it: a fresh copy with a fresh HOME, set up and served by start.py.

To install it takes long, so there is one for all tests: the fixture `installed_course` of tests/conftest.py.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import missing
from tests.setup.conftest import ROOT
from tests.setup.test_start import UNREACHABLE

GUARD = ROOT / "tests" / "guard"
PATIENCE = 150  # seconds, to fetch and install everything
WORDS = ["--no-browser", "--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]
IPC = [] if os.name == "nt" else ["--KernelManager.transport=ipc"]  # as in tests/over_ipc.py


class InstalledCourse:
    """A copy of this project that start.py has set up and serves.

    `url` is the address that JupyterLab printed, `said` what start.py and JupyterLab had said until then.
    """

    def __init__(self, folder: Path, runtime: str) -> None:
        self.root = folder / "course"
        self.beyond = folder / "beyond"  # what its programs, the kernels among them, tried to reach beyond this machine
        self.log = folder / "log"
        # A fresh HOME, with only the installers' caches from the real one.
        caches = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        led = ("PYTHON", "JUPYTER", "IPYTHON", "VIRTUAL", "XDG_", "MAIL_COURSE_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(led)}
        self.environment.update(HOME=str(folder / "home"), XDG_CACHE_HOME=caches, JUPYTER_RUNTIME_DIR=runtime)
        self.watched = {**self.environment, "PYTHONPATH": str(GUARD), "GUARD_LOG": str(self.beyond)}
        ignored = [
            line.strip("/") for line in (ROOT / ".gitignore").read_text().split("\n") if line[:1] not in ("", "#")
        ]
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(".git", *ignored))

    def start(self) -> subprocess.Popen:
        with open(self.log, "w") as log:
            return subprocess.Popen(
                [sys.executable, "start.py", *WORDS, *IPC],
                cwd=self.root,
                env=self.watched,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait(self, process: subprocess.Popen) -> None:
        """Wait until JupyterLab has printed its address."""
        until = time.monotonic() + PATIENCE
        while not (found := re.search(r"http://127\.0\.0\.1:\d+\S+token=\w+", self.log.read_text())):
            if process.poll() is not None and UNREACHABLE in self.log.read_text():
                missing("needs the package index")
            assert process.poll() is None and time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)
        self.url, self.said = found[0], self.log.read_text()

    def forbidden(self) -> str:
        """What was tried beyond this machine so far; it is forgotten."""
        tried = self.beyond.read_text() if self.beyond.exists() else ""
        self.beyond.unlink(missing_ok=True)
        return tried


@contextmanager
def served(folder: Path, runtime: str) -> Iterator[InstalledCourse]:
    """Give the course, installed in the folder. The other folder has a short path, for the kernels' sockets."""
    course = InstalledCourse(folder, runtime)
    process = course.start()
    try:
        course.wait(process)
        # The guard does stand in this environment, which is that of JupyterLab and its kernels.
        knock = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
        subprocess.run([course.root / ".venv/bin/python", "-c", knock], env=course.watched, capture_output=True)
        assert "192.0.2.1" in course.forbidden()
        yield course
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
