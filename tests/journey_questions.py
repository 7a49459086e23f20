"""Questions that ask a journey, drawn at random: most of them have an answer."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from semantic.question import (
    Between,
    Compare,
    Equals,
    Filter,
    IsNull,
    Journey,
    MetricAsk,
    Modifier,
    Order,
    PersonalSegment,
    Question,
    Relative,
    Slice,
    Top,
)
from tests.journey_worlds import SEASONS, VIEWS
from tests.kinds import make_kinds_question
from tests.questions import SPRING, list_names, make_filter
from tests.reference_time import is_time
from tests.world import Conversion, World
from tests.worlds import flip

GRAINS = ("day", "week", "month", "quarter", "half", "year")
FEW = ("tier", "zone", "band", "kind", "product", "hobby", "hobby", "club", "club")
STATES = ("stage", "since")  # what ways over histories lead to


def make_conversion_question(rng: Random, world: World) -> Question:
    """A question about conversions: some as shares, beside a reference slice, or of some months or weekdays only."""
    question = make_kinds_question(rng, world)
    names = [asked.name for asked in question.metrics]
    views = {VIEWS[of.steps[0]] for name in names if isinstance(of := world.metrics[name], Conversion)}
    if flip(rng, 0.25) and all(world.metrics[name].share for name in names):
        within = rng.choice([None, *(name for name in question.by if name not in GRAINS)])
        shares = tuple(replace(asked, modifiers=(Modifier("share", within),)) for asked in question.metrics)
        return replace(question, metrics=shares)
    if len(views) == 1 and len(names) == 1 and flip(rng, 0.3):
        name = rng.choice(["tier", "band", "zone"])
        values: list[Equals | IsNull] = [IsNull(), Equals("gold"), Equals("low"), Equals("high")]
        return replace(question, compare=Compare(Slice(name, rng.choice(values))))
    if flip(rng, 0.12):
        name = rng.choice(["month", "weekday", "day_of_month"])
        return replace(question, compare=None, filters=(make_filter(rng, world, "mails", name),))
    return question


def make_journey_question(rng: Random, world: World, kind: str) -> Question:
    """A question about a journey of the kind."""
    match kind:
        case "funnel":
            return make_funnel_question(rng, world)
        case "cohort":
            return make_cohort_question(rng, world)
        case "flow":
            return make_flow_question(rng, world)
        case _:
            return make_overlap_question(rng, world)


def make_funnel_question(rng: Random, world: World) -> Question:
    name = rng.choice(list(world.funnels))
    by, filters = make_keys(rng, world, VIEWS[world.funnels[name].steps[0]])
    if flip(rng, 0.5):
        grain = rng.choice(["day", *GRAINS[1:4] * 2, "weekday"])
        place = rng.randint(0, len(by))
        by = (*by[:place], grain, *by[place:])
    by = (*by[:1], "segment") if flip(rng, 0.12) else by
    question = Question(
        journey=Journey("funnel", (name,)), by=by, filters=filters, period=make_period(rng, "day" in by)
    )
    question = add_rest(rng, world, question, ["count", "rate", "median_days", "lost"])
    if any(not is_time(key) and key != "segment" for key in by) and by[-1] != "segment" and flip(rng, 0.4):
        step = rng.choice([None, *world.funnels[name].steps, "calls"])
        question = replace(question, top=Top(rng.choice([1, 2]), MetricAsk(step) if step else None))
    return replace(question, compare=make_compare(rng, question.period))


def make_compare(rng: Random, period: Between | Relative | None) -> Compare | None:
    """Mostly none; else another period, where there is one to compare, or a slice."""
    if flip(rng, 0.15):
        values: list[Equals | IsNull] = [IsNull(), Equals("gold"), Equals("low"), Equals("high")]
        return Compare(Slice(rng.choice(["tier", "band", "zone"]), rng.choice(values)))
    if period is None or (isinstance(period, Between) and None in (period.start, period.end)) or flip(rng, 0.6):
        return None
    days = rng.choice(SEASONS)
    some = Between(days, days + timedelta(days=rng.choice([0, 6, 30])))
    full = flip(rng, 0.2)
    return rng.choice([*[Compare("previous", full)] * 2, Compare("year", full), Compare(some, full)])


def make_cohort_question(rng: Random, world: World) -> Question:
    name = rng.choice(list(world.cohorts))
    by, filters = make_keys(rng, world, VIEWS.get(world.cohorts[name].start, "mails"))
    options = rng.choice([(), (), (rng.choice(GRAINS),), (rng.choice(GRAINS), rng.choice(["bounded", "rolling"]))])
    by = (*by[:1], "segment") if flip(rng, 0.15) else by
    by = (*by, rng.choice(["weekday", "month"])) if flip(rng, 0.06) else by
    question = Question(
        journey=Journey("cohort", (name,), options), by=by, filters=filters, period=make_period(rng, False)
    )
    return add_rest(rng, world, question, ["count", "rate", "age", "cohort"])


def make_flow_question(rng: Random, world: World) -> Question:
    if flip(rng, 0.45):  # between two days
        first = rng.choice(SEASONS) + timedelta(days=rng.randrange(-4, 6))
        last = rng.choice([None, first, *(first + timedelta(days=days) for days in (1, 3, 7, 40))])
        periods: list[Between | Relative | None] = [
            *[Between(first, last)] * 12,
            *[Relative("last", 1, "year")] * 6,
            None,
        ]
        dims = ["tier", "band", "zone", "person.tier", "town.zone", "hobby", "hobby", "club@now"]
        by = tuple(dict.fromkeys(rng.choice(dims) for _ in range(rng.choice([0, 1, 1, 2]))))
        filters: tuple[Filter, ...] = (make_filter(rng, world, "people", rng.choice(["tier", "band"])),)
        question = Question(
            journey=Journey("flow", ("stage",)),
            by=by if flip(rng, 0.95) else ("stage",),
            filters=filters if flip(rng, 0.25) else (),
            period=rng.choice(periods),
        )
    else:
        event = rng.choice(["mails", "calls", "calls", "buys", "reads", "bought", "mailed", "golden", "signups"])
        span = rng.choice(["1d", "2d", "3d", "7d", "1w", "1m", "36h", "12h", "1q"])
        if event in ("buys", "signups") and span.endswith("h") and flip(rng, 0.9):
            span = "2d"
        by, filters = make_keys(rng, world, VIEWS[event])
        by = (*by, rng.choice(["day", "week", "month", "weekday"])) if flip(rng, 0.2) else by
        question = Question(
            journey=Journey("flow", ("stage",), (event, span)), by=by, filters=filters, period=make_period(rng, False)
        )
    return add_rest(rng, world, question, ["count", "share", "from"])


def make_overlap_question(rng: Random, world: World) -> Question:
    own = [name for name, segment in world.segments.items() if segment.of == "people"]
    names = rng.choice(
        [own, own[:2], own[1:], list(world.segments), [own[0]], ["all"], ["hobby"], ["hobby"], ["hobby"]]
    )
    journey = Journey("overlap", tuple(sorted(names)), ("pairs",) if flip(rng, 0.45) else ())
    by, filters = make_keys(rng, world, "people")
    by = tuple(name for name in by if not name.startswith("joined"))
    question = Question(journey=journey, by=by, filters=filters)
    if set(names) <= set(own) and flip(rng, 0.3):
        question = replace(question, period=make_period(rng, False))
        question = replace(question, by=(*by, rng.choice(["month", "week", "weekday"]))) if flip(rng) else question
    elif flip(rng, 0.3):
        question = replace(question, period=Between(None, rng.choice(SEASONS) + timedelta(days=rng.randrange(5))))
    question = add_rest(rng, world, question, ["count"])
    if question.personal and flip(rng) and names != ["hobby"]:
        journey = replace(journey, names=tuple(sorted({*names, "mine"} - {"all"})) if names != ["all"] else ("all",))
        question = replace(question, journey=journey, segments=())
    return question


def make_keys(rng: Random, world: World, view: str) -> tuple[tuple[str, ...], tuple[Filter, ...]]:
    """None to two dimensions of a view's rows, and mostly no filter."""
    good = [name for name in list_names(world, [view])[0] if name.split(".")[-1] not in STATES]
    few = [name for name in good if name.split(".")[-1] in FEW]
    by = tuple(dict.fromkeys(rng.choice([*few * 3, *good]) for _ in range(rng.choice([0, 0, 1, 1, 2]))))
    filters = (make_filter(rng, world, view, rng.choice(few)),) if flip(rng, 0.25) else ()
    return by, filters


def make_period(rng: Random, short: bool) -> Between | Relative | None:
    """Days around a season, months of them, or none."""
    first = rng.choice(SEASONS) + timedelta(days=rng.randrange(-2, 3))
    near = Between(first, first + timedelta(days=rng.choice([0, 2, 5, 9])))
    if short:
        return near
    every: list[Between | Relative | None] = [near, near, SPRING, SPRING, None, None, Between(first, None)]
    every += [Relative("this", 1, "year"), Relative("last", 2, "month"), Between(None, date(2024, 3, 31))]
    return rng.choice(every)


def add_rest(rng: Random, world: World, question: Question, columns: list[str]) -> Question:
    """Totals, an order, a limit, segments, one of the line's own, another zone."""
    ordered = [*columns, *(name for name in question.by if not is_time(name) and name != "segment")]
    names = [name for name, segment in world.segments.items() if segment.of in ("people", "towns")]
    question = replace(
        question,
        totals=flip(rng, 0.4),
        order=(Order(rng.choice(ordered), flip(rng)),) if flip(rng, 0.25) else (),
        limit=rng.choice([None, None, None, 2, 5]),
        segments=tuple(rng.sample(names, rng.choice([1, 2]))) if flip(rng, 0.15) else (),
        timezone=rng.choice([None, None, None, "America/New_York", "Asia/Kolkata", "Europe/Paris"]),
    )
    if flip(rng, 0.12):
        mine = PersonalSegment("mine", (make_filter(rng, world, "people", rng.choice(["tier", "band", "age"])),))
        question = replace(question, personal=(mine,), segments=(*question.segments, "mine"))
    return question
