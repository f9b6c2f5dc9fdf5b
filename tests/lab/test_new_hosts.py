"""Hosts that are put on the map later, and a network that lets nothing out."""

import pytest

from helpers.lab import Lab, LabError
from helpers.lab.cast import Host

ZONE = """$ORIGIN new.test.
@ 60 SOA ns postmaster 1 7200 900 1209600 60
@ 60 NS ns
@ 60 MX 10 mx
ns 60 A 203.0.113.150
mx 60 A 203.0.113.151
"""
LETTER = "From: Ada <ada@gmail.test>\nTo: eve@new.test\nSubject: Welcome\n\nHello\n"


@pytest.fixture
def lab():
    with Lab(beside=True) as lab:
        yield lab


def settle(lab):
    """A domain with a name server, an exchange and somebody who has a mailbox."""
    lab.add(Host("ns.new.test", ("203.0.113.150",), "name server", zones=("new.test.",)))
    lab.add(Host("mx.new.test", ("203.0.113.151",), "exchange", takes_mail_for=("new.test",)))
    lab.publish(f"{lab.zone_text('test')}new NS ns.new\nns.new A 203.0.113.150\n")
    lab.publish(ZONE)
    return lab.open_mailbox("eve@new.test")


def test_a_new_domain_is_found_from_the_root_and_gets_its_letter(lab):
    box = settle(lab)
    assert lab.host("203.0.113.151").name == "mx.new.test" and lab.ports("ns.new.test") == [53]
    assert lab.lookup("new.test", "MX").answers == ("10 mx.new.test",)
    assert lab.send(LETTER).fates["eve@new.test"].status == "delivered"
    assert [letter.headers["Subject"] for letter in box] == ["Welcome"]
    assert "mx.new.test" in repr(lab) and lab.zone_text("new.test") == ZONE


def test_a_new_secondary_copies_the_zone_and_again_when_its_serial_has_risen(lab):
    settle(lab)
    lab.add(Host("ns2.new.test", ("203.0.113.152",), "secondary", zones=("new.test.",)))
    assert "ns2.new.test has copied new.test" in repr(lab.publish(ZONE))
    assert "not higher" in repr(lab.publish(ZONE))
    assert "serial 2" in repr(lab.publish(ZONE.replace("postmaster 1 ", "postmaster 2 ")))
    lab.clock.advance(hours=3)
    assert "2" in repr(lab.ask("ns2.new.test", "new.test", "SOA"))


def test_without_a_delegation_nobody_finds_it(lab):
    lab.add(Host("ns.new.test", ("203.0.113.150",), "name server", zones=("new.test.",)))
    lab.publish(ZONE)
    assert lab.lookup("new.test", "MX").outcome == "NXDOMAIN"


@pytest.mark.parametrize(("name", "address"), [("gmail.test", "203.0.113.150"), ("new.test", "203.0.113.25")])
def test_a_name_and_an_address_are_one_hosts(lab, name, address):
    with pytest.raises(LabError, match="another host's"):
        lab.add(Host(name, (address,), "a twin"))
    assert lab.host("203.0.113.25").name == "mx1.outlook.test" and lab.host("gmail.test").address == "198.51.100.80"


def test_a_mailbox_that_is_there_is_left_alone(lab):
    lab.send(LETTER.replace("eve@new.test", "support@outlook.test"))
    assert len(lab.open_mailbox("support@outlook.test")) == 1


def test_a_closed_lab_takes_no_host():
    lab = Lab(beside=True)
    lab.close()
    with pytest.raises(LabError, match="closed"):
        lab.add(Host("new.test", ("203.0.113.150",), "late"))


def test_a_host_that_is_shut_in_hears_silence_on_that_port_alone(lab):
    assert lab.faults.shut_in("out.gmail.test") is lab.faults
    with pytest.raises(TimeoutError, match="bank.test said nothing for 0.2 s"):
        lab.connect("203.0.113.60", 25, "out.gmail.test", 0.2)
    lab.connect("198.51.100.11", 587, "out.gmail.test", 0.5).close()
    lab.connect("203.0.113.60", 25, "smtp.gmail.test", 0.5).close()
    assert lab.send(LETTER.replace("eve@new.test", "clerk@bank.test")).fates["clerk@bank.test"].enhanced == "4.4.1"
    assert repr(lab.faults) == "out.gmail.test: what it sends to port 25 elsewhere is dropped"
    lab.faults.clear("bank.test")
    assert lab.faults.is_shut_in("out.gmail.test", 25)
    lab.faults.clear("out.gmail.test")
    assert repr(lab.faults) == "Nothing is broken."


def test_a_host_that_is_shut_in_reaches_itself(lab):
    lab.faults.shut_in("corner-shop.test")
    lab.connect("203.0.113.90", 25, "corner-shop.test", 0.5).close()
