import pytest

from helpers.lab import Lab


@pytest.fixture
def lab():
    """A lab of the test's own, closed after it."""
    with Lab(beside=True) as made:
        yield made
