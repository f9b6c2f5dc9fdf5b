"""A seeded tenth of what `python -m tests.mutants` does whole."""

import random

import pytest

from helpers.check import registry
from tests import mutants

SEED = 13


@pytest.mark.thorough
def test_a_tenth_of_the_mutants_is_refused():
    known = mutants.equal()
    every = [one for exercise in mutants.code() for one in mutants.mutants(exercise)]
    tried = [one for one in every if one.change not in known.get(one.exercise, {})]
    tenth = random.Random(SEED).sample(tried, len(tried) // 10)
    passed = [f"{one.exercise}: {one.change}" for one in tenth if not mutants.refused(one)]
    assert len(passed) <= (1 - mutants.ALL) * len(tenth), passed


@pytest.mark.parametrize("name", mutants.equal())
def test_what_is_called_equal_is_a_mutant_of_today(name):
    there = {mutant.change for mutant in mutants.mutants(registry.exercise(name))}
    assert mutants.equal()[name].keys() <= there and all(mutants.equal()[name].values())


def test_a_mutant_is_told_by_what_was_changed():
    changes = {mutant.change for mutant in mutants.mutants(registry.exercise("domain_of"))}
    assert "line 2: address.rpartition -> address.partition" in changes
