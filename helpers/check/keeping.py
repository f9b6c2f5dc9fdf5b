"""The learner's `mymail.py`: functions that passed their check, one marked block each.

It lies in `my-course/` beside `helpers/`. A kernel that works elsewhere (in `notebooks/`, say) neither reads nor
writes it; what passed is then remembered for as long as the kernel lives.
"""

import hashlib
import linecache
import os
import random
import re
import sys
import time
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAME = "mymail.py"
EARLIER = "mymail_earlier.py"
PATIENCE = 2.0  # seconds to wait for another notebook that is writing

_HEADER = '''\
"""Your own mail functions. Each stands here because it passed its check in a notebook.

Read them, improve them, and use them anywhere: `from mymail import NAME`. Later notebooks take them from here by
`check.take("NAME")`. The course writes only between a line `# >>> NAME` and its `# <<< NAME`; when the function passes
its check again, the block is replaced, and one that you edited by hand is first copied to mymail_earlier.py.
"""
'''
_EARLIER_HEADER = '''\
"""Blocks of mymail.py that you edited by hand and that a newer passing answer replaced. Nothing reads this file."""
'''
_BLOCK = re.compile(
    r"^# >>> (?P<name>\w+), kept by the course \((?P<hash>[0-9a-f]{12})\)\n(?P<body>.*?)^# <<< (?P=name)\n?",
    re.MULTILINE | re.DOTALL,
)

_session = ""  # what passed in a kernel that works outside my-course/


class Broken(Exception):
    """mymail.py cannot be used as it stands; the text says why and in which line."""


def folder() -> Path | None:
    """`my-course/`, if this kernel works in it. The tests put another in its place."""
    course = Path(__file__).resolve().parents[2] / "my-course"
    try:
        here = Path.cwd()
    except OSError:  # the folder was taken away under the kernel
        return None
    return course if here.is_relative_to(course) else None


def keep(name: str, block: str) -> str:
    """Keep a block of source under `name`; returns a sentence on how that went, empty outside my-course/."""
    global _session
    where = folder()
    if where is None:
        _session, _ = with_block(_session, name, block)
        return ""
    try:
        with _locked(where):
            old = _read(where / NAME) or _HEADER
            new, edited = with_block(old, name, block)
            if edited:
                _write(where / EARLIER, (_read(where / EARLIER) or _EARLIER_HEADER) + "\n" + edited)
            if new != old:
                _write(where / NAME, new)
    except TimeoutError:
        return f"It was not kept: another notebook is writing {NAME}. Run the cell again in a moment."
    except Broken as error:
        return f"It was not kept: {error}. Save that file as UTF-8, then run the cell again."
    except OSError as error:
        return (
            f"It was not kept in {NAME}: {error.strerror or error}. Make the folder writable or free some space, "
            "then run the cell again."
        )
    told = f"Kept in my-course/{NAME}" + (f"; your edited version is in {EARLIER}." if edited else ".")
    try:
        compile(new, NAME, "exec")
    except (SyntaxError, ValueError) as error:
        told += f" Yet {_trouble(error)}: mend that line, or nothing can be taken from the file."
    return told


def with_block(text: str, name: str, body: str) -> tuple[str, str]:
    """A module's text with a block put in or replaced, and the replaced block if it was edited by hand."""
    body = body.strip("\n") + "\n"
    block = f"# >>> {name}, kept by the course ({_hash(body)})\n{body}# <<< {name}\n"
    for old in _BLOCK.finditer(text):
        if old["name"] == name:
            edited = old["body"] != body and _hash(old["body"]) != old["hash"]
            return text[: old.start()] + block + text[old.end() :], old[0] if edited else ""
    return (text.rstrip("\n") + "\n\n\n" if text else "") + block, ""


def kept_text() -> str:
    """What is kept, as a module's text; empty where there is nothing, or nothing that parses."""
    where = folder()
    if where is None:
        return _session
    try:
        text = _read(where / NAME)
        compile(text, NAME, "exec")
    except (OSError, Broken, SyntaxError, ValueError):
        return ""
    return text


def theirs(name: str) -> Any | None:
    """The learner's function or class of that name, from the file as it is now; None where there is none.

    Raises Broken where the file cannot be read or run.
    """
    where = folder()
    if where is None:
        return None
    path = where / NAME
    module = types.ModuleType("mymail")
    module.__file__ = str(path)
    before = sys.modules.get("mymail")
    sys.modules["mymail"] = module  # where a dataclass, or pickle, looks it up
    try:
        text = _read(path)
        linecache.checkcache(str(path))
        exec(compile(text, str(path), "exec"), vars(module))
    except BaseException as error:
        if before:
            sys.modules["mymail"] = before
        else:
            del sys.modules["mymail"]
        if isinstance(error, KeyboardInterrupt | Broken):
            raise
        raise Broken(_trouble(error, str(path))) from error
    value = getattr(module, name, None)
    # What a kept block imports, such as the course's read_reply beside the learner's send_mail, is not the learner's.
    return value if callable(value) and getattr(value, "__module__", None) == module.__name__ else None


def _trouble(error: BaseException, path: str = "") -> str:
    """What is the matter with mymail.py, and in which line."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    if lines:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        return f"line {lines[-1]} of my-course/{NAME} stops it from being imported ({what})"
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno} of my-course/{NAME} does not parse ({error.msg})"
    return f"my-course/{NAME} cannot be read ({type(error).__name__})"


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def _read(path: Path) -> str:
    """The text of a file, empty where there is none. Raises Broken where it is not text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Broken(f"my-course/{path.name} is not UTF-8 text") from None


def _write(path: Path, text: str) -> None:
    """All of it or nothing: beside the file first, then in its place. Only who has the lock may.

    What a process leaves that is killed meanwhile is written over by the next.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        with open(beside, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


try:
    import fcntl

    def _lock(file: Any) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: Any) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
except ImportError:  # pragma: no cover - Windows
    import msvcrt

    def _lock(file: Any) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: Any) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


@contextmanager
def _locked(where: Path) -> Iterator[None]:
    """Only one process at a time. The lock is on a file of its own, which is never replaced."""
    until = time.monotonic() + PATIENCE
    with open(where / ".mymail.lock", "a+b") as file:
        while True:
            try:
                _lock(file)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > until:
                    raise TimeoutError from None
                time.sleep(random.uniform(0.005, 0.02))
        try:
            yield
        finally:
            _unlock(file)
