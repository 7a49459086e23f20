"""Tables with more to them: pivots with totals at their sides, rankings with bars and courses; when they fit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from semantic import Answer, Source, open_source
from tests.test_charts import BRAND, CHANNEL, SENT, WEEK, WEEKDAY
from widgets import page
from widgets.charts import Answered, list_kinds, refuse_kinds
from widgets.fields import Reading, read_answer
from widgets.pivot import arrange_pivot, read_pivot
from widgets.ranking import read_ranking

ROOT = Path(__file__).parents[1]
CATALOGUE = """\
views:
  visits:
    file: visits.csv
    time: day
    key: {visit: visit}
    dimensions: {shop: Shop, kind: Kind}
segments:
  big: {label: Big ones, of: visits, where: pieces > 2}
  gifts: {label: Gifts, of: visits, where: kind = 'gift'}
metrics:
  people: {label: People, view: visits, sql: count(distinct person)}
  pieces: {label: Pieces, view: visits, sql: sum(pieces)}
  gift_rate: {sql: gifts / pieces, format: percent, min_base: 3}
  gifts: {view: visits, sql: sum(pieces) FILTER (WHERE kind = 'gift')}
"""
VISITS = (
    "visit,day,person,shop,kind,pieces\n"
    "1,2024-01-05,ann,north,gift,4\n"
    "2,2024-01-06,ann,south,gift,2\n"
    "3,2024-02-01,bob,north,own,5\n"
    "4,2024-02-02,ann,north,own,1\n"
    "5,2024-03-31,eve,,gift,3\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Source:
    (tmp_path / "metrics.yml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
    return open_source(tmp_path / "metrics.yml")


Read = Callable[[str], tuple[Reading, Answer]]


@pytest.fixture
def read(shop: Source) -> Read:
    def read_line(line: str) -> tuple[Reading, Answer]:
        answer = shop.ask(line)
        return read_answer(shop.serve().catalogue, answer), answer

    return read_line


# Pivots


def test_totals_of_a_pivot_are_recomputed_and_right_for_distinct_counts(read: Read) -> None:
    """Ann is in two shops and of two kinds: she is one person in each total."""
    pivot = read_pivot(*read("metric=people&by=shop,kind&totals=all"))
    assert (pivot.down, pivot.across) == (("north", "south", "(none)"), ("gift", "own"))
    assert pivot.cells == {(0, 0): 1, (0, 1): 2, (1, 0): 1, (2, 0): 1}
    assert (pivot.right, pivot.below, pivot.corner) == ({0: 2, 1: 1, 2: 1}, {0: 2, 1: 2}, 3)


def test_a_pivot_without_totals_has_no_sides(read: Read) -> None:
    pivot = read_pivot(*read("metric=people&by=shop,kind"))
    assert (pivot.right, pivot.below, pivot.corner) == (None, None, None)


def test_a_time_stands_across_in_its_order(read: Read) -> None:
    reading, answer = read("metric=pieces&by=month,kind&totals=all&order=-pieces")
    assert [field.name for field in arrange_pivot(reading)] == ["kind", "month"]
    pivot = read_pivot(reading, answer)
    assert pivot.across == ("Jan 2024", "Feb 2024", "Mar 2024")
    assert pivot.below == {0: 6, 1: 6, 2: 3}


def test_totals_of_segments_are_found_under_their_labels(read: Read) -> None:
    pivot = read_pivot(*read("metric=pieces&by=segment,kind&totals=all"))
    assert pivot.down == ("Big ones", "Gifts")
    assert pivot.right == {0: 12, 1: 9}


def test_what_is_named_as_the_rest_has_no_total_of_it(read: Read) -> None:
    pivot = read_pivot(*read("metric=pieces&by=kind,shop&top=1&totals=all"))
    assert pivot.across == ("north", "Other")
    assert pivot.below == {0: 10, 1: 5}


def test_small_cells_are_known(read: Read) -> None:
    pivot = read_pivot(*read("metric=gift_rate&by=shop,month&totals=all"))
    assert pivot.small == {(1, 0)}


# Rankings


def test_a_ranking_is_by_the_first_metric_of_the_last_whole_period(read: Read) -> None:
    ranks, period = read_ranking(read("metric=pieces,people&by=shop,month&period=2024-01-01..2024-02-29")[0], False)
    assert period == "Feb 2024"
    assert [(rank.name, rank.values, rank.changes, rank.courses[0]) for rank in ranks] == [
        ("north", (6, 2), ("+50.0%", "+100%"), (4, 6)),
        ("south", (None, None), ("–", "–"), (2, None)),
    ]


def test_a_ranking_without_a_time_has_no_course(read: Read) -> None:
    ranks, period = read_ranking(read("metric=pieces&by=shop")[0], False)
    assert [(rank.name, rank.values) for rank in ranks] == [("north", (10,)), ("(none)", (3,)), ("south", (2,))]
    assert period == ""


def test_the_rest_is_last_and_the_order_of_a_line_is_kept(read: Read) -> None:
    ranks, _ = read_ranking(read("metric=pieces&by=shop&top=1")[0], False)
    assert [(rank.name, rank.rest) for rank in ranks] == [("north", False), ("Other", True)]
    ordered, _ = read_ranking(read("metric=pieces&by=shop&order=pieces")[0], True)
    assert [rank.name for rank in ordered] == ["south", "(none)", "north"]


# Offered, and on the page


def test_pivots_and_rankings_are_offered_where_they_fit() -> None:
    known = Answered((CHANNEL, BRAND), (SENT,), 20, (4, 5))
    assert {"pivot", "shaded"} <= set(list_kinds(known))
    assert "ranking" in list_kinds(replace(known, keys=(CHANNEL,), sizes=(4,)))
    assert "ranking" in list_kinds(replace(known, keys=(CHANNEL, WEEK)))
    for other in (
        replace(known, keys=(CHANNEL,), sizes=(4,)),
        replace(known, values=(SENT, SENT)),
        replace(known, compared=True),
        replace(known, limited=True),
        replace(known, sizes=(61, 70)),
    ):
        assert {"pivot", "shaded"} <= set(refuse_kinds(other)), other
    for other in (known, replace(known, keys=(WEEK,)), replace(known, keys=(WEEK, WEEK))):
        assert "ranking" in refuse_kinds(other), other
    assert "ranking" in list_kinds(replace(known, keys=(WEEKDAY,), sizes=(7,)))


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


def test_a_pivot_on_the_page_has_its_totals_and_no_second_table_of_them(open_line: Callable[..., AppTest]) -> None:
    for chart in ("pivot", "shaded"):
        app = open_line(metric="people", by="shop,kind", totals="all", chart=chart)
        assert not app.exception
        frame = app.dataframe[0].value
        assert frame.iloc[-1].tolist() == ["All", 2, 2, 3]
        assert len(app.dataframe) == 1


def test_a_ranking_on_the_page_has_bars_and_courses(open_line: Callable[..., AppTest]) -> None:
    app = open_line(metric="pieces", by="shop,month", chart="ranking")
    assert not app.exception
    assert app.dataframe[0].value["@name"].iloc[0] in ("north", "(none)")
    assert "progress" in app.dataframe[0].proto.columns
    assert "line_chart" in app.dataframe[0].proto.columns
