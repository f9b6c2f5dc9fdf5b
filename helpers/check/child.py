"""The learner's code runs in a process of its own, which is stopped when it takes too long.

A time-out inside the kernel would not do: a bare `except:` swallows it and a looping thread goes on. Here the process
and all that it started are ended from outside. The verdict comes back on a channel that its prints do not touch.
"""

import json
import os
import queue
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helpers import lessons

from . import standby
from .judging import Feedback, wrong

LIMIT = 3.0  # seconds that the learner's code may take, once the process is ready
START = 30.0  # seconds until it must be ready: it imports what the judge needs
QUIET = 0.2  # seconds after which the learner is told that it takes a while
SHOWN = 1200  # characters of what it printed


@dataclass(frozen=True)
class Ran:
    """What the judge said, what the code printed meanwhile, clipped, and whether its time ran out."""

    feedback: Feedback
    printed: str
    late: bool


def run(
    judge: str,
    name: str,
    texts: list[tuple[str, str]],
    mymail: str = "",
    limit: float | None = None,
    far: Callable[[str], None] = lambda text: None,
    alone: bool = False,
) -> Ran:
    """Run `texts`, pairs of a label and source, as one module, and have `judge` ("module:function") judge its `name`.

    `mymail` is what `import mymail` gives there; `limit` are seconds, LIMIT where none is given. `far` is called, in
    this thread, with "" when no verdict has come after QUIET seconds, and with each text by which the judge says how
    far it is. With `alone`, what it does in Python reaches nothing beyond this machine. Never raises for what the code
    does.
    """
    limit = LIMIT if limit is None else limit
    with tempfile.TemporaryDirectory(prefix="email-course-", ignore_cleanup_errors=True) as folder:
        Path(folder, "mymail.py").write_text(mymail, encoding="utf-8")
        path = [folder, str(standby.ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path[1:])}
        job = {"judge": judge, "name": name, "texts": texts, "limit": limit, "alone": alone}
        job |= {"lessons": list(lessons.__path__), "path": path, "environ": environ}
        check = _Check(job, limit, far)
        # A second time, with a new process: what stood ready may have been ended by somebody meanwhile.
        feedback = check.run(standby.take()) or check.run(standby.take()) or _NO_START
    printed = check.printed.decode("utf-8", "replace")
    if len(printed) > SHOWN:
        printed = printed[:SHOWN].rstrip() + "\n... and more"
    return Ran(feedback, printed, check.late)


class _Check:
    """One job, and what is heard of it."""

    def __init__(self, job: dict, limit: float, far: Callable[[str], None]):
        self.job, self.limit, self.far = job, limit, far
        self.quiet_until = time.monotonic() + QUIET
        self.told = False  # that it takes a while
        self.late = False  # its time ran out
        self.printed = bytearray()

    def run(self, ready: standby.ForCheck | standby.ForKernel) -> Feedback | None:
        """Have the job done; None where the process ended before it was ready."""
        self.said: queue.Queue[str | None] = queue.Queue()
        self.worker: int | None = None  # its process id, once it has said so
        self.printed.clear()
        sound = False
        try:
            worker = ready.begin()
            streams = ((_lines, worker.verdict, self.said), (_drain, worker.printed, self.printed))
            readers = [threading.Thread(target=read, args=args, daemon=True) for read, *args in streams]
            for reader in readers:
                reader.start()
            told = self._converse(worker)
            ended = ready.end(self.worker)
            sound = ended is not None
            for reader in readers:
                reader.join(1.0)
            if self.worker is None:
                self.printed += ready.last_words()
        finally:
            standby.give_back(ready, sound)
        if told != "":
            return told
        # Where it has ended all the same, something that it started holds the channel.
        return _ENDED if ended else wrong(_LATE.format(self.limit))

    def _converse(self, worker: standby.Worker) -> Feedback | None | str:
        """The verdict; None where the worker ended before it was ready, "" where the time was up."""
        try:
            with worker.job as pipe:
                pipe.write(json.dumps(self.job).encode())
            ready = self._line(time.monotonic() + START)
        except OSError:  # a broken pipe, which Windows calls an invalid argument
            return None
        except queue.Empty:
            return _NO_START
        if ready is None:
            return None
        self.worker = json.loads(ready)["ready"]
        until = time.monotonic() + self.limit
        try:
            while line := self._line(until):
                said = json.loads(line)
                if "far" not in said:
                    return Feedback(**said)
                self.told = True
                self.far(said["far"])
        except queue.Empty:
            self.late = True
            return ""
        except (ValueError, TypeError, RecursionError):
            return _SPOKE
        return _ENDED

    def _line(self, until: float) -> str | None:
        """The next line of the worker's, None at the end. Raises queue.Empty when the time is up."""
        if not self.told and self.quiet_until < until:
            with suppress(queue.Empty):
                return self.said.get(timeout=max(0.0, self.quiet_until - time.monotonic()))
            self.told = True
            self.far("")
        return self.said.get(timeout=max(0.0, until - time.monotonic()))


_LATE = (
    "It had not finished after {:g} seconds and was stopped. Look for a loop that never ends, or for a wait for "
    "something that never comes, such as `recv` while the other side waits for you."
)
_NO_START = wrong("The check could not start, which is no fault of your code. `python3 start.py doctor` may say why.")
_ENDED = wrong(
    "It ended the whole process (by `os._exit`, or by a crash) before the check could see its answer. "
    "A function hands its answer back with `return`."
)

_SPOKE = wrong(
    "It wrote where the check says its verdict. Write to files that you opened yourself; to show something, `print` it."
)


def _lines(pipe, said: "queue.Queue[str | None]") -> None:
    with suppress(ValueError), pipe:  # closed under it, where the check was interrupted
        for line in pipe:
            said.put(line.decode())
    said.put(None)


def _drain(pipe, kept: bytearray) -> None:
    """Read to the end, so that nobody blocks on a full pipe; keep the beginning."""
    with suppress(ValueError), pipe:
        while chunk := pipe.read1(65536):
            kept += chunk[: max(0, 8 * SHOWN - len(kept))]
