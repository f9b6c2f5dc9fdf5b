"""How a client of the lab waits: up to two seconds in real time, and for longer by the lab's clock.

Ten minutes of patience are a part of SMTP (RFC 5321 section 4.5.3.2.6), and nobody in a lesson would wait them. So the
clock moves to whatever comes first, the answer that is held back or the end of the patience.
"""

import select
import ssl
import time
from datetime import datetime, timedelta

from helpers.lab.clock import Clock

REAL = 2.0  # seconds: a time-out up to this is real time, and so long a host may really take for an answer
GLANCE = 0.005  # seconds between two looks

Held = dict[int, datetime | None]  # by a client's port: when the answer comes that the wire holds back; None for never


class Waiting:
    """Waits for octets. Takes the lab's clock, and what the wire holds back.

    A time-out of more than `real` seconds is in seconds of the lab.
    """

    real: float = REAL

    def __init__(self, clock: Clock, held: Held):
        self._clock, self._held = clock, held

    def pass_by(self, seconds: float) -> None:
        """Let so much time go by in which nothing comes."""
        if seconds > self.real:
            self._clock.reach(self._clock.now() + timedelta(seconds=seconds))
        else:
            time.sleep(seconds)

    def until_readable(self, sock, seconds: float) -> None:
        """Return once a socket can be read. Raises TimeoutError where that takes longer than `seconds` of the lab."""
        end = self._clock.now() + timedelta(seconds=seconds)
        port, patience = sock.getsockname()[1], time.monotonic() + REAL
        while not _readable(sock):
            if port in self._held:
                comes, patience = self._held[port], time.monotonic() + REAL
                self._clock.reach(min(comes or end, end))
                if comes is None or comes > end:
                    raise TimeoutError
            elif time.monotonic() > patience:  # it is silent, and nobody knows for how long
                self._clock.reach(end)
                raise TimeoutError


def _readable(sock) -> bool:
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    return bool(select.select([sock], [], [], GLANCE)[0])
