"""Where a learner's working copy is: the folder that holds the mark of laying, in or above the folder one works in.

Not where helpers lie: several learners on one machine, each with a copy of their own, share the course and no file.
"""

import json
import os
from pathlib import Path

from . import files

ROOT = Path(__file__).resolve().parents[1]
NAME = "my-course"  # what the copy beside notebooks/ is called, and where none is found, any
MARK = ".mail-course.json"
_SAYS = {
    "what": "This folder is a learner's working copy of the course Email from the wire up: notebooks that are run in "
    "it keep the learner's functions here. Without this file they keep nothing.",
    "format": 1,
}


def find() -> Path | None:
    """The copy that the working folder is in, or None. The course's own folders are in none, even inside a copy."""
    try:
        here = Path.cwd()
    except OSError:  # the folder was taken away under the kernel
        return None
    for folder in (here, *here.parents):
        if is_one(folder):
            return folder
        if folder == ROOT:
            return None
    return None


def is_one(folder: Path) -> bool:
    """Whether a folder holds the mark, made by this user: code is taken from a copy, and nobody runs another's unasked.

    Whose the copy beside notebooks/ is does not matter: the course's own code is run from there anyway.
    """
    try:
        owner = (folder / MARK).stat().st_uid
    except OSError:
        return False
    return owner == getattr(os, "getuid", lambda: owner)() or folder == ROOT / NAME


def mark(folder: Path) -> None:
    """Mark a folder as a working copy; a mark that is there is left as it is. Raises OSError."""
    if not os.path.isfile(folder / MARK):
        files.write_whole(folder / MARK, (json.dumps(_SAYS, indent=1) + "\n").encode())
