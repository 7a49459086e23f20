"""Charts: specs that validate and never vary, tables that say what the answer says, kinds, sentences and numbers."""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import altair as alt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.line import CHARTS
from widgets.charts import (
    KINDS,
    Answered,
    ChartConfig,
    Field,
    Locale,
    arrange_keys,
    build_spec,
    describe_chart,
    fit_config,
    format_change,
    format_period,
    format_value,
    list_kinds,
    propose_kind,
    shape_table,
    split_config,
)
from widgets.charts.description import NOTHING
from widgets.pictures import KIND_NAMES

ROOT = Path(__file__).parent.parent
DAY = Field("day", "Day", "time", grain="day")
WEEK = Field("week", "Week", "time", grain="week")
HOUR = Field("hour", "Hour", "time", grain="hour")
WEEKDAY = Field("weekday", "Weekday", "category", grain="weekday")
OCLOCK = Field("hour_of_day", "Hour of day", "category", grain="hour_of_day")
CHANNEL = Field("channel", "Channel")
BRAND = Field("brand", "Brand")
REVENUE = Field("revenue", "Revenue", "number", ",.0f", "EUR")
SENT = Field("sent", "Sent", "number", ",.0f")
CLICKS = Field("clicks", "Clicks", "number", ",.0f")
RATE = Field("click_rate", "Click rate", "number", "percent")
NOTE = Field("note", "Last note", "category")
ROWS = {"ranking", "pivot", "shaded"}  # kinds that are read as rows, of which test_tables.py tells
MONDAYS = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(6)]


def list_configs() -> Iterator[ChartConfig]:
    """Give the configurations whose specs differ: every part of a chart with and without every other."""
    for compare, opened, other, split in itertools.product(
        ("", "Previous year"), ("", "open"), ("", "other"), (False, True)
    ):
        series = CHANNEL if split else None
        yield ChartConfig("line", WEEK, (REVENUE,), series, compare, opened, other, many=bool(split and compare))
        if bool(compare) == bool(opened):
            yield ChartConfig("bar", WEEK, (REVENUE,), series, compare, opened, other)
            yield ChartConfig("column", WEEK, (REVENUE,), series, compare, opened, other)
    yield ChartConfig("heat", WEEK, (REVENUE,), CHANNEL)
    yield ChartConfig("spark", WEEK, (REVENUE,))
    spoken: tuple[tuple[Locale, str], ...] = (("en", "line"), ("pt", "bar"), ("ru", "column"), ("ru", "heat"))
    for locale, kind in spoken:
        yield ChartConfig(kind, DAY, (RATE,), CHANNEL, categories=("a", "b"), locale=locale, from_zero=False)
    for grain in ("minute", "hour", "day", "month", "quarter", "half", "year", ""):
        yield ChartConfig("line", Field("t", "T", "time", grain=grain), (SENT, CLICKS))


def make_table(config: ChartConfig) -> pa.Table:
    """Give three weeks of two channels with every column that a configuration may name; the second is the remainder."""
    columns: dict[str, Any] = {config.x.name: MONDAYS[:3] if config.series is None else sorted(MONDAYS[:3] * 2)}
    count = len(columns[config.x.name])
    if config.series is not None:
        columns[config.series.name] = ["mail", "Other"] * 3
    for value in config.values:
        columns |= {value.name: [float(row) for row in range(count)], f"{value.name}@compare": [1.0] * count}
    flags = [row % 2 == 1 for row in range(count)]
    return pa.table(columns | {"open": flags, "other": flags})


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, config)
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(child)


# Specs


def test_specs_are_valid_vega_lite() -> None:
    for config in list_configs():
        alt.Chart.from_dict(build_spec(config))  # raises, and names the wrong part


def test_spec_is_built_once() -> None:
    config = ChartConfig("line", WEEK, (REVENUE,))
    assert build_spec(config) is build_spec(replace(config))


def test_spec_holds_no_data_title_or_column_of_the_answer() -> None:
    for config in list_configs():
        spec = build_spec(config)
        assert spec["data"] == {"name": "source"}
        assert "datasets" not in spec
        assert "title" not in spec
        fields = {node["field"] for node in walk(spec) if "field" in node}
        assert not fields & {"week", "day", "channel", "revenue", "click_rate", "t", "sent"}, config


def test_spec_names_only_columns_of_its_table() -> None:
    for config in list_configs():
        if config.x.grain not in ("week", "day"):
            continue
        spec = build_spec(config)
        made = {name for node in walk(spec) for name in [node.get("as")] if isinstance(name, str)}
        read = {node["field"] for node in walk(spec) if "field" in node}
        expressions = [node[key] for node in walk(spec) for key in ("test", "calculate", "filter") if key in node]
        read |= {name for text in expressions for name in re.findall(r"datum\.(\w+)", str(text))}
        assert read <= made | set(shape_table(make_table(config), config).column_names), config


def test_bars_start_at_zero() -> None:
    for config in list_configs():
        lengths = [
            node for node in walk(build_spec(config)) if node.get("field") in ("value", "compare") and "scale" in node
        ]
        if config.kind in ("bar", "column"):
            assert lengths
            assert all(node["scale"]["zero"] is True for node in lengths)


def test_specs_are_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib, json, sys\n"
        "sys.path[:0] = ['.', 'tests']\n"
        "from test_charts import build_spec, list_configs\n"
        "configs = list(list_configs())\n"
        "texts = {c: json.dumps(build_spec(c)) for c in (configs if sys.argv[1] == '+' else reversed(configs))}\n"
        "print(hashlib.sha256(''.join(texts[c] for c in configs).encode()).hexdigest())\n"
    )
    here = hashlib.sha256("".join(json.dumps(build_spec(config)) for config in list_configs()).encode()).hexdigest()
    for order, seed, zone in (("+", "1", "Asia/Tokyo"), ("-", "2", "America/Sao_Paulo")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        run = subprocess.run(
            [sys.executable, "-c", program, order],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == here, f"order {order}, hash seed {seed}"


def test_import_needs_neither_altair_nor_streamlit() -> None:
    program = "import sys, widgets.charts; print(sorted({'altair', 'streamlit', 'pandas'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_streamlit_draws_the_spec_and_leaves_it_alone() -> None:
    from streamlit.testing.v1 import AppTest

    def draw() -> None:
        import pyarrow as pa
        import streamlit as st

        from tests.test_charts import MONDAYS, REVENUE, WEEK
        from widgets.charts import ChartConfig, build_spec, shape_table

        config = ChartConfig("line", WEEK, (REVENUE,), open_column="open")
        table = pa.table({"week": MONDAYS, "revenue": range(6), "open": [False] * 5 + [True]})
        before = str(build_spec(config))
        st.vega_lite_chart(shape_table(table, config), build_spec(config))
        assert str(build_spec(config)) == before

    app = AppTest.from_function(draw).run(timeout=30)
    assert not app.exception
    drawn = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    assert drawn == build_spec(ChartConfig("line", WEEK, (REVENUE,), open_column="open"))


@pytest.mark.parametrize("kind", ["table", "number", "pie"])
def test_kind_without_a_drawing_is_refused(kind: str) -> None:
    config = ChartConfig(kind, WEEK, (REVENUE,))
    with pytest.raises(
        ValueError, match=re.escape(f"chart: kind '{kind}' has no spec. funnel, retention, flow, sankey, ")
    ):
        build_spec(config)
    with pytest.raises(
        ValueError, match=re.escape(f"chart: kind '{kind}' has no drawing. funnel, retention, flow, sankey, ")
    ):
        shape_table(make_table(config), config)


# Tables


@pytest.mark.parametrize(
    "name", ["revenue~yoy", "a.b", "a[0]", "it's", 'say "x"', "two words", "a\\b", "@", "выручка", ""]
)
def test_columns_of_any_name_are_drawn(name: str) -> None:
    config = ChartConfig("line", replace(WEEK, name=f"t{name}"), (replace(REVENUE, name=name),), compare="Before")
    table = pa.table([MONDAYS[:2], [1, 2], [3, 4]], names=[f"t{name}", name, f"{name}@compare"])
    assert read_rows(table, config, "value", "compare") == [(1.0, 3.0), (2.0, 4.0)]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2, None], pa.int64()),
        pa.array([1, 2, None], pa.uint8()),
        pa.array([1.0, 2.0, float("nan")]),
        pa.array([1.0, 2.0, float("inf")]),
        pa.array([Decimal("1.000"), Decimal("2.000"), None], pa.decimal128(18, 3)),
        pa.array([Decimal(1), Decimal(2), None], pa.decimal128(38, 0)),
    ],
    ids=lambda column: str(column.type),
)
def test_numbers_of_any_type_become_floats_and_null_stays_null(column: pa.Array) -> None:
    config = ChartConfig("line", WEEK, (REVENUE,))
    shaped = shape_table(pa.table({"week": MONDAYS[:3], "revenue": column}), config)
    assert shaped.schema.field("value").type == pa.float64()
    assert shaped.column("value").to_pylist() == [1.0, 2.0, None]


def test_text_isnt_a_number() -> None:
    table = pa.table({"week": MONDAYS[:1], "revenue": ["much"]})
    with pytest.raises(ValueError, match=r"^chart: column 'revenue' holds string\. a number would do\.$"):
        shape_table(table, ChartConfig("line", WEEK, (REVENUE,)))


def test_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match=r"chart: no column 'revenue'\. one of 'week' would do\."):
        shape_table(pa.table({"week": MONDAYS[:1]}), ChartConfig("line", WEEK, (REVENUE,)))


def test_day_stands_at_its_own_midnight_in_any_zone() -> None:
    days = [date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1)]
    table = pa.table({"day": days, "revenue": [1, 2, 3]})
    rows = read_rows(table, ChartConfig("line", DAY, (REVENUE,)), "x", "period")
    assert [datetime.fromtimestamp(at / 1000, UTC).date() for at, _ in rows] == days
    assert [name for _, name in rows] == ["Sat 30 Mar 2024", "Sun 31 Mar 2024", "Mon 1 Apr 2024"]


@pytest.mark.parametrize("form", ["timestamp", "text"])
def test_hour_that_comes_twice_is_drawn_twice_in_order(form: str) -> None:
    instants = [datetime(2024, 10, 26, 23, tzinfo=UTC) + timedelta(hours=hour) for hour in range(4)]
    hours = pa.array(instants, pa.timestamp("us", tz="Europe/Paris"))
    if form == "text":
        hours = pa.array(["2024-10-27T01:00:00+02:00", "2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00",
                          "2024-10-27T03:00:00+01:00"])  # fmt: skip
    rows = read_rows(
        pa.table({"hour": hours, "sent": [1, 2, 3, 4]}), ChartConfig("line", HOUR, (SENT,)), "x", "period", "value"
    )
    start = rows[0][0]
    assert [(at - start) / 3_600_000 for at, _, _ in rows] == [0, 1, 1.5, 2]
    assert [(name, value) for _, name, value in rows] == [
        ("27 Oct 2024 01:00", 1),
        ("27 Oct 2024 02:00 +02:00", 2),
        ("27 Oct 2024 02:00 +01:00", 3),
        ("27 Oct 2024 03:00", 4),
    ]


def test_hour_that_never_comes_leaves_its_gap() -> None:
    hours = [datetime(2024, 3, 31, 0, tzinfo=UTC), datetime(2024, 3, 31, 1, tzinfo=UTC)]  # 01:00, then 03:00 in Paris
    table = pa.table({"hour": pa.array(hours, pa.timestamp("us", tz="Europe/Paris")), "sent": [1, 2]})
    (first, _), (second, name) = read_rows(table, ChartConfig("line", HOUR, (SENT,)), "x", "period")
    assert ((second - first) / 3_600_000, name) == (2, "31 Mar 2024 03:00")


def test_unfinished_period_is_dashed_from_the_last_finished_one() -> None:
    table = pa.table({"week": MONDAYS[:4], "revenue": [1, 2, 3, 4], "open": [False, False, None, True]})
    rows = read_rows(table, ChartConfig("line", WEEK, (REVENUE,), open_column="open"), "closed", "dashed", "period")
    assert [row[:2] for row in rows] == [(1, False), (2, False), (3, True), (None, True)]
    assert rows[3][2] == "week of 22 Jan 2024 (unfinished)"


def test_null_is_a_gap_and_a_value_alone_a_dot() -> None:
    table = pa.table({"week": MONDAYS, "revenue": [1, 2, None, 4, None, None]})
    rows = read_rows(table, ChartConfig("line", WEEK, (REVENUE,)), "closed", "dot")
    assert rows == [(1, False), (2, False), (None, False), (4, True), (None, False), (None, False)]


def test_line_leaves_out_rows_without_a_time() -> None:
    table = pa.table({"week": [None, *MONDAYS[:2]], "revenue": [9, 1, 2]})
    assert read_rows(table, ChartConfig("line", WEEK, (REVENUE,)), "value") == [(1,), (2,)]


def test_lines_are_labelled_at_their_ends_apart_from_each_other() -> None:
    table = pa.table({"week": MONDAYS[:1] * 3, "channel": ["a", "b", "c"], "sent": [100.0, 99.0, 0.0]})
    config = ChartConfig("line", WEEK, (SENT,), CHANNEL)
    labels = dict(read_rows(table, config, "series", "label_at"))
    assert (labels["a"], round(labels["b"], 6), labels["c"]) == (100, 91.5, 0)
    assert {at for _, at in read_rows(table, replace(config, many=True), "series", "label_at")} == {None}


def test_several_metrics_become_series_by_their_labels() -> None:
    table = pa.table({"week": MONDAYS[:2], "sent": [1, 2], "clicks": [3, 4]})
    rows = read_rows(table, ChartConfig("line", WEEK, (SENT, CLICKS)), "series", "value")
    assert rows == [("Sent", 1), ("Sent", 2), ("Clicks", 3), ("Clicks", 4)]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", None, "a"], ["b", "(none)", "a"]),
        (["(none)", None], ["(none)", "(none) (2)"]),
        ([True, False, None], ["yes", "no", "(none)"]),
        (["", "x"], ['""', "x"]),
        ([2024, 7], ["2024", "7"]),
        ([Decimal("1.50"), Decimal(10)], ["1.5", "10"]),
        ([date(2024, 3, 4)], ["4 Mar 2024"]),
        ([["north", "south"], []], ["north, south", '""']),
    ],
)
def test_categories_have_readable_names_of_their_own(values: list[Any], names: list[str]) -> None:
    table = pa.table({"channel": pa.array(values), "revenue": range(len(values))})
    rows = read_rows(table, ChartConfig("bar", CHANNEL, (REVENUE,)), "category", "value")
    assert rows == [(name, value) for value, name in enumerate(names)]


def test_remainder_is_last_whatever_else_is_called_other() -> None:
    table = pa.table({"channel": ["Other", "sms", "Other"], "revenue": [5, 2, 3], "rest": [True, False, False]})
    config = ChartConfig("bar", CHANNEL, (REVENUE,), other_column="rest")
    rows = read_rows(table, config, "category", "value", "other")
    assert rows == [("sms", 2, False), ("Other", 3, False), ("Other (2)", 5, True)]
    assert read_rows(table.slice(0, 2), replace(config, locale="pt"), "category")[-1] == ("Outros",)


def test_remainder_of_the_series_is_the_last_of_them() -> None:
    columns = {"channel": ["a", "a", "b", "b"], "brand": ["Other", "Vega"] * 2, "revenue": [1, 2, 3, 4]}
    table = pa.table(columns | {"rest": [True, False] * 2})
    rows = read_rows(
        table, ChartConfig("bar", CHANNEL, (REVENUE,), BRAND, other_column="rest"), "category", "series", "other"
    )
    assert rows == [("a", "Vega", False), ("a", "Other", True), ("b", "Vega", False), ("b", "Other", True)]


def test_pinned_categories_keep_their_order() -> None:
    table = pa.table({"week": MONDAYS[:1] * 3, "channel": ["c", "a", "b"], "sent": [1, 2, 3]})
    config = ChartConfig("line", WEEK, (SENT,), CHANNEL, categories=("a", "b"))
    assert read_rows(table, config, "series") == [("a",), ("b",), ("c",)]


def test_parts_of_time_keep_their_order_and_their_gaps() -> None:
    table = pa.table({"weekday": [7, 3, 1], "sent": [70, 30, 10]})
    config = ChartConfig("column", WEEKDAY, (SENT,))
    rows = read_rows(table, config, "category", "value", "label")
    assert rows[:3] == [("Mon", 10, "10"), ("Tue", None, None), ("Wed", 30, "30")]
    assert [name for name, _, _ in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    names = [name for (name,) in read_rows(table, replace(config, week_start=7, locale="ru"), "category")]
    assert names == ["вс", "пн", "вт", "ср"]


def test_heat_map_has_every_cell() -> None:
    table = pa.table({"weekday": [1, 1, 2], "hour_of_day": [9, 8, 10], "sent": [1, 2, 3]})
    rows = read_rows(table, ChartConfig("heat", WEEKDAY, (SENT,), OCLOCK), "category", "series", "value")
    assert rows == [
        ("Mon", "08", 2), ("Mon", "09", 1), ("Mon", "10", None),
        ("Tue", "08", None), ("Tue", "09", None), ("Tue", "10", 3),
    ]  # fmt: skip


def test_bars_have_labels_up_to_twenty() -> None:
    table = pa.table({"channel": [f"c{row}" for row in range(21)], "revenue": [None, *range(-1, 19)]})
    config = ChartConfig("bar", CHANNEL, (REVENUE,))
    assert read_rows(table.slice(0, 3), config, "label", "label_at") == [("–", 0), ("−€1", 0), ("€0", 0)]
    assert {label for (label,) in read_rows(table, config, "label")} == {None}


def test_heat_map_draws_empty_cells_unseen() -> None:
    """Left out, a cell that is empty in the first row would make its hour the last of the axis."""
    cells = build_spec(ChartConfig("heat", WEEKDAY, (SENT,), OCLOCK))["layer"][0]
    assert [step for step in cells.get("transform", []) if "filter" in step] == []
    assert {"test": "!isValid(datum.value)", "value": "transparent"} in cells["encoding"]["color"]["condition"]


@pytest.mark.parametrize("kind", ["line", "bar", "column", "spark", "heat"])
@pytest.mark.parametrize("count", [0, 1])
def test_no_row_and_one_row_are_drawn(kind: str, count: int) -> None:
    table = make_table(ChartConfig(kind, WEEK, (REVENUE,), CHANNEL)).slice(0, count)
    for series in (None, CHANNEL):
        config = ChartConfig(
            kind, WEEK, (REVENUE,), series or (CHANNEL if kind == "heat" else None), "Before", "open", "other"
        )
        assert shape_table(table, fit_config(table, config)).num_rows == count


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([None, "Other", "a", "(none)", ""]), st.sampled_from([*MONDAYS, None])),
        st.one_of(st.none(), st.floats(-1e6, 1e6)),
        max_size=20,
    ),
    st.sampled_from(["line", "bar", "column", "heat"]),
)
@settings(max_examples=150, deadline=None)
def test_what_is_drawn_is_what_is_answered(
    cells: dict[tuple[str | None, date | None], float | None], kind: str
) -> None:
    keys, weeks = [key for key, _ in cells], [week for _, week in cells]
    typed = {"channel": pa.array(keys, pa.string()), "week": pa.array(weeks, pa.date32())}
    values = {"revenue": pa.array(cells.values(), pa.float64()), "rest": [key == "Other" for key in keys]}
    table = pa.table(typed | values)
    shaped = shape_table(table, ChartConfig(kind, WEEK, (REVENUE,), CHANNEL, other_column="rest"))
    answered = [value for (_, week), value in cells.items() if value is not None and (week or kind != "line")]
    assert sorted(value for value in shaped.column("value").to_pylist() if value is not None) == sorted(answered)


# What the data and the question decide


def test_fit_reads_what_the_spec_must_know() -> None:
    config = ChartConfig("line", WEEK, (SENT,), CHANNEL)
    six = pa.table({"week": MONDAYS[:1] * 6, "channel": list("abcdef"), "sent": [60, 70, 80, 90, 100, 110]})
    assert (fit_config(six, config).many, fit_config(six, config).from_zero) == (True, False)
    five = pa.table({"week": MONDAYS[:1] * 5, "channel": list("abcde"), "sent": [10, 70, 80, 90, 100]})
    assert (fit_config(five, config).many, fit_config(five, config).from_zero) == (False, True)
    assert fit_config(six, replace(config, kind="bar")).from_zero
    crossing = pa.table({"week": MONDAYS[:2], "channel": ["a", "a"], "sent": [-100, 100]})
    assert fit_config(crossing, config).from_zero


def test_metrics_of_unlike_units_never_share_an_axis() -> None:
    config = ChartConfig("line", WEEK, (SENT, RATE, CLICKS, REVENUE))
    assert [part.values for part in split_config(config)] == [(SENT, CLICKS), (RATE,), (REVENUE,)]
    by_channel = replace(config, values=(SENT, CLICKS), series=CHANNEL)
    assert [part.values for part in split_config(by_channel)] == [(SENT,), (CLICKS,)]


@pytest.mark.parametrize(
    ("keys", "values", "rows", "kinds"),
    [
        ((), (SENT,), 1, "number table"),
        ((), (SENT, RATE), 1, "number table"),
        ((), (SENT,), 0, "table"),
        ((WEEK,), (SENT,), 30, "line column spark table"),
        ((WEEK,), (SENT,), 90, "line spark table"),
        ((WEEK,), (SENT, RATE), 30, "line column table"),
        ((WEEK,), (SENT,), 1, "column table"),
        ((WEEK,), (SENT,), 0, "table"),
        ((WEEK, CHANNEL), (SENT,), 90, "line heat table"),
        ((CHANNEL, WEEK), (SENT,), 50, "line heat column table"),
        ((WEEK, CHANNEL, BRAND), (SENT,), 90, "table"),
        ((CHANNEL,), (SENT,), 60, "bar table"),
        ((CHANNEL,), (SENT,), 61, "table"),
        ((CHANNEL,), (SENT, RATE), 40, "table scatter"),
        ((CHANNEL,), (NOTE,), 5, "table"),
        ((CHANNEL,), (SENT, NOTE), 5, "table"),
        ((WEEK,), (NOTE,), 5, "table"),
        ((CHANNEL, BRAND), (SENT,), 20, "bar heat table"),
        ((CHANNEL, BRAND), (SENT,), 200, "table heat"),
        ((CHANNEL, BRAND), (SENT, RATE), 20, "bar table"),
        ((WEEKDAY,), (SENT,), 7, "column bar table"),
        ((WEEKDAY, OCLOCK), (SENT,), 168, "heat table"),
        ((WEEKDAY, OCLOCK), (SENT,), 40, "heat column bar table"),
        ((OCLOCK, CHANNEL), (SENT,), 96, "heat table"),
        ((OCLOCK, CHANNEL), (SENT,), 48, "column heat bar table"),
        ((CHANNEL, BRAND), (SENT,), 1501, "table"),
    ],
)
def test_kinds_offered_and_proposed(keys: tuple[Field, ...], values: tuple[Field, ...], rows: int, kinds: str) -> None:
    answered = Answered(keys, values, rows)
    offered = list_kinds(answered)
    assert set(offered) - ROWS == set(kinds.split())
    assert propose_kind(answered) == offered[0] == kinds.split()[0]


def test_every_kind_says_what_it_needs() -> None:
    assert [name for name, kind in KINDS.items() if not kind.needs] == []
    assert [name for name, kind in KINDS.items() if kind.draw is None] == [
        "number",
        "ranking",
        "pivot",
        "shaded",
        "table",
    ]


def test_kinds_are_the_words_of_the_line() -> None:
    """A board that asks for a chart by a name that there isn't is refused as it's read."""
    assert set(KINDS) - {"focus"} == set(CHARTS)  # which a page asks for, and no line: it says which lines are in focus
    assert set(KIND_NAMES) == set(CHARTS) - {"spark"}


def test_keys_are_arranged_for_the_kind() -> None:
    assert arrange_keys("line", (CHANNEL, WEEK)) == (WEEK, CHANNEL, None)
    assert arrange_keys("column", (CHANNEL, WEEKDAY)) == (WEEKDAY, CHANNEL, None)
    assert arrange_keys("bar", (CHANNEL, BRAND)) == (CHANNEL, BRAND, None)
    assert arrange_keys("heat", (WEEKDAY, OCLOCK)) == (WEEKDAY, OCLOCK, None)
    assert arrange_keys("line", (WEEK,)) == (WEEK, None, None)
    assert arrange_keys("bullet", ()) == (NOTHING, None, None)


# Sentences


def test_describe_a_line() -> None:
    columns = {"week": MONDAYS[:4], "revenue": [10_000, 15_000, None, 12_000], "revenue@compare": [1, 2, 3, 11_000]}
    table = pa.table(columns | {"open": [False, False, False, True]})
    assert describe_chart(
        table, ChartConfig("line", WEEK, (REVENUE,), compare="Previous year", open_column="open")
    ) == (
        "Revenue by week, week of 1 Jan 2024 to week of 22 Jan 2024: last €12k (unfinished, −20.0% on the one before, "
        "previous year €11k); highest €15k (week of 8 Jan 2024); lowest €10k (week of 1 Jan 2024); 1 without a value."
    )


def test_describe_several_lines() -> None:
    table = pa.table(
        {"day": [MONDAYS[0]] * 2 + [MONDAYS[1]] * 2, "channel": ["a", "b"] * 2, "click_rate": [0.05, 0.1, 0.06, None]}
    )
    assert describe_chart(table, ChartConfig("line", DAY, (RATE,), CHANNEL)) == (
        "Click rate by day and channel, Mon 1 Jan 2024 to Mon 8 Jan 2024: last b 10.0%, a 6.0%; "
        "highest 10.0% (Mon 1 Jan 2024, b); lowest 5.0% (Mon 1 Jan 2024, a); 1 without a value."
    )


@pytest.mark.parametrize(
    ("config", "columns", "sentence"),
    [
        (ChartConfig("line", WEEK, (REVENUE,)), {"week": MONDAYS[:1], "revenue": [7]},
         "Revenue by week, week of 1 Jan 2024: last €7."),
        (ChartConfig("line", WEEK, (REVENUE,)), {"week": MONDAYS[:2], "revenue": [None, None]},
         "Revenue by week: no data."),
        (ChartConfig("line", WEEK, (REVENUE,)), {"week": MONDAYS[:2], "revenue": [3, None]},
         "Revenue by week, week of 1 Jan 2024 to week of 8 Jan 2024: last €3 (week of 1 Jan 2024); 1 without a value."),
        (ChartConfig("spark", WEEK, (SENT,)), {"week": MONDAYS[:2], "sent": [0, 4]},
         "Sent by week, week of 1 Jan 2024 to week of 8 Jan 2024: last 4; highest 4 (week of 8 Jan 2024); "
         "lowest 0 (week of 1 Jan 2024)."),
        (ChartConfig("bar", CHANNEL, (SENT,), locale="ru"), {"channel": ["a", None], "sent": [1_500, 2_500_000]},
         "Sent: channel, 2 столбца — максимум 2,5\u00a0млн ((нет)); минимум 1\u202f500 (a)."),
        (ChartConfig("bar", CHANNEL, (SENT, CLICKS)), {"channel": ["a"], "sent": [2], "clicks": [1]},
         "Sent, Clicks by channel, 2 bars: highest 2 (a, Sent); lowest 1 (a, Clicks)."),
        (ChartConfig("column", WEEKDAY, (SENT,)), {"weekday": [1], "sent": [2]},
         "Sent by weekday, 1 bar: 2 (Mon)."),
        (ChartConfig("heat", WEEKDAY, (SENT,), OCLOCK), {"weekday": [1, 2], "hour_of_day": [9, 10], "sent": [2, 1]},
         "Sent by weekday and hour of day, 2 cells: highest 2 (Mon, 09); lowest 1 (Tue, 10)."),
    ],
)  # fmt: skip
def test_describe(config: ChartConfig, columns: dict[str, Any], sentence: str) -> None:
    assert describe_chart(pa.table(columns), config) == sentence


def test_description_of_long_names_stays_short() -> None:
    names = [f"{letter * 60}" for letter in "abcdefgh"]
    table = pa.table({"week": MONDAYS[:1] * 8, "channel": names, "sent": range(8)})
    text = describe_chart(table, ChartConfig("line", WEEK, (SENT,), CHANNEL))
    assert len(text) <= 300
    assert text.endswith("….")


# Numbers


@pytest.mark.parametrize(
    ("value", "format", "unit", "en", "pt", "ru"),
    [
        (0, ",.0f", "", "0", "0", "0"),
        (2.5, ",.0f", "", "3", "3", "3"),
        (1234, ",.0f", "", "1,234", "1.234", "1\u202f234"),
        (9999.4, ",.0f", "", "9,999", "9.999", "9\u202f999"),
        (9999.5, ",.0f", "", "10k", "10\u00a0mil", "10\u00a0тыс."),
        (12345, ",.0f", "", "12.3k", "12,3\u00a0mil", "12,3\u00a0тыс."),
        (999_499, ",.0f", "", "999k", "999\u00a0mil", "999\u00a0тыс."),
        (999_500, ",.0f", "", "1M", "1\u00a0mi", "1\u00a0млн"),
        (22_956_000, "~s", "", "23M", "23\u00a0mi", "23\u00a0млн"),
        (-1.5e9, "", "", "−1.5B", "−1,5\u00a0bi", "−1,5\u00a0млрд"),
        (4.2e12, "", "", "4,200B", "4.200\u00a0bi", "4\u202f200\u00a0млрд"),
        (3.14159, "number", "", "3.14", "3,14", "3,14"),
        (0.0042, "number", "", "0.0042", "0,0042", "0,0042"),
        (-0.0001, ",.0f", "", "−0.0001", "−0,0001", "−0,0001"),
        (-0.0, ",.1f", "", "0.0", "0,0", "0,0"),
        (12.5, "days", "days", "12.5\u00a0days", "12,5\u00a0days", "12,5\u00a0days"),
        (62.345, "score", "", "62", "62", "62"),
        (3.5, "currency", "EUR", "€3.50", "€\u00a03,50", "3,50\u00a0€"),
        (-3.5, "currency", "BRL", "−R$3.50", "−R$\u00a03,50", "−3,50\u00a0R$"),
        (1234567.89, "currency", "EUR", "€1.23M", "€\u00a01,23\u00a0mi", "1,23\u00a0млн\u00a0€"),
        (Decimal("12.30"), "currency", "CHF", "CHF\u00a012.30", "CHF\u00a012,30", "12,30\u00a0CHF"),
        (0.0525, ".1%", "", "5.3%", "5,3%", "5,3\u00a0%"),
        (0.01, "percent", "", "1.0%", "1,0%", "1,0\u00a0%"),
        (0.00996, "percent", "", "1.0%", "1,0%", "1,0\u00a0%"),
        (0.0008, "percent", "", "0.08%", "0,08%", "0,08\u00a0%"),
        (0.00001, "percent", "", "<0.01%", "<0,01%", "<0,01\u00a0%"),
        (0, "percent", "", "0%", "0%", "0\u00a0%"),
        (12.3456, "percent", "", "1,234.6%", "1.234,6%", "1\u202f234,6\u00a0%"),
        (0.5, "percent", "EUR", "50.0%", "50,0%", "50,0\u00a0%"),
        (None, ",.0f", "EUR", "–", "–", "–"),
        (float("nan"), "percent", "", "–", "–", "–"),
        (float("inf"), "", "", "–", "–", "–"),
        (Decimal("NaN"), "", "", "–", "–", "–"),
        (True, "", "", "yes", "sim", "да"),
        ("Paris", ",.0f", "EUR", "Paris", "Paris", "Paris"),
        (date(2024, 5, 4), "", "", "4 May 2024", "4 mai 2024", "4 мая 2024"),
        (datetime(2024, 3, 4, 10, 15, tzinfo=UTC), "", "", "4 Mar 2024 10:15", "4 mar 2024 10:15", "4 мар 2024 10:15"),
        (10**21, "", "", "1,000,000,000,000B", "1.000.000.000.000\u00a0bi", None),
    ],
)
def test_format_value(value: object, format: str, unit: str, en: str, pt: str | None, ru: str | None) -> None:
    assert format_value(value, format, unit) == en
    assert pt is None or format_value(value, format, unit, "pt") == pt
    assert ru is None or format_value(value, format, unit, "ru") == ru


@pytest.mark.parametrize(
    ("new", "old", "format", "text"),
    [
        (110, 100, "", "+10.0%"),
        (100, 110, "", "−9.1%"),
        (100, 100, "", "0%"),
        (100.01, 100, "", "0%"),
        (250, 100, "", "+150%"),
        (12_000, 1, "", "+1,199,900%"),
        (0, 5, "", "−100%"),
        (5, 0, "", "new"),
        (0, 0, "", "0%"),
        (5, -2, "", "–"),
        (None, 5, "", "–"),
        (5, None, "", "–"),
        (float("nan"), 5, "", "–"),
        ("a", 5, "", "–"),
        (Decimal(3), 2, "", "+50.0%"),
        (0.05, 0.04, "percent", "+1.0\u00a0pp"),
        (0.04, 0.06, ".1%", "−2.0\u00a0pp"),
        (0.0508, 0.05, "percent", "+0.08\u00a0pp"),
        (0.05, 0.05, "percent", "0\u00a0pp"),
        (0.05, 0, "percent", "+5.0\u00a0pp"),
        (None, 0.1, "percent", "–"),
    ],
)
def test_format_change(new: object, old: object, format: str, text: str) -> None:
    assert format_change(new, old, format) == text


def test_format_change_in_other_languages() -> None:
    assert [format_change(1.1, 1, locale="pt"), format_change(1.1, 1, locale="ru")] == ["+10,0%", "+10,0\u00a0%"]
    assert format_change(0.2, 0.1, "percent", "ru") == "+10,0\u00a0п.п."


@pytest.mark.parametrize(
    ("grain", "en", "pt", "ru"),
    [
        ("day", "Thu 4 Jul 2024", "qui 4 jul 2024", "чт 4 июля 2024"),
        ("week", "week of 4 Jul 2024", "semana de 4 jul 2024", "неделя с 4 июля 2024"),
        ("month", "Jul 2024", "jul 2024", "июль 2024"),
        ("quarter", "Q3 2024", "T3 2024", "3 кв. 2024"),
        ("half", "H2 2024", "S2 2024", "2 полуг. 2024"),
        ("year", "2024", "2024", "2024"),
    ],
)
def test_format_period(grain: str, en: str, pt: str, ru: str) -> None:
    day = date(2024, 7, 4)
    assert [format_period(day, grain), format_period(day, grain, "pt"), format_period(day, grain, "ru")] == [en, pt, ru]
