"""Activity: the days on which contacts use the app."""

import numpy as np
import pyarrow as pa

from data.columns import make_days, make_ints, make_moments
from data.people import draw_people
from data.rhythm import DAY, DAYS, FIRST_DAY, count_days, draw_seconds, to_local, weigh_days
from data.world import Floats, Ints, World

_BLOCK = 4_096  # people at a time, so that memory doesn't grow with the size


def make_activity(world: World) -> pa.Table:
    """Return app use: one row per contact and Paris day of use, with the moment of the first use that day, by time."""
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
    return pa.table({
        "contact_id": make_ints(person[order] + 1, "int64"),
        "active_on": make_days(day[order] + count_days(FIRST_DAY)),
        "active_at": make_moments(moment[order]),
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
