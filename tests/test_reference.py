"""Generated questions to generated companies: the compiler answers as a reference does that shares nothing with it."""

import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest

from semantic import Answer, Refused, Source
from semantic.line import parse_line, print_line
from tests.asking import are_same, are_same_set, open_world, show_rows, tell_difference
from tests.hazards import HAZARDS, list_hazards
from tests.questions import make_question
from tests.reference import Answered, Reference
from tests.reference_names import Unanswerable
from tests.world import World, print_catalogue
from tests.worlds import make_world

QUESTIONS = int(os.environ.get("CROSSCUT_QUESTIONS", "1400"))
BATCHES = min(8, max(1, QUESTIONS // 150))
ENOUGH = 1_000  # questions, of which the shares of hazards are steady
# The same questions each time, unless another number of them is asked for.
SEED = 0 if "CROSSCUT_QUESTIONS" not in os.environ else int(os.environ.get("CROSSCUT_SEED", random.randrange(2**32)))
TO_A_WORLD = 6
MOST_REFUSED = 0.2  # of the questions; they are made to be near what has no answer


@dataclass
class Tally:
    """What a run has seen."""

    asked: int = 0
    hazards: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def tell(self) -> str:
        met = [*self.hazards.most_common(), *self.kinds.most_common()]
        shares = [f"  {count / self.asked:4.0%} {name}" for name, count in met]
        reasons = [f"  {count / self.asked:4.1%} {reason}" for reason, count in self.refused.most_common()]
        refused = self.refused.total() / self.asked
        return "\n".join([f"{self.asked} questions met", *shares, f"{refused:.0%} are refused:", *reasons, ""])

    def add(self, other: "Tally") -> None:
        self.asked += other.asked
        self.hazards += other.hazards
        self.kinds += other.kinds
        self.refused += other.refused


RUN = Tally()  # all batches of this process


@pytest.mark.parametrize("batch", range(BATCHES))
def test_generated_questions_get_the_answer_of_the_reference(batch: int) -> None:
    """The rows and totals of every question are those of the reference, and what one refuses, so does the other."""
    tally = Tally()
    for number in range(-(-QUESTIONS // BATCHES // TO_A_WORLD)):
        ask_a_world(f"{SEED} {batch} {number}", tally)
    RUN.add(tally)
    assert tally.refused.total() <= tally.asked * MOST_REFUSED


def test_the_run_has_met_every_hazard() -> None:
    """Each hazard is met by one of twenty questions at least, over all batches before."""
    sys.stdout.write(RUN.tell())
    if RUN.asked < ENOUGH:
        pytest.skip(f"{RUN.asked:,} questions are too few to tell")
    assert not [name for name in HAZARDS if RUN.hazards[name] < RUN.asked * 0.05]


def ask_a_world(seed: str, tally: Tally) -> None:
    """A few questions to the company of that seed."""
    rng = random.Random(seed)
    world = make_world(rng)
    with open_world(world) as source:
        for _ in range(TO_A_WORLD):
            line = print_line(make_question(rng, world))
            as_of = rng.choice([None, None, date(2024, 3, 31), date(2024, 4, 7)])
            compare_answers(world, source, line, as_of, tally, seed)


def compare_answers(world: World, source: Source, line: str, as_of: date | None, tally: Tally, seed: str = "") -> None:
    """Fails where the compiler's answer isn't the reference's."""
    question, story = parse_line(line), tell_story(world, line, as_of, seed)
    tally.asked += 1
    try:
        reference = Reference(world, question, as_of)
        answered = reference.answer()
    except Unanswerable as reason:
        tally.refused[str(reason)] += 1
        try:
            found = source.ask(line, as_of)
        except Refused:
            return
        raise AssertionError(f"answered in spite of: {reason}\n{show_rows(found.rows())}\n{story}") from reason
    tally.hazards.update(list_hazards(world, question, answered, reference.tied))
    try:
        found = source.ask(line, as_of)
    except Refused as refused:
        raise AssertionError(f"refused in vain: {refused}\n{story}") from refused
    check_answer(answered, found, story)


def tell_story(world: World, line: str, as_of: date | None, seed: str) -> str:
    """What a failing test says of a question and its company."""
    rows = "\n".join(f"{name}\n{show_rows(view.rows)}" for name, view in world.views.items())
    return f"{line}\nas of {as_of}, seed {seed!r}\n{print_catalogue(world)}\n{rows}"


def check_answer(answered: Answered, found: Answer, story: str) -> None:
    """Fails where an answer has other columns, rows or totals than the reference's."""
    assert found.columns == answered.columns, story
    for name, wanted, rows, same in (
        ("rows", answered.rows, found.rows(), are_same),
        ("totals", answered.totals, found.totals, are_same_set),
    ):
        told = f"{name}: {tell_difference(wanted, rows)}\n" if not same(wanted, rows) else ""
        assert not told, f"{told}{story}\n{found.sql.text}"
