"""Every seed and some thousand mutants of them, through every entrance; `make fuzz` goes on."""

from __future__ import annotations

import pytest

from tests.fuzz.guard import within
from tests.fuzz.mutate import mutants, seeds
from tests.fuzz.run import NAMES
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", NAMES)
def test_every_seed_is_survived(name: str) -> None:
    target, kind = TARGETS[name]

    for data in seeds(kind):
        with within():
            target(data)


@pytest.mark.parametrize("name", NAMES)
def test_mutants_of_the_seeds_are_survived(name: str, cases: int, seed: int) -> None:
    target, kind = TARGETS[name]
    pool = seeds(kind)

    for number in range(seed, seed + cases):
        data = mutants(kind, number, pool)
        with within():
            target(data)
