"""A report on a letter from a queue such as notebook 11's: what became of it, for people and programs (RFC 3464)."""

import re
import uuid
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from helpers.lab import Lab, bounce, outgoing
from helpers.lab.cast import Host
from helpers.lab.delivery import Delivery, Fate, Fates
from helpers.lab.sockets import LabSocket

REMEMBERED = 200  # connections
LINE = re.compile(r"(?:(\d{3})(?:[ -]|$))?(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)", re.DOTALL)


class Listening:
    """A lab, for a sender that remembers which host gave which answer. It is used like the Lab that it takes."""

    def __init__(self, lab: Lab):
        self._lab = lab
        self._sockets: deque[LabSocket] = deque(maxlen=REMEMBERED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lab, name)

    def connect(self, address: str, port: int, **options: Any) -> LabSocket:
        """Return what `Lab.connect` returns."""
        sock = self._lab.connect(address, port, **options)
        self._sockets.append(sock)
        return sock

    def who_said(self, reply: str, recipient: str) -> str | None:
        """Return the name of the host that gave this reply last, one that was asked for this recipient if any was.

        None where no host gave it.
        """
        line = reply.splitlines()[-1]
        told = [sock for sock in reversed(self._sockets) if sock.transcript.says("S", line)]
        asked = [sock for sock in told if sock.transcript.says("C", f"RCPT TO:<{recipient}>")]
        return next((sock.host.name for sock in asked or told), None)


def delivery_report(
    lab: Listening,
    state: dict[str, Any],
    people: Iterable[dict[str, Any]],
    letter: bytes,
    until: datetime | None = None,
    host: str | Host = "laptop.learner.test",
) -> bytes:
    """Return the report of a host on those of a letter's recipients who have failed, or with `until` are still tried.

    Takes the letter's state, as its ID.json has it, some of its recipients, and its octets. A remote host is named, and
    quoted, only where one spoke.
    """
    speaker, now = lab.host(host), lab.clock.now()
    status = "deferred" if until else "bounced"
    fates = Fates((one["address"], _fate(one["address"], one["reply"], status, lab)) for one in people)
    delivery = Delivery(speaker, state["sender"], tuple(fates), letter, fates=fates)
    number = f"{now:%Y%m%d%H%M%S}.{state['attempts']}"
    report = bounce.compose(delivery, number, datetime.fromisoformat(state["arrived"]), until)
    return outgoing.completed(report, speaker, uuid.uuid4().hex, now)  # a Message-ID that no other report has


def _fate(recipient: str, reply: str | None, status: str, lab: Listening) -> Fate:
    """What a recipient's last reply says, as a Fate. The enhanced code is the real one, whatever the action is."""
    reply = reply or "4.4.7 it was never tried"
    lines = [LINE.match(line).groups() for line in reply.splitlines()]
    code, enhanced, _ = lines[0]
    text = " ".join(words for *_, words in lines).strip() or "(no words)"
    said_by = lab.who_said(reply, recipient) if code else None
    # What is no 5 was pending until now, whatever it is.
    plain = "5.0.0" if code and code[0] == "5" else "4.0.0"
    return Fate(status, int(code) if said_by else None, enhanced or plain, text, said_by, coded=bool(enhanced))
