"""Memberships two by two -> SELECTs: a string of bits for each value, one for each entity; what two have in common."""

# A list of values for each entity, and all pairs of it under each other, take five times as long.

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.scan import group_by_place, select_from
from semantic.emit.scope import column, identify, join_and, name_as
from semantic.primitives import DuckDB, Node, call, number

VALUE, PLACE, BLOCK, BITS, ONE, TWO = "@value", "@place", "@block", "@bits", "@one", "@two"
WIDTH = 4096  # bits of a string; entities are numbered by group, so that few groups share one


def number_rows(names: Sequence[str]) -> exp.Alias:
    """A row's number from 0 on, those of a group after each other."""
    order = exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in names])
    nth = exp.Window(this=exp.RowNumber(), order=order if names else None)
    return name_as(exp.Sub(this=nth, expression=number(1)), PLACE)


def select_bits(held: exp.Select, names: Sequence[str], value: Node, places: str) -> exp.Select:
    """Of each value and group, a string with a bit for each entity, of so many at a time.

    `held` are memberships, joined to the places of their entities.
    """
    place = column(PLACE, places)
    aggregate = call(
        "BITSTRING_AGG", exp.Mod(this=place.copy(), expression=number(WIDTH)), number(0), number(WIDTH - 1)
    )
    keys: list[Node] = [column(name, places) for name in names]
    block = name_as(exp.IntDiv(this=place, expression=number(WIDTH)), BLOCK)
    held.set("expressions", [*keys, name_as(value, VALUE), block, name_as(aggregate, BITS)])
    return group_by_place(held, len(keys) + 2)


def select_common(dialect: DuckDB, bits: str, names: Sequence[str]) -> exp.Select:
    """How many entities have each value, and each two of them."""
    one, two = column(VALUE, ONE), column(VALUE, TWO)
    alone = exp.If(this=exp.EQ(this=one, expression=two), true=exp.Array(expressions=[one.copy()]))
    segments = exp.Case(ifs=[alone], default=exp.Array(expressions=[one.copy(), two.copy()]))
    both = exp.BitwiseAnd(this=column(BITS, ONE), expression=column(BITS, TWO))
    count = exp.Sum(this=call("BIT_COUNT", both))
    shown = [*(column(name, ONE) for name in names), name_as(segments, "segments"), name_as(count, "count")]
    select = select_from(_call(bits, ONE), shown)
    on: list[Node] = [exp.EQ(this=column(BLOCK, ONE), expression=column(BLOCK, TWO))]
    on += [dialect.same(column(name, ONE), column(name, TWO)) for name in names]
    on.append(exp.LTE(this=one.copy(), expression=two.copy()))
    select.set("joins", [exp.Join(this=_call(bits, TWO), on=join_and(on))])
    select.set("having", exp.Having(this=exp.GT(this=count.copy(), expression=number(0))))
    return group_by_place(select, len(names) + 1)


def _call(name: str, alias: str) -> exp.Table:
    return exp.Table(this=identify(name), alias=exp.TableAlias(this=identify(alias)))
