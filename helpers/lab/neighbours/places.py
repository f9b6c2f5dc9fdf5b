"""Where labs meet: at a hub's service, or off a hub at a process that the first kernel of this user starts."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from helpers.files import locked, write_whole
from helpers.lab.errors import LabError
from helpers.lab.neighbours import talk

VARIABLE = "MAIL_COURSE_MEETING"  # a hub says by it: "PORT PERSON KEY"


@dataclass(frozen=True)
class Place:
    """The meeting place at a port of loopback, and as whom one comes there: a person, and their key."""

    port: int
    person: str
    key: str
    hub: bool = False


def find() -> Place:
    """Return the meeting place for this process. Raises LabError where there is none and none can be started."""
    if place := of_the_hub():
        return place
    try:
        port, secret = _of_this_user()
    except (OSError, ValueError) as error:
        raise LabError(f"No meeting place could be started on this machine ({error}).") from None
    person = f"kernel-{os.getpid()}"
    return Place(port, person, talk.key(secret, person))


def of_the_hub() -> Place | None:
    """Return the meeting place of the hub that this process belongs to, or None off a hub."""
    if not (told := os.environ.get(VARIABLE)):
        return None
    port, person, key = told.split()
    return Place(int(port), person, key, hub=True)


def _of_this_user() -> tuple[int, str]:
    """The port and the secret of this user's own meeting place, which is started where none answers."""
    folder = Path(tempfile.gettempdir()) / f"mail-course-{getattr(os, 'getuid', lambda: 'user')()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name != "nt" and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise OSError(f"{folder} is another's")
    with locked(folder / ".lock", patience=30):
        note = folder / "meeting.json"
        try:
            port, secret = json.loads(note.read_bytes())
            if _answers(port):
                return port, secret
        except (OSError, ValueError, TypeError):
            pass
        secret = secrets.token_hex(32)
        port = start(secret, folder / "flowers.json")
        write_whole(note, json.dumps([port, secret]).encode())
        note.chmod(0o600)
        return port, secret


def start(secret: str, note: Path | None = None) -> int:
    """Start a meeting place, which goes on for a minute after the last one has left it; return its port.

    Takes its secret, and the path of its note. Raises OSError where it does not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "helpers.lab.neighbours.meeting", "0", "60"],
        env={**os.environ, "MAIL_COURSE_SECRET": secret, "MAIL_COURSE_NOTE": str(note or "")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    line = process.stdout.readline()
    process.stdout.close()
    if not line.strip().isdecimal():
        raise OSError("it ended at once")
    return int(line)


def _answers(port: int) -> bool:
    import socket

    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except (OSError, OverflowError):
        return False
