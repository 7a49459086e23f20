"""Acquisition channels: their table, and how hard the paid ones are pushed on each day of the span."""

from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.products import VEGA_LAUNCH
from data.rhythm import DAYS, FIRST_DAY, weigh_days
from data.truths import MEDIA
from data.world import Floats, World

PAID = tuple(MEDIA)
ACQUISITION_CHANNELS = (*PAID, "referral", "dealer", "event", "organic")


def weigh_media(world: World) -> Floats:
    """Return the media pressure, 731 days x paid channels: each has its own trend, weekend, bursts and noise."""
    return _weigh_media(world.whole())


@lru_cache(maxsize=2)
def _weigh_media(world: World) -> Floats:
    rng = world.stream("media")
    day = np.arange(DAYS)
    launch, christmas = (VEGA_LAUNCH - FIRST_DAY).days, (date(2023, 12, 1) - FIRST_DAY).days
    pressure: Floats = np.column_stack([
        weigh_days(growth=1.3),
        weigh_days(growth=1.7, weekend=1.9),
        weigh_days(growth=0.8),
        weigh_days(growth=1.2, weekend=1.6) * (0.5 + 1.4 * _burst(day, launch, 60) + 1.0 * _burst(day, christmas, 24)),
        weigh_days(growth=1.6, weekend=0.5),
    ])  # fmt: skip
    # each channel is pushed and paused on its own, or nobody could tell their effects apart
    weeks = rng.lognormal(0, (0.25, 0.40, 0.45, 0.35, 0.45), (DAYS // 7 + 2, len(PAID)))
    weekly = np.repeat(weeks, 7, axis=0)[2 : DAYS + 2]  # weeks begin on Mondays, the span on a Wednesday
    return pressure * weekly * rng.lognormal(0, 0.08, pressure.shape)


def _burst(day: np.ndarray[tuple[int], np.dtype[np.int64]], start: int, length: int) -> Floats:
    return np.where((day >= start) & (day < start + length), 1.0, 0.0)


def make_acquisition_channels(world: World) -> pa.Table:
    """Return the acquisition channels: one row per channel, the same at every size."""
    return pa.table({
        "acquisition_channel": list(ACQUISITION_CHANNELS),
        "is_paid": [channel in PAID for channel in ACQUISITION_CHANNELS],
    })  # fmt: skip
