"""The class's clock, which the meeting place has: it goes on when anybody's does, and the labs of all others follow."""

import math
import time

from helpers.lab.clock import START

A_DAY, A_WHILE = 86400, 120  # seconds: of the class's clock, and in how many real ones it goes on by a day at most
FIRST = START.timestamp()
LATEST = FIRST + 400 * A_DAY


class ClassClock:
    """`now` is in seconds since 1970, as `Clock.timestamp` gives it."""

    def __init__(self):
        self.now = FIRST
        self._since, self._base = -math.inf, FIRST

    def reach(self, moment: float) -> bool:
        """Go on to a moment of somebody's clock; return whether this one has moved. Raises ValueError for no number.

        It goes a day at most in a while. So where everybody moves theirs a day, the class's has moved by a day, and
        nobody ends the five days of other people's queues. Whoever goes further is ahead of it.
        """
        moment = float(moment)
        if moment > self.now and time.monotonic() - self._since >= A_WHILE:
            self._since, self._base = time.monotonic(), self.now
        return self._go(min(moment, self._base + A_DAY))

    def begin(self, moment: float) -> None:
        """Take over the time of the first who comes, or of the meeting place that was here before."""
        self._go(float(moment))

    def later(self, seconds: float) -> bool:
        """Go on by so many seconds, as the teacher may; return whether it has moved. What others may do begins anew."""
        self._since = -math.inf
        return self._go(self.now + float(seconds))

    def _go(self, moment: float) -> bool:
        if not math.isfinite(moment):
            raise ValueError(moment)
        before, self.now = self.now, max(self.now, min(moment, LATEST))
        return self.now > before
