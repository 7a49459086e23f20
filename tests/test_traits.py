"""Traits: metrics per entity as its dimensions, over roles and joins, of one another, over the asked period."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from semantic import Refused, Source, open_source
from semantic.check import check_catalogue
from semantic.explain import explain_question
from tests.corner_shop import spoil, write_corner_shop

FORMULA = "basket: {sql: revenue / orders}"
KINDS = """basket: {sql: revenue / orders}
  orders_each: {each: orders, per: contact, fill: 0, label: Orders of the contact}
  spent: {each: revenue, per: contact, bands: [0, 10.5, 30]}
  gifts: {each: orders, per: contact, where: gift}
  basket_each: {each: basket, per: contact}
  of_loyal: {view: orders, sql: sum(amount), where: contact.orders_each >= 2}
  loyalty: {each: of_loyal, per: contact}
  bought_a_month: {each: revenue, per: month, take: max}
  new_orders: {new: orders, by: contact}
  newest: {view: orders, sql: max(channel)}
  last_channel: {each: newest, per: contact}"""
SEGMENT = "  loyal: {of: contacts, where: orders_each >= 2}\n  online:"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """Contact 1 has two orders of 40.5, one of them a gift; contact 2 one of 20, contact 3 one of 5."""
    computed = "    dimensions:\n      fan: {sql: \"CASE WHEN orders_each > 1 THEN 'fan' ELSE 'guest' END\"}\n"
    text = spoil(FORMULA, KINDS, "  online:", SEGMENT, "    dimensions:\n", computed)
    source = open_source(write_corner_shop(tmp_path, text))
    yield source
    source.serve().engine.retire()


def ask(source: Source, line: str, as_of: date | None = None) -> list[list[object]]:
    return [list(row.values()) for row in source.ask(line, as_of).rows()]


def test_every_view_that_joins_the_entity_reaches_it(source: Source) -> None:
    assert ask(source, "metric=contacts&by=orders_each") == [[1, 2], [2, 1]]
    assert ask(source, "metric=revenue&by=orders_each") == [[1, 25], [2, 40.5]]
    assert ask(source, "metric=contacts&by=last_channel") == [["shop", 2], ["web", 1]]


def test_under_a_role_it_is_that_of_the_role(source: Source) -> None:
    """Givers are contact 2, of order 1, and contact 1, of order 4; no giver has no orders to tell of."""
    assert ask(source, "metric=revenue&by=giver.orders_each") == [[1, 10.5], [2, 5], [None, 50]]
    assert ask(source, "metric=revenue&by=giver.orders_each,contact.orders_each&amount=10..20") == [
        [1, 2, 10.5], [None, 1, 20],
    ]  # fmt: skip


def test_bands_of_what_is_no_whole_number(source: Source) -> None:
    """20 lies from 10.5 up to under 30; bands are in the order of their bounds, also downwards."""
    rows = [["0 to under 10.5", 1], ["10.5 to under 30", 1], ["30+", 1]]
    assert ask(source, "metric=contacts&by=spent") == rows
    assert ask(source, "metric=contacts&by=spent&order=-spent") == rows[::-1]
    assert ask(source, "metric=contacts&by=spent&spent=30%2B,") == [["30+", 1]]


def test_it_is_of_the_asked_period(source: Source) -> None:
    """In January contact 1 has one order; on a time axis the period is the whole of it, and ends with the as-of day."""
    january = "&period=2024-01-01..2024-01-31"
    assert ask(source, f"metric=orders&by=orders_each{january}") == [[1, 2]]
    assert ask(source, "metric=orders&by=month,orders_each&period=2024-01-01..2024-02-29") == [
        [date(2024, 1, 1), 1, 1], [date(2024, 1, 1), 2, 1], [date(2024, 2, 1), 1, 1], [date(2024, 2, 1), 2, 1],
    ]  # fmt: skip
    assert ask(source, "metric=orders&by=month,orders_each", date(2024, 1, 31)) == [[date(2024, 1, 1), 1, 2]]


def test_a_filter_leaves_it_as_it_is(source: Source) -> None:
    """Of contact 1's two orders one is kept by the amount, and it's still of a contact with two."""
    assert ask(source, "metric=orders&by=orders_each&amount=30") == [[2, 1]]
    assert ask(source, "metric=contacts&by=gifts") == [[1, 2], [None, 1]]


def test_whole_months_are_cut_by_the_whole_question(source: Source) -> None:
    """The best month is January alone, but contact 1 has two orders in the asked days."""
    line = "metric=bought_a_month&period=2024-01-01..2024-02-10&orders_each=2"
    assert ask(source, line, date(2024, 2, 10)) == [[10.5]]


def test_it_is_made_of_others(source: Source) -> None:
    """In a segment, in a computed dimension, in the condition of a metric that another one is made of."""
    assert ask(source, "metric=revenue,contacts&segment=loyal") == [[40.5, 1]]
    assert ask(source, "metric=contacts,revenue&by=fan") == [["fan", 1, 40.5], ["guest", 2, 25]]
    assert ask(source, "metric=contacts&by=loyalty,orders_each") == [[40.5, 2, 1], [None, 1, 2]]
    assert ask(source, "metric=contacts&by=basket_each") == [[5, 1], [20, 1], [20.25, 1]]
    assert ask(source, "metric=new_orders&by=orders_each") == [[1, 2], [2, 1]]


def test_a_circle_is_refused(tmp_path: Path) -> None:
    kinds = f"{FORMULA}\n  much: {{view: orders, sql: count(*), where: contact.often > 1}}"
    kinds += "\n  often: {each: much, per: contact}"
    source = open_source(write_corner_shop(tmp_path, spoil(FORMULA, kinds)))
    with pytest.raises(Refused, match="often is made of itself: often → often"):
        source.ask("metric=contacts&by=often")


def test_all_of_it_is_checked(source: Source) -> None:
    assert check_catalogue(source) == []


def test_traits_are_told_in_words(source: Source) -> None:
    """Of which days it is, that no filter changes it, and its bands."""
    line = "metric=orders&by=spent&period=2024-01-01..2024-01-31&gifts=1"
    found = explain_question(source.serve().catalogue, source.compile(line, date(2024, 2, 10)))
    days = "over 2024-01-01 to 2024-01-31 (31 days), whatever the filters"
    assert (
        f"spent is revenue of each contact {days}, in bands: under 0, 0 to under 10.5, 10.5 to under 30, 30+." in found
    )
    assert f"gifts is orders of those where gift of each contact {days}." in found
