"""A disk that is full, and a clock that stands still: what befalls the learners' functions that keep letters."""

import builtins
import contextlib
import datetime
import errno
import io
import os
import stat
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

try:
    import resource
except ImportError:  # Windows has no limit for the size of a file: there a letter is never cut in the middle
    resource = None

# A folder for a check. On Windows a file that the learner's function left open stays, and that is not what it is told.
folder = partial(TemporaryDirectory, ignore_cleanup_errors=True)
ROOM = 4096  # octets for a file, in a disk that fills while a letter is written


@contextlib.contextmanager
def at_one_moment(function):
    """The clock stands still, also for who has imported its functions by name."""
    now, stamp = time.time(), time.time_ns()

    class Still(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(now, tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(now, datetime.UTC).replace(tzinfo=None)

    still = {time.time: lambda: now, time.time_ns: lambda: stamp, datetime.datetime: Still}
    names = getattr(function, "__globals__", {})
    own = {name: there for name, value in names.items() for was, there in still.items() if value is was}
    with (
        mock.patch.dict(names, own),
        mock.patch("time.time", still[time.time]),
        mock.patch("time.time_ns", still[time.time_ns]),
        mock.patch("datetime.datetime", Still),
    ):
        yield


@contextlib.contextmanager
def at_once(folder: Path):
    """No file can be opened in the folder for writing."""
    there = folder.resolve()

    def closed(real):
        def opened(file, *arguments, **options):
            how = options.get("mode", options.get("flags", "r")) if not arguments else arguments[0]
            reads = not how & (os.O_WRONLY | os.O_RDWR) if isinstance(how, int) else not set(how) & set("wax+")
            if reads or isinstance(file, int) or not Path(os.fsdecode(file)).resolve().is_relative_to(there):
                return real(file, *arguments, **options)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return opened

    with (
        mock.patch("builtins.open", closed(builtins.open)),
        mock.patch("io.open", closed(io.open)),
        mock.patch("os.open", closed(os.open)),
    ):
        yield []


@contextlib.contextmanager
def half_way(folder: Path):
    """A file takes so many octets and then no more, as when a disk fills."""
    if resource is None:
        with at_once(folder):
            yield []
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def at_fsync(of_folders: bool):
    """What is written gets no farther than the memory: `os.fsync` says so, of files or of folders."""

    @contextlib.contextmanager
    def full(folder: Path):
        real, denied = os.fsync, []

        def fsync(number):
            if stat.S_ISDIR(os.fstat(number if isinstance(number, int) else number.fileno()).st_mode) == of_folders:
                if not of_folders:  # there are systems that cannot sync a folder, and who passes over that is right
                    denied.append(number)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(number)

        with mock.patch("os.fsync", fsync):
            yield denied

    return full


@contextlib.contextmanager
def of_its_own(folder: Path):
    """The folder is on a disk of its own: no file changes its name from one disk to another."""
    there = folder.resolve()

    def renamed(real):
        def rename(old, new, **options):
            if len({Path(os.fsdecode(path)).resolve().is_relative_to(there) for path in (old, new)}) == 2:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
            return real(old, new, **options)

        return rename

    with mock.patch("os.replace", renamed(os.replace)), mock.patch("os.rename", renamed(os.rename)):
        yield


FULL = {
    "before the first octet": at_once,
    "when half of the letter was written": half_way,
    "when `os.fsync` was called for the file": at_fsync(False),
    "when `os.fsync` was called for the folder": at_fsync(True),
}
