import dns.name
import pytest

from helpers.lab import zones
from helpers.lab.authority import Authority
from helpers.lab.secondary import refresh

ORIGIN = dns.name.from_text("learner.test")
TEXT = """$ORIGIN learner.test.
$TTL 60
@    SOA ns postmaster {serial} 7200 900 1209600 60
@    NS  ns
@    NS  ns2
ns   A   192.0.2.52
ns2  A   192.0.2.54
mail A   {address}
"""


def zone(serial, address="192.0.2.25"):
    return zones.parse(TEXT.format(serial=serial, address=address))


def put(lab, serial, address="192.0.2.25", host="ns.learner.test"):
    """Put a zone on one server, without a word to the other."""
    lab.authorities[host].zones[ORIGIN] = zone(serial, address)


def run(lab, host="ns2.learner.test", authority=None):
    authority = authority or lab.authorities[host]
    work = refresh(lab._net, lab.host(host), authority, ORIGIN, "192.0.2.52")
    return lab._net.run(work)


def mail(lab, host="ns2.learner.test"):
    return [r.data for r in lab.ask(host, "mail.learner.test", "A").answers]


def test_the_first_copy(lab):
    put(lab, 1)
    assert run(lab) == "ns2.learner.test has copied learner.test from ns.learner.test, serial 1."
    assert lab.authorities["ns2.learner.test"].zones[ORIGIN] == zone(1)
    assert mail(lab) == ["192.0.2.25"]


@pytest.mark.parametrize(
    ("own", "new", "copied"),
    [
        (1, 2, True),
        (2, 2, False),  # what the learner forgets: a change without a higher serial is no change
        (2, 1, False),
        (4294967295, 1, True),  # the numbers go round (RFC 1982)
        (1, 4294967295, False),
        (1, 2147483649, False),  # exactly opposite: neither is higher
    ],
)
def test_it_goes_by_the_serial(lab, own, new, copied):
    put(lab, own, host="ns2.learner.test")
    put(lab, new, "192.0.2.99")
    said = run(lab)
    assert mail(lab) == (["192.0.2.99"] if copied else ["192.0.2.25"])
    if copied:
        assert said == f"ns2.learner.test has copied learner.test from ns.learner.test, serial {new}."
    else:
        assert said == (
            "ns2.learner.test keeps its copy of learner.test: "
            f"the serial at ns.learner.test is {new}, not higher than its own {own}."
        )


def test_a_primary_that_does_not_have_the_zone(lab):
    assert run(lab) == "ns.learner.test does not answer for learner.test, so ns2.learner.test still has no copy."
    put(lab, 1, host="ns2.learner.test")
    assert run(lab) == "ns.learner.test does not answer for learner.test, so ns2.learner.test keeps its copy."


def test_a_primary_that_is_silent_or_stopped(lab):
    put(lab, 1, host="ns2.learner.test")
    lab.faults.down("ns.learner.test")
    said = "ns.learner.test said nothing about learner.test for 1.5 s, so ns2.learner.test keeps its copy."
    assert run(lab) == said
    lab.faults.clear().refuse("ns.learner.test", 53)
    assert (
        run(lab)
        == "ns2.learner.test could not get learner.test from ns.learner.test, so ns2.learner.test keeps its copy."
    )


def test_a_primary_that_does_not_give_it_away(lab):
    put(lab, 1)
    stranger = Authority({})
    assert run(lab, "laptop.learner.test", stranger) == (
        "ns.learner.test does not let laptop.learner.test have learner.test (REFUSED), "
        "so laptop.learner.test still has no copy."
    )
    assert stranger.zones == {}


def test_a_transfer_that_breaks_off_changes_nothing(lab):
    put(lab, 1, host="ns2.learner.test")
    put(lab, 2, "192.0.2.99")
    lab.faults.reset("ns.learner.test", 53, after=40)
    assert run(lab).startswith("ns2.learner.test could not get learner.test from ns.learner.test")
    assert mail(lab) == ["192.0.2.25"]


def test_a_long_zone_comes_over_whole(lab):
    hosts = "".join(f"h{n} TXT {'x' * 250}\n" for n in range(400))
    lab.authorities["ns.learner.test"].zones[ORIGIN] = zones.parse(TEXT.format(serial=9, address="192.0.2.25") + hosts)
    assert "serial 9" in run(lab)
    assert len(lab.authorities["ns2.learner.test"].zones[ORIGIN].nodes) == 404
