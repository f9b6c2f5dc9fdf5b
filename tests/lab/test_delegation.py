"""What the upper zones say of a newcomer to the cast, and nobody has to write."""

import dns.name
import dns.reversename
import pytest

from helpers.lab import delegation, zones
from helpers.lab.cast import CAST, Host

ALONE = Host("new.test", ("203.0.113.99", "2001:db8::99"), "a newcomer", zones=("new.test.",))
BESIDE = Host("ns.other.test", ("203.0.113.98",), "name server of other.test", zones=("other.test.",))


@pytest.fixture
def newcomers(monkeypatch):
    monkeypatch.setattr(delegation, "CAST", (*CAST, ALONE, BESIDE))


def lines(origin: str) -> list[str]:
    return [" ".join(line.split()) for line in zones.source(origin).splitlines()]


def test_a_newcomer_is_delegated_to_with_all_its_addresses_as_glue(newcomers):
    said = lines("test.")
    at = said.index("new NS new")
    assert said[at + 1 : at + 3] == ["new A 203.0.113.99", "new AAAA 2001:db8::99"]
    assert "ns.other A 203.0.113.98" in said


def test_it_stands_with_those_that_are_like_it(newcomers):
    said = lines("test.")
    several, one, lame = (
        next(n for n, line in enumerate(said) if line.startswith(f"; {words}"))
        for words in ("Domains with a name server beside", "Domains of one machine", "A lame delegation")
    )
    assert several < said.index("other NS ns.other") < one < said.index("new NS new") < lame


@pytest.mark.parametrize("address", [*ALONE.addresses, *BESIDE.addresses])
def test_its_addresses_lead_to_its_name(newcomers, address):
    name = dns.reversename.from_address(address)
    zone = zones.parse(zones.source("ip6.arpa." if ":" in address else "in-addr.arpa."))
    (pointer,) = zone.get_rdataset(name, "PTR")
    host = ALONE if address in ALONE.addresses else BESIDE
    assert pointer.target == dns.name.from_text(host.name)


def test_no_mark_is_left_in_a_zone():
    assert all(";=" not in zones.source(origin) for host in CAST for origin in host.zones)
