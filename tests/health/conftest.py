"""A street of domains in a lab, each broken in just one way, and the functions that a report uses."""

import pytest

from helpers import answers
from helpers.health import domains
from helpers.lab import Lab

NAMES = ("mail_hosts", "tags", "spf_terms", "spf_lookups", "spf_result", "sts_allows", "txt_strings", "confirmed")


@pytest.fixture(scope="session")
def functions():
    return {name: getattr(answers, name) for name in (*NAMES, "read_reply")}


@pytest.fixture(scope="module")
def every():
    return domains.all_of_them()


@pytest.fixture(scope="module")
def street(every):
    with Lab(beside=True) as lab:
        yield domains.lay(lab, *every.values(), domains.NEPHEW)


@pytest.fixture(scope="module")
def mended(every):
    """Another one, whose domains are mended by the tests."""
    with Lab(beside=True) as lab:
        yield domains.lay(lab, *every.values())
