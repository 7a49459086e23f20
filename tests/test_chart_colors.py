"""Colours of series: fixed by value, apart within a chart, and of too many lines the biggest alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic import Source
from tests.test_charts import CHANNEL, MONDAYS, SENT, WEEK, walk
from widgets.annotations import tell_notes
from widgets.charts import ChartConfig, build_spec, fit_config, shape_table
from widgets.charts.palette import COLORS, EMPTY, FOCUS, assign_colors, list_colored
from widgets.fields import Reading, read_answer
from widgets.palette import add_known

KNOWN = tuple("abcdefghijkl")
LINES = ChartConfig("line", WEEK, (SENT,), CHANNEL, known=KNOWN)


def make_table(names: str) -> pa.Table:
    rows = [(week, name, float(place)) for week in MONDAYS[:2] for place, name in enumerate(names)]
    return pa.table({"week": [r[0] for r in rows], "channel": [r[1] for r in rows], "sent": [r[2] for r in rows]})


def find_color(config: ChartConfig, name: str) -> int:
    return config.categories.index(name)


@pytest.mark.parametrize("kind", ["line", "column", "bar", "stack", "share", "area"])
def test_a_value_has_its_colour_whichever_others_a_chart_holds(kind: str) -> None:
    config = replace(LINES, kind=kind)
    for names in ("c", "ac", "cb", "fedcba"):
        fitted = fit_config(make_table(names), config)
        assert find_color(fitted, "c") == 2
        assert set(list_colored(fitted)) == set(names)
        assert fitted.known == ()


@given(st.lists(st.sampled_from(KNOWN), unique=True, max_size=COLORS))
def test_no_two_values_of_a_chart_share_a_colour(names: list[str]) -> None:
    colors = assign_colors(names, KNOWN)
    assert sorted(name for name in colors if name.strip(EMPTY)) == sorted(names)
    assert len(set(colors)) == len(colors) <= COLORS
    assert [colors.index(name) for name in names if KNOWN.index(name) < COLORS] == [
        KNOWN.index(name) for name in names if KNOWN.index(name) < COLORS
    ]


def test_unknown_values_take_what_is_free_in_the_order_of_their_texts() -> None:
    assert assign_colors(["y", "x"], ()) == ("x", "y")
    assert assign_colors(["b", "x"], ("a", "b")) == (EMPTY, "b", "x")
    assert assign_colors([], KNOWN) == ()


def test_legends_list_no_colour_that_nobody_has() -> None:
    fitted = fit_config(make_table("cf"), replace(LINES, kind="stack"))
    assert fitted.categories == (EMPTY, EMPTY * 2, "c", EMPTY * 4, EMPTY * 5, "f")
    legends = [node["legend"]["values"] for node in walk(build_spec(fitted)) if "values" in (node.get("legend") or {})]
    assert legends
    assert all(values == ["c", "f"] for values in legends)


def test_too_many_lines_are_gray_but_for_the_biggest() -> None:
    table = make_table("abcdefghi")
    fitted = fit_config(table, LINES)
    assert (fitted.focused, fitted.many) == (True, False)
    assert list_colored(fitted) == sorted("efghi", key=lambda name: find_color(fitted, name))
    assert len(list_colored(fitted)) == FOCUS
    shaped = shape_table(table, fitted).to_pylist()
    assert {row["series"] for row in shaped if row["muted"]} == set("abcd")
    assert {row["series"] for row in shaped if row["label_at"] is not None} == set("efghi")
    assert not any(row["dot"] for row in shaped if row["muted"])
    assert len([row for row in shaped if row["value"] is not None]) == table.num_rows
    six = fit_config(make_table("abcdef"), LINES)
    assert (six.focused, six.many) == (False, True)


def test_the_rest_has_no_colour_of_its_own() -> None:
    table = make_table("ab").append_column("rest", pa.array([False, True] * 2))
    table = table.set_column(1, "channel", pa.array(["a", "Other"] * 2))
    assert fit_config(table, replace(LINES, other_column="rest")).categories == ("a",)


@pytest.fixture
def read(demo: Source) -> Callable[[str], Reading]:
    def read_line(line: str) -> Reading:
        answer, catalogue = demo.ask(line), demo.serve().catalogue
        return add_known(demo, catalogue, answer, read_answer(catalogue, answer))

    return read_line


def fit(reading: Reading, kind: str) -> Any:
    return fit_config(reading.table, reading.configure(kind))


def test_colours_are_the_same_on_every_tile(read: Callable[[str], Reading]) -> None:
    lines = (
        "metric=delivered&by=month,channel&period=2024-01-01..2024-03-31",
        "metric=delivered,open_rate&by=channel,month&channel=email,sms&period=2024-05-01..2024-06-30",
        "metric=charges&by=month,channel",
    )
    colors: dict[str, set[int]] = {}
    for line in lines:
        config = (
            fit(read(line), "line")
            if "open_rate" not in line
            else fit(replace(reading := read(line), values=reading.values[:1]), "line")
        )
        for name in list_colored(config):
            colors.setdefault(name, set()).add(find_color(config, name))
    assert {"email", "sms"} <= set(colors)
    assert {name: len(found) for name, found in colors.items()} == dict.fromkeys(colors, 1)


def test_states_of_a_flow_have_the_colours_of_the_dimension(read: Callable[[str], Reading]) -> None:
    flow = fit(read("flow=lifecycle&period=2024-08-01..2024-10-31"), "sankey")
    months = fit(read("metric=lifecycle_contacts&by=month,lifecycle&period=2024-08-01..2024-10-31"), "stack")
    shared = set(list_colored(flow)) & set(list_colored(months))
    assert "Active" in shared
    assert {find_color(flow, name) == find_color(months, name) for name in shared} == {True}


def test_gray_lines_are_told(read: Callable[[str], Reading]) -> None:
    reading = read("metric=revenue&by=month,brand&period=2024-01-01..2024-03-31")
    assert tell_notes(reading, "line")[0] == "In colour: the 5 biggest; the others are gray."
    assert not [note for note in tell_notes(reading, "heat") if "gray" in note]
    assert reading.table["month"][0].as_py() == date(2024, 1, 1)
