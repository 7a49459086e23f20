"""Windows over the same rows are told from one order of them: together they hold what each holds alone."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from semantic import Refused, Source
from semantic.question import MetricAsk, Modifier, Question
from tests.asking import is_same, open_world
from tests.golden_shop import open_shop
from tests.reference_time import GRAINS
from tests.test_frames import AS_OF, WINDOWS, draw_question
from tests.world import Aggregate, World
from tests.worlds import make_world

ORDERS = '@following" AS'


@pytest.mark.parametrize("seed", range(40))
def test_windows_asked_together_hold_what_each_holds_alone(seed: int) -> None:
    """Of any metrics, windows, groups, filters and comparisons, the plain count by day among them."""
    rng = Random(5000 + seed)
    world = make_world(rng)
    question = None
    while question is None:
        question = draw_question(rng, world)
    unique: tuple[Modifier, ...] = (Modifier("unique"),)
    names = list(dict.fromkeys((ask.name, unique) for ask in question.metrics if _is_unique(world, ask.name)))
    names = names or [(ask.name, ask.modifiers[:-1]) for ask in question.metrics[:1]]
    if rng.random() < 0.6:
        others = tuple(name for name in question.by if name not in GRAINS)
        question = replace(question, by=(*others, "day"), totals=rng.random() < 0.3)
    asks = [
        MetricAsk(name, (*modifiers, *([Modifier(window)] if window else [])))
        for name, modifiers in names
        for window in (*rng.sample(WINDOWS, 2), rng.choice(["", "", "rolling3d", "mtd"]))
    ]
    if rng.random() < 0.3:
        asks = [replace(ask, modifiers=(*ask.modifiers, Modifier(rng.choice(["wow", "yoy"]), "value"))) for ask in asks]
    together = replace(question, metrics=tuple(dict.fromkeys(asks)))
    with open_world(world) as source:
        _compare(source, world, together)


def _is_unique(world: World, name: str) -> bool:
    metric = world.metrics[name]
    return isinstance(metric, Aggregate) and bool(metric.unique)


def _compare(source: Source, world: World, together: Question) -> None:
    try:
        answer = source.ask(together, AS_OF)
        alone = [source.ask(replace(together, metrics=(ask,)), AS_OF) for ask in together.metrics]
    except Refused:
        return
    keys = list(together.by)
    for ask, single in zip(together.metrics, alone, strict=True):
        column = single.columns[len(keys)]
        for many, ones in ((answer.rows(), single.rows()), (answer.totals, single.totals)):
            known = {_tell(row, keys): row[column] for row in ones}
            found = {_tell(row, keys): row[column] for row in many}
            assert known.keys() <= found.keys(), (answer.line, column, known.keys() - found.keys())
            plain = isinstance(world.metrics[ask.name], Aggregate)  # a formula makes something of what isn't there
            for place, value in found.items() if plain else ((place, found[place]) for place in known):
                wanted = known.get(place, 0 if value == 0 else None)  # a row of others: nothing, or a filled zero
                assert is_same(value, wanted) or value is wanted, (answer.line, column, place, value, wanted)


def _tell(row: Mapping[str, Any], keys: list[str]) -> str:
    return str([(name, row[name]) for name in keys if name in row])


@pytest.mark.parametrize(
    ("line", "orders"),
    [
        ("metric=readers,readers~rolling7d,readers~rolling28d&by=day&period=2024-01-31..2024-02-05", 1),
        ("metric=readers~rolling7d,readers~rolling1m,readers~mtd&by=week,channel&period=2024-01-31..2024-02-05", 1),
        ("metric=readers,readers~rolling7d&by=week&period=2024-01-31..2024-02-05", 1),
        ("metric=readers~rolling7d,readers~rolling28d,buyers~rolling7d&by=day&period=2024-01-31..2024-02-05", 2),
        ("metric=readers~rolling7d,readers~rolling7d~wow(value)&by=day&period=2024-01-31..2024-02-05", 2),
    ],
)
def test_rows_are_put_in_order_once(line: str, orders: int, shop: Source) -> None:
    assert shop.sql(line).text.count(ORDERS) == orders


@pytest.mark.parametrize(
    "rest",
    [
        "by=day,channel",
        "by=week,channel&totals=all",
        "by=day,brand&top=1:sent~rolling7d",
        "by=day&segment=young",
        "by=day&channel=!email",
        "totals=all&by=month,channel",
    ],
)
def test_rows_are_counted_in_the_order_of_their_people(rest: str, shop: Source) -> None:
    """They are told from the spans of these, and hold what they hold alone, where nobody is counted beside them."""
    tail = f"&{rest}&period=2024-01-31..2024-02-05"
    together = shop.ask(f"metric=sent~rolling7d,readers~rolling7d{tail}")
    assert 'SUM("readers~rolling7d rows") AS "sent~rolling7d"' in together.sql.text
    alone = shop.ask(f"metric=sent~rolling7d{tail}")
    for many, ones in ((together.rows(), alone.rows()), (together.totals, alone.totals)):
        assert [{name: row[name] for name in row if name != "readers~rolling7d"} for row in many] == list(ones)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return open_shop(tmp_path_factory.mktemp("shop"))
