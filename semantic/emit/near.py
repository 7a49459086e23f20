"""Steps -> a chain from those first rows alone that have a row of the next step anywhere near."""

# Where the next step's rows are far fewer, to put all first rows in order with them takes most of the time. So time is
# cut into spells as long as the window: a row that is followed in time has one in its own spell or in the next.

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.scan import select_from
from semantic.emit.scope import column, identify, join_and, name_as
from semantic.emit.step_rows import ROW, StepRows, call_table, enclose
from semantic.primitives import Node, call, number
from semantic.steps import add_windows

NEAR, SPELL = "@near", "@spell"
DAY = 86_400_000_000


def follows_near(rows: StepRows) -> bool:
    """Whether it's worth it, and units are entities, of which rows that get nowhere tell only that they started."""
    first, after = rows.how.steps[:2]
    entities = rows.how.count == "unique" and not rows.own
    bounded = rows.how.within is not None and rows.scan.branch.window.bounded
    return entities and bounded and (first.view, after.view) in rows.scan.catalogue.bound.sparse


def follow_near(rows: StepRows, starts: exp.Subquery, after: Node, shown: Sequence[Node]) -> exp.Subquery:
    """The rows that are followed, and all rows of the first step with no later times."""
    steps = rows.how.steps
    every = _add_starts(rows, starts)
    near = rows.add(f"{steps[1].name} near", _select_spells(rows, after))
    pairs: list[Node] = [exp.EQ(this=column(name, ROW), expression=column(name, NEAR)) for name in rows.matched]
    pairs.append(exp.EQ(this=_spell(rows, column("@at_1", ROW)), expression=column(SPELL, NEAR)))
    columns = list(dict.fromkeys((*rows.keys, *rows.matched, "@at_1")))
    some = select_from(call_table(every, ROW), [column(name, ROW) for name in columns])
    some.set("joins", [exp.Join(this=call_table(near, NEAR), kind="SEMI", on=join_and(pairs))])
    followed = rows.join_next(enclose(some), after, shown, column("@at_1", ROW))
    followed.args["joins"][0].set("side", None)
    known = {*rows.keys, *rows.entity, "@at_1"}
    empty = [
        column(node.alias_or_name) if node.alias_or_name in known else name_as(exp.Null(), node.alias_or_name)
        for node in shown
    ]
    united = exp.Union(this=followed, expression=select_from(every.copy(), empty), distinct=False)
    return exp.Subquery(this=united, alias=exp.TableAlias(this=identify(ROW)))


def _add_starts(rows: StepRows, starts: exp.Subquery) -> exp.Table:
    """The CTE of the first rows, which conversions that begin with the same ones share."""
    branch, place = rows.scan.branch, rows.prefix.removeprefix(rows.scan.branch.name)
    name = f"{branch.lead or branch.name}{place}{rows.how.steps[0].name} first"
    rows.ctes.append((name, starts.this))
    return exp.Table(this=identify(name))


def _select_spells(rows: StepRows, after: Node) -> exp.Union:
    """In which spells the next step has rows, and the spells before these."""
    spell = _spell(rows, column("@at"))
    names = [column(name) for name in rows.matched]
    own = select_from(after.copy(), [*names, name_as(spell, SPELL)])
    before = name_as(exp.Sub(this=spell.copy(), expression=number(1)), SPELL)
    return exp.Union(
        this=own, expression=select_from(after.copy(), [*(name.copy() for name in names), before]), distinct=False
    )


def _spell(rows: StepRows, at: Node) -> Node:
    """The number of the spell that a time lies in."""
    within = rows.how.within
    days = add_windows(within, 1)  # more than the months that follow have, and the hours of a longer day
    assert within and days, "a chain of what is near has a window"
    exact = {"day": 1, "week": 7}.get(within.unit, 0) * within.count
    return exp.IntDiv(this=call("EPOCH_US", at), expression=number((exact or days) * DAY))
