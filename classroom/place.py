"""Where a class lies: what is in its folder, and what it was told. The command and the hub's settings both read it."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from classroom.roster import Roster
from helpers.files import write_whole
from helpers.lab.neighbours import talk

BOARD = "/services/board/"  # where the hub has the class's board


def board_token(secret: str) -> str:
    """Return what the link to the board ends in. Takes the class's secret."""
    return talk.key(secret, "the board")[:24]  # no learner is called that


MARK = "MAIL_COURSE_CLASS"  # by this variable the hub, its proxy and its services know their class, and are known


@dataclass(frozen=True)
class Place:
    """The folder of a class."""

    folder: Path

    @property
    def roster(self) -> Roster:
        return Roster(self.folder / "roster.json")

    @property
    def hub(self) -> Path:
        """What JupyterHub keeps: its database, its secret."""
        return self.folder / "hub"

    def learner(self, name: str) -> Path:
        """A learner's home folder; their my-course/ lies in it."""
        return self.folder / "learners" / name

    def secret(self) -> str:
        """The secret by which the meeting place for letters knows the learners. It is made when first asked for."""
        path = self.hub / "secret"
        if not path.exists():
            write_whole(path, secrets.token_hex(32).encode())
            path.chmod(0o600)
        return path.read_text()

    @property
    def ended(self) -> Path:
        """A file that is there while the letters between learners are over."""
        return self.hub / "letters-ended"

    @property
    def note(self) -> Path:
        """What the meeting place keeps for the next one, should it crash while the hub runs."""
        return self.hub / "flowers.json"

    def make(self) -> None:
        """Make the folder, which others on this machine cannot look into. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.hub.mkdir(exist_ok=True, mode=0o700)
        (self.folder / "learners").mkdir(exist_ok=True)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only one that runs a hub here, over an exec, too. Raises BlockingIOError where another is, OSError."""
        import fcntl  # not on Windows, where no hub runs

        with open(self.hub / "lock", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.set_inheritable(file.fileno(), True)
            yield

    def is_held(self) -> bool:
        """Whether a hub runs here."""
        try:
            with self.hold():
                return False
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False


@dataclass(frozen=True)
class Told:
    """What the hub was told: where it listens, and after how many minutes an idle server is stopped.

    `inner` are ports that this machine alone reaches: of the hub itself, of its proxy's interface, of the board, of the
    meeting place. After these come those of the learners' servers.
    """

    ip: str
    port: int
    idle: float
    inner: tuple[int, int, int, int]

    def write(self, place: Place) -> None:
        write_whole(place.hub / "told.json", json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, place: Place) -> "Told":
        return cls(**json.loads((place.hub / "told.json").read_bytes()))
