"""The names and addresses of a case: with seed 0 those of the ticket, with any other drawn by lot."""

import random
from collections.abc import Iterator, Mapping

DOMAINS = (
    "harbour.test", "violets.test", "old-mill.test", "north-star.test", "ropewalk.test", "lanterns.test",
    "bakery.test", "ferry.test", "orchard.test", "clockwork.test", "printers.test", "museum.test",
)  # fmt: skip
PEOPLE = ("ines", "jonas", "kofi", "lena", "marek", "noor", "oskar", "priya", "rosa", "selim", "uma", "viktor")
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
FREE = range(120, 250)  # in each of these networks nobody of the cast lives there


def names(wanted: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return the names of a case, and for each {person} a {Person}."""
    drawn = dict(wanted)
    if seed:
        dice = random.Random(f"names {seed}")
        domains, people = (iter(dice.sample(pool, len(pool))) for pool in (DOMAINS, PEOPLE))
        drawn = {role: next(domains if "." in name else people) for role, name in wanted.items()}
    return drawn | {role.capitalize(): name.capitalize() for role, name in drawn.items() if "." not in name}


def addresses(seed: int) -> Iterator[str]:
    """Give one free address after another."""
    dice = random.Random(f"addresses {seed}")
    network = dice.choice(NETWORKS) if seed else NETWORKS[-1]
    start = dice.choice(FREE) if seed else FREE.start
    for number in range(len(FREE)):
        yield f"{network}.{FREE.start + (start - FREE.start + number) % len(FREE)}"
