"""Value -> SQL over the columns that hold its leaves."""

from collections.abc import Callable
from typing import assert_never

from sqlglot import exp

from semantic.expressions import find_columns
from semantic.primitives import Node, number
from semantic.resolved import Change, Filled, Formula, Leaf, Quotient, Share, Value

PRIMARY = (exp.Column, exp.Func, exp.Literal, exp.Paren, exp.Case, exp.Filter, exp.Window)


def emit_value(
    value: Value,
    leaf: Callable[[Leaf], Node],
    total: Callable[[Node, str | None], Node],
    zero: Callable[[Filled], Node] = lambda filled: number(0),
) -> Node:
    """The value; `leaf` gives a leaf's column or aggregate, `total` what a share is taken of, `zero` what fills."""

    def emit(part: Value) -> Node:
        return emit_value(part, leaf, total, zero)

    match value:
        case Leaf():
            return leaf(value)
        case Formula():
            parts = dict(value.parts)
            tree = value.sql.tree.copy()
            for column in list(find_columns(tree)):
                inner = enclose(emit(parts[column.name]))
                if column is tree:
                    return inner
                column.replace(inner)
            return tree
        case Quotient():
            return divide(emit(value.above), emit(value.below))
        case Share():
            inner = emit(value.value)
            return divide(inner, total(inner, value.within))
        case Filled():
            inner = emit(value.value)
            known = (
                inner.this if isinstance(inner, exp.Nullif) else inner
            )  # NULLIF(count, 0) was NULL for want of rows only
            found = zero(value)
            filled = known is inner and not isinstance(found, exp.Null)
            return exp.Coalesce(this=known, expressions=[found]) if filled else known
        case Change():
            return _emit_change(value, emit)
        case _:
            assert_never(value)


def _emit_change(value: Change, emit: Callable[[Value], Node]) -> Node:
    before = emit(value.before)
    match value.how:
        case "value":
            return before
        case "delta":
            return exp.Sub(this=enclose(emit(value.now)), expression=enclose(before))
        case "change":
            return exp.Sub(this=divide(emit(value.now), before), expression=number(1))
        case _:
            assert_never(value.how)


def enclose(node: Node) -> Node:
    """The node in parentheses, where an operator beside it could tear it apart."""
    return node if isinstance(node, PRIMARY) and not isinstance(node, exp.Connector) else exp.Paren(this=node)


def divide(above: Node, below: Node) -> Node:
    """`above / below`, NULL where below is 0 or NULL."""
    return exp.Div(this=enclose(above), expression=exp.Nullif(this=below, expression=number(0)))
