"""The learner's `mymail.py`: functions that passed their check, one marked block each.

It lies in the working copy that the kernel works in, my-course/ by default. A kernel that works elsewhere (in
`notebooks/`, say) neither reads nor writes one; what passed is then remembered for as long as the kernel lives.
"""

import linecache
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from helpers import earlier, files, working_copy
from helpers.blocks import EARLIER, LOCK, NAME, PATIENCE, with_block

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

_session = ""  # what passed in a kernel that works outside my-course/


class Broken(Exception):
    """mymail.py cannot be used as it stands; the text says why and in which line."""


def folder() -> Path | None:
    """The working copy that this kernel works in, if any. The tests put another in its place."""
    return working_copy.find()


def shown_path() -> str:
    """mymail.py as a learner is told of it: "my-course/mymail.py", or with another name of the copy's folder."""
    return f"{(folder() or Path(working_copy.NAME)).name}/{NAME}"


def keep(name: str, block: str) -> str:
    """Keep a block of source under `name`; returns a sentence on how that went, empty outside a copy."""
    global _session
    where = folder()
    if where is None:
        _session, _ = with_block(_session, name, block)
        return ""
    try:
        with files.locked(where / LOCK, PATIENCE):
            old = _read(where / NAME)
            new, edited = with_block(earlier.put_right(old) or _HEADER, name, block)
            if edited:
                _write(where / EARLIER, (earlier.put_right(_read(where / EARLIER)) or _EARLIER_HEADER) + "\n" + edited)
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
    told = f"Kept in {shown_path()}" + (f"; your edited version is in {EARLIER}." if edited else ".")
    try:
        compile(new, NAME, "exec")
    except (SyntaxError, ValueError) as error:
        told += f" Yet {_trouble(error)}: mend that line, or nothing can be taken from the file."
    return told


def kept_text() -> str:
    """What is kept, as a module's text; empty where there is nothing, or nothing that parses."""
    where = folder()
    if where is None:
        return _session
    try:
        text = _current(where)
        compile(text, NAME, "exec")
    except (OSError, Broken, SyntaxError, ValueError):
        return ""
    return text


def trouble() -> str:
    """Why nothing can be taken from mymail.py as it stands, in a few words; "" where it can, or is not there."""
    where = folder()
    if where is None:
        return ""
    try:
        compile(_current(where), NAME, "exec")
    except Broken as error:
        return str(error)
    except (OSError, SyntaxError, ValueError) as error:
        return _trouble(error)
    return ""


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
        text = _current(where)
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
        return f"line {lines[-1]} of {shown_path()} stops it from being imported ({what})"
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno} of {shown_path()} does not parse ({error.msg})"
    return f"{shown_path()} cannot be read ({type(error).__name__})"


def _current(where: Path) -> str:
    """The text of mymail.py. What an earlier layout wrote is put right: in the file, or where that cannot be, here."""
    earlier.mend(where)
    return earlier.put_right(_read(where / NAME))


def _read(path: Path) -> str:
    """The text of a file, empty where there is none. Raises Broken where it is not text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Broken(f"{path.parent.name}/{path.name} is not UTF-8 text") from None


def _write(path: Path, text: str) -> None:
    """All of it or nothing. Only for who holds the lock."""
    files.sweep(path)
    files.write_whole(path, text.encode())
