"""New, returning, resurrected and lost entities that are asked together look at one history, and are who they are."""

import random
from dataclasses import replace
from datetime import date

import pytest

from semantic import Source
from semantic.line import print_line
from semantic.question import MetricAsk
from tests.asking import open_world
from tests.golden_shop import open_shop
from tests.kinds import make_kinds_question, make_kinds_world
from tests.test_reference import Tally, compare_answers
from tests.world import Aggregate, Newness, World
from tests.worlds import flip

HISTORY = "@periods"


@pytest.mark.parametrize("seed", range(8))
def test_kinds_asked_together_get_the_answer_of_the_reference(seed: int) -> None:
    """Of one metric, a count or a sum, under any filters, groups, periods, comparisons, totals and tops."""
    rng = random.Random(9000 + seed)
    world = make_newness_world(rng)
    kinds = [name for name, metric in world.metrics.items() if isinstance(metric, Newness)]
    tally = Tally()
    with open_world(world) as source:
        for _ in range(12):
            question = make_kinds_question(rng, world)
            asks = [*question.metrics, *(MetricAsk(name) for name in rng.sample(kinds, 3))]
            line = print_line(replace(question, metrics=tuple(dict.fromkeys(asks))))
            compare_answers(world, source, line, rng.choice([None, None, date(2024, 3, 31)]), tally, str(seed))


def make_newness_world(rng: random.Random) -> World:
    """A company whose metrics of people, beside plain ones, are of all kinds of one that is mostly a count."""
    world = make_kinds_world(rng)
    plain = {name: metric for name, metric in world.metrics.items() if isinstance(metric, Aggregate)}
    facts = [name for name in plain if name.split("_")[0] in ("visits", "sales", "calls")]
    about = rng.choice(facts)
    kinds = {f"new_{kind}": Newness(about, kind, "person", flip(rng, 0.3)) for kind in ("new", "returning", "lost")}
    return replace(world, metrics={**plain, **kinds, "new_resurrected": Newness(about, "resurrected", "person")})


@pytest.mark.parametrize(
    ("line", "histories"),
    [
        ("metric=new_buyers,returning_buyers,resurrected_buyers,lost_buyers&by=month&period=2024-01-01..2024-03-31", 1),
        ("metric=resurrected_buyers,lost_buyers&by=month&cancelled=false&period=2024-01-01..2024-03-31", 1),
        ("metric=new_buyers,returning_buyers&by=month&period=2024-01-01..2024-03-31", 0),
        ("metric=lost_buyers,resurrected_buyers&by=month&period=2024-02-01..2024-03-31&compare=previous", 2),
    ],
)
def test_a_history_is_read_once(line: str, histories: int, shop: Source) -> None:
    assert shop.sql(line).text.count(f'AS "{HISTORY}"') == histories


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return open_shop(tmp_path_factory.mktemp("shop"))
