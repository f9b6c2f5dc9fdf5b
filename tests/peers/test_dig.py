"""dig, typed against the running lab: the recursive resolver, and each name server by its route."""

import re
import subprocess
from dataclasses import dataclass

import dns.name
import pytest

from helpers.lab import Lab
from helpers.lab.cast import CAST, ROOT

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


SERVERS = [(host.name, origin) for host in CAST for origin in host.zones]


@pytest.mark.parametrize(("server", "origin"), SERVERS)
def test_each_authoritative_server(lab, server, origin):
    """What every server of a zone has to do, asked of every one that there is."""
    zone = lab.authorities[server].zones[dns.name.from_text(origin)]
    soa = f"SOA {zone.get_soa()}"
    for words in (["+notcp"], ["+tcp"], ["+noedns"], ["+tcp", "+noedns"]):
        dug = dig(lab, server, *words, "+norecurse", origin, "SOA")
        assert (dug.status, dug.flags, dug.answers) == ("NOERROR", {"qr", "aa"}, [soa])
        assert ("; EDNS: version: 0, flags:; udp: 1232" in dug.text) == ("+noedns" not in words)
    no_such = f"no.such.{origin}".replace("..", ".")
    missing, empty = (dig(lab, server, "+norecurse", name, "HINFO") for name in (no_such, origin))
    assert missing.status == ("NOERROR" if origin == "shop.test." else "NXDOMAIN")  # it has a wildcard
    assert empty.status == "NOERROR"
    for dug in (missing, empty):
        (denial,) = dug.section("AUTHORITY")
        assert (dug.flags, dug.answers) == ({"qr", "aa"}, [])
        assert denial == (origin, 60, *soa.split(maxsplit=1))
    if origin != ".":
        refused = dig(lab, server, "+norecurse", "nobody.example", "A")
        assert (refused.status, refused.flags) == ("REFUSED", {"qr"})


@pytest.mark.parametrize(
    ("server", "name", "servers", "glue"),
    [
        (ROOT, "www.outlook.test", {"a.nic.test."}, {"198.51.100.2"}),
        (ROOT, "25.113.0.203.in-addr.arpa", {"a.reverse.test."}, {"198.51.100.3"}),
        (
            "a.nic.test",
            "www.outlook.test",
            {"ns1.outlook.test.", "ns2.outlook.test."},
            {"203.0.113.52", "203.0.113.53"},
        ),
        ("a.nic.test", "corner-shop.test", {"corner-shop.test."}, {"203.0.113.90"}),
    ],
)
def test_referrals(lab, server, name, servers, glue):
    for way in ("+notcp", "+tcp"):
        dug = dig(lab, server, way, "+norecurse", name, "A")
        assert (dug.status, dug.flags, dug.answers) == ("NOERROR", {"qr"}, [])
        assert {data for _, _, _, data in dug.section("AUTHORITY")} == servers
        assert {data for _, _, _, data in dug.section("ADDITIONAL")} == glue


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
    for server in ("resolver.isp.test", "alias.test"):
        assert dig(lab, server, "mail.alias.test", "A").answers == ["CNAME alias.test.", "A 203.0.113.92"]
        assert dig(lab, server, "mail.alias.test", "CNAME").answers == ["CNAME alias.test."]
    for server in ("resolver.isp.test", "ns1.gmail.test"):
        assert dig(lab, server, "www.gmail.test", "SRV").answers == ["CNAME gmail.test."]


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


def walk(lab, name: str, rdtype: str) -> tuple[list[tuple[str, str]], list[str], str]:
    """Ask one server after the other with dig, from the root, as the referrals say.

    Returns the steps (the address, and what came of it, in the words of lab.trail), the answers, and the last status.
    """
    nearest = {".": next(host.address for host in CAST if host.name == ROOT)}
    steps, answers = [], []
    while True:
        address = nearest[max((zone for zone in nearest if f".{name}".endswith(f".{zone}") or zone == "."), key=len)]
        dug = dig(lab, address, "+norecurse", name, rdtype)
        answers += dug.answers
        authority = dug.section("AUTHORITY")
        if dug.status not in ("NOERROR", "NXDOMAIN"):
            return [*steps, (address, "lame")], answers, "SERVFAIL"
        if dug.answers and dug.answers[-1].split()[0] == rdtype:
            return [*steps, (address, "answer")], answers, dug.status
        if dug.answers:
            steps.append((address, "alias"))
            name = dug.answers[-1].split()[1]
        elif authority[0][2] == "NS":
            assert "aa" not in dug.flags
            steps.append((address, "referral"))
            zone, _, _, server = authority[0]
            nearest[zone] = next(row[3] for row in dug.section("ADDITIONAL") if (row[0], row[2]) == (server, "A"))
        else:
            return [*steps, (address, "NXDOMAIN" if dug.status == "NXDOMAIN" else "NODATA")], answers, dug.status


@pytest.mark.parametrize(
    ("name", "rdtype", "kinds"),
    [
        ("outlook.test.", "MX", ["referral", "referral", "answer"]),
        ("mx1.outlook.test.", "A", ["referral", "referral", "answer"]),
        ("mx.six.test.", "AAAA", ["referral", "referral", "answer"]),
        ("mx.six.test.", "A", ["referral", "referral", "NODATA"]),
        ("mail.alias.test.", "A", ["referral", "referral", "answer"]),
        ("www.outlook.test.", "A", ["referral", "referral", "alias", "referral", "answer"]),
        ("any.thing.shop.test.", "A", ["referral", "referral", "answer"]),
        ("b.bulk.test.", "A", ["referral", "referral", "NODATA"]),
        ("mx.dangling.test.", "A", ["referral", "referral", "NXDOMAIN"]),
        ("nobody.test.", "A", ["referral", "NXDOMAIN"]),
        ("nobody.example.", "A", ["NXDOMAIN"]),
        ("25.113.0.203.in-addr.arpa.", "PTR", ["referral", "answer"]),
        ("lame.test.", "MX", ["referral", "referral", "lame"]),
    ],
)
def test_the_referrals_followed_by_hand_are_the_trail(lab, name, rdtype, kinds):
    steps, answers, status = walk(lab, name, rdtype)
    assert [kind for _, kind in steps] == kinds
    lab.recursive.flush()
    dug = dig(lab, "resolver.isp.test", name, rdtype)
    assert (dug.answers, dug.status) == (answers, status)
    assert lab.trail.question == (name, rdtype)
    assert [(step.address, step.kind) for step in lab.trail.steps if step.kind != "cache"] == steps
