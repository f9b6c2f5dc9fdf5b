"""What the tests of evidence share: a lab, and a zone of the learner's with whatever records a test needs."""

import pytest

from helpers.lab import Lab

ZONE = """$ORIGIN learner.test.
$TTL 60
@      SOA  ns postmaster {serial} 7200 900 1209600 60
@      NS   ns
ns     A    192.0.2.52
mail   A    192.0.2.25
"""


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.fixture
def publish(lab):
    """publish(lines): put the learner's zone into the DNS, with these lines more; nothing old is remembered."""

    def put(lines: str) -> None:
        put.serial += 1
        lab.publish(ZONE.format(serial=put.serial) + lines)
        lab.recursive.flush()

    put.serial = 0
    return put
