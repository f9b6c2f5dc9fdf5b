"""The learner's code runs in a process of its own, which is stopped when it takes too long.

A time-out inside the kernel would not do: a bare `except:` swallows it and a looping thread goes on. Here the process
and all that it started are ended from outside. The verdict comes back on a channel that its prints do not touch.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helpers import lessons

from .judging import Feedback, wrong

LIMIT = 3.0  # seconds that the learner's code may take, once the process is ready
START = 30.0  # seconds until it must be ready: it imports what the judge needs
SHOWN = 1200  # characters of what it printed

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What the judge said, and what the code printed meanwhile, clipped."""

    feedback: Feedback
    printed: str


def run(judge: str, name: str, texts: list[tuple[str, str]], mymail: str = "") -> Ran:
    """Run `texts`, pairs of a label and source, as one module, and have `judge` ("module:function") judge its `name`.

    `mymail` is what `import mymail` gives there. Never raises for what the code does.
    """
    job = {"judge": judge, "name": name, "texts": texts, "limit": LIMIT, "lessons": lessons.__path__}
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory(prefix="email-course-", ignore_cleanup_errors=True) as folder:
        Path(folder, "mymail.py").write_text(mymail, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "helpers.check.inside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "PYTHONUNBUFFERED": "1",
                "PYTHONIOENCODING": "utf-8:backslashreplace",
            },
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        said: queue.Queue[str | None] = queue.Queue()
        printed = bytearray()
        readers = [
            threading.Thread(target=_lines, args=(process.stdout, said), daemon=True),
            threading.Thread(target=_drain, args=(process.stderr, printed), daemon=True),
        ]
        try:
            for reader in readers:
                reader.start()
            feedback = _converse(process, job, said)
        finally:
            _end(process)
            for reader in readers:
                reader.join(1.0)
    return Ran(feedback, _clipped(printed.decode("utf-8", "replace")))


def _converse(process: subprocess.Popen, job: dict, said: "queue.Queue[str | None]") -> Feedback:
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(job).encode())
        if said.get(timeout=START) is None:
            raise BrokenPipeError
    except (BrokenPipeError, queue.Empty):
        return wrong(
            "The check could not start, which is no fault of your code. `python3 start.py doctor` may say why."
        )
    try:
        line = said.get(timeout=LIMIT)
    except queue.Empty:
        if process.poll() is None:
            return wrong(
                f"It had not finished after {LIMIT:g} seconds and was stopped. Look for a loop that never ends, or for "
                "a wait for something that never comes, such as `recv` while the other side waits for you."
            )
        line = None  # it has ended, and something that it started still holds the channel
    if line is None:
        return wrong(
            "It ended the whole process (by `os._exit`, or by a crash) before the check could see its answer. "
            "A function hands its answer back with `return`."
        )
    return Feedback(**json.loads(line))


def _lines(pipe, said: "queue.Queue[str | None]") -> None:
    with pipe:
        for line in pipe:
            said.put(line.decode())
    said.put(None)


def _drain(pipe, kept: bytearray) -> None:
    """Read to the end, so that nobody blocks on a full pipe; keep the beginning."""
    with pipe:
        while chunk := pipe.read1(65536):
            kept += chunk[: max(0, 8 * SHOWN - len(kept))]


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN].rstrip() + "\n... and more"


def _end(process: subprocess.Popen) -> None:
    """End the process and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # macOS: a group of which only a zombie is left
            os.killpg(process.pid, signal.SIGKILL)
    else:  # pragma: no cover - Windows
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.wait(5)
