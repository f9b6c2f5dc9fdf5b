"""Files written wholly or not at all, and by one process at a time. Standard library only: laying needs no package."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

WINDOWS = os.name == "nt"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file wholly or not at all. Raises OSError; then the file is what it was."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        replace(part, path)
        _sync(path.parent)
    except BaseException:
        with suppress(OSError):  # where the folder cannot be written, nothing is left to be taken away
            part.unlink(missing_ok=True)
        raise


def replace(new: Path, old: Path, patience: float = 1.0) -> None:
    """Put one file in the place of another. Raises OSError, after `patience` seconds where another program is reading.

    Windows says no while somebody has the old file open (a search index, a virus scanner); elsewhere nobody is asked.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return os.replace(new, old)
        except PermissionError:
            if not WINDOWS or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _sync(folder: Path) -> None:
    """Have the folder's entries on the disk as well: a name that is not there after a power cut is a file lost."""
    with suppress(OSError):  # Windows opens no folder
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sweep(path: Path) -> None:
    """Take away what writers of `path` left that were killed meanwhile. Only for who holds the lock on it."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        part.unlink(missing_ok=True)


try:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
except ImportError:  # pragma: no cover - Windows
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Only one process at a time: the lock is on a file of its own, which is never replaced.

    Some network file systems know no locks: there, two at once are the learner's to avoid.
    Raises TimeoutError after `patience` seconds, OSError where the file cannot be opened.
    """
    until = time.monotonic() + patience
    with open(path, "a+b") as file:
        while True:
            try:
                _lock(file)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    raise TimeoutError(f"{path.parent.name}/{path.name} is held by another process") from None
                time.sleep(random.uniform(0.005, 0.02))
            except OSError:  # no locks here
                break
        try:
            yield
        finally:
            with suppress(OSError):
                _unlock(file)
