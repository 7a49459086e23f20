"""Rows behind a number: they are those that make it up, each once, without what is personal, page by page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic import Refused, Source, open_source, parse_line
from tests.corner_shop import CATALOGUE, run_main, spoil, write_corner_shop
from tests.golden_shop import FILES, open_shop, read_golden

Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]

TABLES = """
CREATE TABLE people (person INTEGER, e_mail VARCHAR, born DATE, town VARCHAR);
INSERT INTO people VALUES (1, 'a@x.fr', '1990-01-01', 'Lyon'), (2, 'b@x.fr', '2000-01-01', NULL);
CREATE TABLE calls (person INTEGER, called_at TIMESTAMP, month VARCHAR, minutes INTEGER, answered BOOLEAN);
INSERT INTO calls VALUES
  (1, '2024-03-30 23:30', 'x', 5, true), (1, '2024-03-31 22:30', 'y', 7, false), (2, '2024-03-31 10:00', 'y', 1, true),
  (9, '2024-04-01 10:00', 'z', 2, true), (NULL, NULL, 'z', 4, true), (NULL, '2024-04-01 10:00', 'z', 8, NULL);
"""
PEOPLE = """
timezone: Europe/Paris
stored_in: UTC
database: people.duckdb
views:
  people:
    table: people
    key: {person: person}
    dimensions:
      town: Town
      mail: {sql: lower(e_mail), pii: true}
      age: {sql: "2024 - year(born)"}
      birthday: {sql: Born, pii: true}
  calls: {table: calls, time: called_at, joins: {person: person}, dimensions: {answered: Answered}}
segments:
  old: {of: people, where: "age > 30"}
  lyonnais: {of: people, where: "town = 'Lyon'"}
metrics:
  calls: {view: calls, sql: count(*)}
  answered: {view: calls, sql: count(*), where: answered}
  missed: {view: calls, sql: sum(minutes), where: NOT answered}
  people: {view: people, sql: count(*)}
  minutes: {view: calls, sql: sum(minutes)}
  longest: {each: minutes, per: person, take: max}
  month_best: {each: minutes, per: month, take: max}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("rows")
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "metrics.yml").write_text(PEOPLE, "utf-8")
    return open_source(folder / "metrics.yml")


@pytest.fixture
def ask(source: Source) -> Ask:
    return lambda line: source.ask(line, date(2024, 4, 1)).rows()


@pytest.mark.parametrize(
    "filters",
    [
        "",
        "&period=2024-03-31..2024-03-31",
        "&period=2024-04-01..2024-04-01&timezone=UTC",
        "&answered=true",
        "&answered=!true",
        "&town=",
        "&segment=old",
        "&by=segment&segment=old,lyonnais",
        "&segment.mine=answered%3Dtrue%26town%3DLyon&segment=mine",
        "&day=2024-03-31,2024-04-01",
        "&by=day",
        "&by=town&top=1&totals=all&period=2024-03-31..2024-04-01&compare=previous",
        "&period=last-2-days",
        "&period=2030-01-01..2030-01-31",
    ],
)
def test_the_rows_add_up_to_the_number(ask: Ask, filters: str) -> None:
    """Whatever is asked with it; a row without a time is there where the number counts it."""
    alone = filters.replace("&by=segment&segment=old,lyonnais", "&segment=old")  # all Lyonnais are old
    total = ask(f"metric=calls,minutes{alone}")
    if "&by=day" in filters or "&by=town" in filters:
        total = [{name: sum(row[name] or 0 for row in total) for name in ("calls", "minutes")}]
    found = ask(f"metric=calls,minutes{filters}&rows=100")
    assert len(found) == (total[0]["calls"] or 0)
    assert sum(row["minutes"] for row in found) == (total[0]["minutes"] or 0)


def test_rows_of_several_metrics_feed_at_least_one(ask: Ask) -> None:
    assert len(ask("metric=answered&rows=9")) == 4
    assert len(ask("metric=missed&rows=9")) == 1
    assert len(ask("metric=answered,missed&rows=9")) == 5
    assert len(ask("metric=answered,missed,calls&rows=9")) == 6


def test_what_is_personal_is_left_out(source: Source, ask: Ask) -> None:
    """A column that is a personal dimension, and one that such a dimension is made of, however it is written."""
    assert source.ask("metric=people&rows=9").columns == ["person", "town"]
    assert source.ask("metric=people&by=age&rows=9").columns == ["age", "person", "town"]
    assert "x.fr" not in source.ask("metric=people&rows=9").to_csv()


def test_asked_keys_stand_in_front(source: Source) -> None:
    """Once where one is a column of the view itself; a column that has a grain's name keeps the view's in front."""
    columns = source.ask("metric=calls&by=month,answered,person.town&rows=9").columns
    assert columns == ["month", "answered", "person.town", "person", "called_at", "calls.month", "minutes"]


def test_pages_are_all_rows_in_one_order(ask: Ask) -> None:
    """Newest first, ties by all other columns; two at a time as all at once."""
    whole = ask("metric=calls&rows=100")
    pages = [row for page in range(1, 5) for row in ask(f"metric=calls&rows=2:{page}")]
    assert pages == whole
    assert [row["minutes"] for row in whole] == [2, 8, 7, 1, 5, 4]
    assert [row["minutes"] for row in ask("metric=calls&order=-minutes&rows=3")] == [8, 7, 5]
    assert ask("metric=calls&order=answered,-minutes&rows=2:1:minutes") == [{"minutes": 7}, {"minutes": 5}]


def test_rows_of_what_is_taken_per_entity_or_period(ask: Ask) -> None:
    """A call of nobody is of no entity; a month that isn't over has no value."""
    assert sorted(row["minutes"] for row in ask("metric=longest&rows=9")) == [1, 2, 5, 7]
    assert sorted(row["minutes"] for row in ask("metric=month_best&rows=9")) == [1, 5]


def test_rows_as_csv_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line prints them as any answer; ids have no thousands."""
    file = write_corner_shop(
        tmp_path,
        spoil("orders.csv", "big.csv"),
        big="order_id,ordered_on,contact_id,shop_id,giver_id,channel,amount,gift\n12345,2024-01-05,1,1,2,web,10.5,true\n",
    )
    line = "metric=revenue&by=city&rows=5:1:order_id,city,amount"
    assert (
        run_main(capsys, "ask", line, "--catalogue", file, "--format", "csv")[1]
        == "order_id,city,amount\r\n12345,Lille,10.5\r\n"
    )
    assert "12345" in run_main(capsys, "ask", line, "--catalogue", file)[1]
    code, told, _ = run_main(capsys, "ask", line, "--catalogue", file, "--format", "json")
    assert code == 0
    assert '"marks": []' in told
    assert '"rows=5:1:order_id,city,amount"' in told.replace("metric=revenue&by=city&", "")


def test_explained_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_corner_shop(tmp_path, CATALOGUE)
    code, told, _ = run_main(capsys, "explain", "metric=contacts&region=north&rows=10:2", "--catalogue", file)
    assert code == 0
    assert told.split("\n\n")[0].splitlines() == [
        "No period is asked, so all days count.",
        "For contacts, the rows of contacts are read, where region is north.",
        "Each row that feeds it is shown once, not aggregated.",
        "email is personal and left out.",
        "Rows are in the order of contact_id, NULL last.",
        "Rows 11 to 20 are shown.",
    ]
    assert "-- the rows behind contacts" in told


def test_rows_behind_every_golden_question(tmp_path: Path) -> None:
    """Each is answered, or refused with a reason; more than a third are of rows of one table."""
    asks = [golden["ask"] for golden in map(read_golden, FILES) if "refused" not in golden]
    questions = [question for question in map(parse_line, asks) if question.metrics and not question.rows]
    shop, answered, places = open_shop(tmp_path), 0, set[str]()
    for question in questions:
        try:
            shop.ask(replace(question, limit=None, order=(), rows=50))
        except Refused as refused:
            places |= {problem.where for problem in refused.problems}
        else:
            answered += 1
    shop.serve().engine.retire()
    assert places == {"rows"}
    assert answered > len(questions) / 3
