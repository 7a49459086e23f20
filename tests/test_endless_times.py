"""Rows whose clock reads infinity, or lies before all calendars: no period has them, the plain total does."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from semantic import Source, open_source

TIMES = ("-infinity", "infinity", "2024-03-01 10:00", "2024-03-03 12:00")  # a Friday and a Sunday
METRICS: dict[str, Any] = {
    "calls": {"view": "calls", "sql": "count(*)"},
    "mails": {"view": "mails", "sql": "count(*)"},
    "by_day": {"view": "calls", "sql": "count(*)", "time": "day"},
    "ever": {"to_date": "calls"},
    "callers": {"view": "calls", "sql": "count(distinct id)"},
    "week": {"rolling": "callers", "window": "7 days"},
    "new": {"new": "calls", "by": "call"},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    folder = tmp_path_factory.mktemp("endless")
    with duckdb.connect(str(folder / "endless.duckdb")) as connection:
        for table, kind in (("calls", "TIMESTAMP"), ("mails", "TIMESTAMPTZ")):
            connection.execute(f'CREATE TABLE {table} (id INTEGER, "at" {kind}, day DATE)')
            for number, time in enumerate(TIMES):
                day = time.partition(" ")[0]
                connection.execute(f"INSERT INTO {table} VALUES (?, '{time}', '{day}')", [number])
    views = {name: {"table": name, "key": {name[:-1]: "id"}, "time": "at"} for name in ("calls", "mails")}
    whole = {"name": "Endless", "timezone": "Europe/Paris", "stored_in": "UTC", "database": "endless.duckdb"}
    file = folder / "metrics.yml"
    file.write_text(json.dumps({**whole, "views": views, "metrics": METRICS}), "utf-8")
    opened = open_source(file)
    yield opened
    opened.serve().engine.retire()


@pytest.mark.parametrize(
    ("line", "rows", "totals"),
    [
        ("metric=calls,mails", [[4, 4]], []),
        ("metric=calls,mails&by=month&totals=all", [["2024-03-01", 2, 2]], [[2, 2]]),
        ("metric=calls,mails&by=weekday", [["5", 1, 1], ["7", 1, 1]], []),
        ("metric=by_day,mails&by=month", [["2024-03-01", 2, 2]], []),
        ("metric=calls,mails&period=2024-03-02..", [[1, 1]], []),
        ("metric=calls,mails&period=..2024-03-02", [[1, 1]], []),
        ("metric=new,mails&by=month", [["2024-03-01", 2, 2]], []),
        (
            "metric=ever,week,mails&by=day",
            [["2024-03-01", 1, 1, 1], ["2024-03-02", 1, 1, None], ["2024-03-03", 2, 2, 1]],
            [],
        ),
    ],
)
def test_no_period_has_an_endless_time(source: Source, line: str, rows: list[list[Any]], totals: list[Any]) -> None:
    found = source.ask(line)
    keys = {"month", "day", "weekday"}
    shown = [[str(value) if name in keys else value for name, value in row.items()] for row in found.rows()]
    assert (shown, [list(total.values()) for total in found.totals]) == (rows, totals)
