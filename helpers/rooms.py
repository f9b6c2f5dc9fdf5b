"""Rooms with a network, each like a kind that there is: places on this machine that answer, refuse or say nothing.

`helpers.probe` asks them what it would ask the internet. What answers is the lab's, over real sockets on loopback.
"""

import socket
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import dns.message
import dns.query
import dns.rrset

from helpers.lab import Lab
from helpers.lab.errors import LabError, suggestion
from helpers.probe import Endpoint, Places

RESOLVER, EXCHANGE, PROXY = "192.0.2.53", "203.0.113.25", "192.0.2.24"
ROOMS = {
    "machine": "a rented machine, from which everything may go out",
    "home": "the nephew's room: port 25 is dropped",
    "campus": "a campus: port 25 is refused, and port 53 goes to the campus's own resolver only",
    "cloud": "a free computer in the cloud, like Binder's: its own resolver and HTTPS",
    "hotel": "a hotel: one logs in by a web page first, and something answers for everybody",
    "cafe": "a café whose network delivers your letters for you",
    "plane": "a plane: nothing goes out",
}


class NoRoom(LabError, LookupError):
    """A name that is none of ROOMS. Takes it."""

    def __init__(self, name: object):
        super().__init__(f"There is no room {name!r}. {suggestion(name, ROOMS)}The rooms are: {', '.join(ROOMS)}.")


def room(lab: Lab, name: str, patience: float = 10.0) -> Places:
    """Return the Places of a room. What it needs runs until the lab closes. Raises NoRoom for what is none of ROOMS."""
    if name not in ROOMS:
        raise NoRoom(name)
    stack = ExitStack()
    lab.at_close(stack.close)
    resolver = lab.route(RESOLVER, 53)
    silent, refused = _silent(stack), _refused(stack)
    all_open = Places(
        own=resolver,
        other=resolver,
        nobody=silent,
        https=_https(lab, stack, resolver, "valid"),
        context=lab.certificates.client_context(),
        exchange=lab.route(EXCHANGE, 25),
        operator="outlook.test",
        name="outlook.test",
        patience=patience,
        silent=(silent, ("localhost", silent[1])),
    )
    shut_https = f"https://localhost:{silent[1]}/dns-query"
    changes = {
        "machine": {},
        "home": {"exchange": silent},
        "campus": {"other": silent, "exchange": refused},
        "cloud": {"other": silent, "exchange": silent},
        "hotel": {
            "own": _inventing(stack),
            "nobody": resolver,
            "https": _https(lab, stack, resolver, "unknown authority"),
            "exchange": silent,
        },
        "cafe": {"exchange": lab.route(PROXY, 25)},
        "plane": {"own": silent, "other": silent, "https": shut_https, "exchange": silent},
    }
    return replace(all_open, **changes[name])


def _silent(stack: ExitStack) -> Endpoint:
    """A place that takes everything and never says a word, for UDP and for TCP."""
    while True:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        try:
            udp.bind(tcp.getsockname())
        except OSError:  # that port is somebody else's
            continue
        return tcp.getsockname()


def _refused(stack: ExitStack) -> Endpoint:
    """A place that nobody else can have, and where nobody listens."""
    sock = stack.enter_context(socket.socket())
    sock.bind(("127.0.0.1", 0))
    return sock.getsockname()


def _inventing(stack: ExitStack) -> Endpoint:
    """A resolver that has an address for everything."""
    sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(0.2)  # so that its thread sees when it is closed

    def answer() -> None:
        while sock.fileno() >= 0:
            try:
                wire, peer = sock.recvfrom(4096)
                query = dns.message.from_wire(wire)
                reply = dns.message.make_response(query)
                reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "198.51.100.200"))
                sock.sendto(reply.to_wire(), peer)
            except (TimeoutError, ConnectionResetError):  # Windows: whoever asked has not waited for the answer
                continue
            except OSError:
                return

    Thread(target=answer, daemon=True, name="inventing").start()
    return sock.getsockname()


def _https(lab: Lab, stack: ExitStack, resolver: Endpoint, certificate: str) -> str:
    """The address of a resolver that speaks HTTPS, with a certificate of that kind."""
    context = lab.certificates.server_context("localhost", certificate)

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = dns.message.from_wire(self.rfile.read(int(self.headers["Content-Length"])))
            body = dns.query.udp(query, resolver[0], 2, resolver[1]).to_wire()
            self.send_response(200)
            self.send_header("Content-Type", "application/dns-message")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            """A server of the lab says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request, client_address) -> None:
            request.settimeout(2)
            with context.wrap_socket(request, server_side=True) as tls:
                self.RequestHandlerClass(tls, client_address, self)

        def handle_error(self, request, client_address) -> None:
            """A client that does not like the certificate is no news."""

    server = Server(("127.0.0.1", 0), Front)
    Thread(target=server.serve_forever, daemon=True, name="https", kwargs={"poll_interval": 0.05}).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return f"https://localhost:{server.server_port}/dns-query"
