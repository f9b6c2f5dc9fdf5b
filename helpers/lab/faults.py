"""Faults are switches: a notebook breaks a thing, sees the symptom, and mends it."""

from collections.abc import Callable
from typing import Self

from helpers.lab.cast import Host
from helpers.lab.errors import LabError
from helpers.lab.moments import NAMES
from helpers.lab.routes import Routes
from helpers.wire.faces import lead


class FaultError(LabError, ValueError):
    """A switch that was set to something that it has no position for."""


SENTENCES = {
    "refuse": "the service on port {port} is stopped: connections are refused",
    "split": "what it says on port {port} arrives in two pieces, cut after {n:g} bytes",
    "delay": "what it says on port {port} arrives {n:g} s late",
    "stall": "on port {port} it falls silent after {n:g} bytes",
    "reset": "on port {port} it resets the connection after {n:g} bytes",
    "drop": "datagrams to port {port} are lost",
    "duplicate": "each datagram from port {port} arrives twice",
    "truncate": "each datagram from port {port} arrives cut short, with the TC bit set",
    "only udp": "a filter lets datagrams alone through to port {port}: connections to it meet silence",
    "strip": "on the way to and from port {port} somebody writes XXXXXXXX for STARTTLS",
}
BEFALLS = {
    "421": "on port {port} it leaves with 421 instead of {moment}",
    "silence": "on port {port} its answer to {moment} never arrives",
    "cut": "on port {port} the connection breaks before its answer to {moment} arrives",
    "hold": "on port {port} its answer to {moment} arrives {n:g} minutes late by the lab's clock",
}
Moment = str  # see helpers.lab.moments


class Faults:
    """The switches of a lab. A host is given by its name or its address; an unknown one raises UnknownHost.

    `on_switch` is called with a Host and a port when a switch of that service has been moved. `repr` says in words what
    is switched on, besides the host that the cast has as switched off.
    """

    def __init__(self, routes: Routes, on_switch: Callable[[Host, int], object]):
        self._routes, self._on_switch = routes, on_switch
        self._as_ever = {host.name for host in routes.hosts.values() if host.down}  # switched off in the cast
        self._down = set(self._as_ever)
        self._troubles: dict[tuple[str, int], dict[str, float]] = {}
        self._moments: dict[tuple[str, int], dict[Moment, tuple[str, float]]] = {}
        self._shut_in: set[tuple[str, int]] = set()

    def down(self, host: str | Host) -> Self:
        """Switch a host off: whoever comes from now on meets silence. What runs already goes on."""
        self._down.add(self._name(host))
        return self

    def up(self, host: str | Host) -> Self:
        """Switch a host on again."""
        self._down.discard(self._name(host))
        return self

    def refuse(self, host: str | Host, port: int = 25) -> Self:
        """Stop the service on a port: connections to it are refused."""
        return self._switch(host, port, "refuse", 0)

    def split(self, host: str | Host, port: int = 25, at: int = 5) -> Self:
        """Let what a TCP service says arrive in two pieces: `at` bytes, and the rest once the first were read."""
        return self._switch(host, port, "split", at, least=1)

    def delay(self, host: str | Host, port: int = 25, seconds: float = 0.3) -> Self:
        """Let what a service says (over TCP or UDP) arrive late by so many seconds, at most 2."""
        return self._switch(host, port, "delay", seconds, most=2, whole=False)

    def stall(self, host: str | Host, port: int = 25, after: int = 0) -> Self:
        """Let a TCP service fall silent after so many bytes; the connection stays open."""
        return self._switch(host, port, "stall", after)

    def reset(self, host: str | Host, port: int = 25, after: int = 0) -> Self:
        """Let a TCP service break the connection off (RST) after so many bytes."""
        return self._switch(host, port, "reset", after)

    def drop(self, host: str | Host, port: int = 53) -> Self:
        """Lose every datagram that is sent to a UDP service."""
        return self._switch(host, port, "drop", 0)

    def duplicate(self, host: str | Host, port: int = 53) -> Self:
        """Let every datagram from a UDP service arrive twice."""
        return self._switch(host, port, "duplicate", 0)

    def truncate(self, host: str | Host, port: int = 53) -> Self:
        """Cut every DNS answer over UDP short and set its TC bit (RFC 1035 section 4.2.1): ask again over TCP."""
        return self._switch(host, port, "truncate", 0)

    def only_udp(self, host: str | Host, port: int = 53) -> Self:
        """Let a filter drop every connection to a port, and let datagrams pass: a name server needs both (RFC 7766)."""
        return self._switch(host, port, "only udp", 0)

    def shut_in(self, host: str | Host, port: int = 25) -> Self:
        """Let a filter drop whatever the host sends to that port of anybody else, as many networks do with port 25."""
        self._shut_in.add((self._name(host), port))
        return self

    def is_shut_in(self, host: str | Host, port: int) -> bool:
        """Return whether what the host sends to a port elsewhere is dropped."""
        return (self._name(host), port) in self._shut_in

    def strip_tls(self, host: str | Host, port: int = 25) -> Self:
        """Put a man in the middle who writes XXXXXXXX over STARTTLS, in EHLO's reply and in the client's command."""
        return self._switch(host, port, "strip", 0)

    def at(self, host: str | Host, moment: Moment, what: str, minutes: float = 0, port: int = 25) -> Self:
        """Let something befall each SMTP conversation from now on, at "greeting", a verb, "RCPT 2", or the final ".".

        With "421" the host leaves instead of doing what was asked (RFC 5321 section 3.8). Otherwise it does it, and its
        answer never arrives ("silence"), is lost with the connection ("cut"), or comes so many `minutes` of the lab's
        clock late ("hold"). Under TLS nobody on the wire can tell one moment from another, and nothing befalls.
        Raises FaultError for another moment, word or number of minutes.
        """
        name, number = moment.partition(" ")[::2] if isinstance(moment, str) else ("", "")
        if name not in NAMES or number and not number.isdigit():
            raise FaultError(f'A moment is one of {", ".join(NAMES)}, or as in "RCPT 2", and {moment!r} is not.')
        if what not in BEFALLS:
            raise FaultError(f"What befalls is one of {', '.join(map(repr, BEFALLS))}, and {what!r} is not.")
        if (what == "hold") != bool(minutes) or not isinstance(minutes, (int, float)) or not 0 <= minutes <= 1440:
            raise FaultError('An answer is held for some `minutes`, at most 1440: they go with "hold" alone.')
        self._switch(host, port, "moments", 0)
        self._moments.setdefault((self._name(host), port), {})[moment] = (what, minutes)
        return self

    def moments(self, host: str | Host, port: int) -> dict[Moment, tuple[str, float]]:
        """Return what befalls a service's conversations, by the moment: which of `at` it is, and its minutes."""
        return self._moments.get((self._name(host), port), {})

    def clear(self, host: str | Host | None = None) -> Self:
        """Mend everything, or everything that is wrong with one host. Hosts that the cast has as down stay down."""
        mended = {self._name(host)} if host else set(self._routes.hosts)
        self._down -= mended - self._as_ever
        self._shut_in = {key for key in self._shut_in if key[0] not in mended}
        for name, port in [key for key in self._troubles if key[0] in mended]:
            del self._troubles[name, port]
            self._moments.pop((name, port), None)
            self._on_switch(self._routes.hosts[name], port)
        return self

    def is_down(self, host: str | Host) -> bool:
        """Return whether the host is switched off."""
        return self._name(host) in self._down

    def trouble(self, host: str | Host, port: int) -> dict[str, float]:
        """Return what is wrong with a service: its faults, each with the number that goes with it."""
        return self._troubles.get((self._name(host), port), {})

    def _switch(self, host: str | Host, port: int, kind: str, number: float, least=0, most=65535, whole=True) -> Self:
        name = self._name(host)
        if not isinstance(number, int if whole else (int, float)) or not least <= number <= most:
            what = "a whole number" if whole else "a number"
            raise FaultError(f"{kind} takes {what} from {least:g} to {most:g}, and {number!r} is not one.")
        if port not in self._routes.ports(name):
            raise FaultError(f"{name} has no service on port {port}, so there is nothing to break there.")
        self._troubles.setdefault((name, port), {})[kind] = number
        self._on_switch(self._routes.hosts[name], port)
        return self

    def _name(self, host: str | Host) -> str:
        return self._routes.host(host).name

    def __repr__(self) -> str:
        return "\n".join(self._said()) or "Nothing is broken."

    def _repr_html_(self) -> str:
        said = [lead("fail", sentence) for sentence in self._said()] or [lead("pass", repr(self))]
        return "".join(f"<p>{sentence}</p>\n" for sentence in said)

    def _said(self) -> list[str]:
        said = [f"{name}: it is switched off" for name in sorted(self._down - self._as_ever)]
        said += [f"{name}: what it sends to port {port} elsewhere is dropped" for name, port in sorted(self._shut_in)]
        for (name, port), trouble in sorted(self._troubles.items()):
            said += [f"{name}: {SENTENCES[k].format(port=port, n=n)}" for k, n in trouble.items() if k in SENTENCES]
            for moment, (what, n) in self.moments(name, port).items():
                said.append(f"{name}: {BEFALLS[what].format(port=port, moment=moment, n=n)}")
        return said
