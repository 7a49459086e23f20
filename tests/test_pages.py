"""The pages, run by Streamlit's own test harness over small catalogues: address, controls, answer, messages."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from semantic.question import Equals
from tests.golden_shop import open_shop
from tests.shop import SHOP, write_catalogue, write_shop, write_trial
from widgets import address, page

ROOT = Path(__file__).parents[1]
HOME, EXPLORE, CATALOGUE = "Home.py", "pages/1_Explore.py", "pages/2_Catalogue.py"
PATIENCE = 30  # seconds; the first run imports pandas and Altair

Open = Callable[..., AppTest]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    return write_trial(tmp_path)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page over a catalogue, with an address."""

    def open_page(file: Path, where: str = EXPLORE, **address: str) -> AppTest:
        monkeypatch.setenv("CROSSCUT_CATALOGUE", str(file))
        monkeypatch.delenv("CROSSCUT_DATA", raising=False)
        app = AppTest.from_file(str(ROOT / HOME), default_timeout=PATIENCE)
        app.query_params.update(address)
        app = app.switch_page(where) if where != HOME else app
        return app.run()

    yield open_page
    page._open_source.clear()


def read_texts(app: AppTest) -> str:
    """Every text of the page, as Markdown."""
    kinds = ("markdown", "caption", "title", "header", "subheader", "info", "warning", "error", "metric", "code")
    found = [element for kind in kinds for element in getattr(app, kind)]
    texts = [f"{getattr(one, 'label', '')} {one.value} {getattr(one, 'help', None) or ''}".rstrip() for one in found]
    return "\n".join(texts).replace("\\", "")


def read_plain(text: str) -> str:
    """A text of Markdown as it is seen."""
    return text.replace("\\", "")


def read_spec(app: AppTest, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(app.get("vega_lite_chart")[place].proto.spec)
    return found


def assert_no_traceback(app: AppTest) -> None:
    assert not app.exception
    assert "Traceback" not in read_texts(app)
    assert "Something went wrong" not in read_texts(app)


# --- every page of every catalogue


@pytest.mark.parametrize("catalogue", ["shop", "trial"])
@pytest.mark.parametrize("where", [HOME, EXPLORE, CATALOGUE])
def test_page_shows(open_app: Open, request: pytest.FixtureRequest, catalogue: str, where: str) -> None:
    app = open_app(request.getfixturevalue(catalogue), where)
    assert_no_traceback(app)
    assert not app.error


def test_addresses_of_pages_are_public() -> None:
    """Links that people keep hold these: a page is never renamed without a way from its old address."""
    names = sorted(path.stem.partition("_")[2] for path in (ROOT / "pages").glob("*.py"))
    assert names == ["Boards", "Catalogue", "Explore", "Segments"]


def test_home_shows_headlines_with_change_and_links(open_app: Open, shop: Path) -> None:
    app = open_app(shop, HOME)
    tiles = {metric.label: metric for metric in app.metric}
    assert set(tiles) == {"Orders", "Revenue"}
    # 17 Feb to 15 Mar: 40, 50 and 60; the 28 days before: 20 and 30
    assert read_plain(tiles["Revenue"].value) == "£150.0"
    assert tiles["Revenue"].delta.replace("\\", "") == "+200%"
    assert tiles["Orders"].proto.color == tiles["Orders"].proto.MetricColor.BLUE
    assert tiles["Revenue"].proto.color == tiles["Revenue"].proto.MetricColor.GRAY
    assert "15 Mar 2024" in read_texts(app)


def test_home_without_a_clock_shows_numbers_alone(open_app: Open, trial: Path) -> None:
    app = open_app(trial, HOME)
    assert [(metric.label, metric.value, metric.delta) for metric in app.metric] == [
        ("People", "4", ""),
        ("Visitors", "1", ""),
        ("Visit rate", r"25\.0\%", ""),
    ]


# --- the address is the question


def test_address_sets_every_control(open_app: Open, shop: Path) -> None:
    app = open_app(
        shop,
        metric="revenue,orders~unique",
        by="month,channel",
        period="2024-01-01..2024-03-31",
        compare="year",
        channel="!shop",
        segment="northerners",
        top="2:revenue",
        order="-revenue",
        limit="5",
        totals="all",
    )
    assert_no_traceback(app)
    assert not app.warning
    assert app.multiselect(key="metrics").value == ["revenue", "orders~unique"]
    assert app.multiselect(key="slices").value == ["channel"]
    assert app.selectbox(key="grain").value == "month"
    assert app.selectbox(key="period").value == "own"
    assert app.date_input(key="period.first").value == date(2024, 1, 1)
    assert app.selectbox(key="compare").value == "year"
    assert app.selectbox(key="filter.channel.verb").value == ("values", True)
    assert app.multiselect(key="filter.channel.values").value == ["shop"]
    assert app.multiselect(key="segments").value == ["northerners"]
    assert app.number_input(key="top").value == 2
    assert app.selectbox(key="order").value == "revenue"
    assert app.number_input(key="limit").value == 5
    assert app.checkbox(key="totals").value is True


def test_answer_is_that_of_the_address(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="channel", chart="table")
    table = app.dataframe[0].value
    assert dict(zip(table["channel"], table["revenue"], strict=True)) == {"shop": 70, "web": 80, "(none)": 60}
    assert "Revenue by channel" in read_texts(app)


def test_beginning_offers_questions(open_app: Open, shop: Path) -> None:
    app = open_app(shop)
    app.button(key="begin.0").click().run()
    assert dict(app.query_params) == {"metric": "orders", "by": "month"}
    assert read_spec(app)


@pytest.mark.parametrize(
    ("key", "value", "address"),
    [
        ("metrics", ["revenue", "orders"], {"metric": "revenue,orders", "by": "month"}),
        ("slices", ["channel"], {"metric": "revenue", "by": "month,channel"}),
        ("slices", ["weekday"], {"metric": "revenue", "by": "month,weekday"}),
        ("grain", "week", {"metric": "revenue", "by": "week"}),
        ("grain", "", {"metric": "revenue"}),
        ("period", "last-28-days", {"metric": "revenue", "by": "month", "period": "last-28-days"}),
        ("segments", ["northerners"], {"metric": "revenue", "by": "month", "segment": "northerners"}),
        ("kind", "table", {"metric": "revenue", "by": "month", "chart": "table"}),
        ("read_as.0", "revenue~share", {"metric": "revenue~share", "by": "month"}),
        ("order", "revenue", {"metric": "revenue", "by": "month", "order": "-revenue"}),
        ("limit", 2, {"metric": "revenue", "by": "month", "limit": "2"}),
        ("totals", True, {"metric": "revenue", "by": "month", "totals": "all"}),
    ],
)
def test_control_writes_the_address(
    open_app: Open, shop: Path, key: str, value: object, address: dict[str, str]
) -> None:
    app = open_app(shop, metric="revenue", by="month")
    find_control(app, key).set_value(value).run()
    assert_no_traceback(app)
    assert dict(app.query_params) == address


def find_control(app: AppTest, key: str) -> Any:
    return next(element for element in app.main if getattr(element, "key", None) == key)


def test_what_no_control_shows_survives_a_change(open_app: Open, shop: Path) -> None:
    kept = {
        "metric": "revenue,revenue~share(channel)",
        "title": "Ours",
        "lang": "pt",
        "timezone": "Asia/Tokyo",
        "segment.mine": "channel=web",
        "channel": "web,~ho",
    }
    app = open_app(shop, by="month,channel", **kept)
    app.selectbox(key="grain").set_value("week").run()
    assert dict(app.query_params) == {"by": "week,channel", **kept}
    assert "Ours" in read_texts(app)


def test_change_that_makes_another_part_impossible_says_so(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", period="this-month", compare="previous")
    app.selectbox(key="period").set_value("all").run()
    assert dict(app.query_params) == {"metric": "revenue"}
    assert "there is no period to compare" in app.info[0].value


# --- filters


def test_filter_is_added_chosen_and_removed(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue")
    app.selectbox(key="filters.picker").set_value("channel").run()
    assert dict(app.query_params) == {"metric": "revenue"}  # it holds nothing yet
    control = app.multiselect(key="filter.channel.values")
    assert control.options == ["web  (3)", "shop  (2)", "(none)  (1)"]  # with how many orders each, the biggest first
    control.set_value(["web", ""]).run()
    assert app.query_params["channel"] == "web,"
    assert read_plain(app.metric[0].value) == "£140.0"
    app.button(key="filter.channel.remove").click().run()
    assert dict(app.query_params) == {"metric": "revenue"}
    assert_no_traceback(app)


def test_filter_by_a_range_and_by_a_text(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", amount="20..40", note="~gift")
    assert app.text_input(key="filter.amount.low").value == "20"
    assert app.text_input(key="filter.note.text").value == "gift"
    assert read_plain(app.metric[0].value) == "£40.00"
    app.text_input(key="filter.amount.high").set_value("").run()
    assert app.query_params["amount"] == "20.."
    app.text_input(key="filter.note.text").set_value('"gift" & a, b').run()
    assert_no_traceback(app)
    assert "No rows match" in read_texts(app) or app.metric[0].value == "–"


def test_personal_dimensions_are_not_offered(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue")
    assert "email" not in app.multiselect(key="slices").options
    assert "E-mail" not in app.selectbox(key="filters.picker").options
    shown = open_app(shop, metric="revenue", email="a@example.org")
    assert "b@example.org" not in read_texts(shown)
    assert shown.get("multiselect")[-1].key != "filter.email.values" or shown.multiselect(
        key="filter.email.values"
    ).options == ["a@example.org"]


# --- wrong links, refusals, broken catalogues


def test_wrong_link_tells_what_it_did_not_know_and_keeps_the_rest(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue,clicks", by="month,chanel", colour="red", period="soon", compare="year")
    told = app.warning[0].value.replace("\\", "")
    for sentence in (
        "the metric clicks is unknown",
        "the dimension chanel is unknown. Did you mean channel?",
        "the dimension colour is unknown",
        "soon is not a period",
        "there is no period to compare",
    ):
        assert sentence in told
    assert app.multiselect(key="metrics").value == ["revenue"]
    assert app.selectbox(key="grain").value == "month"
    assert read_spec(app)
    assert app.query_params["colour"] == "red"  # the address stays as it was sent until something is changed


def test_link_without_anything_known_begins_anew(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="clicks")
    assert "the metric clicks is unknown" in app.warning[0].value.replace("\\", "")
    assert app.multiselect(key="metrics").value == []
    assert_no_traceback(app)


def test_earlier_name_of_a_metric_still_works(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="fast_rate")
    assert not app.warning
    assert app.multiselect(key="metrics").value == ["express_rate"]
    assert app.metric[0].value.replace("\\", "") == "50.0%"


def test_what_is_refused_is_told_with_its_reason(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="buyers")
    app.session_state["unavailable"] = True
    app.run()
    told = read_texts(app)
    assert "Channel" in told
    assert "buyers can't be cut by channel" in told
    assert "channel" not in app.multiselect(key="slices").options
    assert app.selectbox(key="grain").disabled  # they have no clock


def test_link_that_can_not_be_answered_keeps_its_metric(open_app: Open, trial: Path) -> None:
    app = open_app(trial, metric="visit_rate", by="month,arm", period="this-year")
    assert "has no clock" in app.warning[0].value
    assert app.multiselect(key="metrics").value == ["visit_rate"]
    assert app.multiselect(key="slices").value == ["arm"]


@pytest.mark.parametrize(
    "address",
    [
        {"metric": "'; DROP TABLE orders --"},
        {"metric": "revenue", "by": "../../etc/passwd"},
        {"metric": "revenue", "title": "[click](https://evil.example) :material/home: $x$ <script>alert(1)</script>"},
        {"metric": "revenue", "channel": "' OR 1=1 --"},
        {"metric": "revenue" * 5000},
        {"metric": "revenue", "chart": "pie", "by": "channel"},
        {"metric": "revenue", "period": "9999-12-31..9999-12-31"},
        {"metric": "revenue", "period": "0001-01-01.."},
        {"metric": "revenue", "period": "last-9999-years"},
        {"metric": "revenue~previous", "by": "week,month"},
        {"metric": "revenue", "by": "minute", "period": "0001-01-01..2024-01-01"},
        {"metric": "revenue", "compare": "channel:nowhere"},
        {"metric": "revenue", "amount": "abc..def"},
        {"metric": "revenue", "ordered_on": "2024-01-01..2024-02-01"},
        {"metric": "revenue", "weekday": "1,2"},
        {"metric": "revenue", "week": "2024-01-01.."},
        {"metric": "revenue", "by": "segment"},
        {"metric": "orders,buyers", "by": "region"},
        {"funnel": "x"},
        {"metric": "revenue", "rows": "10"},
        {"": "x"},
        {"segment.x": "channel=web"},
    ],
    ids=str,
)
def test_nothing_in_an_address_breaks_the_page(open_app: Open, shop: Path, address: dict[str, str]) -> None:
    app = open_app(shop, **address)
    assert_no_traceback(app)
    assert not [text for text in app.markdown if "](http" in text.value]


def test_broken_edit_shows_a_banner_and_the_last_good_catalogue_serves(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue")
    write_catalogue(shop, SHOP.replace("sql: sum(price)", "sql: sum(pric)"))
    wait_for_edit()
    app.run()
    assert "last good version" in app.error[0].value
    assert "shop.yml:" in app.error[0].value.replace("\\", "")
    assert "pric" in app.error[0].value
    assert read_plain(app.metric[0].value) == "£210.0"
    write_catalogue(shop, SHOP.replace("label: Revenue,", "label: Turnover,"))
    wait_for_edit()
    app.run()
    assert not app.error
    assert app.metric[0].label == "Turnover"


def wait_for_edit() -> None:
    """The source looks at its file once a second."""
    time.sleep(1.1)


def test_catalogue_that_never_was_good_is_told(open_app: Open, shop: Path) -> None:
    write_catalogue(shop, "name: [")
    app = open_app(shop, HOME)
    assert "The catalogue can't be opened" in app.error[0].value
    assert_no_traceback(app)


def test_fault_of_ours_is_a_sentence_with_a_reference(
    open_app: Open, shop: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_off(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(address, "salvage_question", break_off)
    app = open_app(shop, metric="revenue")
    assert not app.exception
    told = app.error[0].value
    assert "Something went wrong" in told
    assert "secret" not in told
    reference = told.rpartition(" ")[2].rstrip(".")
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_run_that_breaks_is_told_in_words(open_app: Open, shop: Path) -> None:
    """A text that isn't a number only shows when it's summed."""
    write_catalogue(shop, f"{SHOP}  broken: {{view: orders, sql: sum(CAST(note AS INTEGER))}}\n")
    app = open_app(shop, metric="broken", by="channel")
    assert "The answer didn't arrive" in app.error[0].value
    assert app.multiselect(key="metrics").value == ["broken"]  # the controls stay, so that something else can be asked
    assert_no_traceback(app)


# --- the answer


def test_no_rows_offers_what_to_give_up(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="channel", channel="nowhere", period="2024-01-01..2024-03-31")
    assert "No rows match" in read_texts(app)
    app.button(key="widen.0").click().run()
    assert "channel" not in app.query_params
    assert "No rows match" not in read_texts(app)


def test_number_shows_change_by_its_direction(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="orders,express_rate,revenue", period="2024-02-01..2024-02-29", compare="previous")
    orders, rate, revenue = app.metric
    # January: 2 orders, 1 express, 30; February: 2 orders, 1 express, 70
    assert (orders.value, orders.delta.replace("\\", "")) == ("2", "0%")
    assert rate.delta.replace("\\", "").endswith("pp")
    assert revenue.delta.replace("\\", "") == "+133%"
    assert "compared with 1 Jan 2024 – 31 Jan 2024" in read_texts(app)


def test_open_period_is_told_and_drawn(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="month")
    assert "Mar 2024 isn't over in the data: dashed." in read_texts(app)
    assert "data until 15 Mar 2024" in read_texts(app)
    assert "strokeDash" in json.dumps(read_spec(app))
    assert app.get("vega_lite_chart")[0].proto.alt.startswith("Revenue by month")


def test_spec_is_the_same_on_each_run(open_app: Open, shop: Path) -> None:
    """Only then does the browser swap data in place."""
    app = open_app(shop, metric="revenue", by="month")
    first = app.get("vega_lite_chart")[0].proto.spec
    app.selectbox(key="period").set_value("last-90-days").run()
    assert app.get("vega_lite_chart")[0].proto.spec == first


def test_rest_beyond_the_biggest_is_told(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="channel", top="1")
    assert "Other is everything beyond the biggest" in read_texts(app)


def test_explanation_fills_the_formula(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="express_rate", by="month", channel="web")
    app.session_state["explain"] = True
    app.run()
    codes = [code.value for code in app.code]
    assert "express_rate = express_orders / orders = 2 / 3 = 0.6667" in codes
    assert any("SELECT" in code for code in codes)
    assert "Channel is web" in read_texts(app)


def test_table_shows_labels_and_notes(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="month")
    app.session_state["as_table"] = True
    app.run()
    table = app.dataframe[0]
    assert table.value["@note"].fillna("").tolist() == ["", "", "not final yet"]
    columns = json.loads(table.proto.columns)
    assert columns["revenue"]["label"] == "Revenue"


def test_small_bases_are_gray_and_told(open_app: Open, shop: Path) -> None:
    """In the table with the base beside; in the chart, and in words below it."""
    write_catalogue(shop, SHOP.replace("better: lower, was", "better: lower, min_base: 2, was"))
    app = open_app(shop, metric="express_rate,revenue", by="channel", chart="table")
    table = app.dataframe[0]
    assert table.value["@note"].fillna("").tolist() == ["", "", "Express rate: of 1 only"]
    assert "color: gray" in table.proto.arrow_data.styler.styles
    assert "Gray: made of too few to read (Express rate)." in read_texts(app)
    app = open_app(shop, metric="express_rate", by="channel")
    assert not app.exception
    assert "isValid(datum.base)" in app.get("vega_lite_chart")[0].proto.spec


def test_target_may_be_a_metric(open_app: Open, shop: Path) -> None:
    """Asked over the same days and filters as the number that it stands beside."""
    write_catalogue(
        shop,
        SHOP.replace("better: higher, fill: 0, tags", "better: higher, fill: 0, target: buyers_seen, tags").replace(
            "  buyers: {label: B", "  buyers_seen: {view: orders, sql: count(distinct buyer_id)}\n  buyers: {label: B"
        ),
    )
    app = open_app(shop, metric="orders", period="2024-01-01..2024-02-29")
    assert not app.exception
    assert "Target: 3" in app.metric[0].help


def test_totals_are_recomputed_from_rows(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="orders~unique", by="channel", totals="all", chart="table")
    totals = app.dataframe[1].value
    assert totals["channel"].tolist() == ["All"]
    assert totals["orders~unique"].tolist() == [3]


def test_hierarchy_is_drilled_into_and_back(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", by="region")
    choice = app.selectbox(key="drill")
    assert choice.label == "Drill from Region into City"
    assert choice.options == ["North", "South", "(none)"]
    choice.set_value(Equals("North")).run()
    assert dict(app.query_params) == {
        "metric": "revenue",
        "by": "city",
        "region": "North",
    }
    app.button(key="drill_out.city").click().run()
    assert dict(app.query_params) == {"metric": "revenue", "by": "region"}


def test_rows_behind_a_number_are_those_of_a_group(open_app: Open, shop: Path) -> None:
    """Without what is personal; a group's rows are those of its days and values."""
    app = open_app(shop, metric="revenue,orders", by="month,channel", period="2024-01-15..2024-03-31", order="-revenue")
    app.session_state["rows"] = True
    app.run()
    table = app.dataframe[-1].value
    assert table.columns.tolist()[:3] == ["month", "channel", "order_id"]
    assert "email" not in table.columns
    assert table["order_id"].tolist() == [6, 5, 4, 3, 2]
    choice = app.selectbox(key="rows.group")
    assert "Mar 2024 · shop" in choice.options
    choice.set_value(choice.options.index("Mar 2024 · shop") - 1).run()
    assert app.dataframe[-1].value["order_id"].tolist() == [5]
    assert "Rows 1 to 1, the newest first" in read_texts(app)


def test_rows_in_a_link_are_shown_page_by_page(open_app: Open, shop: Path) -> None:
    """The numbers above them are those of the same line, and every control goes on working."""
    app = open_app(shop, metric="orders", by="channel", order="price", rows="2")
    assert not app.exception
    assert app.dataframe[-1].value["price"].tolist() == [10, 20]
    app.button(key="rows.more").click().run()
    assert app.dataframe[-1].value["price"].tolist() == [30, 40]
    assert not app.warning


def test_rows_that_can_not_be_shown_say_why(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="orders~yoy(value)", by="month")
    app.session_state["rows"] = True
    app.run()
    assert "is that of an earlier period" in app.warning[0].value.replace("\\", "")


def test_boolean_is_yes_or_no(open_app: Open, shop: Path) -> None:
    app = open_app(shop, metric="revenue", express="true", by="channel", compare="express:false")
    assert "Express is yes" in read_texts(app)
    assert "compared with Express: no" in read_texts(app)


# --- the catalogue page


def test_catalogue_search_is_in_the_address(open_app: Open, shop: Path) -> None:
    app = open_app(shop, CATALOGUE, q="expr rate")
    assert read_plain(app.expander[0].label) == "**Express rate**"
    app.text_input(key="q").set_value("paid").run()
    assert app.query_params["q"] == "paid"
    assert "**Revenue** · What was paid." in [expander.label.replace("\\", "") for expander in app.expander]
    app.text_input(key="q").set_value("nothing of the kind").run()
    assert "No metric is about" in read_texts(app)


def test_catalogue_tells_all_of_a_metric(open_app: Open, shop: Path) -> None:
    app = open_app(shop, CATALOGUE, kpi="express_rate")
    app.session_state["metric.express_rate"] = True
    app.session_state["sql.express_rate"] = True
    app.run()
    told = read_texts(app)
    for part in (
        "express_rate = express_orders / orders",
        "shown as a percentage",
        "better lower",
        "Can be cut by",
        "Region",
        "orders.csv",
        "SELECT",
    ):
        assert part in told
    assert "E-mail" not in told


def test_catalogue_text_is_never_markup(open_app: Open, shop: Path) -> None:
    app = open_app(shop, HOME)
    assert app.title[0].value == r"Corner \*shop\*"


# --- journeys


@pytest.fixture
def corner(tmp_path: Path) -> Path:
    source = open_shop(tmp_path)
    source.serve().engine.retire()
    return tmp_path / "metrics.yml"


def test_cohort_is_shown_as_a_map_and_a_table(open_app: Open, corner: Path) -> None:
    """A cohort is a grid of rates; its table has labels, not the names of columns."""
    app = open_app(corner, cohort="buyers", period="2023-01-01..2024-03-31")
    assert_no_traceback(app)
    assert "Who comes back: Buyers" in read_texts(app)
    assert "rect" in json.dumps(read_spec(app))
    app = open_app(corner, cohort="buyers", chart="table")
    columns = app.dataframe[0].proto.columns
    assert all(f'"{label}"' in columns for label in ("Cohort", "Months later", "Came back")), columns


def test_overlap_names_its_segments(open_app: Open, corner: Path) -> None:
    app = open_app(corner, overlap="lyonnais,young", chart="table")
    assert_no_traceback(app)
    assert "Overlap of Lyonnais and Young" in read_texts(app)
    assert "Rows behind this number" not in [expander.label for expander in app.expander]
    assert "Lyonnais and Young" in app.dataframe[0].value["segments"].tolist()


def test_a_metric_takes_the_place_of_a_journey(open_app: Open, corner: Path) -> None:
    """Whoever chooses a metric asks for it, and no longer for the journey."""
    app = open_app(corner, overlap="lyonnais,young")
    app.multiselect(key="metrics").select("contacts").run()
    assert app.query_params == {"metric": "contacts"}


def test_catalogue_links_to_journeys(open_app: Open, corner: Path) -> None:
    app = open_app(corner, CATALOGUE)
    assert_no_traceback(app)
    links = [link.proto.query_string for link in app.get("page_link")]
    assert "cohort=buyers" in links


def test_environment_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CROSSCUT_CATALOGUE the catalogue is the one beside Home.py."""
    monkeypatch.delenv("CROSSCUT_CATALOGUE", raising=False)
    assert os.environ.get("CROSSCUT_CATALOGUE") is None
    assert (page.ROOT / HOME).is_file()


def test_overlap_is_drawn_as_intersections_and_other_charts_say_why_not(open_app: Open, corner: Path) -> None:
    app = open_app(corner, overlap="lyonnais,young")
    assert_no_traceback(app)
    assert app.get("vega_lite_chart")[0].proto.alt.startswith("Overlap of 2 sets")
    app = open_app(corner, overlap="lyonnais,young", chart="funnel")
    assert "This answer can't be shown as chart=funnel: it takes a funnel." in read_texts(app)
    app = open_app(corner, overlap="lyonnais,young", chart="pie")
    assert "This answer can't be shown as chart=pie: there is no chart of that name." in read_texts(app)


def test_biggest_groups_of_a_funnel_are_told_by_a_step(open_app: Open, corner: Path) -> None:
    app = open_app(corner, funnel="buying", by="town", top="1")
    assert_no_traceback(app)
    assert app.get("vega_lite_chart")[0].proto.alt.startswith("Funnel of ")
    assert "top.metric" in [box.key for box in app.selectbox]
