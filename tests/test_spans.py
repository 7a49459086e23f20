"""What the data say of a clock's ends: the as-of day's condition is there where a row may lie after it, only there."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from semantic import open_source

CATALOGUE = """
timezone: UTC
database: visits.duckdb
views:
  visits: {table: visits, time: seen_at}
metrics:
  visits: {view: visits, sql: count(*)}
"""


@pytest.mark.parametrize(
    ("odd", "as_of", "kept", "rows"),
    [
        ([], None, False, [(1, 1), (2, 1)]),
        (["NULL"], None, False, [(1, 1), (2, 1)]),
        (["'infinity'"], None, True, [(1, 1), (2, 1)]),
        (["'-infinity'"], None, True, [(1, 1), (2, 1)]),
        (["NULL", "'9999-12-31'"], None, True, [(1, 1), (2, 1)]),
        ([], date(2024, 1, 31), True, [(1, 1)]),
    ],
)
def test_the_ends_of_the_data_are_conditions_only_where_rows_lie_beyond_them(
    tmp_path: Path, odd: list[str], as_of: date | None, kept: bool, rows: list[tuple[int, int]]
) -> None:
    """Each month counts the rows of its own days; those without a day, or of no calendar's day, never count."""
    values = ", ".join(f"({text}::TIMESTAMP)" for text in ["'2024-01-05'", "'2024-02-07 12:00'", *odd])
    with duckdb.connect(str(tmp_path / "visits.duckdb")) as database:
        database.execute(f"CREATE TABLE visits AS SELECT * FROM (VALUES {values}) AS v(seen_at)")
    (tmp_path / "metrics.yml").write_text(CATALOGUE)
    answer = open_source(tmp_path / "metrics.yml").ask("metric=visits&by=month", as_of=as_of)
    bounds = [value for value in answer.sql.params if isinstance(value, datetime)]
    assert bool(bounds) == kept, "a bound on the clock is a parameter"
    found = answer.table.to_pylist()
    assert [(row["month"].month, row["visits"]) for row in found if row["month"].year == 2024] == rows
    assert sum(row["visits"] or 0 for row in found) == len(rows)
