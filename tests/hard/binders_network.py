"""Runs a program in a network like Binder's: out go ports 80 and 443, and questions to the network's own resolver.

`python -m tests.hard.binders_network PROGRAM [WORDS]`, as root on Linux. All of it is on this machine, in two network
namespaces that this makes and that are gone with it: in one the program, in the other the world, which is this process.
Everybody in the world answers on every port that the course knows; the router between the two drops what Binder drops,
without a word, so silence is the network's doing.
"""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from helpers.doctor import DNS_OVER_HTTPS, MAIL_EXCHANGE, NAME, OTHER_RESOLVER

HERE, ROUTER, OWN_RESOLVER = "10.0.0.2", "10.0.0.1", "10.1.0.10"
EXCHANGE, SITE = "198.18.0.25", "198.18.0.80"  # of the range for trials of networks (RFC 2544)
MACS = {ROUTER: "02:00:00:00:00:01", HERE: "02:00:00:00:00:02"}
ADDRESSES = {f"{MAIL_EXCHANGE[0]}.": EXCHANGE, f"{NAME}.": SITE}
GREETING = b"220 mx.google.com ESMTP\r\n"
PATIENCE = 5.0

# What comes to the world goes no further than these doors. To look up who is asked for a hardware address is to look
# up a road as well, so both know the other's beforehand.
WORLD = [
    "link set lo up",
    f"link add outside address {MACS[ROUTER]} type veth peer name inside address {MACS[HERE]}",
    *(f"address add {one}/32 dev lo" for one in (OWN_RESOLVER, OTHER_RESOLVER[0], EXCHANGE, SITE)),
    f"address add {ROUTER}/24 dev outside",
    "link set outside up",
    f"neighbour add {HERE} lladdr {MACS[HERE]} nud permanent dev outside",
    f"rule add pref 10 iif outside to {OWN_RESOLVER} ipproto udp dport 53 lookup local",
    f"rule add pref 11 iif outside to {OWN_RESOLVER} ipproto tcp dport 53 lookup local",
    "rule add pref 12 iif outside ipproto tcp dport 80 lookup local",
    "rule add pref 13 iif outside ipproto tcp dport 443 lookup local",
    "rule add pref 20 iif outside blackhole",
    "rule add pref 30 lookup local",
    "rule del pref 0",
]
INSIDE = [
    "link set lo up",
    f"address add {HERE}/24 dev inside",
    "link set inside up",
    f"neighbour add {ROUTER} lladdr {MACS[ROUTER]} nud permanent dev inside",
    f"route add default via {ROUTER}",
]


def ip(commands: list[str]) -> None:
    """Have the network of this process made so. Raises CalledProcessError."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def answer(wire: bytes) -> bytes:
    """Return what a resolver says that knows two names."""
    query = dns.message.from_wire(wire)
    reply, (asked,) = dns.message.make_response(query, recursion_available=True), query.question
    address = ADDRESSES.get(asked.name.to_text().lower())
    if address is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif asked.rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", address))
    return reply.to_wire()


def over_udp(address: str) -> None:
    """Let a resolver answer there."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))

    def serve() -> None:
        while True:
            wire, peer = sock.recvfrom(4096)
            sock.sendto(answer(wire), peer)

    Thread(target=serve, daemon=True).start()


def over_tcp(address: str, port: int, talk: Callable[[socket.socket], None]) -> None:
    """Let somebody talk there to one caller after the other."""
    server = socket.create_server((address, port))

    def serve() -> None:
        while True:
            with server.accept()[0] as caller:
                caller.settimeout(PATIENCE)
                try:
                    talk(caller)
                except OSError:
                    continue

    Thread(target=serve, daemon=True).start()


def question(caller: socket.socket) -> None:
    """Answer one question to a resolver."""
    with caller.makefile("rb") as octets:
        wire = answer(octets.read(int.from_bytes(octets.read(2))))
    caller.sendall(len(wire).to_bytes(2) + wire)


class Web(BaseHTTPRequestHandler):
    """A web site, and a resolver (RFC 8484; a GET is asked as helpers.doctor asks)."""

    def do_GET(self) -> None:
        self.say("application/dns-json", b'{"Status": 0}')

    def do_POST(self) -> None:
        wire = self.rfile.read(int(self.headers["Content-Length"]))
        self.say("application/dns-message", answer(wire))

    def say(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """It says nothing."""


def web(address: str, port: int, context: ssl.SSLContext | None = None) -> None:
    """Let a web server answer there, by TLS where it has a context."""
    server = ThreadingHTTPServer((address, port), Web)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()


def world(folder: Path) -> None:
    """Let everybody answer; the certificate of who signs them is written into the folder."""
    for address in (OWN_RESOLVER, OTHER_RESOLVER[0]):
        over_udp(address)
        over_tcp(address, 53, question)
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert DNS_OVER_HTTPS.split("/")[2] == OTHER_RESOLVER[0]
    authority.issue_cert(OTHER_RESOLVER[0], NAME).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    for address in (OTHER_RESOLVER[0], SITE):
        web(address, 80)
        web(address, 443, context)
    over_tcp(EXCHANGE, 25, lambda caller: caller.sendall(GREETING))
    (folder / "resolv.conf").write_text(f"nameserver {OWN_RESOLVER}\n")


ENTER = """
read go
mount --bind "$0" /etc/resolv.conf
exec "$@"
"""


def run(program: list[str]) -> int:
    """Be the world, and run a program in a network of its own that leads there; return its exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ip(WORLD)
        world(folder)
        command = ["unshare", "--net", "--mount", "--", "sh", "-ec", ENTER, str(folder / "resolv.conf"), *program]
        environment = os.environ | {"SSL_CERT_FILE": str(folder / "authority.pem")}
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as inside:
            while namespace(inside.pid) == namespace(os.getpid()):
                time.sleep(0.005)
            ip([f"link set inside netns {inside.pid}"])
            enter = ["nsenter", f"--net=/proc/{inside.pid}/ns/net", "ip", "-batch", "-"]
            subprocess.run(enter, input="\n".join(INSIDE), text=True, check=True)
            inside.communicate(b"go\n")
        return inside.returncode


def namespace(pid: int) -> str:
    """Return in which network a process is."""
    return os.readlink(f"/proc/{pid}/ns/net")


if __name__ == "__main__":
    if sys.argv[1] == "--outside":
        sys.exit(run([sys.executable, *sys.argv[2:]]))
    outside = [sys.executable, "-m", "tests.hard.binders_network", "--outside", *sys.argv[1:]]
    sys.exit(subprocess.run(["unshare", "--net", "--", *outside]).returncode)
