"""World: the size and the seed of the demo company, and one random stream per name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = int(np.iinfo(np.int64).max)  # a moment that doesn't happen: later than every other, NULL in a table


@dataclass(frozen=True)
class World:
    """What a whole company follows from: at size 1 it has 20,000 contacts. Equal worlds have equal tables."""

    size: float = 1.0
    seed: int = 20221116

    def stream(self, name: str) -> np.random.Generator:
        """Return a fresh random stream that depends on the seed and the name alone, never on other streams."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=tuple(name.encode())))

    def scale(self, at_size_one: int) -> int:
        """Return how many rows there are at this size of what there is `at_size_one`; at least one."""
        return max(1, round(at_size_one * self.size))


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Return `count` indexes into `weights`, each drawn in proportion to its weight."""
    return find_places(rng.random(count), weights)


def find_places(luck: Floats, weights: Floats) -> Ints:
    """Return the index into `weights`, laid end to end, that each number of `luck`, from 0 to below 1, falls on."""
    bounds = np.cumsum(weights)
    places: Ints = np.searchsorted(bounds, luck * bounds[-1], side="right").astype(np.int64)
    return np.minimum(places, len(weights) - 1)
