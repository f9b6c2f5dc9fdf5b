from datetime import UTC, datetime

import pytest

from helpers.lab.clock import Clock
from helpers.lab.errors import NobodysAddress, UnknownHost


def test_the_clock_starts_at_a_fixed_instant_and_moves_only_when_asked():
    clock = Clock()
    assert clock.now() == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert repr(clock) == "Mon, 02 Mar 2026 09:00:00 +0000"
    clock.advance(5, minutes=1, hours=2, days=1)
    assert clock.now() == datetime(2026, 3, 3, 11, 1, 5, tzinfo=UTC)
    assert clock.timestamp() == clock.now().timestamp()


def test_the_clock_never_goes_back():
    clock = Clock()
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)
    assert clock.now() == Clock().now()


def test_listeners_hear_each_move_until_they_are_removed():
    clock, heard = Clock(), []
    remove = clock.on_move(lambda: heard.append(repr(clock)))
    clock.advance(1)
    remove()
    remove()  # twice does no harm
    clock.advance(1)
    assert heard == ["Mon, 02 Mar 2026 09:00:01 +0000"]


def test_an_unknown_name_is_answered_with_a_near_one():
    assert "Did you mean mx1.outlook.test?" in str(UnknownHost("mx1.outlok.test", ["mx1.outlook.test", "gmail.test"]))
    assert "Did you mean" not in str(UnknownHost("zzz", ["mx1.outlook.test"]))
    assert UnknownHost("zzz")._render_traceback_()[0].startswith("UnknownHost: No host of the lab is called 'zzz'")


def test_an_address_that_is_nobodys_says_so_without_a_number_of_the_systems():
    error = NobodysAddress("203.0.113.250")
    assert isinstance(error, OSError) and error.errno is None
    assert str(error).startswith("203.0.113.250 is nobody's address")
