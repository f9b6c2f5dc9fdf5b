"""How a receiving host asks the DNS about a letter, and what the time is: pyspf and dkimpy made to live in the lab.

Both programs ask the system's resolver and the system's clock. Within `in_lab` they ask the lab's, in the name of the
host that checks; outside it they do what they always do.
"""

import contextlib
import math
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial

import dkim

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyspf has old spellings, which are of no interest to whoever imports this
    import spf

from helpers.lab import Lab
from helpers.mail.names import a_labels

LIFETIME = 1.8  # seconds for one question, and for all that one check asks

_end: ContextVar[float] = ContextVar("end", default=math.inf)  # of all questions, on the monotonic clock


class NoAnswer(Exception):
    """The DNS gives no answer at the moment: no name server replied, or one had a problem of its own (SERVFAIL)."""


class NoSuchName(Exception):
    """There is no such name (NXDOMAIN)."""


@contextlib.contextmanager
def _with_value(variable: ContextVar, value: object) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def within(seconds: float) -> contextlib.AbstractContextManager:
    """While it lasts, all questions together get so many seconds; those that come later are not answered."""
    return _with_value(_end, time.monotonic() + seconds)


class Asking:
    """One host's questions to the DNS about one letter, each answer kept. Takes the lab and the host's name.

    All of them together get 1.8 s, or less within `within`: a letter can be made that leads to any number of them. The
    time begins here, so nothing that outlives a call may keep one.
    """

    def __init__(self, lab: Lab, host: str):
        self.clock, self._lookup = lab.clock, partial(lab.lookup, host=host)
        self._end = min(_end.get(), time.monotonic() + LIFETIME)
        self._known: dict[tuple[str, str], list | Exception] = {}

    def records(self, name: str, rdtype: str, lifetime: float = LIFETIME) -> list:
        """Return the records (dnspython's) of a name and type; none where there are none (NODATA).

        Raises NoSuchName, and NoAnswer where there is none within `lifetime` (seconds).
        """
        key = (a_labels(name), rdtype)
        if key not in self._known:
            self._known[key] = self._ask(*key, lifetime)
        if isinstance(self._known[key], Exception):
            raise self._known[key]
        return self._known[key]

    def _ask(self, name: str, rdtype: str, lifetime: float) -> list | Exception:
        left = min(lifetime, self._end - time.monotonic())
        if left <= 0:
            return NoAnswer(f"the DNS has taken too long over this letter to be asked about {name} ({rdtype}) as well")
        found = self._lookup(name, rdtype, lifetime=left)
        if found.outcome == "NXDOMAIN":
            return NoSuchName(f"there is no name {name}")
        if found.outcome == "no name":
            return NoSuchName(f"{name} is no name that the DNS could have")
        if found.outcome == "no answer":
            return NoAnswer(f"the DNS gives no answer about {name} ({rdtype}) at the moment")
        return list(found.records)

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each with its strings joined (RFC 7208 section 3.3)."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self.records(name, "TXT")]


_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


def in_lab(asking: Asking) -> contextlib.AbstractContextManager:
    """While it lasts, pyspf asks by `asking`, and dkimpy's clock is that of its lab, in this thread."""
    return _with_value(_asking, asking)


_system_lookup = spf.DNSLookup


def _lookup(name: str, qtype: str, tcpfallback=True, timeout: float = 30):
    """What pyspf calls for a question: it wants ((name, type), value) pairs, and none at all for what is not there."""
    asking = _asking.get()
    if asking is None:
        return _system_lookup(name, qtype, tcpfallback, timeout)
    try:
        found = asking.records(name, qtype, min(timeout, LIFETIME))
        return [((name, qtype), _value(record, qtype)) for record in found]
    except NoSuchName:
        return []
    except NoAnswer as error:
        raise spf.TempError(str(error)) from None


def _value(record, qtype: str):
    if qtype == "MX":
        return record.preference, record.exchange.to_text().rstrip(".")
    if qtype in ("TXT", "SPF"):
        return record.strings
    return record.target.to_text().rstrip(".") if qtype == "PTR" else record.address


class _Time:
    """What dkimpy takes for the module `time`."""

    @staticmethod
    def time() -> float:
        asking = _asking.get()
        return asking.clock.timestamp() if asking else time.time()


spf.DNSLookup = _lookup
dkim.time = _Time
