"""Spend: what paid media cost a day, and what was seen and clicked for it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.campaign import Campaign
from data.campaign_plan import plan_campaigns
from data.columns import make_days, make_ints, make_money, make_texts
from data.media import PAID, weigh_media
from data.rhythm import DAYS, FIRST_DAY, LAST_DAY, count_days
from data.truths import MEDIA
from data.world import Floats, Ints, World

REPORTED = DAYS - 1  # ad platforms report a day late, so the last day of the span isn't there yet

# By paid channel: search, facebook, display, video, partner.
_CLICK_PRICE = np.array([0.85, 0.62, 0.48, 1.10, 0.70])
_CLICK_RATE = np.array([0.035, 0.011, 0.0025, 0.004, 0.012])
_OUTAGE = (240, 243)  # days on which the social network reported nothing at all


@dataclass(frozen=True, eq=False)
class Spend:
    """What media cost: one element per day, paid channel and campaign, sorted by these."""

    day: Ints  # of the span
    channel: Ints  # of PAID
    campaign_id: Ints  # -1: always on
    cents: Ints


def draw_spend(world: World) -> Spend:
    """Return the spend of the whole company; its average week costs what the truths say."""
    return _draw_spend(world.whole())


@lru_cache(maxsize=2)
def _draw_spend(world: World) -> Spend:
    rng = world.stream("spend")
    media = weigh_media(world)[:REPORTED]
    pressure = media / media.mean(axis=0)
    parts = [_draw_budget(rng, pressure, np.arange(REPORTED), np.arange(len(PAID)), -1, 1.0)]
    for place, campaign in enumerate(plan_campaigns(world)):
        if campaign.paid:
            days = _get_days(campaign)
            channels = np.sort(rng.permutation(len(PAID))[: rng.integers(2, 4)])
            parts.append(_draw_budget(rng, pressure, days, channels, place + 1, rng.uniform(0.15, 0.6)))
    day, channel, campaign_id = (np.concatenate([part[column] for part in parts]) for column in range(3))
    euros = np.concatenate([part[3] for part in parts])
    weekly = np.bincount(channel, euros) / (REPORTED / 7)
    euros *= (np.array([medium.budget for medium in MEDIA.values()]) / weekly)[channel] * world.size

    silent = (channel == PAID.index("facebook")) & (day >= _OUTAGE[0]) & (day < _OUTAGE[1])
    paused = rng.random(len(day)) < 0.004
    order = np.lexsort((campaign_id, channel, day))
    order = order[~silent[order]]
    cents = np.rint(np.where(paused, 0.0, euros) * 100).astype(np.int64)
    return Spend(day[order], channel[order], campaign_id[order], cents[order])


def make_spend(world: World) -> pa.Table:
    """Return the spend: one row per day, paid channel and campaign (NULL: always on), by day."""
    spend = draw_spend(world)
    rng = world.stream("spend.clicks")
    clicks = rng.poisson(spend.cents / 100 / _CLICK_PRICE[spend.channel])
    impressions = clicks + rng.poisson(spend.cents / 100 / (_CLICK_PRICE * _CLICK_RATE)[spend.channel])
    return pa.table({
        "day": make_days(spend.day + count_days(FIRST_DAY)),
        "channel": make_texts(spend.channel, PAID),
        "campaign_id": make_ints(spend.campaign_id),
        "spend": make_money(spend.cents),
        "impressions": make_ints(impressions, "int64"),
        "clicks": make_ints(clicks, "int64"),
    })  # fmt: skip


def _get_days(campaign: Campaign) -> Ints:
    """Return the days of a campaign with media, counted from the first of the span."""
    assert campaign.starts is not None and campaign.ends is not None, f"{campaign.name} has media without an end"
    first, last = (campaign.starts - FIRST_DAY).days, (min(campaign.ends, LAST_DAY) - FIRST_DAY).days
    return np.arange(first, min(last + 1, REPORTED))


def _draw_budget(
    rng: np.random.Generator, pressure: Floats, days: Ints, channels: Ints, campaign_id: int, weight: float
) -> tuple[Ints, Ints, Ints, Floats]:
    """Return day, channel, campaign_id and money by weight: every one of `days` with every one of `channels`."""
    day, channel = (grid.ravel() for grid in np.meshgrid(days, channels, indexing="ij"))
    euros = pressure[day, channel] * weight * rng.lognormal(0, 0.1, len(day))
    return day, channel, np.full(len(day), campaign_id, dtype=np.int64), euros
