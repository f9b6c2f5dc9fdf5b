"""What a kill or a power cut leaves of a folder, at each line that a learner's function executes.

A kill leaves what the system has been told: what stands in the program's own memory is gone. So at each line the folder
is looked at from outside, which is what the next program would find. Between two lines, in the middle of a write, the
kill is a real one: a copy of this process is ended by the system once a file has so many octets.

A power cut leaves less. Of a file it leaves the octets that were there when `os.fsync` was last called for it, and of
the folder the names that were there when `os.fsync` was called for that. It may leave more, as the disk pleases: a new
name, for one, with nothing behind it.
"""

import contextlib
import io
import json
import mmap
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

try:
    import resource
except ImportError:  # Windows: there nobody is killed in the middle of a write
    resource = None

Files = dict[str, bytes]  # the names of a folder, and what is behind each
MOST = 3000  # lines at which a function is stopped


@dataclass(frozen=True)
class Moment:
    """A line of the learner's that is about to be executed, and the folder at that moment.

    `line` is its number in their text and `text` what stands there ("" once the function has returned); `done` is the
    line before it. After a kill `seen` is in the folder; after a power cut `synced`, or else `hollow`: the names of
    now, and behind each what was synced.
    """

    line: int
    text: str
    done: str
    seen: Files
    synced: Files
    hollow: Files

    @property
    def returned(self) -> bool:
        """Whether the function has returned."""
        return not self.line

    def __str__(self) -> str:
        if self.returned:
            return "right after it had returned"
        after = f"right after `{self.done}`, " if self.done and self.done != self.text else ""
        return f"{after}before your line {self.line}, `{self.text}`"


@dataclass
class Disk:
    """What has reached the disk of a folder."""

    folder: Path
    contents: dict[int, bytes] = field(default_factory=dict)  # by inode
    names: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        self.sync_all()

    def now(self) -> dict[str, int]:
        """Return the names that the folder has now, and the inode of each."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            with contextlib.suppress(OSError):
                if stat.S_ISREG((there := path.lstat()).st_mode):
                    found[path.relative_to(self.folder).as_posix()] = there.st_ino
        return found

    def read(self) -> Files:
        """Return the folder as another program finds it."""
        found = {}
        for name in self.now():
            with contextlib.suppress(OSError):
                found[name] = (self.folder / name).read_bytes()
        return found

    def sync_all(self) -> None:
        """Everything reaches the disk."""
        self.names = self.now()
        self.contents = {ino: (self.folder / name).read_bytes() for name, ino in self.names.items()}

    def sync(self, number: int) -> None:
        """What an open file or folder holds reaches the disk."""
        there = os.fstat(number)
        if stat.S_ISDIR(there.st_mode):
            if os.path.samestat(there, self.folder.stat()):
                self.names = self.now()
            return
        for name, ino in self.now().items():
            if ino == there.st_ino:
                self.contents[ino] = (self.folder / name).read_bytes()
                return
        with contextlib.suppress(OSError):  # a file without a name here, which may get one
            self.contents[there.st_ino] = Path(f"/proc/self/fd/{number}").read_bytes()

    def synced(self, hollow: bool = False) -> Files:
        """Return what a power cut leaves: the least, or with `hollow` the names of now and nothing new behind them."""
        if os.name != "posix":  # nobody can ask Windows for a folder's names
            return {name: self.contents.get(ino, b"") for name, ino in self.now().items()}
        live = self.now()
        self.contents = {
            ino: octets for ino, octets in self.contents.items() if ino in {*live.values(), *self.names.values()}
        }
        names = live if hollow else self.names
        return {name: self.contents.get(ino, b"") for name, ino in names.items()}


@contextlib.contextmanager
def watched(function, disk: Disk) -> Iterator[None]:
    """Within it `disk` hears of each sync, also of one that the learner's cell imported by its name."""
    reals = [getattr(os, name) for name in ("fsync", "fdatasync") if hasattr(os, name)]

    def told(real):
        def sync(number):
            real(number)
            disk.sync(number if isinstance(number, int) else number.fileno())

        return sync

    new = {real: told(real) for real in reals}
    names = getattr(function, "__globals__", {})
    own = {name: new[value] for name, value in names.items() if callable(value) and value in reals}
    with contextlib.ExitStack() as stack:
        for real in reals:
            stack.enter_context(mock.patch.object(os, real.__name__, new[real]))
        if hasattr(os, "sync"):
            stack.enter_context(mock.patch.object(os, "sync", disk.sync_all))
        stack.enter_context(mock.patch.dict(names, own))
        yield


def _mine(frame) -> bool:
    """Whether a frame is of a text that the learner wrote."""
    name = frame.f_code.co_filename
    return name.startswith("<") and not name.startswith(("<frozen", "<string", "<__array"))


def _line(frame) -> str:
    import linecache

    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()


@contextlib.contextmanager
def _tracing(at: Callable[[int, str], None]) -> Iterator[None]:
    """Within it `at` is called with each line of the learner's, before it is executed."""

    def trace(frame, event, _):
        if not _mine(frame):
            return None
        if event == "line":
            at(frame.f_lineno, _line(frame))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(before)


def moments(function, folder: Path, call: Callable[[], object]) -> list[Moment]:
    """Run `call`, which calls the learner's function, and return the folder at each of their lines, and at the end.

    Raises what `call` raises.
    """
    disk, found, done = Disk(folder), [], [""]

    def at(line: int, text: str) -> None:
        if len(found) < MOST:
            found.append(Moment(line, text, done[0], disk.read(), disk.synced(), disk.synced(hollow=True)))
        done[0] = text

    with watched(function, disk), _tracing(at):
        call()
    found.append(Moment(0, "", done[0], disk.read(), disk.synced(), disk.synced(hollow=True)))
    return found


def meanwhile(number: int, call: Callable[[], object], other: Callable[[], object]) -> bool:
    """Run `call`, and before the learner's line of that number in it run `other`. Return whether it came so far."""
    lines = []

    def at(line: int, text: str) -> None:
        lines.append(line)
        if len(lines) == number:
            other()  # Python traces nothing within here

    with _tracing(at):
        call()
    return len(lines) >= number


REAL = resource is not None and hasattr(os, "fork")


def killed_in_mid_write(room: int, call: Callable[[], object]) -> str:
    """Run `call` in a copy of this process, which the system kills once it writes more than `room` octets to a file.

    Return the learner's line at which that was, "" where it never wrote so much.
    """
    if not REAL:
        return ""
    note = mmap.mmap(-1, 4096)  # shared with the copy
    copy = os.fork()
    if not copy:  # pragma: no cover - in the copy
        with contextlib.suppress(BaseException):
            _end_by_writing(room, note, call)
        os._exit(0)
    _, ended = os.waitpid(copy, 0)
    if not os.WIFSIGNALED(ended):
        return ""
    return note[:4096].rstrip(b"\0").decode("utf-8", "replace") or "the first"


def _end_by_writing(room: int, note, call) -> None:  # pragma: no cover - in the copy
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    real = os.write

    def write(number, octets):
        written = real(number, octets)
        if written < len(octets):  # the file is full: now
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    def at(line: int, text: str) -> None:
        said = f"{line}, `{text}`".encode()[:4000]
        note[:4096] = said + b"\0" * (4096 - len(said))

    os.write = write
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and gets an error instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    with _tracing(at):
        call()


def as_json(octets: bytes) -> object:
    """Return what a JSON text says; None for what is none, which no state is."""
    try:
        return json.loads(octets)
    except ValueError:
        return None


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """What is printed meanwhile goes nowhere: a function that is tried for the tenth time has said it already."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
