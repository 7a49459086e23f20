"""The Segments page: what it can look at, its address, its numbers, its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from semantic import Source, open_source
from semantic.question import Between, Relative
from semantic.values import print_metric
from tests.segments_shop import write_segments
from tests.shop import write_trial
from tests.test_pages import PATIENCE, ROOT, Open, assert_no_traceback, read_texts
from widgets import page
from widgets.segments.address import MOST_PINS, Choice, print_choice, read_choice
from widgets.segments.bases import list_bases, list_rates
from widgets.segments.rows import (
    Rate,
    Row,
    ask_course,
    ask_rates,
    ask_sizes,
    choose_rows,
    find_course,
    read_rates,
    read_rows,
)
from widgets.segments.table import shape_rows, write_csv

SEGMENTS = "pages/4_Segments.py"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return open_source(write_segments(tmp_path))


@pytest.fixture
def open_segments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    def open_it(file: Path | None = None, **address: str) -> AppTest:
        monkeypatch.setenv("CROSSCUT_CATALOGUE", str(file or write_segments(tmp_path)))
        monkeypatch.delenv("CROSSCUT_DATA", raising=False)
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE)
        app.query_params.update(address)
        return app.switch_page(SEGMENTS).run()

    yield open_it
    page._open_source.clear()


# --- what there is


def test_every_kind_of_segments_is_offered(source: Source) -> None:
    """Memberships, states, and named segments; each with what counts it, which is no guess about its period."""
    found = {base.name: base for base in list_bases(source.serve().catalogue)}
    assert list(found) == ["grp", "state", "segment"]
    assert print_metric(found["grp"].size) == "in_group"
    assert (found["grp"].group, found["grp"].exclusive, found["grp"].history) == ("family", False, True)
    assert print_metric(found["state"].size) == "in_state"
    assert (found["state"].exclusive, found["state"].dated) == (True, True)
    assert print_metric(found["segment"].size) == "people~total"
    assert found["segment"].names == ("early", "first", "second")


def test_rates_are_those_that_can_be_cut_so(source: Source) -> None:
    catalogue = source.serve().catalogue
    for base in list_bases(catalogue):
        assert list_rates(catalogue, base) == ("open_rate",)


def test_a_catalogue_without_segments_says_how_to_add_some(open_segments: Open, tmp_path: Path) -> None:
    file = tmp_path / "plain.yml"
    file.write_text(
        "views: {few: {sql: SELECT 1 AS n}}\nmetrics: {rows: {view: few, sql: count(*)}}\n", encoding="utf-8"
    )
    app = open_segments(file)
    assert_no_traceback(app)
    assert "no segments yet" in read_texts(app)
    assert "segments:" in app.code[0].value


# --- the address


def test_an_address_is_read_and_printed(source: Source) -> None:
    """What an address says is what is written back, also a name with a comma, a quote or what means something."""
    catalogue = source.serve().catalogue
    bases = list_bases(catalogue)
    pairs = [
        ("of", "state"),
        ("period", "2024-01-01..2024-02-15"),
        ("rate", "none"),
        ("search", "act"),
        ("sort", "rate"),
        ("pin", 'active,"a,b","!x","say ""hi"""'),
        ("show", "overlap"),
    ]
    choice, problems = read_choice(catalogue, bases, pairs)
    assert problems == ()
    assert choice.pins == ("active", "a,b", "!x", 'say "hi"')
    printed = print_choice(catalogue, bases, choice)
    assert read_choice(catalogue, bases, printed) == (choice, ())


def test_the_usual_page_has_an_empty_address(source: Source) -> None:
    catalogue = source.serve().catalogue
    bases = list_bases(catalogue)
    choice, problems = read_choice(catalogue, bases, [])
    assert (choice.base.name, choice.rate, choice.period) == ("grp", "open_rate", Relative("last", 90, "day"))
    assert problems == ()
    assert print_choice(catalogue, bases, choice) == []


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "foo",
            "1",
            "foo: this page has no such key. The keys are of, period, rate, family, search, sort, pin, show, …",
        ),
        ("sorts", "1", "sorts: this page has no such key. Did you mean sort?"),
        ("of", "stat", "of: stat is no group of segments here. Did you mean state?"),
        ("rate", "people", "rate: people is no rate here. The rates are open_rate, none"),
        ("sort", "siz", "sort: siz is no order here. Did you mean size?"),
        ("show", "x", "show: x is no part here. The parts are movement, overlap, sent"),
        ("lang", "xx", "lang: xx is no language here. It may be en, pt, ru"),
        ("pin", '"a', 'pin: "a has a quote out of place. As a value it is written """a"'),
        ("pin", "a,b,c,d,e,f", "pin: 6 segments are pinned. The first 5 are shown"),
        ("pin", "a" * 3000, "pin: the text is too long. The first 5 are shown"),
    ],
)
def test_what_an_address_holds_amiss_is_told(source: Source, key: str, value: str, told: str) -> None:
    catalogue = source.serve().catalogue
    choice, problems = read_choice(catalogue, list_bases(catalogue), [(key, value)])
    assert [str(problem) for problem in problems] == [told]
    assert len(choice.pins) <= MOST_PINS


# --- the numbers


def choose(source: Source, name: str) -> Choice:
    base = next(base for base in list_bases(source.serve().catalogue) if base.name == name)
    return Choice(base, Between(date(2024, 2, 1), date(2024, 2, 29)), "open_rate")


def test_sizes_stand_at_the_end_of_the_period_and_of_the_one_before(source: Source) -> None:
    catalogue, choice = source.serve().catalogue, choose(source, "state")
    rows = {row.key: row for row in read_rows(catalogue, choice.base, source.ask(ask_sizes(choice)), None)}
    assert {key: (row.size, row.before) for key, row in rows.items()} == {
        "active": (8, 0), "left": (4, 0), "new": (0, 12),
    }  # fmt: skip
    assert rows["active"].change is None  # on nothing there is no percentage
    assert rows["new"].change == -1


def test_the_course_has_twelve_points_up_to_the_periods_end(source: Source) -> None:
    catalogue, choice = source.serve().catalogue, choose(source, "state")
    grain, days = find_course(catalogue, choice.period)
    assert (grain, str(days.end)) == ("week", "2024-02-29")
    sizes, course = source.ask(ask_sizes(choice)), source.ask(ask_course(catalogue, choice))
    rows = read_rows(catalogue, choice.base, sizes, course)
    assert {len(row.course) for row in rows} == {12}
    assert all(row.course[-1] == row.size for row in rows)


def test_memberships_have_families_and_named_segments_theirs(source: Source) -> None:
    catalogue, choice = source.serve().catalogue, choose(source, "grp")
    rows = read_rows(catalogue, choice.base, source.ask(ask_sizes(choice)), None)
    assert len(rows) == 40
    assert {row.family for row in rows} == {"early", "late"}
    assert (rows[0].label, rows[0].size) == ("Group 7 VIP", 12)
    named = choose(source, "segment")
    found = {row.key: row for row in read_rows(catalogue, named.base, source.ask(ask_sizes(named)), None)}
    assert {key: (row.label, row.family, row.size) for key, row in found.items()} == {
        "early": ("Early people", "", 6), "first": ("First kind", "Kinds", 4), "second": ("Second kind", "Kinds", 4),
    }  # fmt: skip


def test_a_rate_has_its_interval_and_is_told_of_when_it_happened(source: Source) -> None:
    """The interval is Wilson's, of the letters; each letter counts in the state that its person was in."""
    choice = choose(source, "state")
    then = read_rates(choice.base, source.ask(ask_rates(choice)), "open_rate")
    rate = then["active"]
    assert rate.value is not None
    assert rate.base is not None
    assert rate.low is not None
    assert rate.high is not None
    assert 0 < rate.low < rate.value < rate.high < 1
    z, n, p = 1.959963984540054, rate.base, rate.value
    centre, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert rate.low == pytest.approx((centre - half) / (1 + z * z / n))
    assert rate.high == pytest.approx((centre + half) / (1 + z * z / n))
    everything = source.ask("metric=letters&period=2024-02-01..2024-02-29").rows()[0]["letters"]
    assert sum(found.base or 0 for found in then.values()) == everything


def test_rows_are_searched_filtered_and_sorted(source: Source) -> None:
    rows = (
        Row("a", "Ána", "one", 5, 4), Row("b", "Bob", "two", 9, 9), Row("c", "cy", "one", None, None),
    )  # fmt: skip
    rates = {"a": Rate(0.2), "c": Rate(0.5)}

    def keys(**changes: str) -> str:
        chosen = replace(choose(source, "state"), **changes)  # type: ignore[arg-type]  # all of these hold text
        return "".join(row.key for row in choose_rows(rows, rates, chosen))

    assert keys() == "bac"
    assert keys(sort="name") == "bca"  # Á is no A
    assert keys(sort="change") == "abc"
    assert keys(sort="rate") == "cab"
    assert keys(family="one") == "ac"
    assert keys(search="BO") == "b"
    assert keys(search="o two") == "b"


def test_the_table_and_its_file_hold_the_same(source: Source) -> None:
    rows = (Row("a", "=1+1", "", 5, 4, (1.0, 5.0)),)
    rates = {"a": Rate(0.123456, 50, 0.05, 0.25, small=True)}
    shown = shape_rows(rows, rates, 10).to_pylist()[0]
    assert shown == {
        "label": "=1+1", "size": 5, "share": 0.5, "change": 0.25, "course": [1.0, 5.0], "rate": 0.123,
        "interval": "5.0% – 25.0% · few",
    }  # fmt: skip
    text = write_csv(rows, rates, 10, "open_rate").decode("utf-8-sig").splitlines()
    assert text == [
        "segment,family,size,share,size@compare,size@change,open_rate,open_rate@base,open_rate@low,open_rate@high",
        "'=1+1,,5,0.5,4,0.25,0.123456,50,0.05,0.25",
    ]


# --- the page


@pytest.mark.parametrize("of", ["grp", "state", "segment"])
@pytest.mark.parametrize("show", ["movement", "overlap", "sent"])
def test_every_part_of_every_kind_shows(open_segments: Open, of: str, show: str) -> None:
    app = open_segments(of=of, show=show)
    assert_no_traceback(app)
    assert not app.error
    assert not app.warning
    assert len(app.dataframe) >= 1
    assert app.dataframe[0].value.shape[0] == {"grp": 40, "state": 2, "segment": 3}[of]


def test_a_cold_link_shows_what_it_says(open_segments: Open) -> None:
    app = open_segments(of="grp", pin="Group 7 VIP,Group 3", family="early", sort="name", search="3", rate="none")
    assert_no_traceback(app)
    shown = app.dataframe[0].value
    assert list(shown["label"]) == ["Group 13", "Group 3"]
    assert "rate" not in shown
    assert app.multiselect(key="segments.pins").value == ["Group 7 VIP", "Group 3"]


def test_pairs_are_of_the_rows_shown_whatever_their_names(open_segments: Open) -> None:
    """A value of the data keeps its capitals, so that those of the table are found in the matrix."""
    app = open_segments(of="grp", pin="Group 7 VIP,Group 3", show="overlap")
    chart = app.get("vega_lite_chart")[-1].proto
    assert "Group 7 VIP" in chart.spec + chart.alt


def test_controls_write_the_address(open_segments: Open) -> None:
    app = open_segments()
    app.multiselect(key="segments.pins").set_value(["Group 7 VIP"]).run()
    assert app.query_params["pin"] == "Group 7 VIP"
    app.selectbox(key="segments.sort").set_value("name").run()
    assert app.query_params["sort"] == "name"
    app.selectbox(key="segments.base").set_value("state").run()
    assert_no_traceback(app)
    assert (app.query_params["of"], app.query_params["sort"]) == ("state", "name")
    assert "pin" not in app.query_params  # they are of the segments before


def test_a_catalogue_of_another_kind_shows(open_segments: Open, tmp_path: Path) -> None:
    app = open_segments(write_trial(tmp_path))
    assert_no_traceback(app)
