"""Demand: how many leads each week brings, by what brought them about. Planted, for a budget mix to find."""

from functools import lru_cache

import numpy as np

from data.media import PAID
from data.rhythm import DAYS, FIRST_DAY
from data.spend import draw_spend
from data.truths import BASELINE, BASELINE_GROWTH, BASELINE_SWING, LEAD_NOISE, MEDIA, MEMORY
from data.world import Floats, Ints, World

CAUSES = ("none", *PAID)
_SKIPPED = FIRST_DAY.weekday()  # days of the first week that lie before the span
WEEKS = (DAYS - 1 + _SKIPPED) // 7 + 1  # Monday weeks, the first and the last not whole


def get_weeks() -> Ints:
    """Return the Monday week of each day of the span, the first week being 0."""
    weeks: Ints = (np.arange(DAYS) + _SKIPPED) // 7
    return weeks


def sum_spend(world: World) -> Floats:
    """Return weeks x paid channels: the spend in euros at size 1."""
    spend = draw_spend(world)
    euros = np.zeros((WEEKS, len(PAID)))
    np.add.at(euros, (get_weeks()[spend.day], spend.channel), spend.cents / 100 / world.size)
    return euros


def respond(spend: Floats) -> Floats:
    """Return weeks x paid channels: the leads at size 1 that weekly spend at size 1 truly brings about."""
    leads = np.zeros_like(spend)
    for column, medium in enumerate(MEDIA.values()):
        weights = medium.carry ** np.arange(MEMORY)
        stock = np.convolve(spend[:, column] / medium.budget, weights / weights.sum())[: len(spend)]
        leads[:, column] = medium.strength * np.tanh(medium.steepness * stock / 2)
    return leads


def get_baseline() -> Floats:
    """Return the leads at size 1 that each whole week brings without media."""
    week = np.arange(WEEKS)
    trend = BASELINE + BASELINE_GROWTH * week / (WEEKS - 1)
    first = FIRST_DAY.timetuple().tm_yday
    baseline: Floats = trend * (1 + BASELINE_SWING * np.cos(2 * np.pi * (first + 7 * week - 88) / 365.25))
    return baseline


@lru_cache(maxsize=2)
def count_leads(world: World) -> Ints:
    """Return weeks x CAUSES: the leads of the whole company."""
    rng = world.stream("demand.noise")
    days = np.bincount(get_weeks(), minlength=WEEKS) / 7
    mean = np.column_stack([get_baseline() * days, respond(sum_spend(world))])
    mean *= rng.lognormal(0, LEAD_NOISE, (WEEKS, 1)) * world.size
    # what rounding takes from a week it gives to the next, so that a small company has its leads too
    sums = np.rint(np.cumsum(mean, axis=0)).astype(np.int64)
    counts: Ints = np.diff(sums, axis=0, prepend=0)
    return counts
