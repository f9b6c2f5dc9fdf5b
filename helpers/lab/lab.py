"""A small internet inside the kernel: real servers on real sockets, and nothing beyond this machine."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import dns.name
import dns.rdatatype
import dns.resolver
import dns.zone

from helpers.lab import certificates, overview, sending, sockets, stub, zones
from helpers.lab.authority import Authority
from helpers.lab.cast import CAST, LEARNER, LEARNERS_ZONE, RESOLVER, ROOT, SUBMISSION, Host
from helpers.lab.clock import Clock
from helpers.lab.dns_service import listen
from helpers.lab.errors import LabError
from helpers.lab.faults import Faults
from helpers.lab.forwarder import Forwarder
from helpers.lab.mail_host import MailHost
from helpers.lab.mailbox import Mailbox, MailboxStore
from helpers.lab.mta_sts import StsPolicy
from helpers.lab.recursion import Recursive, Trail
from helpers.lab.routes import LOOPBACK, Endpoint, Routes, bind_pair, refused
from helpers.lab.secondary import refresh
from helpers.lab.submission import SubmissionHost
from helpers.lab.tap import Tap
from helpers.lab.web_site import PolicySite, Site
from helpers.wire import Message

# Hosts ask a policy or hand a letter on in a thread, and wait for one another meanwhile. So there must be one for each
# connection that a process can have; no more are made than are at work.
THREADS = 1000


@dataclass(frozen=True)
class Publication:
    """What became of a zone that was published: its origin (text), serial (int), and a sentence for each server."""

    origin: str
    serial: int
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join([f"{self.origin} is published with serial {self.serial}.", *self.sentences])


class Silence(asyncio.Protocol):
    """Takes everything and never says a word."""


class Lab:
    """The whole cast, running: a root, name servers, a recursive resolver, mail hosts with mailboxes.

    Making one closes the one before it, unless `beside` is true. `real_addresses` binds the documentation addresses
    and ports 53 and 25 themselves, which needs a network namespace that has them; without it everything listens on
    127.0.0.1 on ports that the system picks. With it other programs come straight to a host, past every tap and past
    every fault but `down`. Raises LabError where it cannot start.
    """

    _current: Lab | None = None

    def __init__(self, *, beside: bool = False, real_addresses: bool = False):
        if not beside:
            if Lab._current is not None:
                Lab._current.close()
            Lab._current = self
        self.clock = Clock()
        self._routes = Routes(CAST, real_addresses)
        self.hosts = tuple(self._routes.hosts.values())
        self.faults = Faults(self)
        self.mailboxes = MailboxStore()
        self.authorities: dict[str, Authority] = {}
        self.mail_hosts: dict[str, MailHost] = {}
        self.policy_sites: dict[str, PolicySite] = {}  # by domain
        self.certificates = certificates.LOCAL
        self.sts_policies: dict[
            tuple[str, str], StsPolicy
        ] = {}  # what a sending host keeps of a domain's, by both names
        self.closed = False
        self._services: list = []
        self._connections: weakref.WeakSet[asyncio.BaseTransport] = weakref.WeakSet()
        self._forwarders: dict[tuple[str, int], Forwarder] = {}
        self._taps: dict[tuple[str, int], list[Tap]] = {}
        self._nowhere: tuple | None = None
        self._published: dict[dns.name.Name, str] = {}
        self.loop = asyncio.SelectorEventLoop()
        self.loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="asyncio"))
        self._thread = threading.Thread(target=self._run, name="the lab", daemon=True)
        self._thread.start()
        try:
            self._on_loop(self._start())
        except BaseException as error:
            self.close()
            if real_addresses and isinstance(error, OSError):
                raise LabError(
                    "Lab(real_addresses=True) needs the documentation addresses and ports 53 and 25 for itself: run it "
                    "as root in a network namespace whose loopback interface has them. Lab() needs none of that."
                ) from error
            raise
        self.resolver: dns.resolver.Resolver = stub.stub(self, self.host(LEARNER))
        self._refreshed = {key: self.clock.timestamp() for key in self._secondaries()}
        self.clock.on_move(self._refresh_what_is_due)

    # What is there

    def host(self, who: str | Host) -> Host:
        """Return the Host of a name or an address. Raises UnknownHost or NobodysAddress."""
        return self._routes.host(who)

    def ports(self, host: str | Host) -> list[int]:
        """Return the ports on which a host has a service (a sorted list of int)."""
        return self._routes.ports(self.host(host))

    def route(self, address: str, port: int) -> Endpoint:
        """Return the (ip, port) where a service of the lab really listens, for UDP and TCP alike.

        Takes an address (or a host's name) and a port. For a host that is switched off it is a place from which nothing
        comes. Raises NobodysAddress, UnknownHost, or ConnectionRefusedError where no program listens.
        """
        self.check_open()
        sockets.check_port(port)
        host = self.host(address)
        if self.faults.is_down(host):
            return self._black_hole()
        trouble = self.faults.trouble(host, port)
        if trouble and trouble.get("refuse") is not None:
            raise refused(host, port)
        forwarder = self._forwarders.get((host.name, port))
        return forwarder.endpoint if forwarder else self.endpoint(host, port)

    def endpoint(self, host: Host, port: int) -> Endpoint:
        """Return where a service listens behind any tap or fault. Raises ConnectionRefusedError where there is none."""
        return self._routes.endpoint(host, port)

    def who(self, peer: Endpoint, kind: str = "tcp") -> Host:
        """Return the Host that speaks from `peer`, an (ip, port) pair as a server sees it; kind is "tcp" or "udp".

        Whoever is not known is the learner's computer.
        """
        return self._routes.who(peer, kind)

    def speak_as(self, host: Host, sock, kind: str = "tcp", address: str | None = None) -> None:
        """Bind a socket to a port of loopback and note that this port speaks for the host."""
        self._routes.speak_as(host, sock, kind, address)

    def forget(self, peer: Endpoint, kind: str = "tcp") -> None:
        """End what is known of a caller: the server has closed that connection."""
        self._routes.forget(peer, kind)

    def caller_socket(self, peer: Endpoint):
        """Return the client's own socket where it is of this process and open, else None."""
        return self._routes.caller_socket(peer)

    # What one does with it

    def connect(
        self, address: str, port: int, source: str | Host | None = None, timeout: float = 2.0
    ) -> sockets.LabSocket:
        """Return a connected TCP socket to a service; see `helpers.lab.sockets.connect`."""
        self.check_open()
        return sockets.connect(self, address, port, source, timeout)

    def stub(self, host: str | Host) -> dns.resolver.Resolver:
        """Return a stub resolver whose questions come from the host. `lab.resolver` is the learner's own."""
        return stub.stub(self, self.host(host))

    def ask(self, server: str, name: str, rdtype: str, tcp: bool = False, timeout: float = 2.0) -> Message:
        """Ask one name server one question, without recursion, and return its answer (a wire.Message).

        Raises UnknownHost, NobodysAddress, ConnectionRefusedError, TimeoutError where nothing comes back in time, or
        LabError for what cannot be asked or does not answer the question.
        """
        self.check_open()
        return stub.ask(self, server, name, rdtype, tcp=tcp, timeout=timeout)

    @property
    def trail(self) -> Trail:
        """The way that the recursive resolver went for the latest question put to it. Raises LabError before one."""
        if not self.recursive.trails:
            raise LabError("The recursive resolver has not been asked anything yet: look a name up first.")
        return self.recursive.trails[-1]

    def send(
        self,
        letter,
        host: str | Host = "out.gmail.test",
        sender=None,
        recipients=None,
        tls: str = "opportunistic",
        relay: bool = False,
    ) -> sending.Delivery:
        """Let a host of the lab send a letter; see `helpers.lab.sending.send`."""
        self.check_open()
        return sending.send(self, letter, host=host, sender=sender, recipients=recipients, tls=tls, relay=relay)

    def mailbox(self, address: str) -> Mailbox:
        """Return the mailbox of an address (a sequence of Letter). Raises a LabError where there is no such mailbox."""
        return self.mailboxes.mailbox(address)

    def zone_text(self, origin: str) -> str:
        """Return the text of a zone as it stands on its primary name server. Takes its origin ("outlook.test").

        Raises LabError where the lab has no such zone.
        """
        name = dns.name.from_text(origin)
        servers = self._servers_of(name.to_text())
        if not servers or name not in self.authorities[servers[0]].zones:
            raise LabError(f"The lab has no zone {origin!r}: a domain has one, a host within it has none of its own.")
        return self._published.get(name) or zones.source(name.to_text().lower())

    def publish(self, zone_text: str) -> Publication:
        """Put a zone on its primary name server and tell the secondaries (RFC 1996), which copy it if its serial rose.

        Takes the text of a zone file. Raises ZoneError, with the line, for one that cannot be used; the zone that was
        there before then stays.
        """
        self.check_open()
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
        return Publication(
            zone.origin.to_text(),
            zone.get_soa().serial,
            (f"{primary} answers for it.", *(self._refresh(other, zone.origin) for other in others)),
        )

    def serve(self, host: str, port: int, address: Endpoint) -> None:
        """Put a server that already runs on the map, as a host's service on a port.

        Takes the host's name, the port that it shall have in the lab (25), and where it really listens: an (ip, port)
        pair on this machine. Raises UnknownHost, or LabError for a place that is not on this machine.
        """
        self.check_open()
        try:
            ip, real_port = address
            real_port = int(real_port)
        except (TypeError, ValueError, OverflowError):
            raise LabError(f'Say where your server listens as ("{LOOPBACK}", port); {address!r} is not that.') from None
        sockets.check_port(port)
        sockets.check_port(real_port)
        if ip != LOOPBACK and not self._routes.real_addresses:
            raise LabError(f"The lab never leaves this machine: a server has to listen on {LOOPBACK}, and not on {ip}.")
        self._routes.put(self.host(host), port, (ip, real_port))

    def tap(self, host: str, port: int = 25) -> Tap:
        """Listen to what passes between a service and whoever connects from now on. Raises UnknownHost, or LabError."""
        host = self.host(host)
        if port not in self.ports(host):
            raise LabError(f"{host} has no service on port {port}, so there is nothing to hear there.")
        key = (host.name, port)
        tap = Tap(self, host, port, self._untap)
        self._taps.setdefault(key, []).append(tap)
        self.rewire(*key)
        return tap

    def close(self) -> None:
        """Stop everything. A closed lab stays closed; nothing is left listening."""
        if not self.closed:
            self.closed = True
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(2)
        if Lab._current is self:
            Lab._current = None

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        return overview.text(self)

    def _repr_html_(self) -> str:
        return overview.html(self)

    # How it runs

    def rewire(self, name: str, port: int) -> None:
        """Put a forwarder before a service where a tap or a fault wants one, and take it away where none does."""
        self.check_open()
        key, host = (name, port), self.host(name)
        trouble = self.faults.trouble(host, port)
        taps = self._taps.get(key, [])
        wanted = bool(taps) or bool(trouble and set(trouble.kinds) - {"refuse"})
        if wanted and key not in self._forwarders:
            self._forwarders[key] = self._on_loop(Forwarder.start(self, host, port))
        if key in self._forwarders:
            self._forwarders[key].taps = list(taps)
            if not wanted:
                self.loop.call_soon_threadsafe(self._forwarders.pop(key).close)

    def _untap(self, tap: Tap) -> None:
        key = (tap.host.name, tap.port)
        if tap in self._taps.get(key, []):
            self._taps[key].remove(tap)
            if not self.closed:
                self.rewire(*key)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self._stop())
            self.loop.close()

    def _on_loop(self, work: Coroutine, timeout: float = 5.0):
        """Run a coroutine on the lab's loop and return its result."""
        if self.closed:
            work.close()
        self.check_open()
        running = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return running.result(timeout)
        except TimeoutError:
            if running.done():  # the work's own
                raise
            running.cancel()
            raise LabError(
                f"The lab did not answer for {timeout:g} s: this computer is very busy. Try again."
            ) from None

    def check_open(self) -> None:
        """Raise LabError where this lab is closed."""
        if self.closed:
            raise LabError("This lab is closed. Make a new one: lab = Lab()")

    async def _start(self) -> None:
        for host in self.hosts:
            if host.zones or host.lacks:
                known = {dns.name.from_text(origin): zones.of_the_cast(origin) for origin in host.zones}
                authority = Authority(known, may_transfer=self._is_name_server)
                self.authorities[host.name] = authority
                await self._listen_dns(host.name, authority.answer)
            if host.takes_mail_for:
                mail_host = MailHost(self, host, host.takes_mail_for)
                self.mail_hosts[host.name] = mail_host
                await self._listen_tcp(host.name, 25, mail_host.protocol)
            if host.web_site:
                await self._listen_tcp(host.name, 80, Site(self, host).protocol)
            if host.sts_policy:
                site = self.policy_sites[host.name] = PolicySite(self, host, host.name, host.sts_policy)
                await self._listen_tcp(host.name, 443, site.protocol)
        root = self.host(ROOT)
        self.recursive = Recursive(self, self.host(RESOLVER), ((root.name, root.address),))
        await self._listen_dns(RESOLVER, self.recursive.answer)
        self.submission = SubmissionHost(self, self.host(SUBMISSION), "gmail.test", "out.gmail.test")
        await self._listen_tcp(SUBMISSION, 587, self.submission.protocol)
        await self._listen_tcp(SUBMISSION, 465, partial(self.submission.protocol, implicit_tls=True))

    async def _listen_dns(self, name: str, answer) -> None:
        host = self.host(name)
        address, port = (host.address, 53) if self._routes.real_addresses else (LOOPBACK, 0)

        async def answer_unless_down(*question) -> list[bytes]:
            return [] if self.faults.is_down(host) else await answer(*question)

        service = await listen(answer_unless_down, address, port, on_close=self.forget)
        self._services.append(service)
        self._routes.put(host, 53, (address, service.port))

    async def _listen_tcp(self, name: str, port: int, protocol) -> None:
        host = self.host(name)
        address, real_port = (host.address, port) if self._routes.real_addresses else (LOOPBACK, 0)
        server = await self.loop.create_server(self._noted(host, protocol), address, real_port)
        self._services.append(server)
        self._routes.put(host, port, server.sockets[0].getsockname()[:2])

    def _noted(self, host: Host, factory):
        """Return a factory of the same protocols, whose connections the lab can end when it closes.

        While the host is switched off they are silent: whoever knows where it really listens may come all the same.
        """

        def make():
            protocol = Silence() if self.faults.is_down(host) else factory()
            made = protocol.connection_made

            def connection_made(transport):
                self._connections.add(transport)
                made(transport)

            protocol.connection_made = connection_made
            return protocol

        return make

    async def _stop(self) -> None:
        for forwarder in self._forwarders.values():
            forwarder.close()
        for service in self._services:
            closing = service.close()
            if closing is not None:
                await closing
        for transport in tuple(self._connections):
            transport.abort()
        for sock in self._nowhere or ():
            sock.close()
        for _ in range(5):  # what was being accepted becomes a task only now; and the last callbacks want to run
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            await asyncio.sleep(0)

    def _black_hole(self) -> Endpoint:
        """Return a place that takes everything and never says a word: a host that is switched off."""
        if self._nowhere is None:
            self._nowhere = bind_pair()
        return self._nowhere[0].getsockname()[:2]

    # Secondaries

    def _servers_of(self, origin: str) -> list[str]:
        """Return the names of the name servers of a zone, its primary first."""
        origin = origin.lower()
        to_come = origin == LEARNERS_ZONE
        return [host.name for host in self.hosts if origin in host.zones or to_come and origin in host.lacks]

    def _secondaries(self) -> list[tuple[str, dns.name.Name]]:
        origins = {LEARNERS_ZONE, *(origin for host in self.hosts for origin in host.zones)}
        return [(other, dns.name.from_text(o)) for o in sorted(origins) for other in self._servers_of(o)[1:]]

    def _is_name_server(self, peer: Endpoint) -> bool:
        return self.who(peer).name in self.authorities

    def _refresh(self, secondary: str, origin: dns.name.Name) -> str:
        if self.faults.is_down(secondary):
            return f"{secondary} is switched off, and hears nothing of it."
        self._refreshed[secondary, origin] = self.clock.timestamp()
        primary = self.host(self._servers_of(origin.to_text())[0])
        return self._on_loop(refresh(self, self.host(secondary), self.authorities[secondary], origin, primary.address))

    def _refresh_what_is_due(self) -> None:
        if self.closed:
            return
        for secondary, origin in self._secondaries():
            zone: dns.zone.Zone | None = self.authorities[secondary].zones.get(origin)
            if (
                zone is not None
                and self.clock.timestamp() - self._refreshed[secondary, origin] >= zone.get_soa().refresh
            ):
                self._refresh(secondary, origin)
