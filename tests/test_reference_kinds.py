"""Generated questions about metrics of every kind: the compiler answers as the reference does."""

import random
import sys
from datetime import date

import pytest

from semantic.line import parse_line, print_line
from semantic.question import Question, Slice
from tests.asking import open_world
from tests.kinds import EACH, KINDS, make_kinds_question, make_kinds_world
from tests.reference_time import GRAINS
from tests.reference_values import Calculation, Change, Known, State, Taken, Windowed, list_parts, read_metric
from tests.test_reference import QUESTIONS, SEED, TO_A_WORLD, Tally, compare_answers
from tests.world import Comparison, World

# What every batch has to meet in one of twenty questions, beside what all questions meet.
COMMON = ("formula", "axis", "no period", "open period", "segment", "filter", "top", "totals", "compared")
HAZARDS = (
    *COMMON,
    "change",
    *("rolling", "to date", "new", "returning", "resurrected", "lost", "last state", "state of each", "mean"),
    *("first", "fill"),
)
MIXES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "windows": (KINDS, HAZARDS),
    "each": (EACH, (*COMMON, "change", "each period", "each of people", "each with zeros", "offset", "to the start")),
}
BATCHES = [(mix, batch) for mix, count in {"windows": 2, "each": 1}.items() for batch in range(count)]
TO_A_BATCH = {"windows": QUESTIONS // 4, "each": QUESTIONS // 6}


@pytest.mark.parametrize(("mix", "batch"), BATCHES)
def test_every_kind_gets_the_answer_of_the_reference(mix: str, batch: int) -> None:
    """Rows, totals and refusals are those of the reference, which works each kind out row by row."""
    tally = Tally()
    kinds, hazards = MIXES[mix]
    for number in range(-(-TO_A_BATCH[mix] // TO_A_WORLD)):
        seed = f"{SEED} {batch} {number}" if mix == "windows" else f"{SEED} {mix} {batch} {number}"
        rng = random.Random(seed)
        world = make_kinds_world(rng, kinds)
        with open_world(world) as source:
            for _ in range(TO_A_WORLD):
                line = print_line(make_kinds_question(rng, world))
                as_of = rng.choice([None, None, date(2024, 3, 31), date(2024, 4, 7)])
                compare_answers(world, source, line, as_of, tally, seed)
                tally.kinds.update(list_kinds(world, parse_line(line), as_of))
    sys.stdout.write(tally.tell())
    rare = [name for name in hazards if tally.kinds[name] < tally.asked * 0.05]
    assert not rare, "a run has to meet every kind in one of twenty questions"


def list_kinds(world: World, question: Question, as_of: date | None) -> set[str]:
    """The kinds and hazards that a question meets, by name."""
    found: set[str] = set()
    for asked in question.metrics:
        for part in list_parts(read_metric(world, asked)):
            match part:
                case Windowed(_, window):
                    found.add("rolling" if window.count else "to date")
                    found |= {"mean"} if window.at == "average" else {"first"} if window.at == "first" else set()
                    found |= {"fill"} if window.fill else set()
                case Known(_, newness):
                    found |= {newness.kind} | ({"fill"} if newness.fill else set())
                case State(_, snapshot):
                    found.add("state of each" if snapshot.per else "last state")
                    found |= {"mean"} if snapshot.which == "average" else set()
                case Taken(_, each):
                    found |= {"each period" if each.per in GRAINS else "each of people"}
                    found |= {"each with zeros", "fill"} if each.fill else set()
                case Calculation():
                    found.add("formula")
                case Change(_, Comparison(to=to)):
                    found.add("to the start" if to else "offset")
                case Change():
                    found.add("change")
    asked_of = {
        "axis": bool({"day", "week", "month", "quarter", "year"} & set(question.by)),
        "no period": question.period is None,
        "open period": question.period is not None and as_of is not None,
        "segment": bool(question.segments or "segment" in question.by),
        "filter": bool(question.filters),
        "top": question.top is not None,
        "totals": question.totals,
        "compared": question.compare is not None and not isinstance(question.compare.with_, Slice),
    }
    return found | {name for name, met in asked_of.items() if met}
