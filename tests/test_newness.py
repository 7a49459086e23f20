"""New, returning, resurrected and lost entities: against plain Python over random rows, and at the edges of time."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from semantic import Refused, Source, open_source
from semantic.calendar import add_periods, truncate_day
from semantic.explain import explain_question
from tests.corner_shop import spoil, write_corner_shop

KINDS = """basket: {sql: revenue / orders}
  buyers: {view: orders, sql: count(distinct contact_id), fill: 0}
  gifts: {view: orders, sql: count(distinct contact_id), where: gift}
  new_buyers: {new: buyers, by: contact, fill: 0}
  returning_buyers: {returning: buyers, by: contact}
  resurrected_buyers: {resurrected: buyers, by: contact}
  lost_buyers: {lost: buyers, by: contact}
  new_revenue: {new: revenue, by: contact, fill: 0}
  new_basket: {new: basket, by: contact}
  new_gifts: {new: gifts, by: contact}
  new_orders: {new: orders, by: contact}
  new_new: {new: new_buyers, by: contact}
  dearest_day: {each: new_revenue, per: day, take: max}"""
FIRST = date(2023, 12, 28)
Row = tuple[date | None, int | None, str]


def make_rows(seed: int) -> list[Row]:
    """Rows on few days over some months, with deleted contacts, nobody's rows, and rows without a day."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for _ in range(60):
        day = FIRST + timedelta(days=chance.choice((0, 1, 3, 30, 31, 33, 60, 64, 65, 95, 400)))
        contact = chance.choice((1, 2, 3, 4, 9, None))
        rows.append((None if chance.random() < 0.05 else day, contact, chance.choice(("web", "shop"))))
    return rows


def write_rows(rows: list[Row]) -> str:
    lines = ["order_id,ordered_on,contact_id,shop_id,giver_id,channel,amount,gift"]
    for number, (day, contact, channel) in enumerate(rows):
        lines.append(f"{number},{day or ''},{contact or ''},1,,{channel},{number},{'true' if number % 3 else 'false'}")
    return "\n".join(lines) + "\n"


def open_rows(folder: Path, rows: list[Row]) -> Source:
    return open_source(write_corner_shop(folder, spoil(FORMULA, KINDS), orders=write_rows(rows)))


FORMULA = "basket: {sql: revenue / orders}"


def count_kinds(rows: list[Row], period: date, grain: str, channel: str | None) -> dict[str, int]:
    """Who is new, returning, resurrected and lost in a period; the channel is a filter."""

    def find(start: date, within: str | None = None) -> set[int]:
        return {c for day, c, by in rows if day and c and truncate_day(day, grain) == start and within in (None, by)}

    before = add_periods(period, grain, -1)
    firsts = {c: min(day for day, other, _ in rows if day and other == c) for _, c, _ in rows if c}
    here = find(period, channel)
    returning = {c for c in here if truncate_day(firsts[c], grain) < period}
    return {
        "new_buyers": len({c for c in here if truncate_day(firsts[c], grain) == period}),
        "returning_buyers": len(returning),
        "resurrected_buyers": len(returning - find(before)),
        "lost_buyers": len(find(before, channel) - find(period)),
    }


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "half", "year"])
@pytest.mark.parametrize("channel", [None, "web"])
@pytest.mark.parametrize("seed", [1, 2])
def test_each_period_has_whom_a_person_counts(grain: str, channel: str | None, seed: int, tmp_path: Path) -> None:
    rows = make_rows(seed)
    source = open_rows(tmp_path, rows)
    kinds = "new_buyers,returning_buyers,resurrected_buyers,lost_buyers"
    line = f"metric=buyers,{kinds}&by={grain}" + (f"&channel={channel}" if channel else "")
    found = source.ask(line).rows()
    source.serve().engine.retire()
    assert len(found) > 1
    for row in found:
        assert {name: row[name] for name in kinds.split(",")} == count_kinds(rows, row[grain], grain, channel), row
        assert row["buyers"] == row["new_buyers"] + row["returning_buyers"]


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """Contact 1 orders in January, March and June, contact 2 in February and March, a deleted one in March."""
    days = [("2024-01-05", 1), ("2024-03-03", 1), ("2024-06-05", 1), ("2024-02-01", 2), ("2024-03-31", 2)]
    rows: list[Row] = [(date.fromisoformat(day), contact, "web") for day, contact in days]
    source = open_rows(tmp_path, [*rows, (date(2024, 3, 15), 9, "shop"), (None, 9, "web"), (None, None, "web")])
    yield source
    source.serve().engine.retire()


def test_without_time_everyone_is_new(source: Source) -> None:
    """A row without a day counts, as it does without newness; a row of nobody is no entity's."""
    [row] = source.ask("metric=new_buyers,new_orders,new_revenue,returning_buyers").rows()
    assert row == {"new_buyers": 3, "new_orders": 3, "new_revenue": 21, "returning_buyers": 0}


def test_an_open_month_is_told_from_the_whole_month_before(source: Source) -> None:
    """On 10 March contact 1 has come back after a February without orders, and contact 2 is still lost."""
    line = "metric=resurrected_buyers,lost_buyers&period=this-month"
    assert source.ask(line, date(2024, 3, 10)).rows() == [{"resurrected_buyers": 1, "lost_buyers": 1}]
    by_month = source.ask("metric=lost_buyers&by=month&period=this-month", date(2024, 3, 10)).rows()
    assert [row["lost_buyers"] for row in by_month] == [1]
    assert source.ask(line, date(2024, 3, 31)).rows() == [{"resurrected_buyers": 1, "lost_buyers": 0}]


def test_nobody_is_lost_in_a_period_to_come(source: Source) -> None:
    rows = source.ask("metric=lost_buyers&by=month", date(2024, 4, 20)).rows()
    assert [(str(row["month"]), row["lost_buyers"]) for row in rows][-2:] == [("2024-03-01", 0), ("2024-04-01", 3)]


def test_a_compared_period_has_a_period_before_of_its_own(source: Source) -> None:
    """Lost in April: three, against March; lost in March: none, against February, when contact 2 ordered."""
    [row] = source.ask("metric=lost_buyers,buyers&period=2024-04-01..2024-04-30&compare=previous").rows()
    assert (row["lost_buyers"], row["lost_buyers@compare"]) == (3, 0)
    [row] = source.ask("metric=lost_buyers&period=2024-02-01..2024-02-29&compare=2024-04-01..2024-04-30").rows()
    assert (row["lost_buyers"], row["lost_buyers@compare"]) == (1, 3)


def test_a_total_of_many_months_is_recomputed(source: Source) -> None:
    """Contact 1 is new in the quarter, though in March it's one that returned."""
    answer = source.ask("metric=new_buyers,returning_buyers&by=month&period=2024-01-01..2024-03-31&totals=all")
    assert [row["returning_buyers"] for row in answer.rows()] == [0, 0, 2]
    assert answer.totals == ({"new_buyers": 3, "returning_buyers": 0},)


def test_a_value_per_day_of_what_is_new_that_day(source: Source) -> None:
    """New on its day: rows 0, 3 and 5, the last of which is the dearest."""
    assert source.ask("metric=dearest_day").rows() == [{"dearest_day": 5}]


def test_a_metric_and_its_formula_agree(source: Source) -> None:
    rows = source.ask("metric=new_revenue,new_basket,new_gifts&by=month&period=2024-01-01..2024-03-31").rows()
    assert [row["new_basket"] for row in rows] == [0, 3, 5]
    assert [row["new_gifts"] for row in rows] == [None, None, 3]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("metric=lost_buyers", "lost_buyers needs a period that another one comes before"),
        ("metric=resurrected_buyers&period=..2024-03-31", "resurrected_buyers needs a period"),
        ("metric=new_buyers&by=week,month", "new_buyers is about one period at a time, and week and month don't nest"),
        ("metric=new_new", "new_buyers isn't made of the rows of a period alone"),
        ("metric=lost_buyers&period=2024-03-01..2024-03-31&weekday=1", "weekday= keeps others"),
    ],
)
def test_what_has_no_answer_is_refused(line: str, told: str, source: Source) -> None:
    with pytest.raises(Refused, match=told):
        source.ask(line)


def test_newness_is_told_in_words(source: Source) -> None:
    """Whom it is about, and that the first row is looked up in all rows."""
    line = "metric=new_gifts,lost_buyers&by=month&period=2024-03-01..2024-03-31&channel=web"
    found = explain_question(source.serve().catalogue, source.compile(line, date(2024, 3, 31)))
    assert (
        "Only those count whose contact has its first row ever in the same month. "
        "That is looked up in all rows of orders where gift, whatever the filters."
    ) in found
    assert (
        "Instead, those of the month before count whose contact has none in the month itself, where they stand. "
        "That is looked up in all rows of orders, whatever the filters."
    ) in found
    assert "They are aggregated in each group of month: lost_buyers counts each contact once." in found
