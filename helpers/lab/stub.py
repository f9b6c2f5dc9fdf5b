"""What a program asks with: a stub resolver, which leaves the walk to resolver.isp.test; one question to one server."""

import contextlib
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from helpers.lab.cast import LEARNER, RESOLVER, Host
from helpers.lab.dns_service import FIXED_ID, ask_tcp, ask_udp, framed, within
from helpers.lab.errors import LabError
from helpers.lab.net import Net
from helpers.lab.routes import refused
from helpers.lab.sockets import check_timeout
from helpers.wire import Message

LIFETIME = 1.8  # how long a look-up may take, in seconds; the recursive resolver gives up after 1.5
BUSY = 5.0  # seconds beyond a time-out: where a wait is so long, it is this computer that is slow


def stub(net: Net, host: Host) -> dns.resolver.Resolver:
    """Return a dnspython resolver whose questions come from the host and go to resolver.isp.test. It caches nothing."""
    resolver = _Resolver(configure=False)
    resolver.net = net
    resolver.nameservers = [LabNameserver(net, host, net.host(RESOLVER))]
    resolver.lifetime, resolver.timeout = LIFETIME, LIFETIME - 0.1  # dnspython pauses so long before it gives up
    return resolver


class _Resolver(dns.resolver.Resolver):
    """A dnspython resolver that does not tell how many milliseconds it waited, so that no stored output changes.

    Of a lab that is closed it asks nothing, and says so at once.
    """

    net: Net

    def resolve(self, *question, **more) -> dns.resolver.Answer:
        self.net.check_open()
        return super().resolve(*question, **more)

    def _compute_timeout(self, start, lifetime=None, errors=None):
        try:
            return super()._compute_timeout(start, lifetime, errors)
        except dns.resolver.LifetimeTimeout:
            waited = round(self.lifetime if lifetime is None else lifetime, 1)
            raise dns.resolver.LifetimeTimeout(f"{self.nameservers[0]} said nothing for {waited:g} s") from None


class LabNameserver(dns.nameserver.Do53Nameserver):
    """A name server of the lab, as dnspython asks it: at its documentation address, in the name of a host."""

    def __init__(self, net: Net, asker: Host, server: Host):
        super().__init__(server.address)
        self._net, self._asker, self._server = net, asker, server

    def __str__(self) -> str:
        return self._server.name

    def query(self, request, timeout, source, source_port, max_size, **_) -> dns.message.Message:
        """Send the request and return the answer, as dnspython wants it. The id is fixed; real ones are random.

        Raises EOFError where it hangs up, dnspython's Timeout, and Truncated where TC is set (it then asks over TCP).
        """
        request.id = FIXED_ID
        ask = ask_tcp if max_size else ask_udp
        try:
            answer = self._net.run(ask(self._net, self._asker, self.address, request, timeout), timeout + BUSY)
        except TimeoutError:
            raise dns.exception.Timeout from None
        except EOFError:
            raise EOFError("EOF") from None
        if answer.flags & dns.flags.TC and not max_size:
            raise dns.message.Truncated(message=answer)
        return answer


def ask(net: Net, server: str, name: str, rdtype: str, tcp: bool = False, timeout: float = 2.0) -> Message:
    """As `Lab.ask`. Raises LabError for what cannot be asked, MalformedMessage for what is no message.

    It is the learner's computer that asks. There is no EDNS in the question, so over UDP an answer has at most 512
    octets.
    """
    check_timeout(timeout)
    host = net.host(server)
    try:
        kind = dns.rdatatype.RdataType.make(rdtype)
    except (TypeError, ValueError, dns.rdatatype.UnknownRdatatype):
        raise LabError(f"{rdtype!r} is no type of record; MX and A are two.") from None
    try:
        query = dns.message.make_query(name, kind, id=FIXED_ID, flags=0).to_wire()
    except (AttributeError, TypeError, UnicodeError, dns.exception.DNSException) as error:
        why = error if isinstance(name, str | dns.name.Name) else "it is text, such as 'outlook.test'."
        raise LabError(f"{name!r} cannot be a name in the DNS: {why}") from None
    answer = Message.from_wire((_over_tcp if tcp else _over_udp)(net, host, query, timeout))
    if answer.id != FIXED_ID or "QR" not in answer.flags:  # RFC 5452 section 9.1
        raise LabError(
            f"{host.name} did not answer the question: an answer has the question's id, 0x{FIXED_ID:04X}, and its QR "
            f"bit is set. This message has the id 0x{answer.id:04X} and the flags {', '.join(answer.flags) or 'none'}."
        )
    return answer


def _over_tcp(net: Net, host: Host, query: bytes, timeout: float) -> bytes:
    """Return what comes back over TCP, all of it within the time-out: a server may say one octet and then another."""
    said = b""
    with net.connect(host.address, 53, LEARNER, timeout) as sock, contextlib.suppress(TimeoutError):
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


def _over_udp(net: Net, host: Host, query: bytes, timeout: float) -> bytes:
    try:
        return net.run(within(timeout, net.exchange(net.host(LEARNER), host.address, 53, query)), timeout + BUSY)
    except TimeoutError:
        raise TimeoutError(f"{host.name} said nothing for {timeout:g} s") from None
    except ConnectionError:
        raise refused(host, 53) from None
