"""What a program asks with: a stub resolver, which leaves the walk to resolver.isp.test; one question to one server."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import dns.exception
import dns.message
import dns.nameserver
import dns.query
import dns.rdatatype
import dns.resolver

from helpers.lab.cast import LEARNER, RESOLVER, Host
from helpers.lab.dns_service import FIXED_ID, framed
from helpers.lab.errors import LabError
from helpers.lab.routes import refused
from helpers.lab.sockets import check_timeout
from helpers.wire import Message

LIFETIME = 1.8  # how long a look-up may take, in seconds; the recursive resolver gives up after 1.5


def stub(lab, host: Host) -> dns.resolver.Resolver:
    """Return a dnspython resolver whose questions come from the host and go to resolver.isp.test. It caches nothing."""
    resolver = _Resolver(configure=False)
    resolver.lab = lab
    resolver.nameservers = [LabNameserver(lab, host, lab.host(RESOLVER))]
    resolver.lifetime, resolver.timeout = LIFETIME, LIFETIME - 0.1  # dnspython pauses so long before it gives up
    return resolver


class _Resolver(dns.resolver.Resolver):
    """A dnspython resolver that does not tell how many milliseconds it waited, so that no stored output changes.

    Of a lab that is closed it asks nothing, and says so at once.
    """

    lab = None

    def resolve(self, *question, **more) -> dns.resolver.Answer:
        self.lab.check_open()
        return super().resolve(*question, **more)

    def _compute_timeout(self, start, lifetime=None, errors=None):
        try:
            return super()._compute_timeout(start, lifetime, errors)
        except dns.resolver.LifetimeTimeout:
            waited = self.lifetime if lifetime is None else lifetime
            raise dns.resolver.LifetimeTimeout(
                f"{self.nameservers[0]} said nothing for {round(waited, 1):g} s"
            ) from None


class LabNameserver(dns.nameserver.Do53Nameserver):
    """A name server of the lab, as dnspython asks it: at its documentation address, in the name of a host."""

    def __init__(self, lab, asker: Host, server: Host):
        super().__init__(server.address)
        self._lab, self._asker, self._server = lab, asker, server

    def __str__(self) -> str:
        return self._server.name

    def query(
        self, request, timeout, source, source_port, max_size, one_rr_per_rrset=False, ignore_trailing=False
    ) -> dns.message.Message:
        """Send the request and return the answer, as dnspython wants it. The id is fixed; real ones are random."""
        request.id = FIXED_ID
        reading = {"one_rr_per_rrset": one_rr_per_rrset, "ignore_trailing": ignore_trailing}
        if max_size:
            try:
                with self._lab.connect(self.address, self.port, self._asker, timeout) as sock:
                    sock.setblocking(False)  # dnspython does the waiting
                    return dns.query.tcp(request, self.address, timeout, sock=sock, **reading)
            except TimeoutError:
                raise dns.exception.Timeout from None
        ip, port = self._lab.route(self.address, self.port)
        with _datagrams(self._lab, self._asker, ip) as sock:
            sock.setblocking(False)
            return dns.query.udp(
                request,
                ip,
                timeout,
                port,
                sock=sock,
                raise_on_truncation=True,
                ignore_unexpected=True,
                ignore_errors=True,
                **reading,
            )


def ask(lab, server: str, name: str, rdtype: str, tcp: bool = False, timeout: float = 2.0) -> Message:
    """Ask one server one question, without recursion, and return what it answers (a wire.Message).

    Takes the server's name or address, the name and type to ask for, and how long the answer may take (seconds). It is
    the learner's computer that asks. There is no EDNS in the question, so over UDP an answer has at most 512 octets.
    Raises UnknownHost, NobodysAddress, ConnectionRefusedError, TimeoutError, LabError for what cannot be asked or does
    not answer the question, and MalformedMessage for what is no message.
    """
    check_timeout(timeout)
    host = lab.host(server)
    try:
        query = dns.message.make_query(name, rdtype, id=FIXED_ID, flags=0).to_wire()
    except dns.rdatatype.UnknownRdatatype:
        raise LabError(f"{rdtype!r} is no type of record; MX and A are two.") from None
    except dns.exception.DNSException as error:
        raise LabError(f"{name!r} cannot be a name in the DNS: {error}") from None
    answer = Message.from_wire((_over_tcp if tcp else _over_udp)(lab, host, query, timeout))
    if answer.id != FIXED_ID or "QR" not in answer.flags:  # RFC 5452 section 9.1
        raise LabError(
            f"{host.name} did not answer the question: an answer has the question's id, 0x{FIXED_ID:04X}, and its QR "
            f"bit is set. This message has the id 0x{answer.id:04X} and the flags {', '.join(answer.flags) or 'none'}."
        )
    return answer


def _over_tcp(lab, host: Host, query: bytes, timeout: float) -> bytes:
    """Return what comes back over TCP, all of it within the time-out: a server may say one octet and then another."""
    said = b""
    with lab.connect(host.address, 53, LEARNER, timeout) as sock, contextlib.suppress(TimeoutError):
        deadline = time.monotonic() + timeout
        sock.sendall(framed(query))
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            octets = sock.recv(65536)
            if not octets:
                raise ConnectionError(f"{host.name} hung up before its answer was whole")
            said += octets
            end = 2 + int.from_bytes(said[:2], "big")
            if len(said) >= end:
                return said[2:end]
    raise TimeoutError(f"{host.name} {'gave no whole answer' if said else 'said nothing'} for {timeout:g} s")


def _over_udp(lab, host: Host, query: bytes, timeout: float) -> bytes:
    try:
        ip, port = lab.route(host.address, 53)
        with _datagrams(lab, lab.host(LEARNER), ip) as sock:
            sock.settimeout(timeout)
            sock.connect((ip, port))
            sock.send(query)
            return sock.recv(65535)
    except TimeoutError:
        raise TimeoutError(f"{host.name} said nothing for {timeout:g} s") from None
    except ConnectionError:
        raise refused(host, 53) from None


@contextlib.contextmanager
def _datagrams(lab, asker: Host, ip: str) -> Iterator[socket.socket]:
    """A UDP socket that speaks for a host."""
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        lab.speak_as(asker, sock, "udp")
        try:
            yield sock
        finally:
            lab.forget(sock.getsockname()[:2], "udp")
