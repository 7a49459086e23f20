"""Generated questions about conversions and journeys: the compiler answers as the reference does, row by row."""

import random
import sys
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from semantic import Refused, Source
from semantic.line import parse_line, print_line
from semantic.line_values import RETENTIONS
from semantic.question import Question, Slice
from tests.asking import open_world, show_rows
from tests.hazards import has_clock_change
from tests.journey_questions import make_conversion_question, make_journey_question
from tests.journey_worlds import make_journey_world, make_state_world
from tests.reference_journeys import answer_journey
from tests.reference_names import Unanswerable
from tests.reference_time import GRAINS, read_moment
from tests.reference_values import Calculation, Change, Converted, Share, Zero, build_rows, list_parts, read_metric
from tests.test_reference import (
    QUESTIONS,
    SEED,
    TO_A_WORLD,
    Tally,
    check_answer,
    compare_answers,
    tell_story,
)
from tests.world import World

BATCHES = min(2, max(1, QUESTIONS // 400))
# What every run has to meet in one of twenty questions.
CONVERSIONS = (
    *("rate", "count", "days", "entities", "rows", "last touch", "first touch", "same", "where", "fill"),
    *("three steps", "no window", "hours", "formula", "change", "axis", "no period", "segment", "filter", "top"),
    *(
        "totals",
        "compared",
        "slice",
        "share",
        "NULL key",
        "orphan",
        "empty table",
        "one row",
        "empty group",
        "NULL time",
    ),
    *("day of a clock change", "leap day", "several branches"),
)
JOURNEYS = (
    *(
        "funnel",
        "any order",
        "from the step before",
        "three steps",
        "funnel over time",
        "funnel compared",
        "cohort",
        "bounded",
        "rolling",
    ),
    *("another grain", "flow", "flow from an event", "flow between two days", "overlap", "sets", "pairs", "membership"),
    *("several views", "segment", "the line's own segment", "filter", "totals", "order", "limit", "cut", "no period"),
    *("NULL key", "empty table", "one row", "nobody's row", "orphan", "NULL time", "tie in time", "leap day"),
    *("day of a clock change", "another zone", "days and instants"),
)
CONVERTED, JOURNEYED = Tally(), Tally()  # all batches of this process


@pytest.mark.parametrize("batch", range(BATCHES))
def test_conversions_get_the_answer_of_the_reference(batch: int) -> None:
    """Rows, totals and refusals are those of the reference, which tries every chain of rows."""
    tally = Tally()
    for number in range(-(-QUESTIONS // 8 // BATCHES // TO_A_WORLD)):
        seed = f"{SEED} {batch} {number}"
        rng = random.Random(seed)
        world = make_journey_world(rng)
        with open_world(world) as source:
            for _ in range(TO_A_WORLD):
                line = print_line(make_conversion_question(rng, world))
                as_of = rng.choice([None, None, date(2024, 3, 31), date(2024, 4, 7)])
                compare_answers(world, source, line, as_of, tally, seed)
                tally.kinds.update(list_conversions(world, parse_line(line)))
    CONVERTED.add(tally)


def list_conversions(world: World, question: Question) -> set[str]:
    """What a question meets of conversions, by name."""
    found: set[str] = set()
    for asked in question.metrics:
        for part in list_parts(read_metric(world, asked)):
            match part:
                case Converted(_, later, conversion):
                    found.add(conversion.take if conversion.take in ("rate", "count") else "days")
                    found.add("rows" if conversion.count == "events" else "entities")
                    met = {
                        f"{conversion.touch} touch": conversion.touch is not None,
                        "same": bool(conversion.same),
                        "where": conversion.where is not None,
                        "three steps": len(later) > 1,
                        "no window": conversion.within is None,
                        "hours": conversion.within is not None and conversion.within[1] in ("hour", "minute"),
                    }
                    found |= {name for name, is_met in met.items() if is_met}
                case Zero():
                    found.add("fill")
                case Calculation():
                    found.add("formula")
                case Change():
                    found.add("change")
                case Share():
                    found.add("share")
    return found | list_asked(question)


@pytest.mark.parametrize("kinds", [("funnel", "cohort"), ("flow", "overlap")])
def test_journeys_get_the_answer_of_the_reference(kinds: tuple[str, str]) -> None:
    """Who got, came back or moved where, and what overlaps, is what looking at each one's rows gives."""
    tally = Tally()
    make_world = make_state_world if "flow" in kinds else make_journey_world
    for number in range(-(-QUESTIONS // 16 // TO_A_WORLD)):
        seed = f"{SEED} {number}"
        rng = random.Random(seed)
        world = make_world(rng)
        with open_world(world) as source:
            for place in range(TO_A_WORLD):
                line = print_line(make_journey_question(rng, world, kinds[place % 2]))
                as_of = rng.choice([None, None, date(2024, 3, 8), date(2024, 3, 31)])
                compare_journeys(world, source, line, as_of, tally, seed)
                tally.kinds.update(list_journeys(world, parse_line(line)))
    JOURNEYED.add(tally)


def compare_journeys(world: World, source: Source, line: str, as_of: date | None, tally: Tally, seed: str) -> None:
    """Fails where the compiler's answer isn't the reference's."""
    story = tell_story(world, line, as_of, seed)
    tally.asked += 1
    try:
        answered = answer_journey(world, parse_line(line), as_of)
    except Unanswerable as reason:
        tally.refused[str(reason)] += 1
        try:
            found = source.ask(line, as_of)
        except Refused:
            return
        raise AssertionError(f"answered in spite of: {reason}\n{show_rows(found.rows())}\n{story}") from reason
    try:
        found = source.ask(line, as_of)
    except Refused as refused:
        raise AssertionError(f"refused in vain: {refused}\n{story}") from refused
    check_answer(answered, found, story)
    told = {"cohort": ("open",), "flow": ("joined", "left")}.get(line.partition("=")[0], ())
    marks = {(mark.row, mark.column, mark.mark) for mark in found.marks if mark.mark in told}
    assert marks == answered.marks, f"{marks ^ answered.marks}\n{show_rows(found.rows())}\n{story}"
    if any(value is None for row in answered.rows for key, value in row.items() if key in parse_line(line).by):
        tally.hazards["NULL key"] += 1


def list_journeys(world: World, question: Question) -> set[str]:
    """What a question meets of journeys, by name."""
    journey = question.journey
    assert journey, "the question asks a journey"
    options, name = journey.options, journey.names[0]
    found: set[str] = {journey.kind}
    match journey.kind:
        case "funnel":
            funnel = world.funnels[name]
            names: tuple[str, ...] = funnel.steps
            found |= {"any order"} if funnel.order == "any" else set()
            found |= {"from the step before"} if funnel.since == "previous" else set()
            found |= {"three steps"} if len(names) > 2 else set()
            found |= {"funnel over time"} if set(question.by) & set(GRAINS) else set()
            found |= {"funnel compared"} if question.compare else set()
        case "cohort":
            names = world.cohorts[name].start, world.cohorts[name].back
            found.add(next((word for word in options if word in RETENTIONS), world.cohorts[name].retention))
            found |= {"another grain"} if options else set()
        case "flow":
            names = options[:1]
            found.add("flow from an event" if options else "flow between two days")
        case "overlap":
            names = ("signups",)
            found.add("pairs" if options else "sets")
            found |= {"membership"} if name == "hobby" else set()
            found |= {"several views"} if {"all", "lapsed", "happy"} & set(journey.names) else set()
    return found | list_met(world, list(names), question) | list_asked(question)


def list_met(world: World, names: list[str], question: Question) -> set[str]:
    """The hazards of the rows of these metrics, by name."""
    leaves = [build_rows(world, name, ()) for name in names]
    views = {leaf.metric.view: leaf.metric.time or world.views[leaf.metric.view].time for leaf in leaves}
    views |= {"stages": "since"} if question.journey and question.journey.kind == "flow" else {}
    zones = ZoneInfo(world.stored_zone), ZoneInfo(question.timezone or world.timezone)
    rows = [(row, row[clock or ""]) for view, clock in views.items() for row in world.views[view].rows]
    moments = [moment for _, time in rows if (moment := read_moment(time, *zones))]
    whose = [
        (view, row["person_id"], row[clock or ""]) for view, clock in views.items() for row in world.views[view].rows
    ]
    sizes = [len(world.views[view].rows) for view in views]
    met = {
        "empty table": 0 in sizes,
        "one row": 1 in sizes,
        "nobody's row": any(row["person_id"] is None for row, _ in rows),
        "orphan": any(row["person_id"] == 77 for row, _ in rows),
        "NULL time": any(time is None for _, time in rows),
        "tie in time": len(whose) > len(set(whose)),
        "leap day": any((moment.day.month, moment.day.day) == (2, 29) for moment in moments),
        "day of a clock change": any(m.instant and has_clock_change(m.day, zones[1]) for m in moments),
        "another zone": question.timezone not in (None, world.timezone),
        "days and instants": len({bool(moment.instant) for moment in moments}) > 1,
    }
    return {name for name, is_met in met.items() if is_met}


def list_asked(question: Question) -> set[str]:
    """What else is asked, by name."""
    met = {
        "axis": bool(set(GRAINS) & set(question.by)),
        "no period": question.period is None,
        "segment": bool(question.segments or "segment" in question.by),
        "filter": bool(question.filters),
        "top": question.top is not None,
        "totals": question.totals,
        "order": bool(question.order),
        "limit": question.limit is not None,
        "the line's own segment": bool(question.personal),
        "cut": any(key not in GRAINS for key in question.by),
        "slice": question.compare is not None and isinstance(question.compare.with_, Slice),
        "compared": question.compare is not None and not isinstance(question.compare.with_, Slice),
    }
    return {name for name, is_met in met.items() if is_met}


def test_the_run_has_met_every_conversion() -> None:
    """Each hazard is met by one of twenty questions at least, over all batches before."""
    check_tally(CONVERTED, CONVERSIONS)


def test_the_run_has_met_every_journey() -> None:
    """Each kind of journey, and each hazard, is met by one of twenty questions at least."""
    check_tally(JOURNEYED, JOURNEYS)


def check_tally(tally: Tally, hazards: tuple[str, ...]) -> None:
    """Fails where one of twenty questions is more than have met a hazard."""
    if tally.asked < (100 if SEED == 0 else 1_000):
        pytest.skip(f"{tally.asked:,} questions are too few to tell")
    sys.stdout.write(tally.tell())
    met = tally.hazards + tally.kinds
    assert not [name for name in hazards if met[name] < tally.asked * 0.05]
    assert tally.refused.total() <= tally.asked * 0.25
