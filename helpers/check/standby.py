"""The process that stands ready for a check, so that no check but the first waits for a new one's imports.

Where there is `os.fork`, one process serves a kernel from its first check on. For each check it forks; the fork's
standard streams are pipes of the kernel's, which come over a socket. Elsewhere a process serves one check, and the next
one is started at once. Either reads the end of its kernel, however that ended, and is gone: on the socket or as input.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from helpers.working_copy import ROOT

FORKS = hasattr(os, "fork") and hasattr(socket, "send_fds")
PATIENCE = 5.0  # seconds; ending a process takes a few thousandths of one


@dataclass
class Worker:
    """A process that waits for one job: its standard streams, seen from here."""

    job: IO[bytes]
    verdict: IO[bytes]
    printed: IO[bytes]


class ForCheck:
    """A process that serves one check, itself."""

    def __init__(self):
        self._process = _start(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def begin(self) -> Worker:
        """The one worker."""
        return Worker(self._process.stdin, self._process.stdout, self._process.stderr)

    def end(self, worker: int | None) -> bool | None:
        """End the worker and all that it started; returns whether it had ended by itself."""
        ended = self._process.poll() is not None
        if hasattr(os, "killpg"):
            _kill_group(self._process.pid)
        else:  # pragma: no cover - Windows
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(self._process.pid)], capture_output=True, check=False)
        self._process.wait(PATIENCE)
        return ended

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.returncode is None:
            self.end(None)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                pipe.close()

    def last_words(self) -> bytes:
        """Why it ended, where it ended before a worker could say so."""
        return b""


class ForKernel:
    """A process that serves every check of this kernel, each by a fork."""

    def __init__(self):
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE)
        with theirs:
            number = theirs.fileno()
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self._errors}
            self._process = _start(str(number), pass_fds=(number,), **streams)
        _open.add(self)

    def begin(self) -> Worker:
        """A new worker. Where the process is gone, its streams are at their end."""
        (job_there, job), (verdict, verdict_there), (printed, printed_there) = os.pipe(), os.pipe(), os.pipe()
        theirs = (job_there, verdict_there, printed_there)
        with suppress(OSError):
            socket.send_fds(self._control, [b"b"], theirs)
        for number in theirs:
            os.close(number)
        return Worker(os.fdopen(job, "wb"), os.fdopen(verdict, "rb"), os.fdopen(printed, "rb"))

    def end(self, worker: int | None) -> bool | None:
        """End the worker, a process id, and all that it started.

        Returns whether it had ended by itself; None where the process that stands ready is gone, which alone knows.
        """
        with suppress(OSError):
            self._control.sendall(b"e")
            if said := self._control.recv(1):
                return said == b"1"
        if worker:
            _kill_group(worker)
        return None

    def close(self) -> None:
        """End it and the worker that it may have."""
        _open.discard(self)
        self._control.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def last_words(self) -> bytes:
        """Why it ended, where it ended before a worker could say so."""
        self._errors.seek(0)
        return self._errors.read()

    def forget(self) -> None:
        """In a fork of the kernel: it is the kernel's."""
        self._control.close()
        self._process.returncode = 0  # else its collection warns that it still runs


_open: "weakref.WeakSet[ForKernel]" = weakref.WeakSet()
_ready: list[ForCheck | ForKernel] = []  # one at most, but for a moment when checks run in several threads


def take() -> ForCheck | ForKernel:
    """The process that stands ready, or a new one. It is the caller's until `give_back`."""
    with suppress(IndexError):
        standby = _ready.pop()
        if _lives(standby):
            return standby
        standby.close()
    return new()


def new() -> ForCheck | ForKernel:
    """One more process, which is not ready yet."""
    return ForKernel() if FORKS else ForCheck()


def give_back(standby: ForCheck | ForKernel, sound: bool) -> None:
    """Let it serve the next check, or, where it cannot, start one that will."""
    if not (sound and _lives(standby)):
        standby.close()
        standby = new()
    _ready.append(standby)
    while len(_ready) > 1:
        _ready.pop().close()


def close() -> None:
    """End what stands ready: the kernel ends."""
    while _ready:
        _ready.pop().close()


def _lives(standby: ForCheck | ForKernel) -> bool:
    return standby._process.poll() is None


def _start(*arguments: str, **streams) -> subprocess.Popen:
    """Start it in the course's folder, for beside a notebook may lie a file with the name of a module that it needs."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", "helpers.check.inside", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"},
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        **streams,
    )


def _kill_group(number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: a group of which only a zombie is left
        os.killpg(number, signal.SIGKILL)


def _forget_all() -> None:
    _ready.clear()
    for standby in list(_open):
        standby.forget()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
