"""Bullets: values against their targets, what they draw and say, when they are offered."""

from dataclasses import replace
from typing import Any

import altair as alt
import pyarrow as pa
import pytest

from tests.test_charts import CHANNEL, MONDAYS, RATE, REVENUE, SENT, WEEK, walk
from widgets.charts import (
    Answered,
    ChartConfig,
    arrange_keys,
    build_spec,
    describe_chart,
    fit_config,
    list_kinds,
    refuse_kinds,
    shape_table,
)

GAIN, COST = replace(REVENUE, better="higher"), replace(RATE, better="lower")
BY_CHANNEL = ChartConfig("bullet", CHANNEL, (GAIN,), open_column="open")
GROUPS = pa.table(
    {
        "channel": ["mail", "sms", "push"],
        "revenue": [120, 80, 40],
        "revenue@target": pa.array([100, 100, None], pa.float64()),
        "open": [False, True, False],
    }
)
WHOLE = ChartConfig("bullet", arrange_keys("bullet", ())[0], (GAIN, COST, SENT))
TOTAL = pa.table(
    {"revenue": [150], "revenue@target": [100.0], "click_rate": [0.02], "click_rate@target": [0.01], "sent": [5]}
)


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, fit_config(table, config))
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


def test_groups_of_one_metric_share_its_axis() -> None:
    rows = read_rows(GROUPS, BY_CHANNEL, "category", "value", "target", "missed", "unfinished", "label")
    assert rows == [
        ("mail", 120, 100, False, False, "€120 of €100"),
        ("sms", 80, 100, True, True, "€80 of €100"),
        ("push", 40, None, False, False, "€40"),
    ]


def test_metrics_of_a_single_row_are_parts_of_their_targets() -> None:
    """Money and rates share no axis; what has no target is left to the other charts."""
    rows = read_rows(TOTAL, WHOLE, "category", "value", "target", "missed", "label")
    assert rows == [("Revenue", 1.5, 1, False, "€150 of €100"), ("Click rate", 2, 1, True, "2.0% of 1.0%")]


def test_nothing_is_missed_where_nobody_said_what_is_good() -> None:
    rows = read_rows(GROUPS, replace(BY_CHANNEL, values=(REVENUE,)), "missed")
    assert rows == [(False,)] * 3


def test_a_target_of_nothing_is_no_part() -> None:
    table = pa.table({"revenue": [5], "revenue@target": [0.0]})
    assert read_rows(table, replace(WHOLE, values=(GAIN,)), "value", "target", "part_text") == [(5, 0, "–")]


def test_bullets_say_how_many_targets_are_reached() -> None:
    assert describe_chart(GROUPS, BY_CHANNEL) == (
        "2 values against targets, 1 without one, 1 of 2 reached: mail €120 of €100 (120.0%); sms €80 of €100 (80.0%)."
    )
    assert describe_chart(TOTAL, WHOLE) == (
        "2 values against targets, 1 of 2 reached: Click rate 2.0% of 1.0% (200.0%); Revenue €150 of €100 (150.0%)."
    )


@pytest.mark.parametrize("config", [BY_CHANNEL, WHOLE], ids=["groups", "whole"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_specs_are_valid_and_name_only_columns_of_their_table(config: ChartConfig, count: int) -> None:
    table = (GROUPS if config is BY_CHANNEL else TOTAL).slice(0, count)
    fitted = fit_config(table, config)
    spec = build_spec(fitted)
    alt.Chart.from_dict(spec)
    read = {node["field"] for node in walk(spec) if isinstance(node.get("field"), str)}
    assert read <= set(shape_table(table, fitted).column_names)
    assert describe_chart(table, config)


def test_bars_start_at_zero() -> None:
    spec = build_spec(fit_config(GROUPS, BY_CHANNEL))
    scales = [
        node["scale"] for node in walk(spec) if node.get("field") in ("value", "target", "end") and "scale" in node
    ]
    assert scales
    assert all(scale["zero"] is True for scale in scales)


def test_the_first_layer_holds_all_rows_so_that_they_keep_their_order() -> None:
    first = build_spec(fit_config(GROUPS, BY_CHANNEL))["layer"][0]
    assert "transform" not in first


def test_bullets_are_offered_where_there_are_targets() -> None:
    known = Answered((CHANNEL,), (GAIN,), 3, (3,), targets=1)
    assert "bullet" in list_kinds(known)
    assert "bullet" in list_kinds(replace(known, keys=(WEEK,), rows=len(MONDAYS)))
    assert "bullet" in list_kinds(replace(known, keys=(), rows=1, values=(GAIN, COST), targets=2))
    for other in (
        replace(known, targets=0),
        replace(known, values=(GAIN, COST), targets=2),
        replace(known, keys=(WEEK, CHANNEL), sizes=(2, 3)),
        replace(known, negative=True),
        replace(known, rows=25),
    ):
        assert "bullet" in refuse_kinds(other), other
