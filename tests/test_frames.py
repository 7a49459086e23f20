"""Laws of time windows, on generated companies: a window's value is that of a plain question over its days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from semantic import Refused, Source, open_source
from semantic.question import Between, MetricAsk, Modifier, Question
from tests.asking import is_same, open_world
from tests.golden_shop import open_shop
from tests.questions import make_question
from tests.reference_time import GRAINS, PARTS, add_months, cut_day
from tests.world import Aggregate, World
from tests.worlds import make_world

AS_OF = date(2024, 5, 20)
BEGINNING = date(2000, 1, 1)
MONTHS = {"m": 1, "q": 3, "y": 12}
DAYS = {"d": 1, "w": 7}
TO_DATE = {"mtd": "month", "qtd": "quarter", "ytd": "year"}
WINDOWS = ("rolling1d", "rolling7d", "rolling28d", "rolling90d", "rolling2w", "rolling1m", "rolling3m", "rolling1q")
LAW = pytest.mark.parametrize("seed", range(60))


def find_first(window: str, day: date) -> date:
    """The first day of the window that ends with `day`."""
    if window == "total":
        return BEGINNING
    if window in TO_DATE:
        return cut_day(day, TO_DATE[window], "monday")
    count, unit = int(window[7:-1]), window[-1]
    morrow = day + timedelta(days=1)
    return add_months(morrow, -count * MONTHS[unit]) if unit in MONTHS else morrow - timedelta(days=count * DAYS[unit])


def draw_question(rng: Random, world: World) -> Question | None:
    """A question of windows over days or longer, or none."""
    drawn = make_question(rng, world)
    by = tuple(name for name in drawn.by if name not in ("minute", "hour") and name not in PARTS)
    grains = [name for name in by if name in GRAINS]
    if len(grains) > 1 or any(item.dimension in (*PARTS, *GRAINS) for item in drawn.filters):
        return None
    if not grains and rng.random() < 0.6:
        by = (*by, rng.choice(["day", "day", "week", "month", "quarter"]))
    window = rng.choice([*WINDOWS, *TO_DATE, "total"])
    asks = tuple(
        MetricAsk(ask.name, (*(m for m in ask.modifiers if m.name == "unique"), Modifier(window)))
        for ask in drawn.metrics
    )
    first = rng.choice([date(2024, 2, 26), date(2024, 3, 8), date(2024, 3, 29), date(2024, 4, 30), date(2023, 12, 30)])
    period = Between(first, first + timedelta(days=rng.choice([0, 5, 9, 40])))
    return replace(
        drawn,
        metrics=asks,
        by=by,
        period=period,
        compare=None,
        top=None,
        limit=None,
        order=(),
        totals=rng.random() < 0.4,
    )


def last_day(row: dict[str, Any], question: Question) -> date:
    """The day at which the row's window is read."""
    period = question.period
    assert isinstance(period, Between)
    assert period.end
    grain = next((name for name in question.by if name in GRAINS), None)
    last = min(period.end, AS_OF)
    if grain is None or grain not in row:
        return last
    start: date = row[grain]
    if grain in ("day", "week"):
        return min(last, start + timedelta(days={"day": 0, "week": 6}[grain]))
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[grain]
    return min(last, add_months(start, months) - timedelta(days=1))


def answer_plainly(source: Source, question: Question, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a row, each from a question over its window's days."""
    dimensions = tuple(name for name in question.by if name not in GRAINS and name in row)
    for ask in question.metrics:
        window = ask.modifiers[-1].name
        day = last_day(row, question)
        plain = MetricAsk(ask.name, ask.modifiers[:-1])
        period = Between(find_first(window, day), day)
        asked = replace(question, metrics=(plain,), by=dimensions, period=period, totals=False)
        if "segment" in question.by and "segment" not in dimensions:
            asked = replace(asked, by=("segment", *dimensions), totals=True)
            found = [
                dict(r) for r in source.ask(asked, AS_OF).totals if set(dimensions) <= set(r) and "segment" not in r
            ]
            found = [r for r in found if len([k for k in r if k in asked.by]) == len(dimensions)]
        else:
            found = source.ask(asked, AS_OF).rows()
        same = [r for r in found if all(is_same(r[name], row[name]) or r[name] is row[name] for name in dimensions)]
        yield "~".join([ask.name, *(m.name for m in ask.modifiers)]), same[0][found_name(plain)] if same else ...


def found_name(ask: MetricAsk) -> str:
    return "~".join([ask.name, *(m.name for m in ask.modifiers)])


@LAW
def test_windows_hold_what_their_days_hold(seed: int) -> None:
    """Of any metric, group, segment, zone and grain: the window's value is the plain one over the window's days."""
    rng = Random(seed)
    world = make_world(rng)
    question = None
    while question is None:
        question = draw_question(rng, world)
    with open_world(world) as source:
        try:
            answer = source.ask(question, AS_OF)
        except Refused:
            return
        for row in [*answer.rows()[:40], *answer.totals[:10]]:
            for name, wanted in answer_plainly(source, question, dict(row)):
                if wanted is ...:  # no row in its window
                    metric = world.metrics[name.split("~")[0]]
                    if not isinstance(metric, Aggregate):
                        continue
                    wanted = 0 if metric.fill else None
                assert is_same(row[name], wanted) or row[name] is wanted, (answer.line, row, name, wanted)


@LAW
def test_a_comparison_of_windows_is_with_the_window_so_long_before(seed: int) -> None:
    """By day, a window's earlier value is the window of that earlier day; by month, of that month's last day."""
    rng = Random(1000 + seed)
    world = make_world(rng)
    question = None
    while question is None:
        question = draw_question(rng, world)
    grain = rng.choice(["day", "day", "month", None])
    step = rng.choice(["wow", "mom", "yoy", "dod"] if grain != "month" else ["mom", "yoy", "qoq"])
    by = tuple(name for name in question.by if name not in GRAINS)
    last = rng.choice([date(2024, 3, 31), date(2024, 2, 29), date(2024, 4, 30), date(2024, 3, 15)])
    period = Between(last - timedelta(days=rng.choice([0, 3])) if grain != "month" else last.replace(day=1), last)
    asks = tuple(replace(ask, modifiers=(*ask.modifiers, Modifier(step, "value"))) for ask in question.metrics)
    whole = add_months(last.replace(day=1), 1) == last + timedelta(days=1)
    with open_world(world) as source:
        try:
            asked = replace(question, metrics=asks, by=(*by, *([grain] if grain else [])), period=period, totals=False)
            rows = source.ask(asked, AS_OF).rows()
        except Refused:
            return
        for row in rows:
            day = row["day"] if grain == "day" else last
            back = {"wow": 7, "dod": 1}.get(step)
            months = {"mom": 1, "qoq": 3, "yoy": 12}.get(step, 0)
            before = day - timedelta(days=back) if back else add_months(day, -months)
            if whole and months and (grain == "month" or (grain is None and period.start == last.replace(day=1))):
                before = add_months(day + timedelta(days=1), -months) - timedelta(days=1)
            single = replace(question, by=by, period=Between(before, before), totals=False)
            found = source.ask(single, AS_OF).rows()
            same = [r for r in found if all(is_same(r[name], row[name]) or r[name] is row[name] for name in by)]
            for ask in question.metrics:
                shown = found_name(ask)
                metric = world.metrics[ask.name]
                if not same and not isinstance(metric, Aggregate):
                    continue
                wanted = same[0][shown] if same else 0 if getattr(metric, "fill", False) else None
                value = row[f"{shown}~{step}(value)"]
                assert is_same(value, wanted) or value is wanted, (asked, row, shown, wanted)


HOURS = """
name: Two rows, a clock change between them
timezone: Europe/Paris
stored_in: UTC
views:
  rows:
    sql: SELECT * FROM (VALUES (1, TIMESTAMP '2023-09-30 22:30'), (2, TIMESTAMP '2023-10-30 08:30')) t(id, at)
    key: {row: id}
    time: at
metrics:
  rows: {view: rows, sql: count(*)}
  people: {view: rows, sql: count(distinct id)}
  typical: {view: rows, sql: median(id)}
"""


def test_the_month_so_far_by_hour_after_the_clocks_went_back(tmp_path: Path) -> None:
    """The first hour of October is in October, though its UTC is September's and clocks have changed since."""
    file = tmp_path / "metrics.yml"
    file.write_text(HOURS, encoding="utf-8")
    source = open_source(file)
    rows = source.ask("metric=rows~mtd,people~mtd,typical~mtd&by=hour&period=2023-10-30").rows()
    source.serve().engine.retire()
    assert [list(row.values())[1:] for row in (rows[0], rows[8], rows[9])] == [[1, 1, 1], [1, 1, 1], [2, 2, 1.5]]


@pytest.mark.parametrize("metric", ["sent_at_first", "readers_at_first", "typical_at_first"])
@pytest.mark.parametrize("period", ["2024-02-05..2024-02-06", "2023-10-28..2023-10-30", "2024-03-31..2024-04-01"])
def test_hours_beside_it_change_nothing_of_a_first_day(metric: str, period: str, tmp_path: Path) -> None:
    """Of a day it's the value at its end, in subtotals by day and in the total, also of a day of 23 or 25 hours."""
    shop = open_shop(tmp_path)
    line = f"metric={metric}&period={period}&totals=all&by="
    days, finer = shop.ask(f"{line}day"), shop.ask(f"{line}day,hour")
    assert [row for row in finer.totals if list(row) == ["day", metric]] == days.rows()
    assert finer.totals[-1] == shop.ask(f"{line}hour").totals[-1] == days.totals[-1] == shop.ask(line[:-4]).rows()[0]
    shop.serve().engine.retire()


@pytest.mark.parametrize("line", ["metric=revenue~mtd~mom(value)&month=2024-02-01", "metric=contacts_ever~mom(value)"])
def test_windows_before_are_those_before_the_day_that_is_shown(tmp_path: Path, line: str) -> None:
    """Under a filter by month its last day is shown, also in a total; of a period without a start, the as-of day."""
    shop = open_shop(tmp_path)
    name = line.partition("&")[0].removeprefix("metric=")
    if "month=" in line:  # up to 31 January, which the last day of February is compared with
        assert shop.ask(line).rows() == [{name: 150}]
        assert shop.ask(line.replace("&", "&by=day&") + "&totals=all").totals == ({name: 150},)
    else:  # on 5 January two contacts are registered, on 5 February three
        assert shop.ask(f"{line}&period=..2024-03-20", date(2024, 2, 5)).rows() == [{name: 2}]
    shop.serve().engine.retire()
