"""World: the size and the seed of the demo company, its blocks of contacts, and one random stream per name."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEVER = int(np.iinfo(np.int64).max)  # a moment that doesn't happen: later than every other, NULL in a table
CONTACTS = 60_000  # at size 1
LARGEST_BLOCK = 0.34  # of size 1: what is drawn at once, so that memory doesn't grow with the size


@dataclass(frozen=True)
class World:
    """What a company follows from: at size 1 it has 60,000 contacts. Equal worlds have equal tables.

    A large company is drawn in blocks, each with contacts of its own and all that they do. What knows no contacts
    is drawn from the whole.
    """

    size: float = 1.0
    seed: int = 20221116
    block: int = 0
    blocks: int = 1

    def split(self, largest: float = LARGEST_BLOCK) -> tuple["World", ...]:
        """Return the blocks of this company, none of them larger than `largest`."""
        blocks = int(np.ceil(self.size / largest))
        return tuple(replace(self, block=block, blocks=blocks) for block in range(blocks))

    def whole(self) -> "World":
        """Return the company that this is a block of."""
        return replace(self, block=0, blocks=1)

    def stream(self, name: str) -> np.random.Generator:
        """Return a fresh random stream that depends on the seed, the block and the name, never on other streams."""
        key = (*name.encode(), *((256 + self.block,) if self.blocks > 1 else ()))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def scale(self, at_size_one: float) -> int:
        """Return how many there are in this block of what there is `at_size_one` in all; at least one."""
        return max(1, int(self.share(np.array([round(at_size_one * self.size)]))[0]))

    def share(self, counts: Ints) -> Ints:
        """Return this block's part of the whole company's counts: the parts of all blocks add up to them."""
        begins, ends = (counts * place // self.blocks for place in (self.block, self.block + 1))
        part: Ints = ends - begins
        return part

    def number(self, places: Ints) -> Ints:
        """Return the ids of places in this block: blocks take turns, so ids are unique and grow as places do."""
        return places * self.blocks + self.block + 1


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Return `count` indexes into `weights`, each drawn in proportion to its weight."""
    return find_places(rng.random(count), weights)


def find_places(luck: Floats, weights: Floats) -> Ints:
    """Return the index into `weights`, laid end to end, that each number of `luck`, from 0 to below 1, falls on."""
    bounds = np.cumsum(weights)
    places: Ints = np.searchsorted(bounds, luck * bounds[-1], side="right").astype(np.int64)
    return np.minimum(places, len(weights) - 1)


def spread_luck(rng: np.random.Generator, groups: Ints) -> Floats:
    """Return a number from 0 to below 1 for each element, evenly spread within each group.

    Of every group almost exactly the share p is below p, so that a planted rate holds in a small company too.
    """
    shuffled = rng.permutation(len(groups))
    order = shuffled[np.argsort(groups[shuffled], kind="stable")]
    sizes = np.bincount(groups, minlength=1) if len(groups) else np.zeros(1, dtype=np.int64)
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    luck = np.empty(len(groups))
    rank = np.arange(len(groups)) - begins[groups[order]]
    luck[order] = (rank + rng.random(len(groups))) / sizes[groups[order]]
    return luck
