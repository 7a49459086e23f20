"""What a page says where there is no answer, or one that is to be used with care: each state has its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic import Source, open_source, parse_line
from tests.test_pages import Open, assert_no_traceback, open_app, read_plain, read_texts
from widgets.badges import list_badges
from widgets.drawing import choose_drawing
from widgets.empty import Empty, explain_empty

__all__ = ["open_app"]  # a fixture

CATALOGUE = """
timezone: UTC
views:
  shops:
    sql: SELECT * FROM (VALUES (1, 'north'), (2, 'south')) v(shop_id, area)
    key: {shop: shop_id}
    dimensions: {area: Area}
  sales:
    sql: |
      SELECT i AS sale_id, i % 2 + 1 AS shop_id, 'kind ' || (i % 7) AS kind,
             DATE '2024-01-01' + (i % 90)::INTEGER AS sold_at, CASE WHEN i % 7 = 3 THEN 0 ELSE 1 END AS visitors
      FROM range(420) r(i)
    key: {sale: sale_id}
    time: sold_at
    joins: {shop: shop_id}
    dimensions: {kind: Kind}
  returns:
    sql: SELECT i AS n, DATE '2024-01-01' + i::INTEGER AS returned_at FROM range(30) r(i)
    time: returned_at
  none:
    sql: SELECT 1 AS n, DATE '2024-01-01' AS day WHERE false
    time: day
metrics:
  sales: {view: sales, sql: count(*)}
  visitors: {view: sales, sql: sum(visitors)}
  per_visitor: {label: Sales per visitor, sql: sales / visitors}
  returned: {view: returns, sql: count(*)}
  nothing: {view: none, sql: count(*)}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "metrics.yml"
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


@pytest.fixture
def source(file: Path) -> Source:
    return open_source(file)


def explain(source: Source, line: str) -> Empty:
    question = parse_line(line)
    return explain_empty(source, source.serve().catalogue, question, source.ask(question))


# --- nothing to show


def test_without_any_rows_there_is_no_data_yet(source: Source) -> None:
    assert explain(source, "metric=nothing&by=month") == Empty("unloaded")
    assert explain(source, "metric=nothing&by=month&period=2024-01-01..2024-02-01") == Empty("unloaded")


def test_the_narrowest_filter_is_the_one_without_which_most_is_there(source: Source) -> None:
    """'kind 9' is nobody's: without it there are sales, without the others there are none."""
    found = explain(source, "metric=sales&by=month&kind=kind 9&area=north&period=2024-01-01..2024-02-01")
    assert (found.kind, [part.key for part in found.parts]) == ("narrow", ["kind"])
    assert found.parts[0].label == "Kind is kind 9"
    assert explain(source, "metric=sales&by=kind&period=2030-01-01..2030-02-01").parts[0].key == "period"


def test_where_it_takes_several_no_single_one_is_blamed(source: Source) -> None:
    found = explain(source, "metric=sales&by=month&kind=kind 9&area=west")
    assert found == Empty("narrow")


def test_rows_without_a_value_are_not_defined_here(source: Source) -> None:
    assert explain(source, "metric=per_visitor&by=kind&kind=kind 3") == Empty("undefined")


def test_explore_offers_to_give_up_the_narrowest(open_app: Open, file: Path) -> None:
    app = open_app(file, metric="sales", by="month", kind="kind 9", area="north")
    assert_no_traceback(app)
    assert "The narrowest filter: Kind is kind 9." in read_texts(app)
    app.button(key="widen.0").click().run()
    assert "kind" not in app.query_params
    assert app.query_params["area"] == "north"
    assert "No rows match" not in read_texts(app)


def test_each_empty_state_has_its_words(open_app: Open, file: Path) -> None:
    for address, told in (
        ({"metric": "nothing", "by": "month"}, "There are no rows yet."),
        ({"metric": "per_visitor", "by": "kind", "kind": "kind 3"}, "Not defined here."),
        ({"metric": "sales", "by": "month", "kind": "kind 9", "area": "west"}, "No single filter keeps them all out"),
    ):
        app = open_app(file, **address)
        assert_no_traceback(app)
        assert told in read_texts(app)
        assert not app.get("vega_lite_chart")


# --- something to know


def badges(source: Source, line: str) -> dict[str, str]:
    catalogue, question = source.serve().catalogue, parse_line(line)
    answer = source.ask(question)
    drawing = choose_drawing(source, catalogue, answer, question)
    return {badge.label: badge.help for badge in list_badges(source, catalogue, drawing.reading, answer, drawing.kind)}


def test_a_limit_says_how_many_it_leaves_out(source: Source) -> None:
    assert badges(source, "metric=sales&by=kind&order=-sales&limit=3") == {
        "First 3 of 7": "The line holds a limit; the other 4 are left out."
    }
    assert badges(source, "metric=sales&by=kind&limit=7") == {}
    assert badges(source, "metric=sales&by=kind") == {}


def test_a_table_that_is_behind_the_others_is_old(source: Source) -> None:
    """Returns were last loaded two months before sales."""
    found = badges(source, "metric=returned")
    assert list(found) == ["Old: 30 Jan 2024"]
    assert "other data go up to 30 Mar 2024" in found["Old: 30 Jan 2024"]
    assert badges(source, "metric=sales") == {}


def test_a_period_that_is_not_over_has_a_badge_with_its_sentence(source: Source) -> None:
    found = badges(source, "metric=sales&by=month")
    assert "Not over yet" in found
    assert "Mar 2024" in found["Not over yet"]


# --- something went wrong


def test_a_broken_run_can_be_copied(open_app: Open, tmp_path: Path) -> None:
    file = tmp_path / "metrics.yml"
    text = "views: {few: {sql: \"SELECT 'x' AS n\"}}\nmetrics: {broken: {view: few, sql: sum(n::INTEGER)}}\n"
    file.write_text(text, encoding="utf-8")
    app = open_app(file, metric="broken")
    assert_no_traceback(app)
    assert "The answer didn't arrive." in read_plain(app.error[0].value)
    told = next(code.value for code in app.code if "metric=broken" in code.value)
    assert "SELECT" in told
