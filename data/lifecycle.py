"""Lifecycle: whether a contact is new, active, potentially leaving or gone, at any moment since registration."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_moments, make_texts
from data.messages import draw_messages
from data.people import draw_people
from data.rhythm import DAY, END, START
from data.world import NEVER, Flags, Ints, World

LIFECYCLES = ("New", "Active", "Potentially leaving", "Left")
_NEW, _ACTIVE, _LEAVING, _LEFT = range(4)
NEW_DAYS, ACTIVE_DAYS, LEFT_DAYS = 30, 90, 180


@dataclass(frozen=True, eq=False)
class Spans:
    """Times of people in a state, by person and time: half-open, the last one open (NEVER)."""

    person: Ints
    state: Ints
    begins: Ints
    ends: Ints


@lru_cache(maxsize=1)
def draw_lifecycle(world: World) -> Spans:
    """Return everybody's lifecycle since registration, one state at any moment.

    A reaction is an opening by a person, a click or a reply. Who registers is new until the first of them, for 30 days
    at most; active for 90 days after one; then potentially leaving; and gone 180 days after the last one (or the
    registration), or at once by unsubscribing. What came before the data is drawn: a last reaction of the stock's.
    """
    people, sends = draw_people(world), draw_messages(world)
    rng = world.stream("lifecycle")
    everybody = np.arange(len(people.registered))
    stock = np.flatnonzero(people.registered < START)
    earlier = START - (rng.exponential(110, len(stock)) * DAY).astype(np.int64)
    stock, earlier = stock[earlier > people.registered[stock]], earlier[earlier > people.registered[stock]]
    parts = [(everybody, people.registered, _NEW), (stock, earlier, _ACTIVE)]
    for moments, state, seen in (
        (sends.opened, _ACTIVE, ~sends.machine),
        (sends.clicked, _ACTIVE, True),
        (sends.replied, _ACTIVE, True),
        (sends.unsubscribed, _LEFT, True),
    ):
        happened = np.flatnonzero((moments != NEVER) & seen)
        parts.append((sends.person[happened], moments[happened], state))
    person = np.concatenate([who for who, _, _ in parts])
    moment = np.concatenate([when for _, when, _ in parts])
    states = np.concatenate([np.full(len(who), state) for who, _, state in parts])
    order = np.lexsort((states, moment, person))
    return _age(person[order], moment[order], states[order])


def _age(person: Ints, moment: Ints, state: Ints) -> Spans:
    """Return the spans that follow from what happened to people: each state ages into the next ones."""
    following = np.r_[np.where(person[1:] == person[:-1], moment[1:], NEVER), NEVER]
    begins, ends, states = [], [], []
    quiet = np.where(state == _NEW, NEW_DAYS, ACTIVE_DAYS) * DAY
    marks = (moment, moment + quiet, moment + LEFT_DAYS * DAY, np.full(len(moment), NEVER))
    for step, aged in enumerate((state, np.full(len(state), _LEAVING), np.full(len(state), _LEFT))):
        stays = (state == _LEFT) & (step == 0)
        begins.append(np.where((state == _LEFT) & (step > 0), NEVER, marks[step]))
        ends.append(np.minimum(following, np.where(stays, NEVER, marks[step + 1])))
        states.append(aged)
    begin, end, aged = np.concatenate(begins), np.concatenate(ends), np.concatenate(states)
    who = np.concatenate([person] * 3)
    kept = np.flatnonzero((begin < end) & (begin < END))
    order = kept[np.lexsort((begin[kept], who[kept]))]
    return merge(who[order], aged[order], begin[order], end[order])


def merge(person: Ints, state: Ints, begins: Ints, ends: Ints) -> Spans:
    """Return the spans, sorted by person and time, with those joined that meet in the same state; open at the end."""
    first = np.r_[True, (person[1:] != person[:-1]) | (state[1:] != state[:-1]) | (begins[1:] != ends[:-1])]
    at = np.flatnonzero(first[: len(person)])
    last = np.r_[at[1:], len(person)] - 1
    final = ends[last] if len(at) else ends
    return Spans(person[at], state[at], begins[at], np.where(final >= END, NEVER, final))


def keep_known(world: World, spans: Spans) -> Flags:
    """Return which spans are of contacts that weren't deleted."""
    return ~draw_people(world).deleted[spans.person]


def make_lifecycle(world: World) -> pa.Table:
    """Return the lifecycle: one row per contact and time in a state; valid_to is NULL for today's."""
    spans = draw_lifecycle(world)
    kept = keep_known(world, spans)
    return pa.table({
        "contact_id": make_ints(world.number(spans.person[kept]), "int64"),
        "lifecycle": make_texts(spans.state[kept], LIFECYCLES),
        "valid_from": make_moments(spans.begins[kept]),
        "valid_to": make_moments(spans.ends[kept]),
    })  # fmt: skip
