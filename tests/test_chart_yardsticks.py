"""What a curve is read against: annotations, targets, and the interval of what is made of too little."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import pyarrow as pa
import pytest

from semantic import Source, open_source
from tests.test_charts import CHANNEL, CLICKS, DAY, HOUR, MONDAYS, RATE, SENT, WEEK, WEEKDAY, walk
from widgets.annotations import tell_notes
from widgets.charts import ChartConfig, Field, Note, build_spec, fit_config, shape_table
from widgets.charts.annotations import LANE, place_notes
from widgets.fields import Reading, read_answer
from widgets.targets import add_targets, find_targets

SALE = Note(date(2024, 1, 10), date(2024, 1, 10), "Sale")
LAUNCH = Note(date(2023, 12, 1), date(2024, 1, 16), "Launch")
LATER = Note(date(2025, 1, 1), date(2025, 1, 1), "Not there yet")
NOTED = ChartConfig("line", WEEK, (SENT,), notes=(SALE, LAUNCH, LATER))
WEEKS = pa.table({"week": MONDAYS[:4], "sent": [1, 2, 3, 4]})
MONTH = Field("month", "Month", "time", grain="month")

CATALOGUE = """\
views:
  sales: {file: sales.csv, time: sold_on, dimensions: {shop: Shop}}
  plans: {file: plans.csv, time: {column: month, grain: month}}
metrics:
  sold: {view: sales, sql: sum(pieces), target: planned}
  rows: {view: sales, sql: count(*), target: 2}
  pieces: {sql: sold / rows, min_base: 2, target: 3}
  gifts: {view: sales, sql: count(*) FILTER (WHERE pieces > 3)}
  gift_rate: {sql: gifts / rows, format: percent, min_base: 2}
  planned: {view: plans, sql: sum(pieces)}
annotations:
  - {from: 2024-02-10, title: {en: Rain, pt: Chuva}}
  - {from: 2024-01-02, title: Sale, metrics: [sold]}
"""
SALES = "sold_on,shop,pieces\n2024-01-05,a,4\n2024-01-06,b,2\n2024-02-01,a,5\n"
PLANS = "month,pieces\n2024-01-01,10\n2024-03-01,7\n"


@pytest.fixture
def shop(tmp_path: Path) -> Source:
    for name, text in (("metrics.yml", CATALOGUE), ("sales.csv", SALES), ("plans.csv", PLANS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return open_source(tmp_path / "metrics.yml")


@pytest.fixture
def read(shop: Source) -> Callable[[str], Reading]:
    """Reads the answer to a line, with its targets."""

    def read_line(line: str) -> Reading:
        answer = shop.ask(line)
        catalogue = shop.serve().catalogue
        return add_targets(shop, catalogue, answer, read_answer(catalogue, answer))

    return read_line


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, fit_config(table, config))
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


def read_column(table: pa.Table, config: ChartConfig, name: str) -> list[Any]:
    return [value for (value,) in read_rows(table, config, name)]


# Annotations


def test_a_note_stands_at_the_period_that_holds_its_first_day() -> None:
    assert read_column(WEEKS, NOTED, "note") == ["Launch", "Sale", None, None]
    assert read_column(WEEKS, NOTED, "note_days")[1] == "10 Jan 2024"
    assert fit_config(WEEKS, NOTED).notes == (LAUNCH, SALE)


def test_what_lasts_ends_at_the_period_that_holds_its_last_day() -> None:
    """What began before the axis does is shown from there on."""
    places = read_column(WEEKS, NOTED, "x")
    assert read_column(WEEKS, NOTED, "note_end") == [places[2], None, None, None]


def test_notes_of_one_period_share_a_line() -> None:
    monthly = pa.table({"month": [date(2024, 1, 1), date(2024, 2, 1)], "sent": [1, 2]})
    both = replace(NOTED, x=MONTH, notes=(SALE, replace(SALE, title="Prize")))
    assert read_column(monthly, both, "note") == ["Sale; Prize", None]


def test_titles_that_follow_each_other_stand_in_turns_on_two_lines() -> None:
    notes = tuple(Note(day, day, f"{day:%d}") for day in MONDAYS[:4])
    assert read_column(WEEKS, replace(NOTED, notes=notes), "note_lane") == [0, LANE, 0, LANE]
    after = read_column(WEEKS, replace(NOTED, notes=notes), "note_after")
    places = read_column(WEEKS, NOTED, "x")
    assert after == [places[2], places[3], None, None]
    assert read_column(WEEKS, replace(NOTED, notes=notes), "note_late") == [False, False, False, True]


def test_titles_that_come_towards_each_other_share_their_room() -> None:
    table = pa.table({"week": MONDAYS, "sent": range(6)})
    notes = tuple(Note(day, day, f"{day:%d}") for day in (MONDAYS[0], MONDAYS[1], MONDAYS[5]))
    rows = read_rows(table, replace(NOTED, notes=notes), "note", "note_late", "note_shared")
    assert [row for row in rows if row[0]] == [("01", False, True), ("08", False, False), ("05", True, True)]


def test_columns_and_stacks_have_their_notes_at_a_name() -> None:
    for kind in ("column", "stack"):
        table = WEEKS.append_column("channel", pa.array(["a"] * 4))
        config = replace(NOTED, kind=kind, series=CHANNEL)
        rows = read_rows(table, config, "category", "note", "note_end")
        assert rows[:2] == [("1 Jan 2024", "Launch", "15 Jan 2024"), ("8 Jan 2024", "Sale", None)]


def test_hours_and_days_have_notes_too() -> None:
    hours = pa.table({"hour": [datetime(2024, 1, 9, 23), datetime(2024, 1, 10)], "sent": [1, 2]})
    assert read_column(hours, replace(NOTED, x=HOUR, notes=(SALE,)), "note") == [None, "Sale"]
    days = pa.table({"day": [date(2024, 1, 9), date(2024, 1, 11)], "sent": [1, 2]})
    assert read_column(days, replace(NOTED, x=DAY, notes=(SALE,)), "note") == [None, None]


def test_no_other_axis_has_notes() -> None:
    table = pa.table({"weekday": [1, 2], "sent": [1, 2]})
    config = replace(NOTED, kind="column", x=WEEKDAY)
    assert fit_config(table, config).notes == ()
    assert place_notes([0, 1], config) == []


@pytest.mark.parametrize("kind", ["line", "area", "column", "stack", "share"])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_specs_with_notes_are_valid_and_name_only_columns_of_their_table(kind: str, count: int) -> None:
    table = WEEKS.append_column("channel", pa.array(["a"] * 4)).slice(0, count)
    config = fit_config(table, replace(NOTED, kind=kind, series=CHANNEL))
    spec = build_spec(config)
    alt.Chart.from_dict(spec)
    made = {name for node in walk(spec) for name in [node.get("as")] if isinstance(name, str)}
    read = {node["field"] for node in walk(spec) if isinstance(node.get("field"), str)}
    assert read <= made | set(shape_table(table, config).column_names)
    assert any(node.get("field") == "note" for node in walk(spec)) == bool(count)


def test_a_note_concerns_all_metrics_or_those_it_names(read: Callable[[str], Reading]) -> None:
    told = "Noted: Sale (2 Jan 2024); Rain (10 Feb 2024)."
    assert tell_notes(read("metric=sold&by=month"), "line") == [told]
    assert tell_notes(read("metric=rows&by=month&lang=pt"), "line") == ["Noted: Chuva (10 fev 2024)."]
    assert tell_notes(read("metric=sold&by=shop"), "bar") == []
    assert tell_notes(read("metric=sold&by=month"), "table") == []


# Targets


def test_a_target_metric_is_asked_by_the_same_slices(read: Callable[[str], Reading]) -> None:
    assert read("metric=sold&by=month").table["sold@target"].to_pylist() == [10, None]
    assert "sold@target" not in read("metric=sold&by=shop").table.column_names
    assert "sold@target" not in read("metric=sold&by=day").table.column_names


def test_a_number_is_the_target_of_each_group_of_what_does_not_add_up(read: Callable[[str], Reading]) -> None:
    assert read("metric=pieces&by=shop").table["pieces@target"].to_pylist() == [3, 3]
    assert "rows@target" not in read("metric=rows&by=shop").table.column_names
    assert read("metric=rows").table["rows@target"].to_pylist() == [2]
    assert "pieces~yoy@target" not in read("metric=pieces~yoy&by=month").table.column_names


def test_a_single_number_has_its_target(shop: Source) -> None:
    answer = shop.ask("metric=sold,rows,pieces,gifts&period=2024-01-01..2024-01-31")
    assert find_targets(shop, shop.serve().catalogue, answer) == {"sold": 10, "rows": 2, "pieces": 3}


def test_a_target_is_a_line_named_beside_the_chart() -> None:
    table = WEEKS.append_column("sent@target", pa.array([3, 3, None, None], pa.float64()))
    config = fit_config(table, ChartConfig("line", WEEK, (SENT,)))
    assert config.targeted
    assert read_column(table, config, "target") == [3, 3, None, None]
    assert read_column(table, config, "target_label") == [None, None, None, "Target 3"]
    assert [label for label in read_column(table, replace(config, locale="ru"), "target_label") if label] == ["План 3"]
    alt.Chart.from_dict(build_spec(config))


def test_lines_share_a_target_only_where_it_is_one() -> None:
    table = pa.table({"week": MONDAYS[:1] * 2, "channel": ["a", "b"], "sent": [10, 6], "sent@target": [6.1, 6.1]})
    config = ChartConfig("line", WEEK, (SENT,), CHANNEL)
    heights = sorted({at for name in ("label_at", "target_at") for at in read_column(table, config, name) if at})
    assert [round(high - low, 6) >= 0.28 for low, high in pairwise(heights)] == [True, True]  # a line of text apart
    assert fit_config(table, config).targeted
    apart = table.set_column(3, "sent@target", pa.array([6.1, 7.0]))
    assert not fit_config(apart, config).targeted
    several = table.append_column("clicks", pa.array([1, 2]))
    assert not fit_config(several, replace(config, series=None, values=(SENT, CLICKS))).targeted


# Intervals


def test_what_is_made_of_too_little_has_its_interval(read: Callable[[str], Reading]) -> None:
    reading = read("metric=gift_rate&by=month")
    low, high = (reading.table[f"gift_rate@{end}"].to_pylist() for end in ("low", "high"))
    assert low[0] is high[0] is None
    assert (round(low[1], 3), high[1]) == (0.207, 1.0)


def test_an_interval_is_drawn_as_far_as_the_values_reach_and_told_in_full() -> None:
    table = pa.table(
        {
            "week": MONDAYS[:2],
            "click_rate": [0.1, 0.1],
            "click_rate@base": [None, 5.0],
            "click_rate@low": [None, 0.02],
            "click_rate@high": [None, 0.6],
        }
    )
    config = ChartConfig("line", WEEK, (RATE,), based=True)
    rows = read_rows(table, config, "low", "high", "low_at", "high_at")
    assert [tuple(None if at is None else round(at, 6) for at in row) for row in rows] == [
        (None, None, None, None),
        (0.02, 0.6, 0.02, 0.15),
    ]
    assert any("datum.high" in str(node.get("calculate")) for node in walk(build_spec(config)))
