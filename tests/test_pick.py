"""A group that is clicked on or chosen: found in the answer, filtered by, and its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import altair as alt
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from semantic import Source, open_source, parse_line, print_line
from tests.shop import write_shop
from tests.test_charts import CHANNEL, MONDAYS, RATE, SENT, WEEK
from widgets import page
from widgets.charts import ChartConfig, build_spec, fit_config
from widgets.fields import read_answer
from widgets.pick import filter_group, find_place, offer_marks

ROOT = Path(__file__).parents[1]


@dataclass
class Event:
    """What the browser tells of a click."""

    selection: dict[str, list[dict[str, Any]]]


@pytest.fixture
def shop(tmp_path: Path) -> Source:
    return open_source(write_shop(tmp_path))


TABLE = pa.table({"week": sorted(MONDAYS[:2] * 2), "channel": ["mail", None] * 2, "sent": [1, 2, 3, 4]})


@pytest.mark.parametrize("kind", ["bar", "column", "stack", "share", "heat", "line", "area"])
def test_marks_that_stand_for_a_group_can_be_clicked_on(kind: str) -> None:
    config = fit_config(TABLE, ChartConfig(kind, WEEK, (SENT,), CHANNEL))
    spec = offer_marks(build_spec(config), config)
    if kind in ("line", "area"):
        assert spec is None
        return
    assert spec is not None
    alt.Chart.from_dict(spec)
    assert spec["params"][-1]["select"]["fields"] == ["category", "series"]
    assert [layer.get("name") for layer in spec["layer"]].count(spec["params"][-1]["views"][0]) == 1
    assert "params" not in build_spec(config)


def test_points_can_be_clicked_on() -> None:
    config = ChartConfig("scatter", CHANNEL, (SENT, RATE))
    spec = offer_marks(build_spec(config), config)
    assert spec
    assert spec["params"][-1]["select"]["fields"] == ["category"]


def test_a_click_is_found_by_its_names(shop: Source) -> None:
    answer = shop.ask("metric=orders&by=month,channel")
    reading = read_answer(shop.serve().catalogue, answer)
    config = fit_config(reading.table, reading.configure("stack"))
    for row, values in enumerate(reading.table.to_pylist()):
        named = {"category": f"{values['month']:%b %Y}", "series": values["channel"] or "(none)"}
        assert find_place(reading, config, Event({"pick": [named]})) == row
    for event in (None, Event({}), Event({"pick": []}), Event({"pick": [{"category": "Jan 1999"}]})):
        assert find_place(reading, config, event) is None


def test_a_group_becomes_a_filter_and_leaves_the_slices(shop: Source) -> None:
    line = "metric=orders&by=month,channel&top=1&order=channel&chart=stack"
    answer = shop.ask(line)
    rows = [row for row in answer.rows() if row["channel"] == "web"]
    within = filter_group(parse_line(line), answer, rows[0])
    assert print_line(within) == "metric=orders&by=month&channel=web"
    assert [row["orders"] for row in shop.ask(within).rows()] == [row["orders"] for row in rows]


def test_a_segment_that_is_chosen_is_the_only_one(shop: Source) -> None:
    answer = shop.ask("metric=orders&by=segment,channel")
    row = answer.rows()[0]
    within = filter_group(answer.resolved.question, answer, row)
    assert within.segments == (row["segment"],)
    assert replace(within, segments=(), filters=()) == replace(answer.resolved.question, by=("segment",), segments=())


@pytest.fixture
def open_line(shop: Source, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    monkeypatch.setenv("CROSSCUT_CATALOGUE", str(shop.file))
    monkeypatch.delenv("CROSSCUT_DATA", raising=False)

    def open_page(**address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=30)
        app.query_params.update(address)
        return app.switch_page("pages/1_Explore.py").run()

    yield open_page
    page._open_source.clear()


def test_the_choice_does_by_keyboard_what_a_click_does(open_line: Callable[..., AppTest]) -> None:
    app = open_line(metric="orders", by="channel")
    assert [button.key for button in app.button if (button.key or "").startswith("pick.")] == []
    app.selectbox(key="pick").select_index(0).run()
    assert not app.exception
    app.button(key="pick.filter").click().run()
    assert not app.exception
    assert "channel" in app.query_params
    assert "by" not in app.query_params


def test_rows_of_a_group_are_shown(open_line: Callable[..., AppTest]) -> None:
    app = open_line(metric="orders", by="channel")
    app.selectbox(key="pick").select_index(1).run()
    app.button(key="pick.rows").click().run()
    assert not app.exception
    assert app.query_params["rows"] in ("100", ["100"])
    assert app.selectbox(key="rows.group").value == 1


def test_many_kinds_are_a_list(open_line: Callable[..., AppTest]) -> None:
    app = open_line(metric="orders", by="month,channel")
    box = app.selectbox(key="kind")
    assert box.options[0] == "Line"
    box.select("stack").run()
    assert not app.exception
    assert app.query_params["chart"] in ("stack", ["stack"])
