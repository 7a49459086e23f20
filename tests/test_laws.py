"""Laws of numbers, on generated companies: what must hold between answers, whatever the data and the question."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from semantic import Refused, Source
from semantic.line import parse_line, print_line
from semantic.question import Between, Compare, MetricAsk, Order, Question, Top
from tests.asking import are_same, are_same_set, is_same, open_world
from tests.questions import SPRING, list_names, make_filter, make_question
from tests.reference_time import add_months
from tests.reference_values import calculate
from tests.world import Aggregate, Derived, Formula, World
from tests.worlds import make_world

LAW = pytest.mark.parametrize("seed", range(15))  # a company each
AS_OF = date(2025, 1, 1)  # after all data, so that no period is open


def list_additive(world: World) -> list[str]:
    """Counts and sums, whose parts add up; min and max don't."""
    return [n for n, m in world.metrics.items() if isinstance(m, Aggregate) and m.sql.adds_up and n != "places"]


def ask(source: Source, question: Question) -> list[dict[str, Any]]:
    return source.ask(question, AS_OF).rows()


def add_up(values: Iterator[Any]) -> Any:
    """The sum of what is known."""
    return sum(value for value in values if value is not None)


def is_sum(parts: Iterator[Any], whole: Any) -> bool:
    """Whether the parts sum to the whole; nothing and 0 are the same here."""
    return is_same(float(add_up(parts)), float(whole or 0))


def view_of(world: World, name: str) -> str:
    metric = world.metrics[name]
    assert isinstance(metric, Aggregate)
    return metric.view


def draw_dimension(rng: Random, world: World, name: str) -> str:
    return rng.choice(list_names(world, [view_of(world, name)])[0])


@contextmanager
def open_with_metric(world: World, rng: Random) -> Iterator[tuple[Source, str]]:
    """A company and one of its metrics that add up."""
    name = rng.choice(list_additive(world))
    with open_world(world) as source:
        yield source, name


@LAW
def test_parts_sum_to_the_total(seed: int) -> None:
    """The groups of a dimension sum to the metric without it, so a join raises no count."""
    rng = Random(seed)
    world = make_world(rng)
    with open_with_metric(world, rng) as (source, name):
        for dimension in list_names(world, [view_of(world, name)])[0]:
            whole = ask(source, Question((MetricAsk(name),)))[0][name]
            parts = ask(source, Question((MetricAsk(name),), by=(dimension,)))
            assert is_sum((row[name] for row in parts), whole), (name, dimension, parts, whole)


@LAW
def test_filter_and_complement_partition(seed: int) -> None:
    """What a filter keeps and what its negation keeps are all rows, each once."""
    rng = Random(seed)
    world = make_world(rng)
    with open_with_metric(world, rng) as (source, name):
        view = view_of(world, name)
        for dimension in [*list_names(world, [view])[0], "month", "weekday"]:
            kept = replace(make_filter(rng, world, view, dimension), negated=False)
            asks = (MetricAsk(name),)
            whole = ask(source, Question(asks))[0][name]
            parts = [ask(source, Question(asks, filters=(f,)))[0][name] for f in (kept, replace(kept, negated=True))]
            assert is_sum(iter(parts), whole), (name, kept, parts, whole)


@LAW
def test_periods_sum_to_longer_ones(seed: int) -> None:
    """A month is the sum of its days, a year that of its weeks' days, and each is what its own period gives."""
    rng = Random(seed)
    world = make_world(rng)
    with open_with_metric(world, rng) as (source, name):
        for grain in ("week", "month", "quarter"):
            asked = Question((MetricAsk(name),), period=SPRING)
            days = ask(source, replace(asked, by=("day", grain)))
            longer = ask(source, replace(asked, by=(grain,)))
            sums: dict[date, float] = defaultdict(float)
            for row in days:
                sums[row[grain]] += row[name] or 0
            assert sums.keys() == {row[grain] for row in longer}
            assert all(is_same(float(row[name] or 0), sums[row[grain]]) for row in longer), (name, grain)
        for row in ask(source, Question((MetricAsk(name),), by=("month",), period=SPRING)):
            month = Between(row["month"], add_months(row["month"], 1) - timedelta(days=1))
            assert is_same(ask(source, Question((MetricAsk(name),), period=month))[0][name], row[name])


@LAW
def test_derived_metric_is_its_formula(seed: int) -> None:
    """A derived metric is its formula on its parts, in every group."""
    rng = Random(seed)
    world = make_world(rng)
    names = [name for name, metric in world.metrics.items() if isinstance(metric, Derived)]
    with open_world(world) as source:
        for name in names:
            metric = world.metrics[name]
            assert isinstance(metric, Derived)
            parts = sorted(set(list_formula_names(metric.sql)))
            asks = tuple(MetricAsk(part) for part in (name, *parts))
            for by in ((), ("month",)):
                for row in ask(source, Question(asks, by=by, period=SPRING)):
                    wanted = work_out(metric.sql, row)
                    wanted = 0 if wanted is None and metric.fill else wanted
                    assert is_same(row[name], wanted), (name, metric.sql, row)


def list_formula_names(formula: Formula) -> Iterator[str]:
    match formula:
        case (_, left, right):
            yield from list_formula_names(left)
            yield from list_formula_names(right)
        case str():
            yield formula
        case _:
            return


def work_out(formula: Formula, row: Mapping[str, Any]) -> Any:
    match formula:
        case (operator, left, right):
            return calculate(operator, work_out(left, row), work_out(right, row))
        case str():
            return row[formula]
        case _:
            return formula


@LAW
def test_another_metric_changes_no_number(seed: int) -> None:
    """A metric's numbers are the same beside others, and rows that only these have are NULL, or 0 where it's filled."""
    rng = Random(seed)
    world = make_world(rng)
    names = [name for name in world.metrics if name != "places"]
    name, other = rng.sample(names, 2)
    with open_world(world) as source:
        for by in ((), ("month",), ("band",), ("zone", "week")):
            alone = Question((MetricAsk(name),), by=by, period=SPRING)
            try:
                found = ask(source, alone)
                both = ask(source, replace(alone, metrics=(MetricAsk(other), MetricAsk(name))))
            except Refused:
                continue
            kept = [{key: row[key] for key in (*by, name)} for row in both]
            missing = [row for row in found if not any(is_same_group(row, other_row, by) for other_row in kept)]
            assert not missing, (name, other, by)
            for row in kept:
                same = [r for r in found if is_same_group(r, row, by)]
                if same:
                    assert is_same(same[0][name], row[name]), (name, other, by)
                elif not isinstance(world.metrics[name], Derived):  # a formula of zeros may be anything
                    assert row[name] in (None, 0), (name, other, by)


def is_same_group(a: Mapping[str, Any], b: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    return all(is_same(a[key], b[key]) for key in keys)


@LAW
def test_lines_survive_and_compile_alike(seed: int) -> None:
    """A generated question is read as it was printed, and compiles to the same text each time and each way."""
    rng = Random(seed)
    world = make_world(rng)
    with open_world(world) as source:
        for _ in range(6):
            question = parse_line(print_line(make_question(rng, world)))
            assert parse_line(print_line(question)) == question
            try:
                texts = {source.sql(asked, AS_OF) for asked in (question, print_line(question), question)}
            except Refused:
                continue
            assert len(texts) == 1, print_line(question)


@LAW
def test_totals_are_smaller_questions(seed: int) -> None:
    """Each total is a row of the question by fewer keys, recomputed from rows: of medians and distinct counts too."""
    rng = Random(seed)
    world = make_world(rng)
    name = rng.choice([n for n in world.metrics if n != "places"])
    with open_world(world) as source:
        for by in (("month", "band"), ("zone", "month", "year"), ("tier", "segment"), ("week", "month")):
            asked = Question((MetricAsk(name),), by=by, period=SPRING, totals=True)
            try:
                totals = source.ask(asked, AS_OF).totals
            except Refused:
                continue
            for keys in {tuple(key for key in by if key in row) for row in totals}:
                wanted = [row for row in totals if tuple(key for key in by if key in row) == keys]
                if "segment" in by and "segment" not in keys:
                    continue  # counts who is in any segment, which no smaller question asks
                smaller = ask(source, replace(asked, by=keys, totals=False))
                assert are_same_set(wanted, smaller), (name, by, keys)


@LAW
def test_top_and_other_are_all(seed: int) -> None:
    """The biggest and Other sum to the total; Other of a distinct count is what the others have together."""
    rng = Random(seed)
    world = make_world(rng)
    with open_with_metric(world, rng) as (source, name):
        dimension = draw_dimension(rng, world, name)
        asks = (MetricAsk(name),)
        top = source.ask(Question(asks, by=(dimension,), top=Top(2)), AS_OF)
        whole = ask(source, Question(asks))[0][name]
        assert is_sum((row[name] for row in top.rows()), whole), (name, dimension)
        others = {mark.row for mark in top.marks if mark.mark == "other"}
        assert len(others) <= 1
        assert others <= {len(top.rows()) - 1}, "Other is the last"


@LAW
def test_order_and_limit_only_sort_and_cut(seed: int) -> None:
    """Ordered rows are the same rows; a limit keeps the first of them and leaves the totals alone."""
    rng = Random(seed)
    world = make_world(rng)
    with open_with_metric(world, rng) as (source, name):
        dimension = draw_dimension(rng, world, name)
        asked = Question((MetricAsk(name),), by=(dimension, "month"), period=SPRING, totals=True)
        plain = source.ask(asked, AS_OF)
        for descending in (False, True):
            ordered = source.ask(replace(asked, order=(Order(name, descending),)), AS_OF)
            values = [row[name] for row in ordered.rows()]
            known = [value for value in values if value is not None]
            assert are_same_set(plain.rows(), ordered.rows())
            assert known == sorted(known, reverse=descending)
            assert values[: len(known)] == known, "NULL is last both ways"
            cut = source.ask(replace(asked, order=(Order(name, descending),), limit=2), AS_OF)
            assert are_same(ordered.rows()[:2], cut.rows())
            assert are_same_set(plain.totals, cut.totals)


@LAW
def test_compared_columns_are_the_other_periods_own(seed: int) -> None:
    """Every `@compare` is what the other period, or the other slice, gives when it's asked alone."""
    rng = Random(seed)
    world = make_world(rng)
    name = rng.choice([n for n in world.metrics if n != "places"])
    periods = (
        (Compare("previous"), Between(date(2023, 11, 1), date(2024, 1, 31))),
        (Compare("year"), Between(date(2023, 2, 1), date(2023, 4, 30))),
        (Compare(Between(date(2024, 1, 1), date(2024, 3, 10))), Between(date(2024, 1, 1), date(2024, 3, 10))),
    )
    with open_world(world) as source:
        for by in ((), ("band",)):
            for compare, period in periods:
                asked = Question((MetricAsk(name),), by=by, period=SPRING)
                try:
                    compared = ask(source, replace(asked, compare=compare))
                    now, other = ask(source, asked), ask(source, replace(asked, period=period))
                except Refused:
                    continue
                for column, own in ((name, now), (f"{name}@compare", other)):
                    for row in compared:
                        same = [r for r in own if is_same_group(r, row, by)]
                        right = is_same(row[column], same[0][name]) if same else row[column] in (None, 0)
                        assert right or (not same and isinstance(world.metrics[name], Derived)), (name, compare)
                    assert all(any(is_same_group(r, row, by) for row in compared) for r in own), (name, compare)
