"""Conversions to far fewer rows follow only what is near them: whatever is asked, nothing is lost or invented."""

from pathlib import Path

import duckdb
import pytest

from semantic import Source, open_source

# Two mails in a minute, orders at the very end of a window, nobody's mails; times before 1970; DATE clocks beside them.
TABLES = """
CREATE TABLE mails AS
  SELECT CASE WHEN n % 17 > 0 THEN n % 43 END AS person,
    TIMESTAMP '2024-01-01' + to_hours((n * 7 % 2200)::INTEGER) AS moment,
    'text ' || n % 3 AS text, (TIMESTAMP '2024-01-01' + to_hours((n * 7 % 2200)::INTEGER))::DATE AS day
  FROM range(900) t(n);
CREATE TABLE orders AS
  SELECT CASE WHEN n % 19 > 0 THEN n % 47 END AS person,
    TIMESTAMP '2024-01-01' + to_hours((n * 49 % 2500)::INTEGER) AS moment,
    'text ' || n % 4 AS text, (TIMESTAMP '2024-01-01' + to_hours((n * 49 % 2500)::INTEGER))::DATE AS day
  FROM range(150) t(n);
INSERT INTO orders SELECT person, moment + INTERVAL 7 DAY, text, day + 7 FROM mails WHERE person = 11;
CREATE TABLE returns AS
  SELECT n % 47 AS person, TIMESTAMP '2024-01-03' + to_hours((n * 31 % 2500)::INTEGER) AS moment FROM range(60) t(n);
CREATE TABLE letters AS SELECT * REPLACE (moment - INTERVAL 54 YEAR AS moment) FROM mails;
CREATE TABLE replies AS SELECT * REPLACE (moment - INTERVAL 54 YEAR AS moment) FROM orders;
"""
CATALOGUE = """
database: near.duckdb
timezone: Europe/Paris
stored_in: UTC
views:
  people: {sql: SELECT n AS person FROM range(50) t(n), key: {person: person}}
  mails: {table: mails, time: moment, joins: {person: person}, dimensions: {text: Text}}
  orders: {table: orders, time: moment, joins: {person: person}, dimensions: {text: Text}}
  returns: {table: returns, time: moment, joins: {person: person}}
  letters: {table: letters, time: moment, joins: {person: person}}
  replies: {table: replies, time: moment, joins: {person: person}}
  mail_days: {table: mails, time: day, joins: {person: person}}
  order_days: {table: orders, time: day, joins: {person: person}}
metrics:
  mails: {view: mails, sql: count(*)}
  orders: {view: orders, sql: count(*)}
  returns: {view: returns, sql: count(*)}
  letters: {view: letters, sql: count(*)}
  replies: {view: replies, sql: count(*)}
  mail_days: {view: mail_days, sql: count(*)}
  order_days: {view: order_days, sql: count(*)}
  rate: {conversion: [mails, orders], by: person, within: 7 days}
  returned: {conversion: [mails, returns], by: person, within: 7 days}
  same_text: {conversion: [mails, orders], by: person, within: 7 days, same: [text]}
  hours: {conversion: [mails, orders], by: person, within: 36 hours, take: count}
  in_month: {conversion: [mails, orders], by: person, within: 1 month, take: mean}
  median: {conversion: [mails, orders], by: person, within: 2 weeks, take: median}
  median_of_text: {conversion: [mails, orders], by: person, within: 2 weeks, take: median, same: [text]}
  through: {conversion: [mails, orders, returns], by: person, within: 14 days}
  through_days: {conversion: [mails, orders, returns], by: person, within: 14 days, take: max}
  before: {conversion: [letters, replies], by: person, within: 7 days}
  of_days: {conversion: [mail_days, order_days], by: person, within: 3 days}
  events: {conversion: [mails, orders], by: person, within: 7 days, count: events}
  last: {conversion: [mails, orders], by: person, within: 7 days, touch: last}
  ever: {conversion: [mails, orders], by: person}
funnels:
  way: {by: person, within: 20 days, steps: [mails, orders, returns]}
  stepwise: {by: person, within: 20 days, from: previous, steps: [mails, orders, returns]}
"""
PERIOD = "period=2024-01-05..2024-03-10"
NEAR = [
    "rate",
    "returned",
    "same_text",
    "hours",
    "in_month",
    "median",
    "median_of_text",
    "through",
    "through_days",
    "of_days",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("near")
    with duckdb.connect(str(folder / "near.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def near(folder: Path) -> Source:
    return open_source(folder / "metrics.yml", numbered_from=0)


@pytest.fixture(scope="module")
def whole(folder: Path) -> Source:
    """The same catalogue, whose first rows are all followed."""
    return open_source(folder / "metrics.yml")


@pytest.mark.parametrize(
    "rest", ["", "&by=week", "&by=text&totals=all", "&by=text,month&text=text 1,text 2", "&compare=previous"]
)
@pytest.mark.parametrize("name", [*NEAR, "rate,returned,hours"])
def test_what_is_near_is_all_that_is_reached(name: str, rest: str, near: Source, whole: Source) -> None:
    if name == "of_days" and "text" in rest:
        return
    line = f"metric={name}&{PERIOD}{rest}"
    found, expected = near.ask(line), whole.ask(line)
    assert '@spell"' in found.sql.text
    assert '@spell"' not in expected.sql.text
    assert (found.rows(), found.totals) == (expected.rows(), expected.totals)
    assert any(value for row in expected.rows() for key, value in row.items() if key not in ("week", "month", "text"))


@pytest.mark.parametrize(
    "line", ["funnel=way", "funnel=way&by=text&totals=all", "metric=before&period=1969-12-20..1970-03-01"]
)
def test_funnels_and_times_before_1970_too(line: str, near: Source, whole: Source) -> None:
    line = line if "period" in line else f"{line}&{PERIOD}"
    found, expected = near.ask(line), whole.ask(line)
    assert '@spell"' in found.sql.text
    assert (found.rows(), found.totals) == (expected.rows(), expected.totals)


@pytest.mark.parametrize("line", ["metric=events", "metric=last", "metric=ever", "funnel=stepwise"])
def test_other_ways_follow_all_rows(line: str, near: Source, whole: Source) -> None:
    found, expected = near.ask(f"{line}&{PERIOD}"), whole.ask(f"{line}&{PERIOD}")
    assert '@spell"' not in found.sql.text
    assert found.rows() == expected.rows()


def test_conversions_of_the_same_rows_read_them_once(near: Source) -> None:
    text = near.sql(f"metric=rate,returned,hours&{PERIOD}&by=week").text
    assert text.count('mails first" AS (') == 1
    assert text.count('mails near" AS (') == 0
    assert near.sql(f"metric=rate,same_text&{PERIOD}").text.count('mails first" AS (') == 2
