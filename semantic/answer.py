"""Answer: rows, totals and marks of a question, with the plan and the SQL that they came from."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from semantic.emit import Sql
from semantic.marks import Mark as Mark
from semantic.marks import Marked as Marked
from semantic.plan import Plan
from semantic.resolved import Resolved

if TYPE_CHECKING:
    import pyarrow as pa

    from semantic.missing import Missing


@dataclass(frozen=True, slots=True)
class Answer:
    """`table` holds the rows: a column for each key and metric, under its canonical name.

    `totals` holds a row for each smaller subset of the keys, without the keys that it sums over. Rates are fractions,
    a grain is its first day, an hour is an instant with its zone. `bases` holds what each metric that declares a
    min_base is divided by, row by row, under its canonical name; `proportions` names those that divide counts.
    """

    line: str
    table: pa.Table
    totals: tuple[Mapping[str, Any], ...]
    marks: tuple[Marked, ...]
    resolved: Resolved
    plan: Plan
    sql: Sql
    missing: tuple[Missing, ...] = ()  # values of filters that no row has, where that leaves nothing to answer
    bases: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    proportions: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)

    def rows(self) -> list[dict[str, Any]]:
        """The rows as Python values."""
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found

    def to_json(self) -> dict[str, Any]:
        """The answer as the JSON of the command line."""
        return {
            "columns": self.columns,
            "rows": [{name: plain_value(value) for name, value in row.items()} for row in self.rows()],
            "totals": [{name: plain_value(value) for name, value in row.items()} for row in self.totals],
            "marks": [mark.to_json() for mark in self.marks],
            "line": self.line,
            "sql": self.sql.text,
            **({"notes": [str(note.to_problem()) for note in self.missing]} if self.missing else {}),
        }

    def to_csv(self) -> str:
        """The rows as CSV, full values under canonical names. A text that a spreadsheet would run gets a ' in front."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([_disarm(name) for name in self.columns])
        writer.writerows([_disarm(_write_list(plain_value(value))) for value in row.values()] for row in self.rows())
        return out.getvalue()


def plain_value(value: Any) -> Any:
    """A value as JSON has it: dates and instants as ISO text, what isn't a number as NULL."""
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, bool, str)) or value is None else str(value)


def _write_list(value: Any) -> Any:
    """A list as JSON, since a name in it may hold a comma."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _disarm(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
