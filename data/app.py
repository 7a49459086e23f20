"""The owners' app: who uses it, and whom it was offered to by an invitation."""

import numpy as np
import pyarrow as pa

from data.activity import PLATFORMS, draw_activity, draw_platforms
from data.charges import draw_charges
from data.columns import make_ints, make_moments, make_texts
from data.people import draw_people
from data.rhythm import DAY, START, count_days, draw_seconds, to_local
from data.truths import ACTIVATED, CHARGED_FROM, INVITED, TRANSACTING
from data.world import NEVER, World

_PLANS = ("free", "pro")
_BEGAN = count_days(CHARGED_FROM)


def make_app_users(world: World) -> pa.Table:
    """Return the users of the app: one row per contact who ever used it."""
    people, charges = draw_people(world), draw_charges(world)
    person, _, used = draw_activity(world)
    rng = world.stream("app users")
    user, first = np.unique(person, return_index=True)
    early = people.registered[user] + (3 * DAY * rng.exponential(1.0, len(user))).astype(np.int64)
    stock = (people.registered[user] < START) & (early < used[first])
    transacted = np.full(len(people.registered), NEVER)
    np.minimum.at(transacted, charges.person, charges.charged)
    kept = ~people.deleted[user]
    plan = (rng.random(len(user)) < np.where(transacted[user] != NEVER, 0.55, 0.06)).astype(np.int64)
    return pa.table({
        "contact_id": make_ints(world.number(user[kept]), "int64"),
        "activated_at": make_moments(np.where(stock, early, used[first])[kept]),
        "first_transaction_at": make_moments(transacted[user[kept]]),
        "platform": make_texts(draw_platforms(world)[user[kept]], PLATFORMS),
        "plan": make_texts(plan[kept], _PLANS),
    })  # fmt: skip


def make_invitations(world: World) -> pa.Table:
    """Return the invitations: 210 at every size, one per contact invited, and what came of them within 30 days.

    The first block has them all. Who transacts is one of those who activate.
    """
    people = draw_people(world)
    rng = world.stream("invitations")
    known = np.flatnonzero(~people.deleted & ~people.test & (to_local(people.registered) // DAY < _BEGAN))
    count = INVITED if world.block == 0 else 0
    person = rng.permutation(known)[:count]
    invited = np.sort(draw_seconds(rng, _BEGAN + rng.integers(2, 285, count)))
    steps = rng.permutation(count)
    activated = invited + (DAY * rng.uniform(0.02, 13, count)).astype(np.int64)
    activated = np.where(steps < ACTIVATED, activated, NEVER)
    transacted = np.where(steps < TRANSACTING, activated + (DAY * rng.uniform(0.05, 15, count)).astype(np.int64), NEVER)
    return pa.table({
        "invitation_id": make_ints(np.arange(1, count + 1)),
        "contact_id": make_ints(world.number(person), "int64"),
        "invited_at": make_moments(invited),
        "activated_at": make_moments(activated),
        "transacted_at": make_moments(transacted),
    })  # fmt: skip
