"""A small internet inside the kernel: real servers on real sockets, and nothing beyond this machine."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import dns.name
import dns.resolver
import dns.zone

from helpers.lab import certificates, overview, stub, zones
from helpers.lab.authority import Authority
from helpers.lab.cast import CAST, LEARNER, LEARNERS_ZONE, RESOLVER, ROOT, SUBMISSION, Host
from helpers.lab.clock import Clock
from helpers.lab.delivery import Delivery
from helpers.lab.dns_service import listen
from helpers.lab.errors import LabError
from helpers.lab.forwarder import Forwarders
from helpers.lab.lookup import Lookup, lookup
from helpers.lab.mail_host import MailHost
from helpers.lab.mailbox import Mailbox, MailboxStore
from helpers.lab.net import Net
from helpers.lab.queue import Queue
from helpers.lab.recursion import Recursive, Trail
from helpers.lab.routes import LOOPBACK, Endpoint
from helpers.lab.secondary import refresh
from helpers.lab.sending import MailSystem
from helpers.lab.sockets import LabSocket, check_port
from helpers.lab.submission import SubmissionHost
from helpers.lab.tap import Tap
from helpers.lab.waiting import Waiting
from helpers.lab.web_site import PolicySite, Site
from helpers.wire import Message, Pieces
from helpers.wire.faces import look

if TYPE_CHECKING:  # what few need is imported when it is asked for
    from helpers.lab.neighbours.joined import Joined


@dataclass(frozen=True)
class Publication:
    """What became of a zone that was published: its origin (text), serial (int), and a sentence for each server."""

    origin: str
    serial: int
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join([self._title(), *self.sentences])

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in self.sentences)
        return f"<div{look('card', 'card-more')}>\n<p><strong>{escape(self._title())}</strong></p>\n{told}</div>\n"

    def _title(self) -> str:
        return f"{self.origin} is published with serial {self.serial}."


class Lab(AbstractContextManager):
    """The whole cast, running: a root, name servers, a recursive resolver, mail hosts with mailboxes.

    Making one closes the one before it, unless `beside` is true. `real_addresses` binds the documentation addresses
    and ports 53 and 25 themselves, which needs a network namespace that has them; without it everything listens on
    127.0.0.1 on ports that the system picks. With it other programs come straight to a host, past every tap and past
    every fault but `down`. Raises LabError where it cannot start.
    """

    _current: "Lab | None" = None

    def __init__(self, *, beside: bool = False, real_addresses: bool = False):
        if not beside:
            if Lab._current is not None:
                Lab._current.close()
            Lab._current = self
        self.clock = Clock()
        self._net = Net(CAST, real_addresses)
        self._forwarders = Forwarders(self._net, self.clock)
        self.waiting = Waiting(self.clock, self._net.held)  # how whoever connects to a host of the lab waits
        self._mailboxes = MailboxStore()
        self.faults = self._net.faults
        self.certificates = certificates.LOCAL
        self.authorities: dict[str, Authority] = {}
        self.mail_hosts: dict[str, MailHost] = {}
        self.policy_sites: dict[str, PolicySite] = {}  # by domain
        self._services: list = []
        self._published: dict[dns.name.Name, str] = {}
        self._closing: list[Callable[[], object]] = []
        self._joined: Joined | None = None
        root = self.host(ROOT)
        self.recursive = Recursive(self._net, self.clock, self.host(RESOLVER), ((root.name, root.address),))
        self._mail = MailSystem(self._net, self.clock, self._mailboxes, self.certificates, self.recursive.trails)
        try:
            self._net.run(self._start())
        except BaseException as error:
            self.close()
            if real_addresses and isinstance(error, OSError):
                raise LabError(
                    "Lab(real_addresses=True) needs the documentation addresses and ports 53 and 25 for itself: run it "
                    "as root in a network namespace whose loopback interface has them. Lab() needs none of that."
                ) from error
            raise
        self.resolver: dns.resolver.Resolver = self.stub(LEARNER)
        self._refreshed = {key: self.clock.timestamp() for key in self._secondaries()}
        self.clock.on_move(self._refresh_what_is_due)

    # What is there

    def host(self, who: str | Host) -> Host:
        """Return the Host of a name or an address. Raises UnknownHost or NobodysAddress."""
        return self._net.host(who)

    def ports(self, host: str | Host) -> list[int]:
        """Return the ports on which a host has a service (a sorted list of int)."""
        return self._net.ports(host)

    @property
    def closed(self) -> bool:
        """Whether this lab is closed."""
        return self._net.closed

    def route(self, address: str, port: int) -> Endpoint:
        """Return the (ip, port) where a service of the lab really listens, for UDP and TCP alike.

        Takes an address (or a host's name) and a port. For a host that is switched off it is a place from which nothing
        comes. Raises NobodysAddress, UnknownHost, or ConnectionRefusedError where no program listens.
        """
        return self._net.route(address, port)

    def who(self, peer: Endpoint, kind: str = "tcp") -> Host:
        """Return the Host that speaks from `peer`, an (ip, port) pair as a server sees it; kind is "tcp" or "udp"."""
        return self._net.who(peer, kind)

    # What one does with it

    def connect(
        self, address: str, port: int, source: str | Host | None = None, timeout: float | Callable[[bytes], float] = 2.0
    ) -> LabSocket:
        """Return a connected TCP socket to a service; see `helpers.lab.net.Net.connect`.

        `timeout` is a number of seconds, or a function that says how many. It takes what was sent last, b"" at first.
        The socket's `transcript` holds what its own end has sent and read; see `helpers.lab.sockets.Connection`.
        """
        self._net.check_open()
        seconds = timeout(b"") if callable(timeout) else timeout
        sock = self._net.connect(address, port, source, seconds, self.waiting)
        sock.patience = timeout if callable(timeout) else None
        sock.pieces = Pieces(sock.source.name, sock.host.name, self.clock.now)
        return sock

    def stub(self, host: str | Host) -> dns.resolver.Resolver:
        """Return a stub resolver whose questions come from the host. `lab.resolver` is the learner's own."""
        return stub.stub(self._net, self.host(host))

    def lookup(self, name: str, rdtype: str, host: str | Host = LEARNER, lifetime: float | None = None) -> Lookup:
        """Let a host ask its resolver for the records of a full name, return what came of it; see `lookup.lookup`."""
        return lookup(self.stub(host), name, rdtype, lifetime, self.recursive.trails)

    def ask(self, server: str, name: str, rdtype: str, tcp: bool = False, timeout: float = 2.0) -> Message:
        """Ask one name server one question, without recursion, and return its answer (a wire.Message).

        Raises UnknownHost, NobodysAddress, ConnectionRefusedError, TimeoutError where nothing comes back in time, or
        LabError for what cannot be asked or does not answer the question.
        """
        self._net.check_open()
        return stub.ask(self._net, server, name, rdtype, tcp=tcp, timeout=timeout)

    @property
    def trail(self) -> Trail:
        """The way that the recursive resolver went for the latest question put to it. Raises LabError before one."""
        if not self.recursive.trails:
            raise LabError("The recursive resolver has not been asked anything yet: look a name up first.")
        return self.recursive.trails[-1]

    def send(
        self,
        letter: EmailMessage | str | bytes,
        host: str | Host = "out.gmail.test",
        sender: str | None = None,
        recipients: Iterable[str] | None = None,
        tls: str = "opportunistic",
        relay: bool = False,
    ) -> Delivery:
        """Let a host of the lab send a letter; see `helpers.lab.sending.MailSystem.send`."""
        self._net.check_open()
        return self._mail.send(letter, host, sender, recipients, tls, relay)

    def queue(self, host: str | Host = "out.gmail.test") -> Queue:
        """Give a host a queue, which works from then on whenever the clock moves; return it (see helpers.lab.queue)."""
        self._net.check_open()
        return self._mail.queue(host)

    def remember_dead(self, minutes: float = 30) -> None:
        """Let every host that sends leave out, for so long, an address that it could not connect to; 0 ends that."""
        if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes <= 1440:
            raise LabError(f"A dead host is left out for some minutes, at most 1440, and not for {minutes!r}.")
        self._mail.dead.seconds = 60 * minutes

    def mailbox(self, address: str) -> Mailbox:
        """Return the mailbox of an address (a sequence of Letter). Raises a LabError where there is no such mailbox."""
        return self._mailboxes.mailbox(address)

    def zone_text(self, origin: str) -> str:
        """Return the text of a zone, by its origin ("outlook.test"), as its primary server has it. Raises LabError."""
        servers = self._servers_of(f"{str(origin).removesuffix('.')}.")
        name = dns.name.from_text(origin) if servers else dns.name.empty
        if not servers or name not in self.authorities[servers[0]].zones:
            raise LabError(f"The lab has no zone {origin!r}: a domain has one, a host within it has none of its own.")
        return self._published.get(name) or zones.source(name.to_text().lower())

    def publish(self, zone_text: str) -> Publication:
        """Put a zone on its primary name server and tell the secondaries (RFC 1996), which copy it if its serial rose.

        Takes the text of a zone file. Raises ZoneError, with the line, for one that cannot be used; the zone that was
        there before then stays.
        """
        self._net.check_open()
        zone = zones.parse(zone_text)
        servers = self._servers_of(zone.origin.to_text())
        if not servers:
            raise LabError(
                f"Nobody would ask for {zone.origin.to_text()}: no zone above it points to a name server for it. "
                "learner.test. is yours to publish."
            )
        primary, *others = servers
        self.authorities[primary].zones[zone.origin] = zone
        self._published[zone.origin] = zone_text
        sentences = [f"{primary} answers for it.", *(self._refresh(other, zone.origin) for other in others)]
        return Publication(zone.origin.to_text(), zone.get_soa().serial, tuple(sentences))

    def serve(self, host: str, port: int, address: Endpoint) -> None:
        """Put a server that already runs on the map, as a host's service on a port.

        Takes the host's name, the port that it shall have in the lab (25), and where it really listens: an (ip, port)
        pair on this machine. Raises UnknownHost, or LabError for a place that is not on this machine.
        """
        self._net.check_open()
        try:
            ip, real_port = address
            real_port = int(real_port)
        except (TypeError, ValueError, OverflowError):
            raise LabError(f'Say where your server listens as ("{LOOPBACK}", port); {address!r} is not that.') from None
        check_port(port)
        check_port(real_port)
        if ip != LOOPBACK and not self._net.routes.real_addresses:
            raise LabError(f"The lab never leaves this machine: a server has to listen on {LOOPBACK}, and not on {ip}.")
        self._net.routes.put(self.host(host), port, (ip, real_port))

    def add(self, host: Host) -> Host:
        """Put one more host on the map, with what it has (see `cast.Host`), and return it.

        Its zones are empty until they are published, and no zone above knows of them or of it. Raises LabError for a
        name or an address that somebody has.
        """
        self._net.check_open()
        self._net.routes.add(host)
        self._net.run(self._switch_on(host, {}))
        self._refreshed |= {(host.name, dns.name.from_text(origin)): self.clock.timestamp() for origin in host.zones}
        return host

    def open_mailbox(self, address: str) -> Mailbox:
        """Give an address a mailbox, unless it has one, and return it. Raises BadAddress for what is no address."""
        self._mailboxes.make(address)
        return self.mailbox(address)

    def tap(self, host: str, port: int = 25) -> Tap:
        """Listen to what passes between a service and whoever connects from now on. Raises UnknownHost, or LabError."""
        return self._forwarders.tap(self.host(host), port)

    def join(self) -> "Joined":
        """Join the labs of other learners on this machine; return who one is there, a Joined. Again, it is the same.

        From then on this lab has a host of a flower's name, whose domain it answers for; what `serve` puts on its port
        25 is reached from all labs that have joined, and theirs are from this one. The clock goes with the class's from
        then on, and the class's with this one, a day in two minutes at most. Where the meeting place crashes, the lab
        comes back to the next one by itself. Raises LabError where nobody can be met.
        """
        from helpers.lab.neighbours import places
        from helpers.lab.neighbours.joined import Joined

        self._net.check_open()
        if self._joined is None:
            joined = Joined(self._net, self.clock, self.authorities, self._listen_dns, places.find())
            self._published[dns.name.from_text(f"{joined.name}.")] = joined.zone
            self.recursive.flush()  # it may remember that there is no class.test
            self.clock.reach(joined.moment)
            self._joined = joined
        return self._joined

    def once_closed(self, sentence: str) -> None:
        """Let whoever uses this lab when it is closed be told a sentence (text) of its own: how it is made again."""
        self._net.once_closed = sentence

    def at_close(self, end: Callable[[], object]) -> None:
        """Call `end()` when this lab is closed, first of all."""
        self._closing.append(end)

    def close(self) -> None:
        """Stop everything. A closed lab stays closed; nothing is left listening."""
        while self._closing:
            self._closing.pop()()
        self._mail.close()
        self._net.close(self._stop_listening)
        if Lab._current is self:
            Lab._current = None

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        return overview.text(self._net, self.clock)

    def _repr_html_(self) -> str:
        return overview.html(self._net, self.clock)

    # How it runs

    async def _start(self) -> None:
        for host in CAST:
            await self._switch_on(host, {dns.name.from_text(o): zones.of_the_cast(o) for o in host.zones})
        await self._listen_dns(self.recursive.host, self.recursive.answer)
        submission = self.submission = SubmissionHost(self._mail, self.host(SUBMISSION), "gmail.test", "out.gmail.test")
        await self._listen(submission.host, 587, submission.protocol)
        await self._listen(submission.host, 465, partial(submission.protocol, implicit_tls=True))

    async def _switch_on(self, host: Host, known: dict[dns.name.Name, dns.zone.Zone]) -> None:
        """Start what a host has; `known` are the zones that it answers for."""
        if host.zones or host.lacks:
            self.authorities[host.name] = authority = Authority(known, self._is_name_server)
            await self._listen_dns(host, authority.answer)
        if host.takes_mail_for:
            self.mail_hosts[host.name] = mail_host = MailHost(self._mail, host, host.takes_mail_for)
            await self._listen(host, 25, mail_host.protocol)
        if host.web_site:
            await self._listen(host, 80, Site(self._net, host, self.certificates).protocol)
        if host.sts_policy:
            site = PolicySite(self._net, host, self.certificates, host.name, host.sts_policy)
            self.policy_sites[host.name] = site
            await self._listen(host, 443, site.protocol)

    async def _listen_dns(self, host: Host, answer) -> None:
        self._services.append(await listen(partial(self._net.serve, host, 53), answer, on_close=self._net.forget))

    async def _listen(self, host: Host, port: int, protocol) -> None:
        self._services.append(await self._net.serve(host, port, protocol))

    async def _stop_listening(self) -> None:
        self._forwarders.close()
        for service in self._services:
            if closing := service.close():
                await closing

    # Secondaries

    def _servers_of(self, origin: str) -> list[str]:
        """Return the names of the name servers of a zone, its primary first."""
        origin = origin.lower()
        hosts = [host for host in self._net.routes.hosts.values() if host.name in self.authorities]
        return [host.name for host in hosts if origin in host.zones or origin == LEARNERS_ZONE and origin in host.lacks]

    def _secondaries(self) -> list[tuple[str, dns.name.Name]]:
        origins = {LEARNERS_ZONE, *(origin for host in self._net.routes.hosts.values() for origin in host.zones)}
        return [(other, dns.name.from_text(o)) for o in sorted(origins) for other in self._servers_of(o)[1:]]

    def _is_name_server(self, peer: Endpoint) -> bool:
        return self._net.who(peer).name in self.authorities

    def _refresh(self, secondary: str, origin: dns.name.Name) -> str:
        if self.faults.is_down(secondary):
            return f"{secondary} is switched off, and hears nothing of it."
        self._refreshed[secondary, origin] = self.clock.timestamp()
        primary = self.host(self._servers_of(origin.to_text())[0])
        held = self.authorities[secondary]
        return self._net.run(refresh(self._net, self.host(secondary), held, origin, primary.address))

    def _refresh_what_is_due(self) -> None:
        if self.closed:
            return
        for secondary, origin in self._secondaries():
            zone, since = self.authorities[secondary].zones.get(origin), self._refreshed[secondary, origin]
            if zone is not None and self.clock.timestamp() - since >= zone.get_soa().refresh:
                self._refresh(secondary, origin)
