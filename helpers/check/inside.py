"""What runs in the process of its own: the learner's code, and the judge that tries it.

`python -m helpers.check.inside` reads a job (JSON) on its standard input, says when it is ready, and writes a verdict,
one line of JSON each, on what was its standard output. What the code prints goes to standard error. With the number of
a socket as its argument it stays, and forks for each check that is asked for there; see standby.py.
"""

import faulthandler
import gc
import importlib
import json
import linecache
import os
import signal
import socket
import sys
import traceback
import types
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import helpers
from helpers import lessons

from . import judging
from .judging import Feedback, wrong

# What judges and the labs that they make import; none of it starts a thread or a loop, so that a fork is whole.
_NEEDED = ("helpers.lab", "helpers.mail", "helpers.check.source", "helpers.answers")
_NEEDED += ("aiosmtpd.controller", "smtplib", "trustme")


def main() -> None:  # pragma: no cover - in the child, where coverage does not look
    """Do the job on standard input, or, given a socket's number, one for each fork that is asked for there."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # half a character can be printed, too
    for needed in _NEEDED:
        with suppress(Exception):  # who needs it will meet that error, and it is told
            importlib.import_module(needed)
    with suppress(Exception):
        from helpers.lab import cast, zones

        for origin in {origin for host in cast.CAST for origin in host.zones}:
            zones.of_the_cast(origin)  # it keeps what it has read
    if sys.argv[1:]:
        _stand_ready(socket.socket(fileno=int(sys.argv[1])))
    _do_job()


def _stand_ready(control: socket.socket) -> None:  # pragma: no cover - in the child
    """Serve a kernel until it ends; returns in the fork for a check.

    The kernel says "b" to begin, with the streams of a fork, and "e" to end it; it is told whether that had ended.
    """
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())} - {None}
    times = _times(files | {str(file) for file in Path(helpers.__path__[0]).rglob("*.zone")})
    gc.collect()
    gc.freeze()  # so that the forks share its memory
    worker = 0
    while control.recv(1, socket.MSG_PEEK):
        if not worker and _times(times) != times:
            os.execv(sys.executable, sys.orig_argv)  # the course has been renewed
        message, streams, *_ = socket.recv_fds(control, 1, 3)
        if message == b"b":
            worker = os.fork()
            if not worker:
                control.close()
                os.setsid()
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                    os.close(stream)
                return
            for stream in streams:
                os.close(stream)
        elif worker:
            control.sendall(b"1" if _end(worker) else b"0")
            worker = 0
    if worker:
        _end(worker)
    os._exit(0)


def _times(files: Iterable[str]) -> dict[str, float]:  # pragma: no cover - in the child
    """When each file was changed last."""
    return {file: os.stat(file).st_mtime if os.path.exists(file) else 0 for file in files}


def _end(worker: int) -> bool:  # pragma: no cover - in the child
    """End a fork and all that it started; returns whether it had ended by itself."""
    ended = os.waitpid(worker, os.WNOHANG)[0] == worker
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)
    if not ended:
        with suppress(ProcessLookupError):  # macOS: it ended just now
            os.kill(worker, signal.SIGKILL)  # should it have had no time yet for a group of its own
        os.waitpid(worker, 0)
    return ended


def _do_job() -> None:  # pragma: no cover - in the child
    given = sys.stdin.read()
    if not given:
        os._exit(0)  # the kernel has ended
    job = json.loads(given)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    me = os.getpid()

    def say(message: dict[str, Any]) -> None:
        if os.getpid() == me:  # a fork of the learner's comes by here too
            print(json.dumps({key: _whole(value) for key, value in message.items()}), file=channel, flush=True)

    lessons.__path__[:] = job["lessons"]
    _move(job["path"], job["environ"])
    module, _, name = job["judge"].partition(":")
    judge = getattr(importlib.import_module(module), name)
    if job["alone"]:
        from helpers import loopback

        loopback.watch(lambda tried: None)
    judging.hear = lambda text: say({"far": text})
    say({"ready": me})
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(job["limit"] + 2, exit=True, file=nowhere)  # should the kernel die meanwhile
        feedback = weigh(judge, job["name"], job["texts"])
    sys.stdout.flush()
    say(asdict(feedback))
    os._exit(0)  # whatever threads were left behind


def _move(path: list[str], environ: dict[str, str]) -> None:  # pragma: no cover - in the child
    """Work in the first folder of `path`, with the kernel's environment of now, and find modules as a new process."""
    was = {os.getcwd(), *os.environ.get("PYTHONPATH", "").split(os.pathsep), *path}
    os.chdir(path[0])
    sys.path[:] = [*path, *(entry for entry in sys.path if entry not in was)]
    importlib.invalidate_caches()
    os.environ.clear()
    os.environ.update(environ)


def weigh(judge, name: str, texts: list[tuple[str, str]]) -> Feedback:
    """Run the texts as one module, hand its `name` to the judge, and tell whatever goes wrong on the way."""
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    labels = {f"<{label}>": label for label, _ in texts}
    try:
        for label, text in texts:
            linecache.cache[f"<{label}>"] = (len(text), None, text.splitlines(keepends=True), f"<{label}>")
            exec(compile(text, f"<{label}>", "exec"), vars(module))
        return judge(getattr(module, name))
    except SystemExit:
        return wrong(
            "It called `sys.exit`, which ends the whole program. A function hands its answer back with `return`."
        )
    except BaseException as error:
        return wrong(_told(error, labels))


def _told(error: BaseException, labels: dict[str, str]) -> str:
    """A sentence about an error: where it was raised, and what was being tried."""
    what = f"{type(error).__name__}: {_message(error)}".replace("`", "'").rstrip(": ")
    tried = "".join(f" That was with {note}." for note in getattr(error, "__notes__", []))
    mine = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in labels]
    if not mine:
        return f"The check called it and met {what}.{tried}"
    where = f"line {mine[-1].lineno} of {labels[mine[-1].filename]}, `{mine[-1].line}`"
    if isinstance(error, ModuleNotFoundError):
        return (
            f"There is no module `{error.name}` where this runs ({where}). Kept functions may import Python's own "
            "library and the course's packages, not files that lie beside a notebook."
        )
    return f"It raised {what} in {where}.{tried}"


def _whole(value: Any) -> Any:
    r"""Text that any page can show: half a character, which no encoding has, is written out, as in `\ud83d`."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= 300 else text[:300] + "..."


if __name__ == "__main__":  # pragma: no cover - in the child
    main()
