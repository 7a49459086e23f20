"""Acquisition channels: their table, and how hard the paid ones are pushed on each day of the span."""

from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.products import VEGA_LAUNCH
from data.rhythm import DAYS, FIRST_DAY, weigh_days
from data.world import Floats, World

PAID = ("search", "social", "display", "video", "partner")
ACQUISITION_CHANNELS = (*PAID, "referral", "dealer", "event", "organic")


@lru_cache(maxsize=2)
def weigh_media(world: World) -> Floats:
    """Return the media pressure, 731 days x paid channels: each has its own trend, weekend, bursts and noise."""
    rng = world.stream("media")
    day = np.arange(DAYS)
    launch, christmas = (VEGA_LAUNCH - FIRST_DAY).days, (date(2023, 12, 1) - FIRST_DAY).days
    pressure: Floats = np.column_stack([
        weigh_days(growth=1.6),
        weigh_days(growth=2.6, weekend=1.9),
        weigh_days(growth=0.6),
        weigh_days(growth=1.4, weekend=1.6) * (0.35 + 2.2 * _burst(day, launch, 60) + 1.2 * _burst(day, christmas, 24)),
        weigh_days(growth=2.0, weekend=0.5),
    ])  # fmt: skip
    weekly = np.repeat(rng.lognormal(0, 0.18, (DAYS // 7 + 1, len(PAID))), 7, axis=0)[:DAYS]
    return pressure * weekly * rng.lognormal(0, 0.08, pressure.shape)


def _burst(day: np.ndarray[tuple[int], np.dtype[np.int64]], start: int, length: int) -> Floats:
    return np.where((day >= start) & (day < start + length), 1.0, 0.0)


def make_acquisition_channels(world: World) -> pa.Table:
    """Return the acquisition channels: one row per channel, the same at every size."""
    return pa.table({
        "acquisition_channel": list(ACQUISITION_CHANNELS),
        "is_paid": [channel in PAID for channel in ACQUISITION_CHANNELS],
    })  # fmt: skip
