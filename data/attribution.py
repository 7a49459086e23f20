"""Attribution: the last click on marketing before something happens."""

import numpy as np

from data.rhythm import DAY
from data.sends import draw_sends
from data.world import NEVER, Ints, World

_WITHIN = 7 * DAY


def attribute(world: World, person: Ints, moment: Ints) -> Ints:
    """Return the campaign_id of each person's last click on marketing in the seven days before a moment, else -1."""
    sends = draw_sends(world)
    places = np.flatnonzero(sends.clicked != NEVER)
    if not len(places):
        return np.full(len(person), -1, dtype=np.int64)
    keys = (sends.person[places] << 32) + sends.clicked[places]
    by_key = np.argsort(keys, kind="stable")
    places, keys = places[by_key], keys[by_key]
    last = np.searchsorted(keys, (person << 32) + moment, side="right") - 1
    found = (last >= 0) & (person >= 0)
    click = places[np.maximum(last, 0)]
    found &= (sends.person[click] == person) & (moment - sends.clicked[click] <= _WITHIN)
    return np.where(found, sends.campaign[click] + 1, -1)
