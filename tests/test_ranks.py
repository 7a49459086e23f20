"""Ranks: rows numbered for each entity over all history, equal times in the order of a key, over joins too."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from semantic import Source, open_source
from semantic.check import check_catalogue
from semantic.explain import explain_question
from tests.corner_shop import write_corner_shop

CATALOGUE = """
timezone: UTC
views:
  people: {file: contacts.csv, key: {contact: contact_id}, dimensions: {region: Region}}
  visits:
    file: orders.csv
    key: {visit: visit_id}
    time: visited_on
    joins: {contact: contact_id}
    dimensions: {nth: {rank: contact, label: Nth visit}, nth_of_region: {sql: "nth * 10"}, shop: Shop}
  looks:
    file: orders.csv
    time: visited_on
    joins: {contact: contact_id}
    dimensions: {nth_look: {rank: contact}}
  buys:
    file: shops.csv
    joins: {visit: visit_id}
segments:
  firsts: {of: visits, where: nth = 1}
metrics:
  visits: {view: visits, sql: count(*)}
  first_visits: {view: visits, sql: count(*), where: nth = 1, fill: 0}
  latest: {view: visits, sql: max(nth)}
  last_shop: {view: looks, sql: max(shop), where: nth_look = 2}
  buys: {view: buys, sql: sum(price)}
  buys_of_first: {view: buys, sql: sum(price), where: visit.nth = 1}
"""
# On 2 January contact 1 is there twice: visit 3 comes before visit 7, whatever their order in the file.
VISITS = """visit_id,visited_on,contact_id,shop
7,2024-01-02,1,a
3,2024-01-02,1,b
1,2024-02-01,1,a
2,2024-02-02,2,a
4,2024-02-03,,a
5,,2,b
"""
BUYS = "visit_id,price\n3,1\n7,10\n7,100\n2,1000\n99,10000\n"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    source = open_source(write_corner_shop(tmp_path, CATALOGUE, orders=VISITS, shops=BUYS))
    yield source
    source.serve().engine.retire()


def ask(source: Source, line: str) -> list[list[object]]:
    return [list(row.values()) for row in source.ask(line).rows()]


def test_equal_times_are_in_the_order_of_the_key(source: Source) -> None:
    """A row of nobody, and one without a time, has no number."""
    assert ask(source, "metric=visits&by=nth,shop") == [
        [1, "a", 1], [1, "b", 1], [2, "a", 1], [3, "a", 1], [None, "a", 1], [None, "b", 1],
    ]  # fmt: skip


def test_without_a_key_all_columns_put_equal_times_in_order(source: Source) -> None:
    """Of the two rows of 2 January, visit 3 comes first by its first column, so visit 7 in shop a is the second."""
    assert ask(source, "metric=last_shop") == [["a"]]


def test_numbers_are_of_all_history(source: Source) -> None:
    assert ask(source, "metric=visits,first_visits,latest&period=2024-02-01..2024-02-29") == [[3, 1, 3]]
    assert ask(source, "metric=visits&by=nth&shop=a") == [[1, 1], [2, 1], [3, 1], [None, 1]]


def test_numbers_reach_over_joins(source: Source) -> None:
    """Under a number, in a condition, in a segment and in a computed dimension; no row is there twice for it."""
    assert ask(source, "metric=buys&by=nth") == [[1, 1001], [2, 110], [None, 10000]]
    assert ask(source, "metric=buys,buys_of_first") == [[11111, 1001]]
    assert ask(source, "metric=buys&segment=firsts") == [[1001]]
    assert ask(source, "metric=buys&by=nth_of_region&nth_of_region=20") == [[20, 110]]


def test_ranks_are_checked(source: Source) -> None:
    assert [problem.found for problem in check_catalogue(source) if "orphan" in problem.found] == []
    assert not [problem for problem in check_catalogue(source) if "dimensions" in problem.where]


def test_ranks_are_told_in_words(source: Source) -> None:
    found = explain_question(source.serve().catalogue, source.compile("metric=buys_of_first&by=nth", date(2024, 3, 1)))
    assert "nth numbers the rows of visits for each contact by visited_on, then visit_id, over all history." in found
