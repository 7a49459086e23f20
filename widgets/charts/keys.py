"""Columns of an answer -> plain arrays: numbers as floats, keys as codes with the name that a person reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from widgets.charts.description import ChartConfig, Field
from widgets.charts.periods import format_part, format_period, place_instants
from widgets.charts.words import WORDS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Keys:
    """One code per row, an index into `names`; `positions` are the names' places on a time axis, else their order."""

    codes: Codes
    names: tuple[str, ...]
    positions: Codes


def read_column(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column by its exact name. Raises KeyError naming the columns there are."""
    if name not in table.column_names:
        raise KeyError(f"chart: no column {name!r}. one of {', '.join(map(repr, table.column_names))} would do.")
    return table.column(name)


def read_floats(table: pa.Table, name: str) -> Floats:
    """Return a number column as float64, with NaN for NULL and for what isn't finite. Raises ValueError for a text."""
    column = read_column(table, name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    kind = pa.types
    if not any(is_kind(column.type) for is_kind in (kind.is_decimal, kind.is_integer, kind.is_floating, kind.is_null)):
        raise ValueError(f"chart: column {name!r} holds {column.type}. a number would do.")
    floats: Floats = column.cast(pa.float64(), safe=False).to_numpy()
    return np.where(np.isfinite(floats), floats, np.nan)


def read_flags(table: pa.Table, name: str) -> Flags:
    """Return a boolean-ish column, NULL as False; no column name means False everywhere."""
    if not name:
        return np.zeros(table.num_rows, dtype=bool)
    flags: Flags = read_column(table, name).cast(pa.bool_()).fill_null(False).to_numpy()
    return flags


def read_keys(table: pa.Table, field: Field, config: ChartConfig) -> Keys:
    """Return a key column's codes and names in the table's order; parts of time in theirs, without a gap inside.

    Names are distinct, so that a NULL never falls together with a text that reads the same.
    """
    column = read_column(table, field.name)
    if pa.types.is_nested(column.type):
        column = pa.chunked_array([pa.array([_join_list(value) for value in column.to_pylist()], pa.string())])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    codes: Codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    values: list[Any] = encoded.dictionary.to_pylist()
    if field.is_part:
        values, codes = _order_parts(values, codes, field.grain, config.week_start)
    order = np.arange(len(values))
    if field.kind != "time":
        return Keys(codes, distinguish([_name_value(value, field, config) for value in values]), order)
    instants = place_instants(values, _shorten_grain(field.grain, config.kind), config.locale)
    names = [WORDS[config.locale]["none"] if instant is None else instant.label for instant in instants]
    positions = np.array([0 if instant is None else instant.position for instant in instants], dtype=np.int64)
    return Keys(codes, distinguish(names), positions)


def set_remainder_last(keys: Keys, other: Flags, config: ChartConfig) -> Keys:
    """Return the keys with the flagged rows under one last name, apart from a category that has that name by itself.

    Keys whose flagged rows aren't called `Other` hold no remainder, and stay as they are.
    """
    if {keys.names[code] for code in keys.codes[other]} != {"Other"}:
        return keys
    codes = np.where(other, len(keys.names), keys.codes)
    used, rows = np.unique(codes, return_index=True)
    order = np.argsort(np.where(used == len(keys.names), len(codes), rows))
    names = [*keys.names, WORDS[config.locale]["other"]]
    kept = distinguish([names[code] for code in used[order]])
    return Keys(np.argsort(order)[np.searchsorted(used, codes)], kept, np.arange(len(kept)))


def pin_order(keys: Keys, categories: Sequence[str]) -> Keys:
    """Return the keys with the given names first, in the given order."""
    if not categories:
        return keys
    rank = {name: place for place, name in enumerate(categories)}
    order = sorted(range(len(keys.names)), key=lambda code: rank.get(keys.names[code], len(rank)))
    place = np.argsort(np.array(order, dtype=np.int64))
    return replace(keys, codes=place[keys.codes], names=tuple(keys.names[code] for code in order))


def sort_keys(keys: Keys) -> Keys:
    """Return the keys with their names in the order of their positions."""
    order = np.argsort(keys.positions, kind="stable")
    return Keys(np.argsort(order)[keys.codes], tuple(keys.names[code] for code in order), keys.positions[order])


def encode_text(codes: Codes, names: Sequence[str]) -> pa.DictionaryArray:
    """Return a text column in which each name is stored once."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(names), pa.string()))


def count_names(table: pa.Table, name: str) -> int:
    """Return how many different values a column holds, NULL counting as one."""
    return int(pc.count_distinct(read_column(table, name), mode="all").as_py())


def _order_parts(values: list[Any], codes: Codes, grain: str, week_start: int) -> tuple[list[Any], Codes]:
    numbers = sorted(int(value) for value in values if value is not None)
    if grain == "weekday":
        week = [(week_start - 1 + step) % 7 + 1 for step in range(7)]
        inside = [week.index(number) for number in numbers if number in week]
        ordered: list[Any] = week[min(inside, default=0) : max(inside, default=-1) + 1]
    else:
        ordered = list(range(numbers[0], numbers[-1] + 1)) if numbers else []
    ordered += [None] if None in values else []
    place = {value: index for index, value in enumerate(ordered)}
    lookup = np.array([place[value if value is None else int(value)] for value in values], dtype=np.int64)
    return ordered, lookup[codes] if len(codes) else codes


def _name_value(value: object, field: Field, config: ChartConfig) -> str:
    if value is None:
        return WORDS[config.locale]["none"]
    if isinstance(value, bool):
        return WORDS[config.locale]["yes" if value else "no"]
    if field.is_part:
        return format_part(value, field.grain, config.locale)
    if isinstance(value, date):
        return format_period(value, "minute" if isinstance(value, datetime) else "date", config.locale)
    if isinstance(value, float | Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return str(value) if value != "" else '""'


def _join_list(value: object) -> str | None:
    return None if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shorten_grain(grain: str, kind: str) -> str:
    """A category axis has no room for `week of` and the weekday."""
    return "date" if grain in ("day", "week") and kind not in ("line", "spark", "area") else grain


def distinguish(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those that are there already with a number behind them."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)
