"""What makes a join many-to-one, asked of the data: a key stands in one row, of a history in one at any instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from semantic.catalogue import Catalogue
from semantic.errors import Problem

Ask = Callable[[str], Sequence[Mapping[str, Any]]]


def quote_name(name: str) -> str:
    """The name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def find_doubles(catalogue: Catalogue, view: str, keys: tuple[str, ...], ask: Ask) -> Problem | None:
    """Why a join to the view by these keys would count rows twice; None where it wouldn't. `ask` runs SQL."""
    valid = catalogue.views[view].valid
    return _find_twice(catalogue, view, keys, ask) if valid is None else _find_overlap(catalogue, view, keys, ask)


def _find_twice(catalogue: Catalogue, view: str, keys: tuple[str, ...], ask: Ask) -> Problem | None:
    names = ", ".join(map(quote_name, keys))
    known = " AND ".join(f"{quote_name(key)} IS NOT NULL" for key in keys)
    groups = f"SELECT {names} FROM {quote_name(view)} WHERE {known} GROUP BY {names} HAVING count(*) > 1"
    twice = ask(f"SELECT count(*) AS twice FROM ({groups})")[0]["twice"]
    if not twice:
        return None
    found = f"{', '.join(keys)} has {twice:,} values that stand twice, so a join would count rows twice"
    remedy = f"Make {', '.join(keys)} unique in {view}, or declare multi: true"
    return Problem(catalogue.locate("views", view, "key"), found, remedy)


def _find_overlap(catalogue: Catalogue, view: str, keys: tuple[str, ...], ask: Ask) -> Problem | None:
    """An interval that begins before an earlier one of its key ends; those that hold at no instant don't count."""
    valid = catalogue.views[view].valid
    assert valid, "the view is a history"
    start, stop = map(quote_name, valid)
    names = ", ".join(map(quote_name, keys))
    known = " AND ".join(f"{quote_name(key)} IS NOT NULL" for key in keys)
    begin = f"coalesce({start}, '-infinity')"
    earlier = f"PARTITION BY {names} ORDER BY {begin} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    inner = (
        f'SELECT {names}, {begin} AS "@from", max(coalesce({stop}, \'infinity\')) OVER ({earlier}) AS "@before" '
        f"FROM {quote_name(view)} WHERE {known} AND coalesce({start} < {stop}, true)"
    )
    shown = ", ".join(f"CAST({quote_name(key)} AS VARCHAR) AS k{place}" for place, key in enumerate(keys))
    rows = ask(
        f'SELECT {shown}, CAST("@from" AS VARCHAR) AS f, CAST("@before" AS VARCHAR) AS b, count(*) OVER () AS n '
        f'FROM ({inner}) WHERE "@from" < "@before" ORDER BY ALL LIMIT 1'
    )
    if not rows:
        return None
    row = rows[0]
    example = " and ".join(f"{key} {row[f'k{place}']}" for place, key in enumerate(keys))
    begins = "one since ever" if row["f"] == "-infinity" else f"one from {row['f']}"
    ends = "that is open" if row["b"] == "infinity" else f"that ends at {row['b']}"
    count = f"{row['n']:,} interval{'s begin' if row['n'] != 1 else ' begins'}"
    found = f"{count} before an earlier one of the same key ends: {example} has {begins}, and an earlier one {ends}"
    remedy = "Intervals are half-open: one may begin when another ends; or declare multi: true"
    return Problem(catalogue.locate("views", view, "valid"), found, remedy)


def find_backward(catalogue: Catalogue, view: str, ask: Ask) -> Problem | None:
    """Intervals of a history that hold at no instant, since they end when they begin, or before; with one of them."""
    valid = catalogue.views[view].valid
    assert valid, "the view is a history"
    start, stop = map(quote_name, valid)
    rows = ask(
        f"SELECT CAST({start} AS VARCHAR) AS f, CAST({stop} AS VARCHAR) AS t, count(*) OVER () AS n "
        f"FROM {quote_name(view)} WHERE {stop} <= {start} ORDER BY ALL LIMIT 1"
    )
    if not rows:
        return None
    row = rows[0]
    count = f"{row['n']:,} interval{'s hold' if row['n'] != 1 else ' holds'}"
    found = f"{count} at no instant: from {row['f']} to {row['t']}{', say' if row['n'] != 1 else ''}"
    return Problem(catalogue.locate("views", view, "valid"), found, f"{valid[0]} comes first, an open end is NULL")
