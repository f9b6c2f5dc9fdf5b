"""What does this network permit? Five questions, each asked only with consent (notebook 14).

The same questions can be put to places on this machine: `helpers.rooms` has some, each like a kind of network.
"""

import errno
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import dns.exception
import dns.flags
import dns.message
import dns.nameserver
import dns.query
import dns.rcode
import dns.resolver

from helpers.doctor import DNS_OVER_HTTPS, MAIL_EXCHANGE, NAME, OTHER_RESOLVER, PATIENCE
from helpers.health.asking import Asking, Fetch, within
from helpers.lab import mta_sts
from helpers.lab.errors import LabError, suggestion
from helpers.live import over_https
from helpers.wire.faces import Face, signed, visible

IMPOSSIBLE = "no-such-name.invalid"  # nor will there ever be (RFC 6761 section 6.4)
SHORT = 0.4
GRACE = 0.2  # seconds beyond the patience for what has its own time-out
NOTHING = "nothing comes"
Endpoint = tuple[str, int]


@dataclass(frozen=True)
class Places:
    """Where the questions go.

    `own` is this computer's resolver (None: the one that the system names), `other` another one, which also speaks
    HTTPS at `https`; `nobody` an address of the documentation, where no resolver is. `exchange` is a mail exchange, and
    `operator` the domain in which its greeting has a name. Resolvers are asked for `name`. `patience` is in seconds; of
    `silent` places it is known, in the lab, that a shorter wait is enough.
    """

    own: Endpoint | None = None
    other: Endpoint = OTHER_RESOLVER
    nobody: Endpoint = ("192.0.2.53", 53)
    https: str = DNS_OVER_HTTPS
    context: ssl.SSLContext | None = None
    exchange: Endpoint = MAIL_EXCHANGE
    operator: str = "google.com"
    name: str = NAME
    patience: float = PATIENCE
    silent: tuple[Endpoint, ...] = ()

    def wait(self, where: Endpoint) -> float:
        """Return how long to wait there, in seconds."""
        return min(self.patience, SHORT) if where in self.silent else self.patience

    def resolver(self) -> Endpoint:
        """Return where this computer's resolver is. Raises NoResolverConfiguration."""
        return self.own or (str(dns.resolver.Resolver().nameservers[0]), 53)


INTERNET = Places()

QUESTIONS = {  # what is asked, and of whom: read before anything is permitted
    "own resolver": "the resolver that this computer always asks: about {name}, and about a name that cannot be",
    "other by UDP": "{other}: about {name}, by UDP; and the same of {nobody}, where nobody is",
    "other by TCP": "{other}: about {name}, by TCP",
    "HTTPS": "{https}: about {name}, by HTTPS on port 443",
    "port 25": "{exchange}: one greeting on port 25, and then QUIT",
}

# What each outcome means for somebody who runs mail here, and what can be done.
MEANS = {
    "own resolver": {
        "open": "Look-ups work, and letters find their way.",
        "silent": "Without a resolver every letter waits. Ask whoever runs this network.",
        "refused": "It looks nothing up for you: this network lets nobody out, or the resolver that is set belongs to "
        "another one.",
        "no way": "This computer is offline, or nearly so. The lab works all the same.",
        "somebody else": "It invents answers. Letters to mistyped names may wait for days instead of coming back. "
        "Run a resolver of your own where you run mail.",
    },
    "other by UDP": {
        "open": "You may ask whom you like, and walk from the root yourself.",
        "silent": "Port 53 is open to the network's own resolver only. Walk from the root in the lab.",
        "refused": "Port 53 is open to the network's own resolver only. Walk from the root in the lab.",
        "no way": "There is no road to it from here.",
        "somebody else": "An answer came from where nobody is: something in between answers for everybody. "
        "Do not believe what comes by port 53 here; HTTPS may be left alone.",
    },
    "other by TCP": {
        "open": "Long answers, which UDP cuts short, can be had.",
        "silent": "Long answers from others cannot be had. This network's own resolver fetches them for you.",
        "refused": "Long answers from others cannot be had. This network's own resolver fetches them for you.",
        "no way": "There is no road to it from here.",
        "somebody else": "Something in between took the call. Do not believe what comes by port 53 here.",
    },
    "HTTPS": {
        "open": "Look-ups can go where web pages go, and nobody in between reads them.",
        "silent": "A filter drops it. Your own resolver will do.",
        "refused": "A filter or a proxy says no. Your own resolver will do.",
        "no way": "There is no road to it from here.",
        "somebody else": "Not the one you asked: a log-in page, or a filter that reads along. Log in to the network "
        "first. Where it stays so, do not give this network a password.",
    },
    "port 25": {
        "open": "From here a server could deliver. Whether its letters are wanted is another question.",
        "silent": "A filter drops it, as in most homes, schools and clouds, against spam from infected machines. "
        "That host is probably up: try another one, and you know. Ask the provider to open it, or hand letters to a "
        "relay by 587 or 465.",
        "refused": "A filter says no, or nobody listens there. Hand letters to a relay by 587 or 465.",
        "no way": "There is no road to it from here. Deliver in the lab.",
        "somebody else": "Something in between took the call, and could read and hold your letters. "
        "Deliver nothing from here; hand letters to a relay by 465, with TLS from the first octet.",
    },
}
SIGNS = {"open": "pass", "silent": "timeout", "refused": "fail", "no way": "fail", "somebody else": "fail"}


@dataclass(frozen=True)
class Outcome:
    """What came of one question: its name, its state (one of MEANS, or "not asked"), and what came."""

    question: str
    state: str
    came: str

    @property
    def means(self) -> str:
        """What that means, and what can be done."""
        return MEANS[self.question].get(self.state, "Nobody knows, since you have not permitted it.")


@dataclass(frozen=True, repr=False)
class Network(Face):
    """What a network permits: the outcomes, in the order of QUESTIONS. `network["port 25"]` is one of them."""

    outcomes: tuple[Outcome, ...]
    places: Places

    def __getitem__(self, question: str) -> Outcome:
        if question not in QUESTIONS:
            raise NoQuestion(question)
        return next(one for one in self.outcomes if one.question == question)

    _head = ("Question", "State", "What came, and what it means")

    def _title(self) -> str:
        asked = sum(one.state != "not asked" for one in self.outcomes)
        return f"What this network permits: {asked} of {len(self.outcomes)} questions asked"

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (
                one.question,
                f"{signed(SIGNS.get(one.state))[0]} {one.state}",
                f"{visible(one.came)}\n{one.means}".strip(),
            )
            for one in self.outcomes
        ]

    def _text_rows(self) -> list[tuple[str, str, str]]:
        return [(name, state, text.replace("\n", " ")) for name, state, text in self._rows()]


def plan(places: Places = INTERNET) -> str:
    """Return whom the probe would ask for what: a line for each question."""
    shown = {
        "name": places.name,
        "other": "{}, port {}".format(*places.other),
        "nobody": places.nobody[0],
        "https": places.https,
        "exchange": places.exchange[0],
    }
    return "\n".join(f'"{question}": {asked.format(**shown)}' for question, asked in QUESTIONS.items())


class NoQuestion(LabError, ValueError):
    """What is none of the QUESTIONS. Takes it."""

    def __init__(self, given: object):
        names = ", ".join(f'"{name}"' for name in QUESTIONS)
        super().__init__(f"{given!r} is none of the questions. {suggestion(given, QUESTIONS)}They are: {names}.")


def probe(permitted: Iterable[str], places: Places = INTERNET) -> Network:
    """Ask what is permitted (names of QUESTIONS), all at once, and return the Network.

    It takes no longer than `places.patience`, and a moment. Raises NoQuestion for what is no question.
    """
    permitted = list(permitted) if isinstance(permitted, Iterable) and not isinstance(permitted, str) else [permitted]
    if unknown := [one for one in permitted if one not in QUESTIONS]:
        raise NoQuestion(unknown[0])
    outcomes: dict[str, Outcome] = {}

    def ask(question: str) -> None:
        outcomes[question] = Outcome(question, *_ASK[question](places))

    threads = [threading.Thread(target=ask, args=(one,), daemon=True) for one in permitted]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + places.patience + GRACE
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    late = {one: Outcome(one, "silent", NOTHING) for one in permitted}
    unasked = {one: Outcome(one, "not asked", "") for one in QUESTIONS}
    return Network(tuple((unasked | late | outcomes)[one] for one in QUESTIONS), places)


def _told(ask: Callable[[Places], tuple[str, str]]) -> Callable[[Places], tuple[str, str]]:
    """A question whose errors are outcomes."""

    def told(places: Places) -> tuple[str, str]:
        try:
            return ask(places)
        except (dns.exception.Timeout, TimeoutError):
            return "silent", NOTHING
        except ConnectionRefusedError:
            return "refused", "the connection was refused"
        except (ConnectionError, EOFError):
            return "refused", "the connection was broken off"
        except dns.resolver.NoResolverConfiguration:
            return "no way", "this system names no resolver"
        except (OSError, http.client.HTTPException, dns.exception.DNSException, ValueError) as error:
            return _other_error(error)

    return told


NO_ROAD = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def _other_error(error: Exception) -> tuple[str, str]:
    code, reason = getattr(error, "code", None), getattr(error, "reason", error)  # urllib's wrap the real one
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "somebody else", f"the certificate does not hold: {reason.verify_message}"
    if isinstance(reason, ssl.SSLError):
        return "somebody else", "what answers there speaks no TLS"
    if isinstance(reason, TimeoutError):
        return "silent", NOTHING
    if isinstance(reason, ConnectionError):
        return "refused", "the connection was refused"
    if code in (301, 302, 303, 307, 308, 511):  # a log-in page says so: RFC 6585 section 6
        return "somebody else", f"it answered {code}, as a log-in page does"
    if code:
        return "refused", f"it answered {code}"
    if isinstance(reason, socket.gaierror):
        return "no way", "its name leads to no address"
    if isinstance(reason, OSError) and reason.errno in NO_ROAD:
        return "no way", "no network here leads to its address"
    if isinstance(error, dns.exception.FormError | dns.query.UnexpectedSource | http.client.HTTPException):
        return "somebody else", "what came is no answer to the question: a page, perhaps"
    return "no way", "it cannot be reached"


def _at_once(*asks: Callable) -> list:
    """What some functions return or raise, of all that they do at the same time."""
    found: list = [None] * len(asks)

    def run(number: int) -> None:
        try:
            found[number] = asks[number]()
        except (OSError, EOFError, dns.exception.DNSException) as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _query(name: str) -> dns.message.Message:
    return dns.message.make_query(name, "A")


def _judged(reply: dns.message.Message, places: Places) -> tuple[str, str]:
    if reply.rcode() == dns.rcode.NOERROR and reply.answer:
        return "open", f"it found {places.name}"
    if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return "refused", f"it says that there is no {places.name}"
    return "refused", f"it answered {dns.rcode.to_text(reply.rcode())}"


@_told
def _own(places: Places) -> tuple[str, str]:
    ask = partial(_udp, places.resolver(), places.wait(places.resolver()))
    real, invented = _at_once(lambda: ask(_query(places.name)), lambda: ask(_query(IMPOSSIBLE)))
    if isinstance(real, Exception):
        raise real
    if isinstance(invented, dns.message.Message) and invented.answer:
        return "somebody else", f"it has an address for {IMPOSSIBLE}, too"
    return _judged(real, places)


def _udp(where: Endpoint, patience: float, query: dns.message.Message) -> dns.message.Message:
    return dns.query.udp_with_fallback(query, where[0], patience, where[1])[0]


@_told
def _other_by_udp(places: Places) -> tuple[str, str]:
    def ask(where: Endpoint) -> dns.message.Message:
        return dns.query.udp(_query(places.name), where[0], places.wait(where), where[1])

    nobody, other = _at_once(lambda: ask(places.nobody), lambda: ask(places.other))
    if not isinstance(nobody, Exception):
        return "somebody else", "an address of the documentation answered"
    if isinstance(other, Exception):
        raise other
    return _judged(other, places)


@_told
def _other_by_tcp(places: Places) -> tuple[str, str]:
    return _judged(
        dns.query.tcp(_query(places.name), places.other[0], places.wait(places.other), places.other[1]), places
    )


@_told
def _https(places: Places) -> tuple[str, str]:
    at = urlsplit(places.https)
    patience = places.wait((at.hostname or "", at.port or 443))
    return _judged(over_https(_query(places.name), places.https, patience, places.context), places)


@_told
def _port_25(places: Places) -> tuple[str, str]:
    with socket.create_connection(places.exchange, places.wait(places.exchange)) as sock, sock.makefile("rb") as lines:
        line = lines.readline(1000)
        sock.sendall(b"QUIT\r\n")
        with suppress(OSError):  # a client waits for the reply to QUIT before it closes: RFC 5321 section 4.1.1.10
            lines.readline(1000)
    greeting = line.decode("ascii", "replace").strip()
    if not greeting:
        return "refused", "it hung up without a word"
    name = (greeting[4:].split() or [""])[0].lower()
    if name == places.operator or name.endswith(f".{places.operator}"):
        return "open", greeting
    return "somebody else", greeting


_ASK = dict(zip(QUESTIONS, (_own, _other_by_udp, _other_by_tcp, _https, _port_25), strict=True))


# ---- A report by what the network permits


class _OverTCP(dns.nameserver.Do53Nameserver):
    """Another resolver, by TCP alone."""

    def query(self, request, timeout, source, source_port, max_size=False, **more):
        """Ask, and return the answer."""
        return super().query(request, timeout, source, source_port, True, **more)


class _OverHTTPS(dns.nameserver.Nameserver):
    """Another resolver, by HTTPS (RFC 8484)."""

    def __init__(self, places: Places):
        super().__init__()
        self._places = places

    def __str__(self) -> str:
        return self._places.https

    def kind(self) -> str:
        """What it speaks."""
        return "HTTPS"

    def is_always_max_size(self) -> bool:
        """Whether answers are never cut short."""
        return True

    def answer_nameserver(self) -> str:
        """Who it is."""
        return str(self)

    def answer_port(self) -> int:
        """Its port."""
        return 443

    def query(self, request, timeout, source, source_port, max_size=False, **more):
        """Ask, and return the answer."""
        try:
            return over_https(request, self._places.https, timeout, self._places.context)
        except (OSError, ValueError) as error:
            raise dns.exception.Timeout from error


def asking(network: Network, fetch: bool = False, greet: bool = False) -> Asking | None:
    """Return what a report asks with, by the first way that the network permits; None where it permits none.

    `fetch` permits it to fetch the policy of MTA-STS, `greet` to read the greeting of the exchange that is named.
    """
    places = network.places
    ways = {
        "own resolver": lambda: dns.nameserver.Do53Nameserver(*places.resolver()),
        "other by UDP": lambda: dns.nameserver.Do53Nameserver(*places.other),
        "other by TCP": lambda: _OverTCP(*places.other),
        "HTTPS": lambda: _OverHTTPS(places),
    }
    way = next((name for name in ways if network[name].state == "open"), None)
    if way is None:
        return None
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [ways[way]()]
    resolver.timeout = resolver.lifetime = places.patience
    resolver.set_flags(dns.flags.RD | dns.flags.AD)  # AD asks to be told of checked signatures (RFC 6840)
    made = Asking(
        resolver, {"own resolver": "this computer's resolver", "HTTPS": places.https}.get(way, places.other[0])
    )
    made.hurries, made.patience = True, places.patience
    if fetch:
        web = partial(mta_sts.fetch, ask=made.ask, net=_Internet, speaker=None, certificates=_Web)
        made.fetch = partial(_fetched, web, places.patience)
    if greet:
        made.connect = lambda address: socket.create_connection((address, 25), places.patience)
    return made


def _fetched(fetch: Fetch, patience: float, domain: str) -> str:
    """A policy, if it comes in time: a site that sends an octet now and then would hold a report for ever."""
    try:
        return within(patience, partial(fetch, domain))
    except TimeoutError:
        raise mta_sts.NoPolicy(f"it does not come within {patience:g} s", "sts-policy-fetch-error") from None


class _Internet:
    """What connects to a web site, as the lab does it."""

    @staticmethod
    def connect(address: str, port: int, source: object, timeout: float) -> socket.socket:
        """Return a connection."""
        return socket.create_connection((address, port), timeout)


class _Web:
    """Whom the system trusts."""

    client_context = staticmethod(ssl.create_default_context)
