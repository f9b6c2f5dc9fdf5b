"""Random and bent messages to the name servers: each that deserves an answer gets one, and so does the next client.

To the recursive resolver they also come as answers, from a name server that means harm.
"""

import random
import socket
from contextlib import ExitStack

import dns.flags
import dns.message
import dns.opcode
import pytest
from hypothesis import strategies as st

from helpers.lab.authority import Authority
from helpers.lab.cast import CAST
from helpers.lab.dns_service import framed
from helpers.lab.zones import parse
from tests.hard.amounts import amount
from tests.hard.octets import CHANGES, bent, random_changes, random_octets, try_out
from tests.lab.alone import listen
from tests.lab.nasty import MESSAGES

INPUTS = amount("INPUTS", 2000)
LONG = 60 + INPUTS // 50  # seconds for a test
PATIENCE = 2.0  # seconds in which any answer must have come
AT_ONCE = 25  # questions whose answers somebody bends
KNOWN = ["10 mx1.outlook.test.", "20 mx2.outlook.test."]

SERVERS = pytest.mark.parametrize("server", ["ns1.outlook.test", "a.root-servers.test", "resolver.isp.test"])
WIRES = pytest.mark.parametrize("wire", ["udp", "tcp"])

NAMES = [host.name for host in CAST] + [
    ".",
    "test",
    "*.test",
    "nobody.outlook.test",
    "a.b.c.lame.test",
    "_dmarc.bank.test",
]
TYPES = [
    "A",
    "AAAA",
    "ANY",
    "CNAME",
    "DS",
    "HINFO",
    "MX",
    "NS",
    "PTR",
    "SOA",
    "SRV",
    "TXT",
    "AXFR",
    "IXFR",
    "OPT",
    "TYPE65280",
]
SOUND = [message for message, _ in MESSAGES.values()]


def query(name: str, rdtype: str, flags: int, opcode: int, edns: int, payload: int) -> bytes:
    message = dns.message.make_query(name, rdtype, flags=flags, id=0x0BAD)
    message.set_opcode(opcode)
    if edns >= 0:
        message.use_edns(edns, payload=payload)
    return message.to_wire()


QUERY = st.builds(
    query,
    st.sampled_from(NAMES),
    st.sampled_from(TYPES),
    st.sampled_from([0, int(dns.flags.RD), int(dns.flags.RD | dns.flags.CD | dns.flags.AD)]),
    st.sampled_from([dns.opcode.QUERY] * 6 + [dns.opcode.NOTIFY, dns.opcode.UPDATE]),
    st.integers(-1, 1),
    st.sampled_from([0, 512, 1232, 65535]),
)
MESSAGE = st.one_of(st.binary(max_size=600), st.builds(bent, QUERY | st.sampled_from(SOUND), CHANGES))


def a_message(rng: random.Random) -> bytes:
    """Random octets, or a message of either kind that was bent."""
    if rng.random() < 0.3:
        return random_octets(rng)
    flags = rng.choice([0, int(dns.flags.RD)])
    made = query(rng.choice(NAMES), rng.choice(TYPES), flags, 0, rng.randint(-1, 1), rng.choice([0, 512, 1232, 65535]))
    return bent(rng.choice([made, rng.choice(SOUND)]), random_changes(rng))


def deserves_an_answer(message: bytes) -> bool:
    return len(message) >= 12 and not message[2] & 0x80  # a whole header, and no answer


class Asker:
    """A client that sends octets to a server and sees to it that what comes back is right."""

    def __init__(self, lab, server: str):
        self.lab, self.server, self.place = lab, server, lab.route(server, 53)

    def __enter__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.place)
        return self

    def __exit__(self, *_):
        self.sock.close()

    def udp(self, message: bytes) -> None:
        """Over UDP: one answer, or silence, and then what comes is of the next message."""
        self.sock.send(message)
        if deserves_an_answer(message):
            self.check(self.sock.recv(65535), message)

    def tcp(self, message: bytes, after: bytes = b"") -> None:
        """Over TCP: the message twice, then octets that need not be one. An answer to each, then the end."""
        with socket.create_connection(self.place, PATIENCE) as sock, sock.makefile("rb") as stream:
            sock.sendall(framed(message) * 2 + after)
            sock.shutdown(socket.SHUT_WR)
            for _ in range(2 * deserves_an_answer(message)):
                size = int.from_bytes(stream.read(2), "big")
                self.check(stream.read(size), message)
            try:
                while stream.read(65536):
                    assert len(after) >= 14  # it may be whole messages
            except ConnectionResetError:  # the server has closed, and not read all of what came after
                pass

    def check(self, answer: bytes, message: bytes) -> None:
        assert answer[:2] == message[:2]
        assert answer[2] & 0x80
        dns.message.from_wire(answer, ignore_trailing=False)

    def honest(self) -> None:
        """The next client gets its answer."""
        if self.server == "resolver.isp.test":
            found = [record.to_text() for record in self.lab.resolver.resolve("outlook.test", "MX")]
        elif self.server == "a.root-servers.test":
            assert self.lab.ask(self.server, "outlook.test", "MX").authority[0].data == "a.nic.test."
            return
        else:
            found = [record.data for record in self.lab.ask(self.server, "outlook.test", "MX").answers]
        assert sorted(found) == KNOWN


@pytest.mark.timeout(LONG)
@WIRES
@SERVERS
def test_what_hypothesis_thinks_of(lab, server, wire):
    with Asker(lab, server) as asker:

        def ask(message, after):
            asker.udp(message) if wire == "udp" else asker.tcp(message, after)
            asker.honest()

        try_out(ask, INPUTS // 12, MESSAGE, st.binary(max_size=20))


@pytest.mark.timeout(LONG)
@WIRES
@SERVERS
def test_random_and_bent_messages(lab, server, wire):
    rng = random.Random(f"{server} {wire}")
    with Asker(lab, server) as asker:
        for number in range(INPUTS // 12):
            message = a_message(rng)
            asker.udp(message) if wire == "udp" else asker.tcp(message, random_octets(rng, 40))
            if number % 20 == 0:
                asker.honest()
        asker.honest()


WHERE = ["", "to.", "way.", "below."]
HARMFUL = """\
$ORIGIN learner.test.
$TTL 300
@     SOA    ns postmaster 1 3600 600 604800 60
@     NS     ns
@     NS     ns2
ns    A      192.0.2.52
ns2   A      192.0.2.54
*     A      192.0.2.10
*     MX     10 mx1.outlook.test.
*     TXT    "%s"
*.to  CNAME  www.outlook.test.
*.way CNAME  1.to
below NS     ns.below
ns.below A   192.0.2.52
"""


@pytest.mark.timeout(LONG)
def test_bent_answers_to_the_recursive_resolver(lab):
    zone = parse(HARMFUL % '" "'.join(["x" * 250] * 6))
    authority, rng = Authority({zone.origin: zone}), random.Random("bent answers")

    async def bend(wire, peer, tcp):
        return [bent(authority.respond(wire, tcp), random_changes(rng)) for _ in range(rng.choice((1, 1, 1, 2)))]

    service = lab._net.run(listen(bend))
    for name in ("ns.learner.test", "ns2.learner.test"):
        lab.serve(name, 53, ("127.0.0.1", service.listening.endpoint[1]))
    for start in range(0, INPUTS // 40, AT_ONCE):
        lab.recursive.flush()
        with ExitStack() as stack:
            askers = [stack.enter_context(Asker(lab, "resolver.isp.test")) for _ in range(AT_ONCE)]
            messages = [
                query(
                    f"{number}.{rng.choice(WHERE)}learner.test",
                    rng.choice(["A", "MX", "TXT", "NS"]),
                    0x0100,
                    0,
                    0,
                    1232,
                )
                for number in range(start, start + AT_ONCE)
            ]
            for asker, message in zip(askers, messages, strict=True):
                asker.sock.send(message)
            for asker, message in zip(askers, messages, strict=True):
                asker.sock.settimeout(15)  # the resolver gives itself 1.5 s, and has many to see to at once
                asker.check(asker.sock.recv(65535), message)
            asker.honest()
    lab._net.run(service.close())
