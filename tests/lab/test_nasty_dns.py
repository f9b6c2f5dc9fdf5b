"""Nasty messages and nasty zones, put to running servers: what they say, how soon, and that the next one is served."""

import contextlib
import socket

import dns.flags
import dns.message
import dns.rcode
import pytest

from helpers.lab import Lab
from helpers.lab.recursion import MOST_QUERIES
from helpers.lab.trail import Trail
from tests.lab.nasty import ID, MESSAGES, SILENCE

SOON = 2  # seconds, within which every answer has to come
HONEST = dns.message.make_query("mx1.outlook.test", "A", id=0x600D).to_wire()


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        yield made


class Client:
    """Somebody who writes to a name server what they like, over UDP or TCP, and waits for what comes back."""

    def __init__(self, place, way: str):
        self.tcp = way == "TCP"
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if self.tcp else socket.SOCK_DGRAM)
        self.sock.settimeout(SOON)
        self.sock.connect(place)
        self.stream = self.sock.makefile("rb")

    def send(self, octets: bytes) -> None:
        self.sock.sendall((len(octets).to_bytes(2, "big") if self.tcp else b"") + octets)

    def hear(self) -> dns.message.Message:
        octets = self.stream.read(int.from_bytes(self.stream.read(2), "big")) if self.tcp else self.sock.recv(65535)
        return dns.message.from_wire(octets)

    def is_served(self) -> bool:
        """Whether the very next answer is the one to an honest question."""
        self.send(HONEST)
        reply = self.hear()
        return reply.id == 0x600D and [rdata.address for rrset in reply.answer for rdata in rrset] == ["203.0.113.25"]


@pytest.fixture
def client(lab):
    """A function that makes clients of a server, and hangs up for them after the test."""
    with contextlib.ExitStack() as stack:

        def make(server: str, way: str) -> Client:
            made = Client(lab.route(server, 53), way)
            stack.callback(made.sock.close)
            stack.callback(made.stream.close)
            return made

        yield make


@pytest.mark.parametrize("way", ["UDP", "TCP"])
@pytest.mark.parametrize("what", MESSAGES)
@pytest.mark.parametrize("server", ["ns1.outlook.test", "resolver.isp.test"])
def test_a_nasty_message(client, server, what, way):
    octets, code = MESSAGES[what]
    if server == "resolver.isp.test" and len(octets) > 2:
        octets = octets[:2] + bytes([octets[2] | 0x01]) + octets[3:]  # RD: it shall go and look
    nasty = client(server, way)
    nasty.send(octets)
    if code != SILENCE:
        reply = nasty.hear()
        assert reply.id == int.from_bytes(ID, "big") and reply.flags & dns.flags.QR
        assert dns.rcode.to_text(reply.rcode()) == code
        assert not reply.answer or code == "NOERROR"
    assert nasty.is_served()


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\x20", b"\0\x20x"])
def test_a_stream_that_breaks_off(client, octets):
    nasty = client("ns1.outlook.test", "TCP")
    nasty.sock.sendall(octets)
    nasty.sock.shutdown(socket.SHUT_WR)
    assert nasty.stream.read() == b""  # it hangs up at once, and does not wait for its own time-out
    assert client("ns1.outlook.test", "TCP").is_served()


def test_a_message_of_no_octets_over_tcp(client):
    nasty = client("ns1.outlook.test", "TCP")
    nasty.send(b"")
    assert nasty.is_served()


# Zones that lead nowhere. All of them are published as any zone is, and looked up by the resolver.

HEAD = "$ORIGIN {}\n$TTL 300\n@ SOA ns postmaster 1 7200 900 1209600 60\n@ NS ns\n"
LEARNER = HEAD.format("learner.test.") + "ns A 192.0.2.52\n"
MALLORY = HEAD.format("mallory.test.") + "ns A 203.0.113.66\n"


@pytest.fixture
def resolve(lab, client):
    """A function that looks a name up with a cold cache and returns the code and the trail."""

    def look_up(name: str) -> tuple[str, Trail]:
        lab.recursive.flush()
        asker, query = client("resolver.isp.test", "UDP"), dns.message.make_query(name, "A")
        asker.send(query.to_wire())
        reply, trail = asker.hear(), lab.trail
        assert reply.id == query.id and trail.question == (f"{name}.", "A")
        assert asker.is_served()
        return dns.rcode.to_text(reply.rcode()), trail

    return look_up


def kinds(trail: Trail) -> list[str]:
    return [step.kind for step in trail.steps]


def test_an_alias_of_itself(lab, resolve):
    lab.publish(LEARNER + "self CNAME self\n")
    code, trail = resolve("self.learner.test")
    assert code == "SERVFAIL" and "self.learner.test leads back to itself" in trail.outcome
    assert kinds(trail) == ["referral", "referral", "alias"]


def test_aliases_in_a_circle_through_two_zones(lab, resolve):
    lab.publish(LEARNER + "one CNAME two.mallory.test.\nthree CNAME one\n")
    lab.publish(MALLORY + "two CNAME three.learner.test.\n")
    code, trail = resolve("one.learner.test")
    assert code == "SERVFAIL" and "one.learner.test leads back to itself" in trail.outcome
    assert kinds(trail).count("alias") == 3


def test_aliases_without_an_end(lab, resolve):
    lab.publish(LEARNER + "".join(f"a{n} CNAME a{n + 1}\n" for n in range(50)) + "a50 A 192.0.2.25\n")
    code, trail = resolve("a0.learner.test")
    assert code == "SERVFAIL" and "more than 8 aliases in a row" in trail.outcome


def test_two_zones_whose_servers_need_each_other(lab, resolve):
    lab.publish(LEARNER + "sub NS ns.sub.mallory.test.\n")
    lab.publish(MALLORY + "sub NS ns.sub.learner.test.\n")
    code, trail = resolve("www.sub.learner.test")
    assert code == "SERVFAIL" and "no name server of sub.learner.test gave an answer" in trail.outcome
    assert set(kinds(trail)) == {"referral", "cache"}


def test_a_referral_to_the_server_that_gave_it(lab, resolve):
    lab.publish(LEARNER + "sub NS ns.sub\nns.sub A 192.0.2.52\n")
    code, trail = resolve("www.sub.learner.test")
    assert code == "SERVFAIL"
    assert kinds(trail) == ["referral", "referral", "referral", "lame"]


def test_a_referral_back_up_to_where_one_came_from(lab, resolve, monkeypatch):
    monkeypatch.setattr(lab.authorities["ns.learner.test"], "zones", lab.authorities["a.root-servers.test"].zones)
    monkeypatch.setattr(lab.authorities["ns2.learner.test"], "zones", lab.authorities["a.nic.test"].zones)
    code, trail = resolve("www.learner.test")
    assert code == "SERVFAIL"
    assert kinds(trail) == ["referral", "referral", "lame", "lame"]


def test_a_zone_with_more_name_servers_than_anyone_can_ask(lab, resolve):
    lab.publish(LEARNER + "".join(f"sub NS ns{n}.mallory.test.\n" for n in range(200)))
    lab.publish(MALLORY)
    code, trail = resolve("www.sub.learner.test")
    assert code == "SERVFAIL" and f"it would take more than {MOST_QUERIES} questions" in trail.outcome
    assert len([kind for kind in kinds(trail) if kind != "cache"]) <= MOST_QUERIES


def test_while_the_resolver_waits_for_a_silent_server_others_are_served(lab, client):
    lab.recursive.flush()
    lab.publish(LEARNER + "sub NS ns.sub\nns.sub A 203.0.113.41\n")  # mx1.one-down.test, which is switched off
    asker = client("resolver.isp.test", "UDP")
    asker.send(dns.message.make_query("www.sub.learner.test", "A", id=1).to_wire())
    assert asker.is_served()
    assert (reply := asker.hear()).id == 1 and reply.rcode() == dns.rcode.SERVFAIL
    assert kinds(lab.trail)[-1] == "timeout"
