"""A tap on the wire: everything that passes between one service and its clients, as it passed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import escape

from helpers.lab.cast import Host
from helpers.lab.clock import Clock
from helpers.wire import MalformedMessage, Message, Transcript
from helpers.wire.listed import Listed

HELLO = b"\x16\x03"  # how the first record of a TLS client begins: handshake, version 3 (RFC 8446 section 5.1)


class Tap(AbstractContextManager):
    """What was heard on the way to and from one service, from the moment that the tap was put there.

    `close()` takes the tap away and keeps what was heard, as a `with` does.
    """

    def __init__(self, clock: Clock, host: Host, port: int, remove: Callable[["Tap"], None]):
        self._clock, self.host, self.port, self._remove = clock, host, port, remove
        self._connections: list[Transcript] = []
        self._octets: list[dict[str, bytes]] = []
        self._datagrams: list[tuple[Host, Host, bytes]] = []

    @property
    def connections(self) -> tuple[Transcript, ...]:
        """The TCP connections that began since, in order: what was said in each, up to where TLS begins."""
        return Listed(self._connections, f"connections that this tap heard before {self.host}", "Connect first.")

    @property
    def octets(self) -> tuple[dict[str, bytes], ...]:
        """All that passed in each of these connections, in the clear or not: {"C": bytes, "S": bytes}."""
        return Listed(self._octets, f"connections that this tap heard before {self.host}", "Connect first.")

    @property
    def datagrams(self) -> tuple[tuple[Host, Host, bytes], ...]:
        """The UDP datagrams since, in order: from whom, to whom, its octets."""
        return Listed(self._datagrams, f"datagrams that this tap heard before {self.host}", "Ask something first.")

    def open(self, caller: Host) -> "Line":
        """Begin the record of one connection. The forwarder calls it."""
        transcript = Transcript(caller.name, self.host.name)
        self._connections.append(transcript)
        self._octets.append({"C": b"", "S": b""})
        return Line(transcript, self._octets[-1], self._clock)

    def datagram(self, sender: Host, receiver: Host, data: bytes) -> None:
        """Keep one datagram. The forwarder calls it."""
        self._datagrams.append((sender, receiver, data))

    def close(self) -> None:
        """Take the tap away."""
        self._remove(self)

    def __exit__(self, *_) -> None:
        self.close()

    def _heard(self) -> list:
        said = []
        for sender, receiver, data in self.datagrams:
            try:
                content = Message.from_wire(data)
            except MalformedMessage as error:
                content = f"{len(data)} bytes that are no DNS message: {error}"
            said.append((f"{sender.name} -> {receiver.name}, {len(data)} bytes over UDP", content))
        return said + [(None, transcript) for transcript in self.connections]

    def __repr__(self) -> str:
        title = f"A tap before {self.host}, port {self.port}"
        heard = [f"{head}\n{content!r}" if head else repr(content) for head, content in self._heard()]
        return "\n\n".join([title + ("." if heard else ": nothing has passed since it was put there."), *heard])

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>A tap before {escape(str(self.host))}, port {self.port}</strong></p>"]
        for head, content in self._heard():
            html = content._repr_html_() if hasattr(content, "_repr_html_") else f"<p>{escape(content)}</p>"
            parts.append((f"<p>{escape(head)}</p>" if head else "") + html)
        return "".join(parts if len(parts) > 1 else [*parts, "<p>Nothing has passed since it was put there.</p>"])


class Line:
    """The record of one connection, with the lab's time. The forwarder writes it."""

    def __init__(self, transcript: Transcript, octets: dict[str, bytes], clock: Clock):
        self._transcript, self._octets, self._clock = transcript, octets, clock
        self._secret = False

    def heard(self, who: str, data: bytes) -> None:
        """Write down what the client ("C") or the server ("S") said."""
        self._octets[who] += data
        if who == "C" and data.startswith(HELLO) and not self._secret:
            self._secret = True
            self._transcript.note("TLS begins: what follows is for the two ends alone", self._clock.now())
        if not self._secret:
            self._transcript.add(who, data, self._clock.now())

    def reset(self) -> None:
        """Write down that the server broke off."""
        self._transcript.note("the connection was reset", self._clock.now())
