"""Charts of parts, points and ranks: stacks, areas, scatters, slopes; what they draw and say, when they are offered."""

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
import pytest

from semantic import Source
from semantic.ratios import find_ratio
from tests.test_charts import CHANNEL, MONDAYS, RATE, SENT, WEEK, walk
from widgets.charts import (
    Answered,
    ChartConfig,
    Field,
    build_spec,
    describe_chart,
    fit_config,
    list_kinds,
    refuse_kinds,
    shape_table,
)
from widgets.charts.scatter import choose_levels, place_labels
from widgets.fields import read_answer

BRAND = Field("brand", "Brand")
STACK = ChartConfig("stack", WEEK, (SENT,), CHANNEL, open_column="open")
PARTS = pa.table(
    {
        "week": [MONDAYS[0], MONDAYS[0], MONDAYS[1]],
        "channel": ["mail", "sms", "mail"],
        "sent": [30, 10, 5],
        "open": [False, False, True],
    }
)
SCATTER = ChartConfig("scatter", BRAND, (SENT, RATE), other_column="rest")
POINTS = pa.table(
    {
        "brand": ["a", "b", "c", None, "Other"],
        "sent": [10, 20, 90, None, 5],
        "click_rate": [0.1, 0.2, 0.3, 0.4, 0.9],
        "rest": [False, False, False, False, True],
    }
)
SLOPE = ChartConfig("slope", BRAND, (SENT,), compare="Previous period")
RANKS = pa.table({"brand": ["a", "b", "c", "new"], "sent": [50, 40, 30, 9], "sent@compare": [20, 45, 10, None]})
TABLES = {STACK: PARTS, replace(STACK, kind="share"): PARTS, replace(STACK, kind="area"): PARTS,
          replace(STACK, x=BRAND, open_column=""): PARTS.rename_columns(["brand", "channel", "sent", "open"]),
          SCATTER: POINTS, SLOPE: RANKS}  # fmt: skip


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, fit_config(table, config))
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


@pytest.mark.parametrize("config", TABLES, ids=lambda config: f"{config.kind}-{config.x.name}")
def test_specs_are_valid_and_name_only_columns_of_their_table(config: ChartConfig) -> None:
    table = TABLES[config]
    for fitted in (fit_config(table, replace(config, locale=locale)) for locale in ("en", "pt", "ru")):
        spec = build_spec(fitted)
        alt.Chart.from_dict(spec)
        made = {name for node in walk(spec) for name in [node.get("as")] if isinstance(name, str)}
        read = {node["field"] for node in walk(spec) if isinstance(node.get("field"), str)}
        assert read <= made | set(shape_table(table, fitted).column_names)
        assert build_spec(replace(fitted)) is spec


@pytest.mark.parametrize("config", TABLES, ids=lambda config: f"{config.kind}-{config.x.name}")
def test_no_row_and_one_row_are_drawn(config: ChartConfig) -> None:
    for count in (0, 1):
        table = TABLES[config].slice(0, count)
        shape_table(table, fit_config(table, config))
        assert describe_chart(table, config)


# Stacks


def test_stack_reaches_the_whole_and_says_it_at_the_last_part() -> None:
    rows = read_rows(PARTS, STACK, "category", "series", "low", "high", "whole", "share_text", "unfinished")
    assert rows == [
        ("1 Jan 2024", "mail", 0, 30, None, "75.0%", False),
        ("1 Jan 2024", "sms", 30, 40, "40", "25.0%", False),
        ("8 Jan 2024", "mail", 0, 5, None, "100.0%", True),
        ("8 Jan 2024", "sms", 5, 5, "5", "0%", True),
    ]


def test_shares_of_a_stack_end_at_one_and_nothing_has_no_share() -> None:
    config = replace(STACK, kind="share")
    assert [high for (high,) in read_rows(PARTS, config, "high")] == [0.75, 1, 1, 1]
    nothing = PARTS.set_column(2, "sent", pa.array([0, 0, 0]))
    assert set(read_rows(nothing, config, "low", "high", "share_text")) == {(0, 0, "–")}


def test_area_is_paler_from_the_last_period_that_is_over() -> None:
    rows = read_rows(PARTS.slice(0, 3), replace(STACK, kind="area"), "series", "unfinished", "tail")
    assert rows == [("mail", False, True), ("sms", False, True), ("mail", True, True), ("sms", True, True)]
    closed = PARTS.set_column(3, "open", pa.array([False] * 3))
    assert {tail for (tail,) in read_rows(closed, replace(STACK, kind="area"), "tail")} == {False}


def test_stacks_start_at_zero() -> None:
    for kind in ("stack", "share", "area"):
        spec = build_spec(fit_config(PARTS, replace(STACK, kind=kind)))
        spans = [node for node in walk(spec) if node.get("field") == "low"]
        assert spans
        assert all(node["scale"]["zero"] is True for node in spans)


ADDED = Answered((WEEK, CHANNEL), (SENT,), 30, (10, 3), unstacked="")


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (ADDED, ""),
        (replace(ADDED, keys=(BRAND, CHANNEL)), ""),
        (replace(ADDED, unstacked="Readers doesn't add up"), "Readers doesn't add up"),
        (replace(ADDED, compared=True), "what is compared with has no place in a stack"),
        (replace(ADDED, negative=True), "some values are below 0"),
        (replace(ADDED, limited=True), "the line limits the rows, and what is left out would be missing"),
        (replace(ADDED, sizes=(10, 7)), "7 parts are too many"),
        (replace(ADDED, sizes=(61, 3)), "61 bars are too many"),
        (replace(ADDED, keys=(WEEK,), sizes=(10,)),
         "it takes two slices, of which one may be a time, and one metric"),
        (replace(ADDED, values=(SENT, RATE)), "it takes two slices, of which one may be a time, and one metric"),
        (Answered((WEEK, CHANNEL), (SENT,), 30, (10, 3)), "it isn't known that its groups sum up"),
    ],
)  # fmt: skip
def test_stack_is_offered_where_parts_make_a_whole(answered: Answered, reason: str) -> None:
    refused = refuse_kinds(answered)
    assert [refused.get(kind, "") for kind in ("stack", "share")] == [reason, reason]
    assert list_kinds(answered)[0] not in ("stack", "share", "area")  # never instead of what compares the parts


def test_area_holds_more_periods_than_bars() -> None:
    many = replace(ADDED, rows=400, sizes=(120, 3))
    assert "area" in list_kinds(many)
    assert refuse_kinds(replace(ADDED, keys=(BRAND, CHANNEL)))["area"] == "it takes a time axis and one more slice"
    assert refuse_kinds(replace(ADDED, sizes=(1, 1)))["area"] == "a single period makes no area"


# Points


def test_scatter_leaves_out_what_lacks_a_number_and_the_rest() -> None:
    rows = read_rows(POINTS, SCATTER, "category", "across", "up", "across_median", "up_median", "up_text")
    assert rows == [
        ("a", 10, 0.1, 20, 0.2, "10.00%"),
        ("b", 20, 0.2, 20, 0.2, "20.00%"),
        ("c", 90, 0.3, 20, 0.2, "30.00%"),
    ]


def test_labels_of_points_never_cover_each_other() -> None:
    same = np.zeros(5)
    assert sum(place_labels(same, same, ["label"] * 5)) <= 1
    apart = place_labels(np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1]), list("abcd"))
    assert apart == [True] * 4


# Ranks


def test_slope_ranks_the_groups_of_both_periods() -> None:
    rows = read_rows(RANKS, SLOPE, "category", "end", "top", "moved", "label", "head")
    assert rows == [
        ("a", 0, 77, 1, "2. 20", "Before"),
        ("a", 1, 43, 1, "1. a", "Now"),
        ("b", 0, 43, -1, "1. 45", None),
        ("b", 1, 77, -1, "2. b", None),
        ("c", 0, 111, 0, "3. 10", None),
        ("c", 1, 111, 0, "3. c", None),
    ]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (STACK, "Sent by week and channel, 2 bars, 45 in all: mail 77.8%, sms 22.2%."),
        (SCATTER, "Sent against click rate by brand, 3 points: sent median 20, highest 90 (c); click rate median "
         "20.0%, highest 30.0% (c)."),
        (SLOPE, "Ranks of brand by sent, previous period and now: first is a, 50, before it was b; a rose from 2 to 1; "
         "b fell from 1 to 2."),
    ],
)  # fmt: skip
def test_describe(config: ChartConfig, sentence: str) -> None:
    assert describe_chart(TABLES[config], config) == sentence


@pytest.mark.parametrize(
    ("answered", "kind", "reason"),
    [
        (Answered((BRAND,), (SENT, RATE), 3), "scatter", ""),
        (Answered((BRAND,), (SENT,), 3), "scatter", "it takes one slice that isn't a time, and two metrics"),
        (Answered((BRAND,), (SENT, RATE), 2), "scatter", "it takes three groups"),
        (Answered((BRAND,), (SENT,), 3, compared=True), "slope", ""),
        (Answered((BRAND,), (SENT,), 3), "slope", "it takes a comparison"),
        (Answered((BRAND,), (SENT,), 21, compared=True), "slope", "21 ranks are too many"),
        (Answered((WEEK,), (SENT,), 3, compared=True), "slope",
         "it takes one slice whose groups have no order of their own, and one metric"),
    ],
)  # fmt: skip
def test_reasons(answered: Answered, kind: str, reason: str) -> None:
    assert refuse_kinds(answered).get(kind, "") == reason


# Lines of equal ratio

EACH = replace(SCATTER, ratio=Field("rate", "Rate", "number", "percent"), other_column="")
SPENT = pa.table({"brand": ["a", "b", "c"], "sent": [100.0, 200.0, 50.0], "click_rate": [1.0, 10.0, 0.0]})


def test_lines_of_equal_ratio_run_from_nothing_to_the_edge() -> None:
    rows = [row for row in read_rows(SPENT, EACH, "line", "across", "up", "equal") if row[0] is not None]
    assert rows == [
        (0, 0, 0, None), (0, 212, pytest.approx(2.12), "Rate 1.0%"),
        (1, 0, 0, None), (1, 212, pytest.approx(4.24), "2.0%"),
        (2, 0, 0, None), (2, 212, pytest.approx(10.6), "5.0%"),
    ]  # fmt: skip
    down = [row for row in read_rows(SPENT, replace(EACH, ratio_up=False), "across", "up", "equal") if row[2]]
    assert [up for _, up, _ in down] == pytest.approx([10.6, 4.24, 2.12])


def test_points_say_their_ratio_where_there_is_one() -> None:
    assert [text for (text,) in read_rows(SPENT, EACH, "ratio_text") if text] == ["1.00%", "5.00%", "0.00%"]
    assert {text for (text,) in read_rows(SPENT, replace(EACH, ratio=None), "ratio_text")} == {None}
    spec = build_spec(fit_config(SPENT, EACH))
    scales = [node["scale"] for node in walk(spec) if node.get("field") in ("across", "up") and "scale" in node]
    assert {scale["zero"] for scale in scales} == {True}
    alt.Chart.from_dict(spec)


@pytest.mark.parametrize(
    ("ratios", "levels"),
    [
        ([], []),
        ([0.0, float("inf")], []),
        ([3.14159], [3.1]),
        ([0.013, 0.014, 0.016], [0.014]),
        ([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0], [2, 50, 1000]),
    ],
)
def test_levels_are_round_numbers_among_the_ratios(ratios: list[float], levels: list[float]) -> None:
    assert choose_levels(np.array(ratios)) == pytest.approx(levels)


def test_a_ratio_is_found_whichever_metric_comes_first(demo: Source) -> None:
    catalogue = demo.serve().catalogue
    assert find_ratio(catalogue, "clicked", "delivered") == "click_rate"
    assert find_ratio(catalogue, "delivered", "clicked") is None
    for line, up in (("delivered,clicked", True), ("clicked,delivered", False)):
        reading = read_answer(catalogue, demo.ask(f"metric={line}&by=brand"))
        assert (reading.ratio and reading.ratio.name, reading.ratio_up) == ("click_rate", up)
    for line in ("delivered,clicked,sent", "delivered", "delivered~unique,clicked~unique"):
        assert read_answer(catalogue, demo.ask(f"metric={line}&by=brand")).ratio is None
