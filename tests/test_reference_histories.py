"""Generated questions by histories and bridges and about populations: the compiler answers as the reference does."""

import random
import sys
from datetime import date

import pytest

from semantic.line import parse_line, print_line
from tests.asking import open_world
from tests.histories import make_histories_question, make_histories_world
from tests.history_hazards import HAZARDS, list_history_hazards
from tests.test_reference import QUESTIONS, SEED, TO_A_WORLD, Tally, compare_answers

BATCHES = min(2, max(1, QUESTIONS // 400))
SHARE = 4  # a quarter as many questions as of the plain kinds
MOST_REFUSED = 0.25
ENOUGH = 300
RUN = Tally()  # both batches of this process


@pytest.mark.parametrize("batch", range(BATCHES))
def test_histories_and_bridges_get_the_answer_of_the_reference(batch: int) -> None:
    """Rows, totals and refusals are those of the reference, which looks up row by row what held when it happened."""
    tally = Tally()
    for number in range(-(-QUESTIONS // SHARE // BATCHES // TO_A_WORLD)):
        seed = f"{SEED} {batch} {number}"
        rng = random.Random(seed)
        world = make_histories_world(rng)
        with open_world(world) as source:
            for _ in range(TO_A_WORLD):
                line = print_line(make_histories_question(rng, world))
                as_of = rng.choice([None, None, date(2024, 3, 31), date(2024, 4, 7)])
                compare_answers(world, source, line, as_of, tally, seed)
                tally.kinds.update(list_history_hazards(world, parse_line(line), as_of))
    RUN.add(tally)
    assert tally.refused.total() <= tally.asked * MOST_REFUSED


def test_the_run_has_met_every_hazard() -> None:
    """Each hazard is met by one of twenty questions at least, over both batches before."""
    sys.stdout.write(RUN.tell())
    if RUN.asked < ENOUGH:
        pytest.skip(f"{RUN.asked:,} questions are too few to tell")
    assert not [name for name in HAZARDS if RUN.kinds[name] < RUN.asked * 0.05]
