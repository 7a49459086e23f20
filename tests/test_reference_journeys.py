"""Generated questions about conversions and journeys: the compiler answers as the reference does, row by row."""

import random
import sys
from datetime import date

import pytest

from semantic.line import parse_line, print_line
from semantic.question import Question, Slice
from tests.asking import open_world
from tests.journey_worlds import make_journey_world
from tests.kinds import make_kinds_question
from tests.reference_time import GRAINS
from tests.reference_values import Calculation, Change, Converted, Zero, list_parts, read_metric
from tests.test_reference import QUESTIONS, SEED, TO_A_WORLD, Tally, compare_answers
from tests.world import World

BATCHES = min(2, max(1, QUESTIONS // 400))
# What every run has to meet in one of twenty questions.
CONVERSIONS = (
    *("rate", "count", "days", "entities", "rows", "last touch", "first touch", "same", "where", "fill"),
    *("three steps", "no window", "hours", "formula", "change", "axis", "no period", "segment", "filter", "top"),
    *("totals", "compared", "NULL key", "orphan", "empty table", "one row", "empty group", "NULL time"),
    *("day of a clock change", "leap day", "several branches"),
)
CONVERTED = Tally()  # all batches of this process


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
                line = print_line(make_kinds_question(rng, world))
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
    return found | list_asked(question)


def list_asked(question: Question) -> set[str]:
    """What else is asked, by name."""
    met = {
        "axis": bool(set(GRAINS) & set(question.by)),
        "no period": question.period is None,
        "segment": bool(question.segments or "segment" in question.by),
        "filter": bool(question.filters),
        "top": question.top is not None,
        "totals": question.totals,
        "compared": question.compare is not None and not isinstance(question.compare.with_, Slice),
    }
    return {name for name, is_met in met.items() if is_met}


def test_the_run_has_met_every_conversion() -> None:
    """Each hazard is met by one of twenty questions at least, over all batches before."""
    check_tally(CONVERTED, CONVERSIONS)


def check_tally(tally: Tally, hazards: tuple[str, ...]) -> None:
    """Fails where one of twenty questions is more than have met a hazard."""
    sys.stdout.write(tally.tell())
    if tally.asked < 100:
        pytest.skip(f"{tally.asked:,} questions are too few to tell")
    met = tally.hazards + tally.kinds
    assert not [name for name in hazards if met[name] < tally.asked * 0.05]
    assert tally.refused.total() <= tally.asked * 0.25
