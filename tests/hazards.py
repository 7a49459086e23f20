"""The hazards that a question to a company meets: a run of generated questions has to meet each often enough."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from semantic.question import IsNull, Question, Slice
from tests.reference import Answered
from tests.reference_time import GRAINS, is_time, read_moment
from tests.reference_values import Change, Leaf, Share, list_parts, read_metric
from tests.world import World


def list_hazards(world: World, question: Question, answered: Answered, tied: bool) -> Iterator[str]:
    """The hazards that a question to a world has met, by name."""
    parts = [part for asked in question.metrics for part in list_parts(read_metric(world, asked))]
    leaves = list({part for part in parts if isinstance(part, Leaf)})
    rows = [(world.views[leaf.metric.view], row) for leaf in leaves for row in world.views[leaf.metric.view].rows]
    joined = any(name in ("tier", "age", "vip", "band", "zone") or "." in name for name in question.by)
    zone = ZoneInfo(question.timezone or world.timezone)
    times_ = [row[view.time] for view, row in rows if view.time]
    moments = [read_moment(stored, ZoneInfo(world.stored_zone), zone) for stored in times_]
    timed = bool(question.period) or any(map(is_time, question.by))
    compared = question.compare and not isinstance(question.compare.with_, Slice)
    met = {
        "NULL key": any(row[key] is None for row in answered.rows for key in question.by),
        "orphan": joined and any(77 in (row.get("person_id"), row.get("town_id")) for _, row in rows),
        "empty table": any(not world.views[leaf.metric.view].rows for leaf in leaves),
        "one row": any(len(world.views[leaf.metric.view].rows) == 1 for leaf in leaves),
        "empty group": any(
            set(row.values()) - {row.get(key) for key in question.by} <= {None} for row in answered.rows
        ),
        "several branches": len({(leaf.metric.view, leaf.metric.time) for leaf in leaves}) > 1,
        "day of a clock change": timed and any(m and m.instant and has_clock_change(m.day, zone) for m in moments),
        "leap day": timed and any(m and (m.day.month, m.day.day) == (2, 29) for m in moments),
        "NULL time": timed and None in moments,
        "negated filter": any(f.negated for f in question.filters),
        "filter on NULL": any(IsNull() in f.terms for f in question.filters),
        "top": question.top is not None,
        "tie in top": tied,
        "compared periods": bool(compared),
        "reference slice": question.compare is not None and not compared,
        "totals": question.totals,
        "segment": bool(question.segments or "segment" in question.by),
        "time axis": any(key in GRAINS for key in question.by),
        "change": any(isinstance(part, Change) for part in parts),
        "share": any(isinstance(part, Share) for part in parts),
        "fill": any(leaf.metric.fill for leaf in leaves),
        "another clock": any(leaf.metric.time for leaf in leaves),
        "metric with where": any(leaf.metric.where for leaf in leaves),
    }
    yield from (name for name in HAZARDS if met[name])


HAZARDS = (
    *("NULL key", "orphan", "empty table", "one row", "empty group", "several branches", "day of a clock change"),
    *("leap day", "NULL time", "negated filter", "filter on NULL", "top", "tie in top", "compared periods"),
    *("reference slice", "totals", "segment", "time axis", "change", "share", "fill", "another clock"),
    "metric with where",
)


def has_clock_change(day: date, zone: ZoneInfo) -> bool:
    midnights = (datetime.combine(day + timedelta(days=shift), time(), zone) for shift in (0, 1))
    return any(a.utcoffset() != b.utcoffset() for a, b in pairwise(midnights))
