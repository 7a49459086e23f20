"""Tables -> what their columns look like: keys, clocks, joins, labels, personal data; by name and by value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from semantic.conditions import classify_type

if TYPE_CHECKING:
    from semantic.engines import Engine

FOUND = 0.95  # the share of a column's values that stand in the other table's key, for a join
FEW = 50  # values that a dimension has at most
TIMES = ("date", "timestamp", "instant")
IDS = re.compile(r"(^|_)(id|key|uuid|guid|sk|pk|no|nr|number|code)$")
PERSONAL = frozenset(
    "email mail phone telephone mobile fax surname firstname lastname fullname iban ssn passport".split()
)
NAMES = re.compile(r"((first|last|full|middle|given|family|maiden|sur)_?name)$")
PERSONS = frozenset(
    "agent client contact customer doctor donor employee guest lead member patient people person physician recipient "
    "staff student subscriber user visitor".split()
)
# A clock is rather the time at which a row came about than one that came later; a birthday is none.
EARLY = ("occur", "event", "order", "sent", "purchas", "transaction", "invoice", "creat", "regist", "sign", "join")
LATE = re.compile(r"updat|modif|delet|expir|due|until|valid|end|load|import|deliver|ship|clos|cancel|return")
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, how many of its rows are known, and about how many values it has."""

    name: str
    type: str
    known: int
    distinct: int
    personal: bool = False

    @property
    def family(self) -> str:
        return classify_type(self.type)

    @property
    def plain(self) -> str:
        return write_snake(self.name)

    @property
    def is_id(self) -> bool:
        return bool(IDS.search(self.plain)) and (self.family in ("text", "number") or self.type == "UUID")


@dataclass(frozen=True, slots=True)
class Join:
    """`column` leads to the rows of the table that `entity` is the key of; `role` is what the join is called."""

    role: str
    entity: str
    column: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table under the name of its view."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    entity: str = ""
    key: str = ""  # the column of the entity, where there is one
    clock: str = ""
    joins: tuple[Join, ...] = ()


def profile_tables(engine: Engine, names: Iterable[str]) -> list[Table]:
    """What the engine's views of these names look like: each with its key, clock and joins where they were found."""
    tables = [_profile_table(engine, name) for name in names]
    tables = _share_out_entities([_find_key(engine, table) for table in tables])
    return [replace(table, clock=_find_clock(table), joins=_find_joins(engine, table, tables)) for table in tables]


def write_snake(name: str) -> str:
    """`CustomerID` and `Customer Id` as `customer_id`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    snake = re.sub(r"\W+", "_", spaced).strip("_").lower()
    return f"_{snake}" if snake[:1].isdigit() else snake or "column"


def write_singular(name: str) -> str:
    """`categories` as `category`, by the common English endings."""
    for ending, singular in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending) + singular
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) and len(name) > 2 else name


def name_entity(column: Column, table: str) -> str:
    """What a column of keys identifies: `customer_id` a customer, `id` what the table is of."""
    stem = IDS.sub("", column.plain).strip("_")
    return stem or write_singular(table)


def quote(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _profile_table(engine: Engine, name: str) -> Table:
    types = engine.describe(f"SELECT * FROM {quote(name)}")
    counts = ["count(*) AS rows"]
    for place, (column, type_) in enumerate(types.items()):
        email = f"count(*) FILTER (WHERE regexp_matches({quote(column)}, '{EMAIL}'))" if type_ == "VARCHAR" else "0"
        counts.append(f"count({quote(column)}) AS k{place}, approx_count_distinct({quote(column)}) AS d{place}")
        counts.append(f"{email} AS e{place}")
    row = engine.run(f"SELECT {', '.join(counts)} FROM {quote(name)}").to_pylist()[0]
    columns = [
        Column(
            column,
            type_,
            row[f"k{place}"],
            min(row[f"d{place}"], row[f"k{place}"]),
            row[f"e{place}"] > row[f"k{place}"] / 2,
        )
        for place, (column, type_) in enumerate(types.items())
    ]
    about_persons = write_singular(name) in PERSONS or any(column.personal for column in columns)
    found = (replace(column, personal=column.personal or _is_personal(column, about_persons)) for column in columns)
    return Table(name, row["rows"], tuple(found))


def _is_personal(column: Column, about_persons: bool) -> bool:
    words = column.plain.split("_")
    if column.family != "text" and not PERSONAL & set(words):
        return False
    owner = column.plain.removesuffix("_name") if column.plain.endswith("_name") else ""
    named = bool(NAMES.search(column.plain)) or owner in PERSONS or (column.plain == "name" and about_persons)
    return named or bool(PERSONAL & set(words))


def _find_key(engine: Engine, table: Table) -> Table:
    """The table with the column that tells its rows apart: an id by its name, known in every row, and unique."""
    about = write_singular(table.name)
    likely = [
        c for c in table.columns if c.is_id and not c.personal and c.known == table.rows and c.distinct > 0.8 * c.known
    ]
    ranked = sorted(likely, key=lambda c: (name_entity(c, table.name) != about, c.plain not in ("id", "key")))
    for column in ranked if table.rows else ():
        found = engine.run(f"SELECT count(DISTINCT {quote(column.name)}) AS n FROM {quote(table.name)}").to_pylist()
        if found[0]["n"] == table.rows:
            return replace(table, key=column.name, entity=name_entity(column, table.name))
    return table


def _share_out_entities(tables: Sequence[Table]) -> list[Table]:
    """One owner for each entity: the table that is called like it, else the one with the most rows."""
    owners: dict[str, str] = {}
    for table in sorted(tables, key=lambda table: (write_singular(table.name) != table.entity, -table.rows)):
        if table.entity:
            owners.setdefault(table.entity, table.name)
    return [table if owners.get(table.entity) == table.name else replace(table, key="", entity="") for table in tables]


def _find_clock(table: Table) -> str:
    times = [
        column for column in table.columns if column.family in TIMES and column.known and "birth" not in column.plain
    ]

    def rank(column: Column) -> tuple[bool, bool, int]:
        hint = next((place for place, word in enumerate(EARLY) if word in column.plain), len(EARLY))
        return column.known < 0.95 * table.rows, bool(LATE.search(column.plain)), hint

    return min(times, key=rank).name if times else ""


def _find_joins(engine: Engine, table: Table, tables: Sequence[Table]) -> tuple[Join, ...]:
    """The columns that are called like another table's key, or its entity, and whose values stand there."""
    found: dict[str, Join] = {}
    for column in table.columns:
        if column.name == table.key or not column.known or column.personal:
            continue
        role = name_entity(column, table.name)
        for other in tables:
            if other.key and _may_join(column, role, other) and _holds_values(engine, table, column, other):
                own = column.plain if role in found else role
                found.setdefault(own, Join(own, other.entity, column.name))
                break
    return tuple(found.values())


def _may_join(column: Column, role: str, other: Table) -> bool:
    key = next(each for each in other.columns if each.name == other.key)
    same = column.plain == key.plain and key.plain not in ("id", "key", "code", "number", "no")
    fits = column.family == key.family and (column.family != "other" or column.type == key.type)
    return fits and (same or (column.is_id and (role == other.entity or role.endswith(f"_{other.entity}"))))


def _holds_values(engine: Engine, table: Table, column: Column, other: Table) -> bool:
    values = (
        f"SELECT DISTINCT {quote(column.name)} AS value FROM {quote(table.name)} WHERE {quote(column.name)} IS NOT NULL"
    )
    there = f"EXISTS (SELECT 1 FROM {quote(other.name)} AS o WHERE o.{quote(other.key)} = v.value)"
    sql = f"SELECT count(*) AS n, count(*) FILTER (WHERE {there}) AS found FROM ({values}) AS v"
    row = engine.run(sql).to_pylist()[0]
    return bool(row["n"]) and row["found"] >= FOUND * row["n"]


def list_joined(table: Table) -> set[str]:
    """The columns that are keys, of the table itself or of another."""
    return set(chain([table.key], (join.column for join in table.joins)))
