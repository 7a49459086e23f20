"""The table of kinds: what draws each, what it needs, when it is offered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from widgets.charts.bars import draw_bar, draw_column
from widgets.charts.description import ChartConfig, Field
from widgets.charts.heat import draw_heat
from widgets.charts.lines import draw_line, draw_spark
from widgets.charts.numbers import write_locale

MOST_BARS = 60
MOST_CELLS = 1500
AUTOSIZE = {"type": "fit", "contains": "padding"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What decides on a kind: the fields of an answer and its number of rows."""

    keys: tuple[Field, ...]
    values: tuple[Field, ...]
    rows: int

    @property
    def is_drawable(self) -> bool:
        """True where there is something to draw: numbers only, and rows."""
        return self.rows > 0 and bool(self.values) and all(value.kind == "number" for value in self.values)

    @property
    def bars(self) -> int:
        """Number of bars that it would take."""
        return self.rows * len(self.values)

    @property
    def times(self) -> int:
        """Number of keys that are times, parts not counted."""
        return sum(map(_is_time, self.keys))


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to show an answer: what draws it, what it needs, when it is offered, and when it may also be proposed.

    Without `draw` a Streamlit element shows it.
    """

    draw: Callable[[ChartConfig], Any] | None
    needs: str
    offered: Callable[[Answered], bool]
    preferred: Callable[[Answered], bool] = lambda a: True


def _is_time(key: Field) -> bool:
    return key.kind == "time" and not key.is_part


def _has_trend(a: Answered) -> bool:
    return a.is_drawable and a.rows > 1 and a.times == 1 and len(a.keys) <= 2


def _has_columns(a: Answered) -> bool:
    ordered = any(key.is_part or key.kind != "category" for key in a.keys)
    return a.is_drawable and ordered and len(a.keys) <= 2 and a.bars <= MOST_BARS


def _has_cells(a: Answered) -> bool:
    return a.is_drawable and len(a.keys) == 2 and len(a.values) == 1 and a.rows <= MOST_CELLS


def _prefers_cells(a: Answered) -> bool:
    parts = sum(key.is_part for key in a.keys)
    return parts == 2 or (parts == 1 and a.times == 0 and a.bars > MOST_BARS)


KINDS: dict[str, Kind] = {
    "number": Kind(None, "no dimension", lambda a: not a.keys and a.rows == 1),
    "heat": Kind(draw_heat, "two dimensions, one metric", _has_cells, _prefers_cells),
    "line": Kind(draw_line, "a time axis and at most one more dimension", _has_trend),
    "column": Kind(draw_column, "a time, a part of time or a number, and at most one more dimension", _has_columns),
    "bar": Kind(
        draw_bar,
        f"one or two dimensions that aren't times, at most {MOST_BARS} bars",
        lambda a: a.is_drawable and 1 <= len(a.keys) <= 2 and a.times == 0 and a.bars <= MOST_BARS,
    ),
    "spark": Kind(
        draw_spark,
        "one time axis, one metric",
        lambda a: _has_trend(a) and len(a.keys) == len(a.values) == 1,
        lambda a: False,
    ),
    "table": Kind(None, "nothing", lambda a: True),
}


def propose_kind(keys: tuple[Field, ...], values: tuple[Field, ...], rows: int) -> str:
    """Return the kind that shows such an answer best: the first of `KINDS` that is offered and preferred."""
    answered = Answered(keys, values, rows)
    return next(name for name, kind in KINDS.items() if kind.offered(answered) and kind.preferred(answered))


def list_kinds(keys: tuple[Field, ...], values: tuple[Field, ...], rows: int) -> tuple[str, ...]:
    """Return every kind that may show such an answer, the proposed one first."""
    best, answered = propose_kind(keys, values, rows), Answered(keys, values, rows)
    return (best, *(name for name, kind in KINDS.items() if name != best and kind.offered(answered)))


def arrange_keys(kind: str, keys: tuple[Field, ...]) -> tuple[Field, Field | None]:
    """Return one or two keys as x and series: the time is the x of a line, a time or part of time that of columns."""
    if len(keys) == 2 and (
        (kind == "line" and not _is_time(keys[0]))
        or (kind == "column" and keys[0].kind == "category" and not keys[0].is_part)
    ):
        keys = keys[::-1]
    return keys[0], keys[1] if len(keys) > 1 else None


@lru_cache(maxsize=512)
def build_spec(config: ChartConfig) -> dict[str, Any]:
    """Return the Vega-Lite spec of a configuration, over the table that `shape_table` gives.

    Equal configurations get the very same dict, with sorted keys and no name that depends on the process. It holds no
    data and no title: a rerun then only swaps the table. Raises ValueError for a kind that isn't drawn by a spec.
    """
    kind = KINDS.get(config.kind)
    if kind is None or kind.draw is None:
        drawn = ", ".join(name for name, other in KINDS.items() if other.draw)
        raise ValueError(f"chart: kind {config.kind!r} has no spec. {drawn} would do.")
    spec = kind.draw(config).to_dict(validate=False)  # the tests validate, for it is most of the cost
    unit = "" if config.values[0].is_rate else config.values[0].unit
    # Altair's own theme would win over Streamlit's, so the whole of `config` is ours.
    spec |= {"config": {"locale": write_locale(unit, config.locale)}, "autosize": AUTOSIZE}
    stable: dict[str, Any] = json.loads(json.dumps(spec, sort_keys=True))
    return stable
