"""Bridges -> joins that count no row twice in a group: views in which a key may stand in several rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.emit.histories import Moment, emit_holding
from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.names import Reached
from semantic.primitives import Node, cast, text
from semantic.reach import Path
from semantic.resolved import Condition, DimensionKey, Membership

if TYPE_CHECKING:
    from semantic.emit.scope import Scope

BIGGEST, PLACE, UNKNOWN = "@biggest", "@place", "@unknown"


@dataclass
class Bridge:
    """A join to one row for each key and combination of values, at any instant; or for each key that meets something.

    Where its own rows lead to a history, which is looked at as of the time of each row that joins it, it is a LATERAL
    join: whether there is a value at all is told by that time, too.

    With `ranked`, values beyond the top are Other before they're told apart, so that a row is in Other once.
    """

    path: Path
    alias: str
    shown: dict[str, Node] = field(default_factory=dict)
    scope: Scope | None = None  # over the bridge's view
    condition: Node | None = None
    ranked: str | None = None

    @property
    def lateral(self) -> bool:
        moment = self.scope.moment if self.scope else None
        return moment is not None and not isinstance(moment.time, date)


class Bridges:
    """The bridges that the expressions of a scope pass."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.spreading: dict[Path, Bridge] = {}
        self.meeting: dict[tuple[Path, str], Bridge] = {}
        self.ranked: str | None = None  # the key of the top, where its rest becomes Other

    def spread(self, key: DimensionKey, bridge: Path) -> Node:
        """The key's value, one row of the bridge after the other; keys of one bridge are pairs of its rows."""
        found = self.spreading.get(bridge)
        if found is None:
            found = self.spreading[bridge] = self.open(bridge, bridge.steps[-1].view)
        if key.name not in found.shown:
            assert found.scope
            self.look_at(found.scope, _go_on(key.reached[self.scope.view].path, bridge))
            value = self.read(found.scope, key, bridge)
            if key.name == self.ranked:
                found.ranked = key.name
                value = _name_rest(value)
            found.shown[key.name] = value
        value = column(self.name(found, key.name), found.alias)
        if found.ranked != key.name:
            return value
        rest = exp.And(this=self.is_missing(found), expression=_is_null(column(PLACE, UNKNOWN)))
        return exp.Case(ifs=[exp.If(this=rest, true=text("Other"))], default=value)

    def place(self, bridge: Path) -> Node:
        """The place of a row's value within the top, NULL for the rest."""
        found = self.spreading[bridge]
        return exp.Coalesce(this=column(PLACE, found.alias), expressions=[column(PLACE, UNKNOWN)])

    def meets(self, key: DimensionKey, bridge: Path, condition: Condition) -> Node:
        """Whether any row of the bridge meets the condition; a row without any has the value NULL."""
        scope = self.open_scope(bridge)
        self.look_at(scope, _go_on(key.reached[self.scope.view].path, bridge))
        plain = replace(condition, negated=False)
        met = self.met(bridge, scope, scope.meets(self.read(scope, key, bridge), key.type, plain, key.unit))
        if condition.null:
            there = self.met(bridge, self.open_scope(bridge), None)
            met = exp.Paren(this=exp.Or(this=met, expression=exp.Not(this=there)))
        return exp.Not(this=met) if condition.negated else met

    def holds(self, member: Membership, path: Path, bridge: Path) -> Node:
        """Whether any row of the bridge belongs to a segment."""
        assert member.where is not None, "a segment of a view has a condition"
        scope, rest = self.open_scope(bridge), _go_on(path, bridge)
        self.look_at(scope, rest)
        condition: Node = exp.Paren(this=scope.sql(member.where, rest))
        if rest.steps:
            condition = exp.And(this=scope.is_met(rest), expression=condition)
        return self.met(bridge, scope, condition)

    def open_scope(self, bridge: Path) -> Scope:
        """A scope over a bridge's view, whose names are none of those that it's joined to."""
        self.scope.alias(bridge.cut(len(bridge.steps) - 1))
        scope = self.scope.over(bridge.view)
        scope.outer = {*self.scope.aliases.values()}
        while scope.name in scope.outer:
            scope.aliases[Path(bridge.view)] += "_"
        return scope

    def look_at(self, scope: Scope, rest: Path) -> None:
        """Histories behind the bridge are looked at when those before it are: in a scope over its view."""
        if not rest.dated or scope.moment or not (self.scope.clock or self.scope.moment):
            return
        scope.moment, scope.clock = self.scope.find_moment(Path(self.scope.view)), self.scope.clock
        scope.outer |= {*self.scope.aliases.values()}

    def met(self, bridge: Path, scope: Scope, condition: Node | None) -> Node:
        place = (bridge, condition.sql() if condition is not None else "")
        if place not in self.meeting:
            found = self.open(bridge, f"{bridge.steps[-1].view}_met" if condition is not None else f"{bridge.view}_any")
            found.scope, found.condition = scope, condition
            self.meeting[place] = found
        return exp.Paren(this=exp.Not(this=self.is_missing(self.meeting[place])))

    def open(self, bridge: Path, name: str) -> Bridge:
        self.scope.alias(bridge.cut(len(bridge.steps) - 1))
        if bridge.dated and self.scope.clock and not self.scope.moment:
            self.scope.raw_clock()  # the joins that the clock needs come before
        if bridge.steps[-1].role:
            name = bridge.steps[-1].name
        taken = {*self.scope.aliases.values(), *(other.alias for other in self.walk())}
        while name in taken:
            name += "_"
        return Bridge(bridge, name, scope=self.open_scope(bridge))

    def walk(self) -> list[Bridge]:
        return [*self.spreading.values(), *self.meeting.values()]

    def read(self, scope: Scope, key: DimensionKey, bridge: Path) -> Node:
        """The key's value on a row of the bridge's view, in a scope over it."""
        reached = key.reached[self.scope.view]
        found = scope.dimension(Reached(_go_on(reached.path, bridge), reached.name, reached.dimension))
        return found if key.unit is None else scope.cut(found, key.type, key.unit, reached.key)

    def is_missing(self, bridge: Bridge) -> Node:
        """Whether the row has none in the bridge."""
        return _is_null(column(bridge.path.steps[-1].keys[0], bridge.alias))

    def name(self, bridge: Bridge, key: str) -> str:
        """The column of a value."""
        step = bridge.path.steps[-1]
        taken = {*step.keys, *(self.scope.catalogue.views[step.view].valid or ())}
        return f"@{key}" if key in taken else key

    # The joins

    def emit(self) -> list[exp.Join]:
        """A LEFT JOIN for each."""
        joins: list[exp.Join] = []
        for bridge in self.walk():
            step, scope = bridge.path.steps[-1], self.scope
            before = scope.alias(bridge.path.cut(len(bridge.path.steps) - 1))
            pairs = zip(step.columns, step.keys, strict=True)
            own = bridge.scope.name if bridge.lateral and bridge.scope else bridge.alias
            on: list[Node] = [exp.EQ(this=column(key, own), expression=column(mine, before)) for mine, key in pairs]
            moment = scope.find_moment(bridge.path) if step.history else None
            fixed = moment is not None and isinstance(moment.time, date)
            alias = exp.TableAlias(this=identify(bridge.alias))
            if bridge.lateral:
                inner = self.emit_rows(bridge, moment, pieces=False, also=on)
                table: Node = exp.Lateral(this=exp.Subquery(this=inner), alias=alias)
                on = [exp.true()]
            else:
                if moment is not None and not fixed:
                    on += emit_holding(scope, step.view, bridge.alias, moment)
                inner = self.emit_rows(bridge, moment if fixed else None, pieces=moment is not None and not fixed)
                table = exp.Subquery(this=inner, alias=alias)
            joins.append(exp.Join(this=table, side="LEFT", on=join_and(on)))
            if bridge.ranked:
                place = exp.Table(this=identify(BIGGEST), alias=exp.TableAlias(this=identify(UNKNOWN)))
                both = exp.And(this=self.is_missing(bridge), expression=_is_null(column("@value", UNKNOWN)))
                joins.append(exp.Join(this=place, side="LEFT", on=both))
        return joins

    def emit_rows(self, bridge: Bridge, moment: Moment | None, pieces: bool, also: Sequence[Node] = ()) -> exp.Select:
        """A row for each key and combination of values: at a moment, at any instant (`pieces`), or at all."""
        scope, step = bridge.scope, bridge.path.steps[-1]
        assert scope
        shown: list[Node] = [column(key, scope.name) for key in step.keys]
        values = [name_as(value, self.name(bridge, name)) for name, value in bridge.shown.items()]
        if bridge.ranked:
            values.append(name_as(column(PLACE, BIGGEST), PLACE))
        select = exp.Select()
        where = [*also, *([bridge.condition] if bridge.condition is not None else [])]
        if moment is not None:
            where += emit_holding(scope, step.view, scope.name, moment)
        if pieces:
            parts = [*(node.copy() for node in shown), *(value.this.copy() for value in values)]
            shown += _emit_pieces(scope, step.view, parts)
        else:
            select.set("distinct", exp.Distinct())
        select.set("expressions", [*shown, *values])
        from_, joins = scope.tables()
        select.set("from_", from_)
        if bridge.ranked:
            raw = bridge.shown[bridge.ranked].args["default"].this
            same = scope.dialect.same(column("@value", BIGGEST), raw.copy())
            joins.append(exp.Join(this=exp.Table(this=identify(BIGGEST)), side="LEFT", on=same))
        select.set("joins", joins)
        if (condition := join_and(where)) is not None:
            select.set("where", exp.Where(this=condition))
        return select


def _emit_pieces(scope: Scope, view: str, parts: Sequence[Node]) -> list[exp.Alias]:
    """The bounds of a row without what earlier rows of the same parts hold already: one of them holds at an instant."""
    valid = scope.catalogue.views[view].valid
    assert valid, "the view is a history"
    start, stop = (column(name, scope.name) for name in valid)
    begins = exp.Coalesce(this=start, expressions=[text("-infinity")])
    before = exp.Window(
        this=exp.Max(this=exp.Coalesce(this=stop.copy(), expressions=[text("infinity")])),
        partition_by=list(parts),
        order=exp.Order(expressions=[exp.Ordered(this=begins.copy(), nulls_first=False)]),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.Literal.number(1), end_side="PRECEDING"
        ),
    )
    own = exp.Greatest(
        this=begins, expressions=[exp.Coalesce(this=before, expressions=[begins.copy()])], ignore_nulls=True
    )
    open_ = exp.Nullif(this=own, expression=text("-infinity"))  # as it was stored, since no zone moves an infinity
    return [name_as(open_, valid[0]), name_as(stop, valid[1])]


def _go_on(path: Path, bridge: Path) -> Path:
    """The way from a bridge's view on."""
    return Path(bridge.view, path.steps[len(bridge.steps) :], path.now)


def _name_rest(value: Node) -> Node:
    """The value as text, Other where it has no place in the top."""
    rest = exp.If(this=_is_null(column(PLACE, BIGGEST)), true=text("Other"))
    return exp.Case(ifs=[rest], default=cast(value, "VARCHAR"))


def _is_null(node: Node) -> Node:
    return exp.Is(this=node, expression=exp.Null())
