"""The small words of SQL: names, columns, aliases, AND and OR."""

import re
from collections.abc import Iterable, Sequence

from sqlglot import exp

from semantic.primitives import Node

PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
KEYWORDS = frozenset(
    "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "
    "default deferrable desc describe distinct do else end except false fetch for foreign from full grant group "
    "having in initially inner intersect into is isnull join lambda lateral leading left like limit natural not "
    "notnull null offset on only or order outer overlaps pivot placing positional primary qualify references "
    "returning right select semi show similar some summarize symmetric table tablesample then to trailing true "
    "union unique unpivot using variadic when where window with anti asof at between by cross exists interval "
    "values row rows range current month_of_year quarter_of_year".split()
)


def identify(name: str) -> exp.Identifier:
    """The name as SQL, quoted where it must be."""
    return exp.Identifier(this=name, quoted=not PLAIN.match(name) or name in KEYWORDS)


def column(name: str, table: str | None = None) -> exp.Column:
    """A column of a table or CTE."""
    return exp.Column(this=identify(name), table=identify(table) if table else None)


def name_as(node: Node, name: str) -> exp.Alias:
    """`node AS name`."""
    return exp.Alias(this=node, alias=identify(name))


def join_and(conditions: Iterable[Node]) -> Node | None:
    """All conditions, or None where there are none."""
    found = list(conditions)
    return exp.and_(*found, copy=False, wrap=True) if len(found) > 1 else (found[0] if found else None)


def join_or(conditions: Iterable[Node]) -> Node:
    """Any of the conditions."""
    found = list(conditions)
    return exp.Paren(this=exp.or_(*found, copy=False, wrap=True)) if len(found) > 1 else found[0]


def unite(parts: Sequence[Node]) -> Node:
    """UNION ALL of SELECTs."""
    united = parts[0]
    for part in parts[1:]:
        united = exp.Union(this=united, expression=part, distinct=False)
    return united
