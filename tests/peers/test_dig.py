"""dig, typed against the running lab: the recursive resolver, and each name server by its route."""

import re
import subprocess
from dataclasses import dataclass

import pytest

from helpers.lab import Lab

pytestmark = pytest.mark.peer("dig")


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        yield made


@dataclass
class Dug:
    """What dig prints, taken apart."""

    text: str

    @property
    def status(self) -> str:
        return re.search(r"status: (\w+)", self.text)[1]

    @property
    def flags(self) -> set[str]:
        return set(re.search(r";; flags: ([a-z ]*);", self.text)[1].split())

    def section(self, name: str) -> list[tuple[str, int, str, str]]:
        """The records of a section, as (name, TTL, type, data)."""
        found = re.search(rf";; {name} SECTION:\n((?:[^;\n].*\n)+)", self.text)
        rows = [line.split(maxsplit=4) for line in found[1].splitlines()] if found else []
        return [(owner, int(ttl), rdtype, data) for owner, ttl, _, rdtype, data in rows]

    @property
    def answers(self) -> list[str]:
        return [f"{rdtype} {data}" for _, _, rdtype, data in self.section("ANSWER")]


def dig(lab, server: str, *words: str) -> Dug:
    ip, port = lab.route(server, 53)
    command = ["dig", "-r", f"@{ip}", "-p", str(port), "+time=2", "+tries=1", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    assert not re.search("malformed|mismatch|extra bytes", done.stdout), done.stdout
    return Dug(done.stdout)


@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
def test_the_recursive_resolver(lab, way):
    dug = dig(lab, "resolver.isp.test", way, "outlook.test", "MX")
    assert (dug.status, dug.flags) == ("NOERROR", {"qr", "rd", "ra"})
    assert dug.answers == ["MX 20 mx2.outlook.test.", "MX 10 mx1.outlook.test."]
    assert (lab.trail.asker.name, lab.trail.question) == ("laptop.learner.test", ("outlook.test.", "MX"))


@pytest.mark.parametrize("way", ["+notcp", "+tcp"])
def test_an_authoritative_server(lab, way):
    dug = dig(lab, "ns1.outlook.test", way, "+norecurse", "outlook.test", "MX")
    assert (dug.status, dug.flags) == ("NOERROR", {"qr", "aa"})
    assert dug.answers == ["MX 20 mx2.outlook.test.", "MX 10 mx1.outlook.test."]
    assert ("mx1.outlook.test.", 300, "A", "203.0.113.25") in dug.section("ADDITIONAL")


@pytest.mark.parametrize("server", ["resolver.isp.test", "ns.isp.test"])
def test_truncation(lab, server):
    cut = dig(lab, server, "+ignore", "long.isp.test", "TXT")
    assert "tc" in cut.flags and cut.answers == []
    assert "Truncated, retrying in TCP mode" not in cut.text
    whole = dig(lab, server, "long.isp.test", "TXT")
    assert "Truncated, retrying in TCP mode" in whole.text
    assert len(whole.answers) == 12
    assert len(dig(lab, server, "+ignore", "medium.isp.test", "TXT").answers) == 5
    assert "tc" in dig(lab, server, "+ignore", "+noedns", "medium.isp.test", "TXT").flags


@pytest.mark.parametrize("server", ["resolver.isp.test", "ns1.gmail.test"])
def test_edns(lab, server):
    dug = dig(lab, server, "+edns=0", "+bufsize=4096", "+dnssec", "+nsid", "gmail.test", "A")
    assert "; EDNS: version: 0, flags: do; udp: 1232" in dug.text
    assert "EDNS" not in dig(lab, server, "+noedns", "gmail.test", "A").text
    assert dig(lab, server, "+edns=1", "+noednsnegotiation", "gmail.test", "A").status == "BADVERS"
    assert dig(lab, server, "+edns=1", "gmail.test", "A").answers == ["A 198.51.100.80"]


@pytest.mark.parametrize("server", ["resolver.isp.test", "ns1.outlook.test"])
def test_what_is_not_there(lab, server):
    dug = dig(lab, server, "nobody.outlook.test", "MX")
    assert (dug.status, dug.answers) == ("NXDOMAIN", [])
    (soa,) = dug.section("AUTHORITY")
    assert soa[:3] == ("outlook.test.", 60, "SOA")
    dug = dig(lab, server, "mx1.outlook.test", "MX")
    assert (dug.status, dug.answers) == ("NOERROR", [])
    assert dug.section("AUTHORITY")[0][2] == "SOA"


def test_aliases(lab):
    own = ["CNAME outlook.hosting.isp.test."]
    assert dig(lab, "ns2.outlook.test", "www.outlook.test", "A").answers == own
    assert dig(lab, "resolver.isp.test", "www.outlook.test", "A").answers == [*own, "A 203.0.113.80"]


def test_wildcards_and_empty_non_terminals(lab):
    for server in ("resolver.isp.test", "shop.test"):
        assert dig(lab, server, "any.thing.shop.test", "A").section("ANSWER")[0][0] == "any.thing.shop.test."
    for server in ("resolver.isp.test", "bulk.test"):
        dug = dig(lab, server, "b.bulk.test", "A")
        assert (dug.status, dug.answers) == ("NOERROR", [])


def test_from_an_address_to_a_name(lab):
    assert dig(lab, "resolver.isp.test", "-x", "203.0.113.25").answers == ["PTR mx1.outlook.test."]
    assert dig(lab, "a.reverse.test", "-x", "2001:db8::25").answers == ["PTR mx.six.test."]


def test_lame_refused_and_not_done(lab):
    assert dig(lab, "resolver.isp.test", "lame.test", "MX").status == "SERVFAIL"
    assert dig(lab, "ns.lame.test", "lame.test", "MX").status == "REFUSED"
    assert dig(lab, "ns1.gmail.test", "outlook.test", "MX").status == "REFUSED"
    assert dig(lab, "ns1.gmail.test", "+opcode=status", "gmail.test", "A").status == "NOTIMP"
    assert dig(lab, "resolver.isp.test", "gmail.test", "ANY").answers == ['HINFO "RFC8482" ""']
    assert "; Transfer failed." in dig(lab, "ns1.outlook.test", "outlook.test", "AXFR").text


def test_the_referrals_followed_by_hand_are_the_trail(lab):
    lab.recursive.flush()
    lab.resolver.resolve("mx1.outlook.test", "A")
    server, way = "198.51.100.1", []
    while not (dug := dig(lab, server, "+norecurse", "mx1.outlook.test", "A")).answers:
        way.append((server, "referral"))
        assert "aa" not in dug.flags
        first = dug.section("AUTHORITY")[0][3]
        server = next(data for name, _, rdtype, data in dug.section("ADDITIONAL") if (name, rdtype) == (first, "A"))
    way.append((server, "answer"))
    assert "aa" in dug.flags and dug.answers == ["A 203.0.113.25"]
    assert [(step.address, step.kind) for step in lab.trail.steps] == way
    assert len(way) == 3
