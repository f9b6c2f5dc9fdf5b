"""Live mode: a question to the real DNS, by whatever this network permits. All else in the course stays on loopback."""

import http.client
import ssl
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from helpers.doctor import DNS_OVER_HTTPS, OTHER_RESOLVER, PATIENCE


@dataclass(frozen=True)
class LiveAnswer:
    """What the real DNS said: the question, the way that worked (or ""), the records as text, and what was closed.

    `outcome` is "NOERROR", "NXDOMAIN", ... or "" where no way worked.
    """

    question: str
    way: str
    outcome: str
    records: tuple[str, ...]
    closed: tuple[str, ...]

    def __repr__(self) -> str:
        if not self.way:
            none = f"No answer about {self.question}: this network permits none of these ways."
            return "\n".join([none, *self.closed])
        found = self.records or (f"no such records ({self.outcome})",)
        return "\n".join([f"{self.question}, answered by {self.way}:", *(f"  {record}" for record in found)])


def look_up(name: str, rdtype: str) -> LiveAnswer:
    """Ask the real DNS, by three ways at once: the system's resolver, another one over UDP, and HTTPS (RFC 8484).

    Takes a name and a type, both text. The first way in that order that worked gives the answer, and those after it
    are not waited for. All have the same 2 s. Raises ValueError for a name or a type that is none.
    """
    try:
        query = dns.message.make_query(name, rdtype)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{name!r} {rdtype!r} is no question for the DNS: {error}") from None
    ways = {
        "the system's resolver": lambda: _by_system(query),
        f"{OTHER_RESOLVER[0]} over UDP": lambda: _by_udp(query),
        "DNS over HTTPS": lambda: _by_https(query),
    }
    closed = []
    until = time.monotonic() + PATIENCE
    pool = ThreadPoolExecutor(len(ways))
    asked = {way: pool.submit(ask) for way, ask in ways.items()}
    pool.shutdown(wait=False)  # it takes no more, and a slow way ends by itself
    for way, future in asked.items():
        reply = _reply(future, until)
        if isinstance(reply, dns.message.Message):
            records = tuple(data.to_text() for rrset in reply.answer for data in rrset)
            return LiveAnswer(f"{name} {rdtype}", way, dns.rcode.to_text(reply.rcode()), records, tuple(closed))
        closed.append(f"  {way}: {reply}")
    return LiveAnswer(f"{name} {rdtype}", "", "", (), tuple(closed))


def _reply(future: Future[dns.message.Message], until: float) -> dns.message.Message | str:
    """Return what one way brought until then (of time.monotonic), or in a few words why there is no reply."""
    try:
        # The time-outs of the ways themselves are not enough: UDP and then TCP have one each, and HTTPS one a piece.
        reply = future.result(max(0, until - time.monotonic()))
    except (dns.exception.Timeout, TimeoutError):
        return "nothing came back in time"
    except dns.resolver.NoResolverConfiguration:
        return "this system names no resolver"
    except (OSError, http.client.HTTPException, dns.exception.DNSException) as error:
        return f"it cannot be reached ({type(error).__name__})"
    if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return reply
    return f"it answered {dns.rcode.to_text(reply.rcode())}"


def _by_system(query) -> dns.message.Message:
    return dns.query.udp_with_fallback(query, str(dns.resolver.Resolver().nameservers[0]), PATIENCE)[0]


def _by_udp(query) -> dns.message.Message:
    return dns.query.udp_with_fallback(query, OTHER_RESOLVER[0], PATIENCE, OTHER_RESOLVER[1])[0]


def _by_https(query) -> dns.message.Message:
    return over_https(query, DNS_OVER_HTTPS, PATIENCE)


def over_https(
    query: dns.message.Message, url: str, patience: float, context: ssl.SSLContext | None = None
) -> dns.message.Message:
    """Return what a resolver answers over HTTPS (RFC 8484). No redirection is followed: it leads to somebody else.

    Raises OSError, http.client.HTTPException, or what dnspython raises for no message.
    """
    kind = "application/dns-message"
    request = urllib.request.Request(url, query.to_wire(), {"Content-Type": kind, "Accept": kind})
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirection)
    with opener.open(request, timeout=patience) as response:
        return dns.message.from_wire(response.read(65535))


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """A redirection is an error with its code."""

    def redirect_request(self, *_):
        """Return no request."""
