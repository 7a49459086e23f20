"""The Boards page, run by Streamlit's own test harness: its address, its bar, its tiles, and a file that is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.shop import SHOP, write_catalogue, write_shop
from tests.test_pages import PATIENCE, ROOT, assert_no_traceback, read_plain, read_texts
from widgets import page

BOARDS = """\
boards:
  trade:
    label: {en: Trade, pt: Comércio}
    text: What the shop sells.
    bar: [channel, region]
    defaults: period=2024-01-01..2024-03-31
    widgets:
      - {line: metric=revenue, title: {en: Takings, pt: Receita}, text: What was paid., reading: High is good.}
      - {line: metric=orders&by=month, title: Orders by month}
      - section: People
      - {line: metric=buyers&by=city, title: Buyers by city}
      - {card: An order belongs to the day on which it was made., title: Days}
  speed:
    label: Speed
    widgets:
      - {line: metric=express_orders&compare=year&period=2024-01-01..2024-03-31}
"""
Open = Callable[..., AppTest]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    return write_shop(tmp_path)


@pytest.fixture
def open_boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the page over a catalogue, with an address."""

    def open_page(file: Path, **address: str) -> AppTest:
        monkeypatch.setenv("CROSSCUT_CATALOGUE", str(file))
        monkeypatch.delenv("CROSSCUT_DATA", raising=False)
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE)
        app.query_params.update(address)
        return app.switch_page("pages/3_Boards.py").run()

    yield open_page
    page._open_source.clear()


def read_notes(app: AppTest) -> dict[str, str]:
    """What tiles say that they can't take, each with its reason."""
    found = ((read_plain(one.value), read_plain(one.help or "")) for one in app.caption)
    return {text.removeprefix(":material/filter_alt_off: "): told for text, told in found if "filter_alt_off" in text}


def edit_boards(shop: Path, old: str, new: str) -> None:
    text = BOARDS.replace(old, new)
    assert text != BOARDS
    fresh = shop.with_name("boards.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(shop.with_name("boards.yml"))


# --- the address


def test_cold_link_shows_the_board_as_it_begins(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade")
    assert_no_traceback(app)
    assert not app.warning
    assert not app.error
    assert [read_plain(metric.value) for metric in app.metric] == ["£210.0"]
    texts = read_texts(app)
    for text in ("Trade", "What the shop sells.", "Takings", "Orders by month", "People", "Buyers by city", "Days"):
        assert text in texts
    assert "1 Jan 2024 – 31 Mar 2024 · data until 15 Mar 2024" in texts
    assert len(app.get("vega_lite_chart")) == 2
    assert dict(app.query_params) == {"board": "trade"}
    assert (app.selectbox(key="board").value, app.selectbox(key="bar.period").value) == ("trade", "own")


def test_address_without_a_board_shows_the_first(open_boards: Open, shop: Path) -> None:
    assert open_boards(shop).selectbox(key="board").value == "trade"


def test_filter_of_the_address_is_in_its_control_and_in_every_tile(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade", channel="web", period="2024-01-01..2024-01-31", compare="year")
    assert_no_traceback(app)
    assert app.multiselect(key="bar.channel").value == ["web"]
    assert app.date_input(key="bar.last").value == date(2024, 1, 31)
    assert app.selectbox(key="bar.compare").value == "year"
    assert [read_plain(metric.value) for metric in app.metric] == ["£10.00"]


def test_tile_that_cant_take_a_filter_says_so(open_boards: Open, shop: Path) -> None:
    """Buyers have neither a channel nor a time; they are shown without, and can be filtered by region all the same."""
    app = open_boards(shop, board="trade", channel="web", region="North", chart="bar")
    assert_no_traceback(app)
    notes = read_notes(app)
    assert set(notes) == {"Not filtered by Channel", "Not by this period"}
    assert notes["Not filtered by Channel"].startswith("Buyers can't be cut by channel")
    assert "chart: a board's bar has no such key" in read_texts(app)


@pytest.mark.parametrize(
    ("kind", "key", "value", "address"),
    [
        ("multiselect", "bar.channel", ["web"], {"channel": "web"}),
        ("multiselect", "bar.region", ["South", "North"], {"region": "North,South"}),
        ("selectbox", "bar.period", "this-year", {"period": "this-year"}),
        ("selectbox", "bar.period", "all", {"period": "all"}),
        ("selectbox", "bar.compare", "previous", {"compare": "previous"}),
        ("date_input", "bar.last", date(2024, 1, 31), {"period": "2024-01-01..2024-01-31"}),
        ("date_input", "bar.last", date(2023, 1, 31), {"period": "2023-01-31..2024-01-01"}),
        ("selectbox", "board", "speed", {"board": "speed"}),
    ],
)
def test_control_writes_the_address(
    open_boards: Open, shop: Path, kind: str, key: str, value: object, address: dict[str, str]
) -> None:
    app = open_boards(shop, board="trade")
    getattr(app, kind)(key=key).set_value(value).run()
    assert_no_traceback(app)
    assert dict(app.query_params) == {"board": "trade", **address}


def test_reset_leads_back_to_the_beginning(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade", channel="web", period="all", lang="pt")
    assert "Receita" in read_texts(app)
    app.button(key="reset").click().run()
    assert dict(app.query_params) == {"board": "trade", "lang": "pt"}
    assert "reset" not in [button.key for button in app.button]


def test_comparison_of_a_widget_can_be_given_up(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="speed")
    assert app.selectbox(key="bar.compare").value == ""
    assert "compared with 1 Jan 2023 – 15 Mar 2023" in read_texts(app)
    app.selectbox(key="bar.compare").set_value("none").run()
    assert dict(app.query_params) == {"board": "speed", "compare": "none"}
    assert "compared with" not in read_texts(app)


def test_metrics_are_read_as_the_bar_says(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="speed", read="rate")
    assert read_plain(app.metric[0].value) == "50.0%"
    assert "as a rate of Orders" in read_texts(app)
    app = open_boards(shop, board="trade", read="unique")
    assert read_notes(app)["Not counted as unique"].startswith("Buyers doesn't say what is unique about it")


# --- what isn't there


def test_unknown_board_is_told_with_those_there_are(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trad")
    assert "the board trad is unknown. Did you mean trade?" in read_texts(app)
    assert [link.proto.label for link in app.main.get("page_link")] == ["Trade", "Speed"]


def test_filter_that_no_tile_takes_is_told(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade", chanel="web")
    assert "the dimension chanel is unknown. Did you mean channel?" in app.warning[0].value.replace("\\", "")
    assert [read_plain(metric.value) for metric in app.metric] == ["£210.0"]


def test_language_that_isnt_there_is_told_once(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade", lang="xx")
    assert read_texts(app).count("xx is no language here. It may be en or pt or ru") == 1


def test_filter_without_rows_is_told_in_each_tile(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade", region="West")
    assert_no_traceback(app)
    assert "No rows match." in read_texts(app)


def test_without_a_file_there_is_no_board(open_boards: Open, tmp_path: Path) -> None:
    app = open_boards(write_shop(tmp_path))
    assert_no_traceback(app)
    assert "There is no board yet." in read_texts(app)


# --- edits


def test_edit_shows_and_a_broken_one_keeps_the_last_good(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="trade")
    edit_boards(shop, "metric=orders&by=month", "metric=oders&by=month")
    app.run()
    assert_no_traceback(app)
    told = app.error[0].value.replace("\\", "")
    assert "boards.yml has a mistake, so its last good version is shown." in told
    assert (
        "boards.yml:9: boards.trade.widgets.2.line: metric: the metric oders is unknown. Did you mean orders?" in told
    )
    assert "Orders by month" in read_texts(app)
    edit_boards(shop, "title: Orders by month", "title: Orders of a month")
    app.run()
    assert not app.error
    assert "Orders of a month" in read_texts(app)


def test_file_that_is_broken_from_the_beginning_is_told(open_boards: Open, shop: Path) -> None:
    edit_boards(shop, "boards:", "bords:")
    app = open_boards(shop)
    assert "boards.yml has a mistake, so there is none to show." in read_texts(app)
    assert "the key bords is unknown. Did you mean boards?" in read_texts(app)


def test_metric_that_is_gone_is_told_in_its_tile_alone(
    open_boards: Open, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semantic.source.LOOK_AGAIN", 0.0)
    app = open_boards(shop, board="trade")
    write_catalogue(shop, SHOP.replace("  buyers: {label: Buyers, view: buyers, sql: count(*)}\n", ""))
    time.sleep(0.01)
    app.run()
    assert_no_traceback(app)
    assert "the metric buyers is unknown" in app.warning[0].value.replace("\\", "")
    assert [read_plain(metric.value) for metric in app.metric] == ["£210.0"]
