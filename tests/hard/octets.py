"""Octets that mean harm: random ones, and sound ones that were bent.

Each kind is made in two ways: by hypothesis, which shrinks what fails, and plainly, from a seeded random.Random.
"""

import random
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

IN_ONE_RUN = 500  # what hypothesis remembers of a run takes memory, and then time

# What a change to sound octets is: where (a share of the length), which kind, and with what.
KINDS = ("flip", "put", "insert", "remove", "repeat", "cut")
CHANGE = st.tuples(st.floats(0, 1), st.sampled_from(KINDS), st.binary(min_size=1, max_size=4))
CHANGES = st.lists(CHANGE, max_size=6)


def bent(octets: bytes, changes) -> bytes:
    """Return the octets with the changes made, one after the other."""
    made = bytearray(octets)
    for share, kind, new in changes:
        at = int(share * len(made))
        if kind == "flip" and at < len(made):
            made[at] ^= new[0] or 1
        elif kind == "put":
            made[at : at + len(new)] = new
        elif kind == "insert":
            made[at:at] = new
        elif kind == "remove":
            del made[at : at + len(new)]
        elif kind == "repeat":
            made[at:at] = made[at : at + 16] * (new[0] % 8)
        elif kind == "cut":
            del made[at:]
    return bytes(made)


def random_octets(rng: random.Random, most: int = 600) -> bytes:
    """Return random octets; short ones come more often."""
    return rng.randbytes(int(rng.random() ** 2 * most))


def random_changes(rng: random.Random) -> list:
    """Return changes as `bent` takes them."""
    return [(rng.random(), rng.choice(KINDS), rng.randbytes(rng.randint(1, 4))) for _ in range(rng.randint(0, 6))]


def try_out(test: Callable, number: int, *strategies) -> None:
    """Call the test with so many examples of the strategies; hypothesis shrinks the one that fails."""
    for start in range(0, number, IN_ONE_RUN):
        rules = settings(
            max_examples=min(IN_ONE_RUN, number - start),
            deadline=None,  # a wait over 2 s fails by itself
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        seed(start)(rules(given(*strategies)(test)))()
