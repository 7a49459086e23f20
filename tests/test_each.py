"""Metrics per period or entity: told in words, on days of 23 and 25 hours, at the edges of a period."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from semantic import Refused, Source, open_source
from semantic.explain import explain_question
from tests.corner_shop import spoil, write_corner_shop

KINDS = """basket: {sql: revenue / orders}
  bought: {view: orders, sql: count(*), fill: 0}
  bought_a_month: {each: bought, per: month, take: median}
  gifts: {view: orders, sql: count(*), where: gift, fill: 0}
  gifts_a_day: {each: gifts, per: day, take: mean}
  gifts_a_month: {each: gifts, per: month, take: mean}
  bought_an_hour: {each: bought, per: hour, take: sum}
  hours_bought: {each: bought, per: hour, take: mean}
  spent: {each: revenue, per: contact, take: p90}
  bought_each: {each: bought, per: contact, take: mean, fill: 0}
  channels: {view: orders, sql: max(channel)}
  channel_a_day: {each: channels, per: day, take: max}
  channel_in_the_middle: {each: channels, per: day, take: median}
  a_month_each: {each: spent, per: month, take: max}
  a_week_before: {compare: bought_a_month, offset: 1 week, as: value}
  gifts_on_the_first: {compare: gifts_a_day, to: start of month, as: value}
  people: {view: orders, sql: count(distinct contact_id), fill: 0}
  people_a_week: {rolling: people, window: 7 days}
  mean_people: {each: people_a_week, per: day, take: mean}
  spent_ever: {to_date: revenue}
  ever: {each: spent_ever, per: contact}"""
STAMPED = """order_id,ordered_on,contact_id,shop_id,giver_id,channel,amount,gift
1,2024-03-31 00:30:00,1,1,,web,1,true
2,2024-10-27 02:30:00,1,1,,web,1,true
3,2024-10-27 12:00:00,2,1,,web,1,true
4,2024-10-28 12:00:00,2,1,,web,1,true
"""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    source = open_source(write_corner_shop(tmp_path, spoil("basket: {sql: revenue / orders}", KINDS)))
    yield source
    source.serve().engine.retire()


@pytest.fixture
def stamped(tmp_path: Path) -> Iterator[Source]:
    text = spoil("basket: {sql: revenue / orders}", KINDS)
    source = open_source(write_corner_shop(tmp_path, text, orders=STAMPED))
    yield source
    source.serve().engine.retire()


PLANS: dict[str, str] = {
    "metric=bought_a_month&by=channel&period=2024-01-01..2024-02-10": """
        The period is 2024-01-01 to 2024-02-10 (41 days).
        For bought, the rows of orders are read whose ordered_on is 2024-01-01 to 2024-01-31 (31 days).
        They are aggregated in each group of channel and month: bought is count(*).
        bought is 0 where it has no rows.
        Of bought of every month in each group of channel,
            bought_a_month is the median: 2024-01-01 to 2024-01-31 (31 days).
        A month that the period holds a part of, or that isn't over, isn't among them.
        bought_a_month is 0 where it has no rows.
        Rows are in the order of channel, NULL last.
    """,
    "metric=bought_each": """
        No period is asked, so all days count.
        For bought, all rows of orders are read.
        They are aggregated in each group of contact: bought is count(*).
        Those of contacts that have no such rows are there too.
        bought is 0 where it has no rows.
        Of bought of every contact, bought_each is the mean.
        bought_each is 0 where it has no rows.
    """,
}


@pytest.mark.parametrize("line", PLANS)
def test_each_is_told_in_words(line: str, source: Source) -> None:
    found = explain_question(source.serve().catalogue, source.compile(line, date(2024, 2, 10)))
    assert found == [" ".join(step.split()) for step in PLANS[line].replace("\n            ", " ").strip().splitlines()]


@pytest.mark.parametrize(("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-10-28", 24)])
def test_a_day_has_the_hours_that_it_has(day: str, hours: int, stamped: Source) -> None:
    """The mean per hour is over 23 hours where the clock goes forward, and over 25 where it goes back."""
    [row] = stamped.ask(f"metric=bought_an_hour,hours_bought&period={day}..{day}", date(2024, 12, 31)).rows()
    assert row["hours_bought"] == row["bought_an_hour"] / hours
    [row] = stamped.ask(f"metric=bought_an_hour,hours_bought&by=day&period={day}..{day}", date(2024, 12, 31)).rows()
    assert row["hours_bought"] == row["bought_an_hour"] / hours


def test_a_group_of_another_metric_has_zeros(source: Source) -> None:
    """Where the metric is 0 without rows, so is what is taken of its periods; not where none of these is over."""

    def ask(line: str, as_of: date = date(2024, 2, 10)) -> list[tuple[object, ...]]:
        rows = source.ask(line, as_of).rows()
        return [tuple(str(value) if isinstance(value, date) else value for value in row.values()) for row in rows]

    every = "metric=gifts_a_day,orders&by=channel"
    assert ask(f"{every}&period=2024-01-01..2024-01-10") == [("web", 0.1, 1)]
    assert ask(f"{every}&period=2024-01-11..2024-01-20") == [("shop", 0.0, 1)]
    assert ask(f"{every}&period=2024-02-01..2024-02-10") == [("shop", 0.1, 1), ("web", 0.0, 1)]
    assert ask(f"{every}&period=2024-01-11..2024-01-20&day=2024-01-20") == [("shop", 0.0, 1)]
    assert ask(f"{every}&period=2024-01-11..2024-01-20&weekday=6") == [("shop", 0.0, 1)]
    monthly = "metric=gifts_a_month,orders&by=channel"
    assert ask(f"{monthly},month&period=2024-01-01..2024-02-10") == [
        ("shop", "2024-01-01", 0.0, 1),
        ("shop", "2024-02-01", None, 1),
        ("web", "2024-01-01", 1.0, 1),
        ("web", "2024-02-01", None, 1),
    ]
    assert ask(f"{monthly}&period=2024-01-02..2024-02-29", date(2024, 3, 1)) == [("shop", 1.0, 2), ("web", 0.0, 2)]
    before = "metric=gifts_a_month~mom(value),orders&by=channel,month&period=2024-02-01..2024-02-29"
    assert ask(before, date(2024, 3, 1)) == [("shop", "2024-02-01", 0.0, 1), ("web", "2024-02-01", 1.0, 1)]


@pytest.mark.parametrize("metric", ["bought_a_month", "spent", "bought_each"])
def test_totals_by_segment_count_what_is_in_one(metric: str, source: Source) -> None:
    """As the segment alone as a filter does, not what is in none of them."""
    period = "period=2024-01-01..2024-01-31"
    about = "northern" if metric == "bought_each" else "online"
    found = source.ask(f"metric={metric}&by=segment&segment={about}&totals=all&{period}", date(2024, 2, 10))
    [row] = source.ask(f"metric={metric}&segment={about}&{period}", date(2024, 2, 10)).rows()
    [without] = source.ask(f"metric={metric}&{period}", date(2024, 2, 10)).rows()
    assert found.totals == (row,)
    assert row != without


@pytest.mark.parametrize("metric", ["orders", "revenue", "spent", "bought_a_month", "people_a_week", "basket"])
def test_a_top_by_segment_ranks_what_is_in_one(metric: str, source: Source) -> None:
    """Not what is in none of the segments: a top under one segment is that of the segment as a filter."""
    rest = "segment=northern&period=2024-01-01..2024-01-31&top=1"
    for by in ("channel", "shop.kind", "amount"):
        found = source.ask(f"metric={metric}&by=segment,{by}&{rest}", date(2024, 2, 10)).rows()
        wanted = source.ask(f"metric={metric}&by={by}&{rest}", date(2024, 2, 10)).rows()
        assert [{key: value for key, value in row.items() if key != "segment"} for row in found] == wanted


def test_no_row_makes_no_period(source: Source) -> None:
    """An axis has periods where there are rows, as that of any metric; what is asked as a whole is one row."""
    none = "channel=none&period=2024-01-11..2024-01-20"
    for by in ("week", "weekday", "day", "channel,week"):
        assert source.ask(f"metric=gifts_a_day&by={by}&{none}", date(2024, 2, 10)).rows() == []
    assert source.ask(f"metric=gifts_a_day&{none}", date(2024, 2, 10)).rows() == [{"gifts_a_day": 0.0}]


def test_days_have_no_hours(source: Source) -> None:
    told = "metric: hours_bought is taken per hour: bought is counted by day, so it has no hour. Ask another metric"
    with pytest.raises(Refused, match=told):
        source.ask("metric=hours_bought")


def test_a_text_has_a_greatest_value_and_no_median(source: Source) -> None:
    assert source.ask("metric=channel_a_day").rows() == [{"channel_a_day": "web"}]
    with pytest.raises(Refused, match="channels is VARCHAR, which has no median"):
        source.ask("metric=channel_in_the_middle")


def test_a_value_of_values(source: Source) -> None:
    """The best month of the p90 of what contacts spent: 27.5 of 30 and 5 in February, 19.05 in January."""
    assert source.ask("metric=a_month_each&period=2024-01-01..2024-02-29", date(2024, 3, 1)).rows() == [
        {"a_month_each": 27.5}
    ]


@pytest.mark.parametrize("by", ["", "&by=channel", "&by=month"])
def test_the_mean_of_a_window_is_that_of_its_days(by: str, source: Source) -> None:
    """Of each day the people of seven days, those before the period too; the mean of them is that of the days shown."""
    period = "&period=2024-01-20..2024-02-10"
    days = source.ask(f"metric=people_a_week{by.replace('month', 'day')}{period}" + ("" if by else "&by=day"))
    if by == "&by=channel":
        days = source.ask(f"metric=people_a_week&by=day,channel{period}")
    values: dict[object, list[int]] = {}
    for row in days.rows():
        group = row.get("channel", row["day"].replace(day=1) if by else None)
        values.setdefault(group, []).append(row["people_a_week"])
    found = {
        row.get("channel", row.get("month")): row["mean_people"]
        for row in source.ask(f"metric=mean_people{by}{period}").rows()
    }
    assert found == {group: pytest.approx(sum(known) / len(known)) for group, known in values.items()}


def test_a_top_by_what_is_0_without_rows_is_that_of_the_period(source: Source) -> None:
    """Contacts without rows rank over the whole period, and are there in each of its months."""
    line = "metric=bought_each&by=month,city&period=2024-01-01..2024-02-29&top=1"
    assert [list(row.values()) for row in source.ask(line, date(2024, 2, 29)).rows()] == [
        [date(2024, 1, 1), "Lille", 1],
        [date(2024, 1, 1), "Other", 0.5],
        [date(2024, 2, 1), "Lille", 1],
        [date(2024, 2, 1), "Other", 0.5],
    ]


def test_a_week_that_no_compared_day_lies_in_has_no_value(tmp_path: Path) -> None:
    """28 days of February are compared with those of March up to the 28th, a Sunday: the week of the 29th has none."""
    orders = STAMPED.splitlines()[0] + "\n1,2021-02-03,1,1,,web,1,true\n2,2021-03-30,1,1,,shop,1,true\n"
    text = spoil("basket: {sql: revenue / orders}", KINDS)
    source = open_source(write_corner_shop(tmp_path, text, orders=orders))
    line = "metric=gifts_a_day,orders&by=week,channel&period=2021-03-01..2021-03-31&compare=2021-02-01..2021-02-28"
    rows = source.ask(line, date(2021, 4, 1)).rows()
    found = {(row["channel"], row["week"].day): row["gifts_a_day@compare"] for row in rows}
    assert found["web", 1] == 1 / 7
    assert (found["web", 22], found["shop", 22]) == (0, 0)
    assert (found["web", 29], found["shop", 29]) == (None, None)
    source.serve().engine.retire()


def test_periods_are_compared_over_days_that_hold_them(source: Source) -> None:
    """No month of an axis is a week after another, but the whole months of a period are those of a week before it."""
    line = "metric=a_week_before&by=channel&period=2024-01-01..2024-02-07"
    assert source.ask(line, date(2024, 2, 10)).rows() == [
        {"channel": "shop", "a_week_before": 1},
        {"channel": "web", "a_week_before": 1},
    ]


def test_the_first_day_of_a_month_is_looked_back_to_alone(source: Source) -> None:
    """A gift on 4 February is on no first day, so that its channel is there where another metric has it only."""
    line = "metric=gifts_on_the_first&by=day,channel&period=2024-02-05..2024-02-06"
    assert source.ask(line, date(2024, 2, 10)).rows() == []
    more = source.ask(line.replace("&by", ",spent_ever&by"), date(2024, 2, 10)).rows()
    assert [(row["channel"], row["gifts_on_the_first"]) for row in more] == [("shop", 0), ("web", 0)] * 2


def test_what_was_spent_ever_is_a_dimension(source: Source) -> None:
    """In February contact 1 has spent 40.5 since the beginning, contact 2 spent its 20 in January."""
    found = source.ask("metric=orders&by=ever&period=2024-02-01..2024-02-29", date(2024, 2, 29)).rows()
    assert found == [{"ever": 5, "orders": 1}, {"ever": 40.5, "orders": 1}]


def test_hours_are_not_compared_per_hour(stamped: Source) -> None:
    with pytest.raises(Refused, match="bought_an_hour is taken per hour, which the hour before isn't compared with"):
        stamped.ask("metric=bought_an_hour~previous&by=hour&period=2024-03-31..2024-03-31")


def test_an_open_month_is_no_month(source: Source) -> None:
    """February isn't over on the 10th: January alone counts, and next month both do."""
    line = "metric=bought_a_month&period=2024-01-01..2024-02-29"
    assert source.ask(line, date(2024, 2, 10)).rows() == [{"bought_a_month": 2}]
    assert source.ask("metric=bought_a_month&period=2024-01-01..2024-03-31", date(2024, 4, 1)).rows() == [
        {"bought_a_month": 2}
    ]
    with pytest.raises(Refused, match="holds no whole month that is over"):
        source.ask("metric=bought_a_month&period=2024-02-01..2024-02-29", date(2024, 2, 10))


def test_empty_tables_have_no_value(tmp_path: Path) -> None:
    """Nobody bought anything: every contact's 0 is there, nobody's p90 isn't, and no day of no data has a mean."""
    empty = "order_id,ordered_on,contact_id,shop_id,giver_id,channel,amount,gift\n"
    text = spoil(
        "basket: {sql: revenue / orders}", KINDS, "    file: orders.csv\n",
        "    sql: SELECT * FROM (SELECT DATE '2024-01-01' AS ordered_on, 1 AS contact_id, 1 AS shop_id, 1 AS giver_id, "
        "'web' AS channel, 1 AS amount, true AS gift) WHERE amount > 1\n",
    )  # fmt: skip
    source = open_source(write_corner_shop(tmp_path, text, orders=empty))
    assert source.ask("metric=bought_each,spent,bought_a_month").rows() == [
        {"bought_each": 0, "spent": None, "bought_a_month": None}
    ]
    assert source.ask("metric=spent&by=month").rows() == []
    source.serve().engine.retire()


def test_a_mean_of_no_day_has_no_value(tmp_path: Path) -> None:
    """A period that hasn't begun has no days to take the mean over, of a formula as of an aggregate."""
    means = "usual: {rolling: basket, window: 7 days, at: average}\n  "
    means += "mean: {rolling: revenue, window: 7 days, at: average}"
    source = open_source(write_corner_shop(tmp_path, spoil("basket: {sql", f"{means}\n  basket: {{sql")))
    line = "metric=usual,mean&period=2024-05-01..2024-05-31"
    assert source.ask(line, date(2024, 2, 10)).rows() == [{"usual": None, "mean": None}]
    assert source.ask(f"{line}&by=month", date(2024, 2, 10)).rows() == []
    source.serve().engine.retire()
