"""Histograms and cumulative curves: bins, the middle, what has no value, when they are offered."""

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_charts import CHANNEL, OCLOCK, RATE, SENT, WEEK, walk
from widgets.charts import (
    Answered,
    ChartConfig,
    Field,
    build_spec,
    describe_chart,
    list_kinds,
    propose_kind,
    refuse_kinds,
    shape_table,
)
from widgets.charts.histogram import MOST_BINS, MOST_SINGLE, choose_bins, read_distribution

VISITS = Field("visits", "Visits", order=("0", "1", "2", "3+"))
AGE = Field("age", "Age", "number")
BANDS = ChartConfig("histogram", VISITS, (SENT,))
BANDED = pa.table({"visits": ["3+", "0", None, "1"], "sent": [10, 30, 7, 20]})
NUMBERS = ChartConfig("histogram", AGE, (SENT,))


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, config)
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


def test_bands_keep_their_order_and_an_empty_one_its_place() -> None:
    rows = read_rows(BANDED, BANDS, "category", "value", "share_text", "reached_text")
    assert rows == [
        ("0", 30, "50.0%", "50.0%"),
        ("1", 20, "33.3%", "83.3%"),
        ("2", 0, "0%", "83.3%"),
        ("3+", 10, "16.7%", "100.0%"),
    ]


def test_half_is_reached_in_the_first_band_that_holds_it() -> None:
    assert [name for (name,) in read_rows(BANDED, BANDS, "middle") if name] == ["Median: 0"]
    assert read_distribution(BANDED, BANDS).middle == 0
    assert read_distribution(pa.table({"visits": ["0", "1"], "sent": [1, 2]}), BANDS).middle == 1


def test_what_has_no_value_stands_aside_and_in_no_share() -> None:
    assert [text for (text,) in read_rows(BANDED, BANDS, "aside") if text] == ["(none): 7"]
    assert describe_chart(BANDED, BANDS) == (
        "Distribution of sent by visits, 60 in all: half at 0 or less; most 0 50.0%, 1 33.3%, 3+ 16.7%; "
        "7 without a value left out."
    )


@pytest.mark.parametrize(
    ("numbers", "bins"),
    [
        ([3, 5], (3, 2, 2, True)),
        ([1940, 1960, 1950, 2000], (1940, 10, 7, True)),
        ([0, 1, 60], (0, 2, 31, True)),
        ([7], (7, 1, 1, True)),
        ([0.5], (0, 1, 1, False)),
        ([0, 0.29], (0, 0.01, 30, False)),
        ([-5.5, 24.4], (-6, 1, 31, False)),
    ],
)
def test_bins_are_single_numbers_or_round_widths(numbers: list[float], bins: tuple[float, float, int, bool]) -> None:
    start, width, count, whole = choose_bins(np.array(numbers, dtype=np.float64))
    assert (round(start, 9), round(width, 9), count, whole) == bins


def test_bins_are_named_by_the_numbers_they_hold() -> None:
    table = pa.table({"age": [1940, 1960], "sent": [1, 1]})
    assert [name for (name,) in read_rows(table, NUMBERS, "category")] == ["1940–1959", "1960–1979"]
    table = pa.table({"age": [1, 2, 4], "sent": [1, 1, 1]})
    assert read_rows(table, NUMBERS, "category", "value") == [("1", 1), ("2", 1), ("3", 0), ("4", 1)]
    table = pa.table({"age": [0.0, 0.25, 2.5], "sent": [1, 1, 1]})
    assert read_rows(table, NUMBERS, "category")[:2] == [("0–0.1",), ("0.1–0.2",)]


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-500, 500).map(float)), max_size=60),
    st.integers(0, 1000),
)
@settings(max_examples=300, deadline=None)
def test_every_row_falls_into_one_bin(keys: list[float | None], weight: int) -> None:
    table = pa.table({"age": pa.array(keys, pa.float64()), "sent": pa.array([weight] * len(keys), pa.float64())})
    found = read_distribution(table, NUMBERS)
    assert found.sums.sum() + found.nowhere == weight * len(keys)
    assert len(found.names) == len(set(found.names)) <= max(MOST_SINGLE, 2 * MOST_BINS)


@pytest.mark.parametrize("kind", ["histogram", "cumulative"])
@pytest.mark.parametrize("config", [BANDS, NUMBERS], ids=["bands", "numbers"])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_specs_are_valid_and_name_only_columns_of_their_table(config: ChartConfig, kind: str, count: int) -> None:
    table = BANDED if config is BANDS else pa.table({"age": [1, 2, None, 9], "sent": [1, 2, 3, 4]})
    config, table = replace(config, kind=kind), table.slice(0, count)
    spec = build_spec(config)
    alt.Chart.from_dict(spec)
    read = {node["field"] for node in walk(spec) if isinstance(node.get("field"), str)}
    assert read <= set(shape_table(table, config).column_names)
    assert describe_chart(table, config)


def test_distributions_are_offered_for_numbers_and_bands_that_add_up() -> None:
    known = Answered((VISITS,), (SENT,), 4, (4,), unstacked="")
    assert list_kinds(known)[:2] == ("histogram", "cumulative")
    assert propose_kind(replace(known, keys=(AGE,))) == "histogram"
    for other in (
        replace(known, keys=(CHANNEL,)),
        replace(known, keys=(WEEK,)),
        replace(known, keys=(OCLOCK,)),
        replace(known, keys=(VISITS, CHANNEL), sizes=(4, 2)),
        replace(known, values=(SENT, RATE)),
        replace(known, unstacked="one may be in several"),
        replace(known, compared=True),
        replace(known, negative=True),
        replace(known, limited=True),
        replace(known, rest=True),
        replace(known, rows=1),
    ):
        assert {"histogram", "cumulative"} <= set(refuse_kinds(other)), other
