"""Value -> the value that it's divided by: how many rows, people or amounts a rate or mean is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from sqlglot import exp

from semantic.expressions import AggregateSql, FormulaSql, Node, find_columns, is_aggregate
from semantic.resolved import Change, Filled, Formula, Frame, Leaf, Quotient, Share, State, Value


def find_denominator(value: Value) -> Value | None:
    """What the value is divided by, the least of them where there are several; None where it is no quotient.

    Of a mean it is the count of the values; of a quotient of quotients, and of a change, the denominators inside.
    """
    found = list(dict.fromkeys(_list_denominators(value)))
    if len(found) < 2:
        return found[0] if found else None
    names = [f"@{place}" for place in range(1, len(found) + 1)]
    least = exp.Least(this=_name(names[0]), expressions=[_name(name) for name in names[1:]])
    return Formula(FormulaSql("the least denominator", least), tuple(zip(names, found, strict=True)))


def is_proportion(value: Value) -> bool:
    """Whether the value is one count over another, as a share of rows or people is."""
    match value:
        case Quotient(above, below):
            return _is_count(above) and _is_count(below)
        case Formula(sql, parts):
            tree = strip_guards(sql.tree)
            named = dict(parts)
            if not isinstance(tree, exp.Div):
                return False
            sides = [strip_guards(tree.this), strip_guards(tree.expression)]
            return all(isinstance(side, exp.Column) and _is_count(named[side.name]) for side in sides)
        case _:
            return False


def _list_denominators(value: Value) -> list[Value]:
    match value:
        case Leaf():
            return _count_values(value)
        case Filled() | Share():
            return _list_denominators(value.value)
        case Quotient():
            return [*_list_denominators(value.above), *(_list_denominators(value.below) or [value.below])]
        case Change():
            return [*_list_denominators(value.now), *_list_denominators(value.before)]
        case Formula():
            return _divide_formula(value)
        case _:
            assert_never(value)


def _count_values(leaf: Leaf) -> list[Value]:
    """The denominator inside an aggregate: the count of what it is the mean of, or what it divides by."""
    if not isinstance(leaf.how, Frame | State | None):
        return []
    tree = strip_guards(leaf.sql.tree)
    below: Node | None = None
    if isinstance(tree, exp.Avg):
        below = exp.Count(this=tree.this.copy())
    elif isinstance(tree, exp.Filter) and isinstance(tree.this, exp.Avg):
        below = exp.Filter(this=exp.Count(this=tree.this.this.copy()), expression=tree.expression.copy())
    elif isinstance(tree, exp.Div) and any(map(is_aggregate, tree.expression.walk())):
        below = strip_guards(tree.expression).copy()
    if below is None:
        return []
    return [replace(leaf, name=f"{leaf.name}@base", sql=AggregateSql(below.sql("duckdb"), below))]


def _divide_formula(value: Formula) -> list[Value]:
    parts = dict(value.parts)
    found: list[Value] = [inner for part in parts.values() for inner in _list_denominators(part)]
    for division in value.sql.tree.find_all(exp.Div):
        below = strip_guards(division.expression)
        names = [column.name for column in find_columns(below)]
        if not names or any(_list_denominators(parts[name]) for name in names):
            continue
        if isinstance(below, exp.Column):
            found.append(parts[below.name])
        else:
            kept = tuple((name, part) for name, part in value.parts if name in names)
            found.append(Formula(FormulaSql(below.sql("duckdb"), below.copy()), kept))
    return found


def _is_count(value: Value) -> bool:
    if isinstance(value, Filled):
        return _is_count(value.value)
    if not isinstance(value, Leaf):
        return False
    tree = value.sql.tree.this if isinstance(value.sql.tree, exp.Filter) else value.sql.tree
    return isinstance(tree, (exp.Count, exp.CountIf))


def strip_guards(tree: Node) -> Node:
    """The tree without parentheses and the guard against a division by 0."""
    while isinstance(tree, (exp.Paren, exp.Nullif)):
        tree = tree.this
    return tree


def _name(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True))
