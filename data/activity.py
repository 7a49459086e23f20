"""Activity: the days on which contacts use the app."""

from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.columns import make_days, make_ints, make_moments, make_texts
from data.people import draw_people
from data.rhythm import DAY, DAYS, FIRST_DAY, count_days, draw_seconds, to_local, weigh_days
from data.world import Floats, Ints, World, pick

PLATFORMS = ("ios", "android", "web")
_BLOCK = 4_096  # people at a time, so that memory doesn't grow with the size


@lru_cache(maxsize=1)
def draw_activity(world: World) -> tuple[Ints, Ints, Ints]:
    """Return person, Paris day (since 1970) and the moment of the first use of the app that day, by moment."""
    people = draw_people(world)
    rng = world.stream("activity")
    count = len(people.registered)
    registered = to_local(people.registered) // DAY - count_days(FIRST_DAY)
    users = np.flatnonzero(rng.random(count) < 0.46)
    rate = np.clip(rng.lognormal(-1.6, 0.9, len(users)) * np.sqrt(people.eager[users]), 0.004, 0.85)
    begins = registered[users]
    ends = begins + rng.exponential(700, len(users)).astype(np.int64) + 1
    rhythm = weigh_days(growth=1.5, weekend=1.25)
    rhythm /= rhythm.mean()

    parts = [_draw_block(rng, rate[block], begins[block], ends[block], rhythm) for block in _cut(len(users))]
    person = users[np.concatenate([row + _BLOCK * place for place, (row, _) in enumerate(parts)])]
    day = np.concatenate([day for _, day in parts])
    first = np.flatnonzero(registered[person] == day)
    moment = draw_seconds(rng, day + count_days(FIRST_DAY))
    moment[first] = np.maximum(moment[first], people.registered[person[first]])
    order = np.lexsort((person, moment))
    return person[order], day[order] + count_days(FIRST_DAY), moment[order]


def draw_platforms(world: World) -> Ints:
    """Return per person the place in PLATFORMS on which they use the app."""
    rng = world.stream("platforms")
    return pick(rng, np.array([0.44, 0.41, 0.15]), len(draw_people(world).registered))


def make_activity(world: World) -> pa.Table:
    """Return app use: one row per contact and Paris day of use, with the moment of the first use that day, by time."""
    person, day, moment = draw_activity(world)
    rng = world.stream("activity.sessions")
    return pa.table({
        "contact_id": make_ints(world.number(person), "int64"),
        "active_on": make_days(day),
        "active_at": make_moments(moment),
        "platform": make_texts(draw_platforms(world)[person], PLATFORMS),
        "sessions": make_ints(1 + rng.poisson(0.6, len(person))),
    })  # fmt: skip


def _cut(count: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]


def _draw_block(rng: np.random.Generator, rate: Floats, begins: Ints, ends: Ints, rhythm: Floats) -> tuple[Ints, Ints]:
    """Return rows of the block and days of the span: eager on the first day, less after two months, gone at the end."""
    day = np.arange(DAYS)
    age = day[None, :] - begins[:, None]
    fading = 0.45 + 0.55 * np.exp(-np.maximum(age, 0) / 60)
    chance = rate[:, None] * fading * rhythm[None, :]
    chance[age == 0] = np.maximum(chance[age == 0], 0.7)
    chance[(age < 0) | (day[None, :] >= ends[:, None])] = 0
    row, found = np.nonzero(rng.random(chance.shape) < chance)
    return row.astype(np.int64), found.astype(np.int64)
