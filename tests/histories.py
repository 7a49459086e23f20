"""Companies with histories and bridges, and questions to them, drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from semantic.question import (
    Between,
    Compare,
    Equals,
    IsNull,
    MetricAsk,
    Modifier,
    PersonalSegment,
    Question,
    Slice,
    Top,
)
from tests.kinds import make_kind, make_period
from tests.questions import list_values, make_filter, print_value
from tests.reference_names import Names, Unanswerable
from tests.reference_time import GRAINS, is_time
from tests.reference_values import Leaf, Windowed, adds_up, list_parts, read_metric
from tests.world import Aggregate, Derived, Metric, Row, Segment, Snapshot, View, World, fold
from tests.worlds import COLUMNS, at_least, equals, flip, make_world

PEOPLE = [1, 1, 1, 2, 2, 3, 4, 5, 88, None]  # whose states and memberships there are; 88 is nobody else's
NAMES = ["gold", "silver", "Other", "new", "", None]
KINDS = ("rolling", "to_date", "snapshot", "new")


def make_bounds(rng: Random, kind: str, most: int) -> list[tuple[Any, Any]]:
    """Intervals that never overlap: open ones, some that touch, some that hold at no instant."""
    times = sorted(value for _ in range(most) if (value := COLUMNS[kind](rng)) is not None)
    found: list[tuple[Any, Any]] = []
    for a, b in zip([None, *times], [*times, None], strict=True):
        if flip(rng, 0.75):
            found.append((a, b))
        if b is not None and flip(rng, 0.15):
            found.append((b, b if flip(rng) else b - timedelta(days=1)))
    return found


def make_any_bounds(rng: Random, kind: str) -> tuple[Any, Any]:
    """An interval that may be open at either end, or both."""
    ends = sorted(value for _ in range(2) if (value := COLUMNS[kind](rng)) is not None and flip(rng, 0.8))
    if len(ends) == 2:
        return ends[0], ends[1]
    return rng.choice([(ends[0], None), (None, ends[0])]) if ends else (None, None)


def make_histories(rng: Random, kind: str, entity: str, own: Mapping[str, Sequence[Any]], multi: bool = False) -> View:
    """A history; with `multi`, one whose intervals overlap, some of them twice the same."""
    ids = PEOPLE if entity == "person" else [1, 2, 3, 88, None]
    held: list[tuple[Any, Any, Any]] = []
    if multi:
        held += [(rng.choice(ids), *make_any_bounds(rng, kind)) for _ in range(rng.choice([0, 1, *[8, 10, 12] * 3]))]
        held += rng.sample(held, min(1, len(held)))
    else:
        for number in dict.fromkeys(ids) if flip(rng, 0.93) else ():
            held += [(number, *bounds) for bounds in make_bounds(rng, kind, rng.choice([0, 1, 2, 3]))]
    names = (f"{entity}_id", "since", "until")
    rows: list[Row] = [
        dict(zip(names, row, strict=True)) | {name: rng.choice(values) for name, values in own.items()} for row in held
    ]
    types = {names[0]: "INTEGER", "since": kind, "until": kind}
    types |= {name: "INTEGER" if isinstance(values[0], int) else "VARCHAR" for name, values in own.items()}
    return View(types, rows, {entity: names[0]}, valid=("since", "until"), multi=multi)


def make_bridge(rng: Random) -> View:
    """Tags of people: several, the same twice, some of nobody, each in a group or none."""
    own: dict[str, list[Any]] = {"person_id": PEOPLE, "tag": NAMES, "weight": [1, 2, 3, None]}
    own |= {"group_id": [1, 2, 3, 77, None]}
    rows: list[Row] = [
        {name: rng.choice(values) for name, values in own.items()} for _ in range(rng.choice([0, 1, *[9, 12] * 3]))
    ]
    rows += rng.sample(rows, min(1, len(rows)))
    types = dict.fromkeys(own, "INTEGER") | {"tag": "VARCHAR"}
    joins, dimensions = {"group": ("group", "group_id")}, {"tag": None, "weight": None}
    return View(types, rows, {"person": "person_id"}, joins=joins, dimensions=dimensions, multi=True)


def make_histories_world(rng: Random) -> World:
    """A company whose people have stages, clubs and tags; sometimes its towns have rents, and groups a history."""
    world = make_world(rng)
    views = {name: view for name, view in world.views.items() if name != "profiles"}
    kinds = ["DATE", "TIMESTAMP", "TIMESTAMP", "TIMESTAMPTZ"]
    own: dict[str, Any] = {"stage": NAMES, "level": [1, 2, 3, 1, None], "grade_id": [1, 2, 77, None]}
    stages = make_histories(rng, rng.choice(kinds), "person", own)
    joins = {"grade": ("grade", "grade_id")} if flip(rng, 0.4) else {}
    views["stages"] = replace(stages, joins=joins, dimensions={"stage": None, "level": None, "since": None})
    grades = [{"grade_id": number, "grade": name} for number, name in ((1, "low"), (2, None), (3, "high"))]
    if joins:
        types = {"grade_id": "INTEGER", "grade": "VARCHAR"}
        views["grades"] = View(types, grades, {"grade": "grade_id"}, dimensions={"grade": None})
    clubs = make_histories(rng, rng.choice(kinds), "person", {"club": NAMES, "post": ["chair", "member"]}, multi=True)
    if flip(rng, 0.7):
        views["clubs"] = replace(clubs, dimensions={"club": None, "post": None})
    if "clubs" not in views or flip(rng, 0.7):
        views["tags"] = make_bridge(rng)
        groups = make_histories(rng, rng.choice(kinds), "group", {"circle": NAMES})
        if flip(rng):
            rows = [{"group_id": number, "circle": rng.choice(NAMES)} for number in (1, 2, 3)]
            groups = View({"group_id": "INTEGER", "circle": "VARCHAR"}, rows, {"group": "group_id"})
        views["groups"] = replace(groups, dimensions={"circle": None})
    if flip(rng, 0.4):
        rents = make_histories(rng, rng.choice(kinds), "town", {"rent": ["high", "low", None]})
        views["rents"] = replace(rents, dimensions={"rent": None})
    segments = dict(world.segments) | {"promoted": Segment("stages", equals("stage", "gold"))}
    segments |= {"chairs": Segment("clubs", equals("post", "chair"))} if "clubs" in views else {}
    segments |= {"heavy": Segment("tags", at_least("weight", 2))} if "tags" in views else {}
    return replace(world, views=views, segments=segments, metrics=make_metrics(rng, world, views))


def make_metrics(rng: Random, world: World, views: Mapping[str, View]) -> dict[str, Metric]:
    """The plain ones, some with a condition on a history; populations; what windows, states and newcomers are."""
    facts = [name for name in views if name in ("visits", "sales", "calls")]
    plain = {name: metric for name, metric in world.metrics.items() if name not in ("places", "nested")}
    for name, metric in plain.items():
        if isinstance(metric, Aggregate) and metric.view in facts and name.endswith("_b") and flip(rng):
            where = rng.choice([equals("person.stage", "gold"), at_least("person.level", 2)])
            plain[name] = replace(metric, where=where)
    metrics: dict[str, Metric] = dict(plain)
    for view in [name for name in ("stages", "clubs") if name in views]:
        metrics[f"{view}_held"] = Aggregate(view, fold("count(*)"), unique="person_id", fill=flip(rng, 0.3))
        for which in ("last", "first", "average"):
            texts = ["count(*)", "count(distinct {})", *(["sum({})"] * 2 if view == "stages" else [])]
            texts += ["max({})", "avg({})"] if which != "average" or flip(rng, 0.1) else []
            text = rng.choice(texts if view == "stages" else texts[:2])
            column = None if text == "count(*)" else "person_id" if "distinct" in text else "level"
            wheres = [None, None, equals("person.tier", "gold")]
            wheres += [at_least("level", 2)] if view == "stages" else [equals("post", "chair")]
            metrics[f"{view}_{which}"] = Snapshot(
                view, fold(text, column), which, None, rng.choice(wheres), flip(rng, 0.3), flip(rng, 0.2)
            )
        metrics[f"{view}_begun"] = Aggregate(view, fold("count(*)"), time="since", unique="person_id")
    if "tags" in views:
        metrics["tagged"] = Aggregate("tags", fold("count(distinct {})", "person_id"))
    populations = [name for name in metrics if name.endswith(("_held", "_last"))]
    metrics["density"] = Derived(("/", rng.choice(list(plain)), rng.choice(populations)), fill=flip(rng, 0.3))
    for kind in KINDS:
        metrics[f"{kind}_kind"] = make_kind(rng, kind, plain, facts)
    return metrics


NAMED = ("stage", "level", "since", "grade", "club", "post", "tag", "weight", "circle", "rent", "tier", "zone", "vip")


def list_dimensions(world: World, views: Sequence[str]) -> tuple[list[str], list[str]]:
    """Dimensions of histories and bridges, and a few plain ones, that the views reach; and those that they don't."""
    names = Names(world)
    every = [*NAMED, "since.month", "since.weekday"]
    every += [f"{role}.{name}" for role in ("seller", "manager", "person") for name in ("stage", "tag", "club")]
    every += [f"{name}@now" for name in (*every, "seller.since.day")]
    good: list[str] = []
    bad: list[str] = []
    for name in every:
        try:
            places = {(place.view, place.name) for view in views for place in [names.find_dimension(view, name)]}
        except Unanswerable:
            bad.append(name)
        else:
            (good if len(places) == 1 else bad).append(name)
    return good, bad


def make_histories_question(rng: Random, world: World) -> Question:
    """A question by histories or bridges, or about who is in one, which mostly has an answer."""
    populations = [name for name in world.metrics if name.startswith(("stages", "clubs")) or name == "density"]
    facts = [name for name in world.metrics if name not in populations]
    populations += [name for name in populations if name.endswith(("_average", "_first"))]
    facts += [name for name in populations if name.endswith("_begun")] + ["tagged"] * 2 * ("tagged" in facts)
    names = [rng.choice(populations if flip(rng, 0.4) else facts)]
    if flip(rng, 0.35):
        names = list(dict.fromkeys([*names, rng.choice([*facts, *populations])]))
    leaves = [p for n in names for p in list_parts(read_metric(world, MetricAsk(n))) if isinstance(p, Leaf)]
    views = list(dict.fromkeys(leaf.metric.view for leaf in leaves))
    timed = "tags" not in views
    good, bad = list_dimensions(world, views)
    dims = [*[name for name in good if name[:4] not in ("tier", "zone", "vip")] * 2, *good]
    if any(name.endswith("_average") for name in names) and flip(rng, 0.8):  # which is cut by what doesn't change
        dims = [name for name in dims if name.endswith(("@now", "tier", "zone", "tag", "weight"))]
    dims = dims if dims and flip(rng, 0.97) else bad
    by = tuple(dict.fromkeys(rng.choice(dims) for _ in range(rng.choice([0, 1, 1, 1, 2, 2]))))
    grain = rng.choice([None, None, None, "day", "week", "month", "month", "quarter", "year"]) if timed else None
    if grain:
        place = rng.randint(0, len(by))
        by = (*by[:place], grain, *by[place:])
    if flip(rng, 0.1):
        by = rng.choice([(*by[:1], "segment"), ("segment", *by[:1])])
    period = make_period(rng, grain if grain in by else None) if timed and (grain or flip(rng, 0.7)) else None
    if grain == "day" and not any(name.endswith("_kind") for name in names) and flip(rng, 0.08):
        day = rng.choice([date(2024, 3, 10), date(2024, 3, 31)])
        by, period = tuple("hour" if key == "day" else key for key in by), Between(day, day)
    asks = tuple(MetricAsk(name, make_modifiers(rng, world, name, by, period is not None)) for name in names)
    windows = any(isinstance(part, Windowed) for ask in asks for part in list_parts(read_metric(world, ask)))
    filters = {}
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        when = rng.choice(["weekday", "month"]) if timed and not windows else None
        name = rng.choice(good) if good and flip(rng, 0.9) else when
        if name:
            filters[name] = make_filter(rng, world, views[0], name)
    dimensions = [name for name in by if not is_time(name) and name != "segment"]
    top = None
    if dimensions and by[-1] != "segment" and flip(rng, 0.3):
        top = Top(rng.choice([1, 2]), rng.choice([None, MetricAsk(names[-1])]))
    question = Question(
        asks,
        by=by,
        filters=tuple(filters.values()),
        segments=tuple(rng.sample(list(world.segments), rng.choice([1, 1, 2]))) if flip(rng, 0.2) else (),
        period=period,
        compare=make_compare(rng, world, views[0], good, period),
        top=top,
        totals=bool(by) and flip(rng),
        timezone=rng.choice([None, None, None, "America/New_York", "Asia/Kolkata"]),
    )
    if good and flip(rng, 0.06):
        mine = PersonalSegment("mine", (make_filter(rng, world, views[0], rng.choice(good)),))
        question = replace(question, personal=(mine,), segments=(*question.segments, "mine"))
    return question


def make_modifiers(rng: Random, world: World, name: str, by: tuple[str, ...], timed: bool) -> tuple[Modifier, ...]:
    metric, value = world.metrics[name], read_metric(world, MetricAsk(name))
    grain = next((key for key in by if key in GRAINS), None)
    choices: list[tuple[Modifier, ...]] = [(), (), (), ()]
    if isinstance(metric, Aggregate) and metric.unique:
        choices += [(Modifier("unique"),)] * 3
    if metric.share or adds_up(value):
        choices += [(Modifier("share", rng.choice([None, *by])),), (Modifier("share", grain),)]
    if timed and not name.endswith("_kind") and grain != "hour":
        windows = ["rolling7d", "rolling1m", "mtd", "total"]
        choices += [(Modifier(rng.choice(windows)),)] * (1 if metric_is_plain(metric) or flip(rng, 0.1) else 0)
    if timed or grain:
        steps = ["wow", "yoy", "previous"] if grain == "week" else ["dod", "mom", "yoy", "previous"]
        steps = ["yoy", "previous"] if grain in GRAINS[4:] else steps
        choices.append((Modifier(rng.choice(steps), rng.choice([None, "value", "delta"])),))
    return rng.choice(choices)


def metric_is_plain(metric: Metric) -> bool:
    return isinstance(metric, Aggregate) and (metric.time is not None or metric.view in ("visits", "sales", "calls"))


def make_compare(rng: Random, world: World, view: str, good: list[str], period: Any) -> Compare | None:
    if period and flip(rng, 0.22):
        return Compare(rng.choice(["previous", "year"]), flip(rng, 0.2))
    texts = [name for name in good if name.split("@")[0] in NAMED and not name.startswith(("since", "vip"))]
    if texts and flip(rng, 0.12):
        name = rng.choice(texts)
        values = [value for value in list_values(world, view, name) if value is not None] or [None]
        value = rng.choice(values)
        return Compare(Slice(name, IsNull() if value is None else Equals(print_value(value))))
    return None
