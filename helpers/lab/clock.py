"""The lab's own time: it starts at a fixed instant and moves only when it is asked to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

START = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)  # a Monday morning


class Clock:
    """The time in the lab. It rules TTLs, Date and Received fields, queues and the servers' idle limits.

    `repr` is the time as a letter's Date field writes it (RFC 5322 section 3.3).
    """

    def __init__(self):
        self._now = START
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the lab's time, an aware datetime in UTC."""
        return self._now

    def timestamp(self) -> float:
        """Return the lab's time in seconds since 1970 (float)."""
        return self._now.timestamp()

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> "Clock":
        """Move the lab's time forward and return the clock. Raises ValueError for a step back in time."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if step < timedelta(0):
            raise ValueError("The lab's clock only moves forward: give advance() a positive time.")
        self._now += step
        for listener in tuple(self._listeners):
            listener()
        return self

    def on_move(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener()` after each advance, in the thread that asked for it. Returns a function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def __repr__(self) -> str:
        return format_datetime(self._now)
