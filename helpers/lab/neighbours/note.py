"""What a meeting place writes down, so that the next one goes on after a crash: whose flower is whose, and the time."""

import contextlib
import json
from pathlib import Path

from helpers.files import write_whole
from helpers.lab.neighbours.class_clock import FIRST
from helpers.lab.neighbours.flowers import FLOWERS


class Note:
    """Takes the path of its file; with an empty one nothing is kept."""

    def __init__(self, path: str):
        self._path, self._written = Path(path) if path else None, b""

    def read(self) -> tuple[dict[str, str], float]:
        """Return the flowers, by person, and the class's time. Where nothing was kept, nobody has one."""
        try:
            kept = json.loads(self._path.read_bytes()) if self._path else {}
            return {who: flower for who, flower in kept["flowers"].items() if flower in FLOWERS}, kept["now"]
        except (OSError, ValueError, KeyError):
            return {}, FIRST

    def write(self, flowers: dict[str, str], now: float) -> None:
        """Keep them, if they are others than before."""
        written = json.dumps({"flowers": flowers, "now": now}).encode()
        if self._path and written != self._written:
            with contextlib.suppress(OSError):  # a disk that is full: then a crash is not mended, and all else goes on
                write_whole(self._path, written)
                self._written = written

    def forget(self) -> None:
        """Take the file away: the next ones who meet begin anew."""
        if self._path:
            self._path.unlink(missing_ok=True)
