"""The lab's own time: it starts at a fixed instant and moves only when it is asked to."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

START = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)  # a Monday morning


class Clock:
    """The time in the lab. It rules TTLs, Date and Received fields, queues and the servers' idle limits.

    `repr` is the time as a letter's Date field writes it (RFC 5322 section 3.3). `turn` is held by whoever moves it on
    purpose, so that of two threads that do the second begins where the first has ended.
    """

    def __init__(self):
        self._now = START
        self._listeners: list[Callable[[], None]] = []
        self._due: list[datetime] = []
        self.turn, self._step = threading.RLock(), threading.Lock()

    def now(self) -> datetime:
        """Return the lab's time, an aware datetime in UTC."""
        return self._now

    def timestamp(self) -> float:
        """Return the lab's time in seconds since 1970 (float)."""
        return self._now.timestamp()

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> "Clock":
        """Move the lab's time forward and return the clock. Raises ValueError for a step back in time.

        It stops at each moment for which something is due (see `due`) on its way.
        """
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if step < timedelta(0):
            raise ValueError("The lab's clock only moves forward: give advance() a positive time.")
        with self.turn:
            self.reach(self._now + step)
        return self

    def reach(self, moment: datetime) -> None:
        """Move the lab's time to a moment; what is due on the way comes first. In the past it does nothing."""
        while self._now < moment:
            with self._step:  # another thread may be here, too: it never goes back
                self._now = max(self._now, min([moment, *(due for due in tuple(self._due) if due > self._now)]))
            for listener in tuple(self._listeners):  # one of them may move the clock, too
                listener()

    def due(self, moment: datetime) -> Callable[[], None]:
        """Let the clock stop at a moment, and call its listeners. Returns a function that ends that."""
        self._due.append(moment)
        return lambda: self._due.remove(moment) if moment in self._due else None

    def on_move(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener()` after each advance, in the thread that asked for it. Returns a function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def __repr__(self) -> str:
        return format_datetime(self._now)
