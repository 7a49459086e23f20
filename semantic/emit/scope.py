"""Names of one branch -> SQL: its base view, the joins that it needs, its clock on the wall, its parameters."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import Shift, Window, start_of_day
from semantic.catalogue import Catalogue
from semantic.conditions import classify_type
from semantic.emit.bridges import Bridges
from semantic.emit.histories import Moment, emit_holding
from semantic.emit.nodes import column as column
from semantic.emit.nodes import identify as identify
from semantic.emit.nodes import join_and as join_and
from semantic.emit.nodes import join_or as join_or
from semantic.emit.nodes import name_as as name_as
from semantic.emit.ranks import emit_ranked, rank_name
from semantic.emit.traits import emit_trait
from semantic.expressions import Sql, find_columns, is_aggregate, name_parts
from semantic.names import DETERMINES, PARTS, Reached, dimension_sql, find_column
from semantic.primitives import DuckDB, Node, call, number
from semantic.reach import Path
from semantic.resolved import (
    Condition,
    DimensionKey,
    Key,
    KeyFilter,
    Membership,
    ResolvedClock,
    Scalar,
    SegmentKey,
    TimeKey,
    Trait,
)
from semantic.spans import find_local_day

PACKED = {"month": 1, "quarter": 3, "year": 12}
# Instants that no data of ours lies outside of; a zone's offsets are listed between them where a clock tells no span.
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2040, 1, 1)


class Params:
    """The values of a statement, each once, in order of use; and the keys that its joins trust to be unique."""

    def __init__(self) -> None:
        self.values: list[Scalar] = []
        self.places: dict[tuple[type, Scalar], int] = {}
        self.joined: dict[tuple[str, tuple[str, ...]], None] = {}
        # The CTEs of traits, None where only types are asked for; and those that were used.
        self.traits: dict[tuple[str, object], tuple[str, Trait]] | None = None
        self.used: dict[str, None] = {}

    def add(self, value: Scalar) -> Node:
        place = self.places.setdefault((type(value), value), len(self.values) + 1)
        if place > len(self.values):
            self.values.append(value)
        return exp.Parameter(this=exp.Literal.number(place))


FIRST, LAST = date(2, 1, 1), date(9998, 1, 1)  # between which the days lie that data may have


class Scope:
    """Renders expressions over one base view, and remembers the joins that they need."""

    def __init__(
        self,
        catalogue: Catalogue,
        dialect: DuckDB,
        params: Params,
        view: str,
        clock: ResolvedClock | None,
        zone: str,
        shift: Shift | None = None,
        base: str | None = None,
        as_of: date | None = None,
        met: Path | None = None,
    ) -> None:
        self.catalogue, self.dialect, self.params, self.view = catalogue, dialect, params, view
        self.clock, self.zone, self.shift, self.base, self.as_of, self.met = clock, zone, shift, base, as_of, met
        self.moment: Moment | None = None  # at which histories are joined; None: the row's own time
        self.aliases: dict[Path, str] = {Path(view): view}
        self.ahead: tuple[Shift, str] | None = None  # how parts of time are moved on, where nothing else is
        self.outer: set[str] = set()  # the names in FROM of the scope that a LATERAL one is in
        self.measured: Window | None = None  # over which the traits of entities are worked out
        self.traits: dict[tuple[str, str, tuple[str, ...]], tuple[str, tuple[str, ...]]] = {}
        self.bridges = Bridges(self)
        self.ranks: dict[Path, dict[str, str]] = {}  # of each path, the ranks that were used, and of what entity

    def over(self, view: str) -> Scope:
        """A scope of the same question over another view, without its clock."""
        return Scope(self.catalogue, self.dialect, self.params, view, None, self.zone, as_of=self.as_of)

    # The FROM clause

    @property
    def name(self) -> str:
        """The name of the base view in FROM."""
        return self.aliases[Path(self.view)]

    def alias(self, path: Path) -> str:
        path = path.cut(len(path.steps))
        if path not in self.aliases:
            for length in range(1, len(path.steps)):
                self.alias(path.cut(length))
            if path.dated and self.clock and not self.moment:
                self.raw_clock()  # the joins that the clock needs come before
            names = [step.view if step.history and not step.role else step.name for step in path.steps]
            name = "_".join([*names, *(["now"] if path.now else [])])
            taken = {*self.aliases.values(), *(bridge.alias for bridge in self.bridges.walk()), *self.outer}
            while name in taken:
                name += "_"
            self.aliases[path] = name
        return self.aliases[path]

    def tables(self) -> tuple[exp.From, list[exp.Join]]:
        """FROM the base view, and a LEFT JOIN for each path that was used: an inner one for the path `met`."""
        joins = []
        for path, name in self.aliases.items():
            if path.steps:
                step, before = path.steps[-1], self.aliases[path.cut(len(path.steps) - 1)]
                if step.view in self.catalogue.views and not step.multi:
                    self.params.joined[step.view, step.keys] = None
                pairs = zip(step.columns, step.keys, strict=True)
                on: list[Node] = [
                    exp.EQ(this=column(key, name), expression=column(mine, before)) for mine, key in pairs
                ]
                if step.history and (moment := self.find_moment(path)):
                    on += emit_holding(self, step.view, name, moment)
                side = None if path == self.met else "LEFT"
                joins.append(exp.Join(this=self.table(path, name), side=side, on=join_and(on)))
        for (cte, table_, columns), (name, keys) in self.traits.items():
            pairs = zip(keys, columns, strict=True)
            same = (exp.EQ(this=column(key, name), expression=column(mine, table_)) for key, mine in pairs)
            alias = exp.TableAlias(this=identify(name)) if name != cte else None
            joins.append(exp.Join(this=exp.Table(this=identify(cte), alias=alias), side="LEFT", on=join_and(same)))
        return exp.From(this=self.table(Path(self.view), self.name)), joins + self.bridges.emit()

    def join_trait(self, cte: str, table: str, columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
        """The name in FROM of the trait of the entity that a table of it names."""
        place = (cte, table, columns)
        if place not in self.traits:
            taken = {name for name, _ in self.traits.values()}
            self.traits[place] = (cte if cte not in taken else f"{cte} {len(taken) + 1}", keys)
        return self.traits[place][0]

    def table(self, path: Path, name: str) -> Node:
        """The view at the end of a path under its name in FROM, with the ranks that were used of it."""
        if path in self.ranks:
            scope = Scope(self.catalogue, self.dialect, self.params, path.view, None, self.zone)
            ranked = emit_ranked(scope, path.view, self.ranks[path])
            return exp.Subquery(this=ranked, alias=exp.TableAlias(this=identify(name)))
        return exp.Table(
            this=identify(path.view), alias=exp.TableAlias(this=identify(name)) if name != path.view else None
        )

    def find_moment(self, path: Path) -> Moment | None:
        """When the histories on a path are looked at; None where only types are asked for."""
        if not path.now and self.moment:
            return self.moment
        if not path.now and self.clock:
            return Moment("time", self.raw_clock(), classify_type(self.clock.type))
        if self.as_of is None:
            return None
        return Moment("end", self.as_of + timedelta(days=1), "date")

    # Expressions

    def sql(self, sql: Sql, path: Path | None = None, filter_: Node | None = None) -> Node:
        """SQL of the catalogue over the view at the end of `path`, each aggregate under `filter_`."""
        here = path or Path(self.view)
        tree = sql.tree.copy()
        for node in list(find_columns(tree)):
            found = find_column(self.catalogue, here.view, name_parts(node))
            place = Reached(here.extend(found.path), found.name, found.dimension)
            tree = _replace(tree, node, self.dimension(place))
        if filter_ is not None:
            for aggregate in [node for node in tree.walk() if is_aggregate(node)]:
                target = aggregate.parent if isinstance(aggregate.parent, exp.WithinGroup) else aggregate
                outer = target.parent
                if isinstance(outer, exp.Filter):
                    both = exp.and_(outer.expression.this, filter_.copy(), copy=False)
                    outer.set("expression", exp.Where(this=both))
                else:
                    tree = _replace(
                        tree, target, exp.Filter(this=target.copy(), expression=exp.Where(this=filter_.copy()))
                    )
        return tree

    def dimension(self, reached: Reached) -> Node:
        if reached.dimension is not None and reached.dimension.rank is not None:
            alias, path = self.alias(reached.path), reached.path.cut(len(reached.path.steps))
            self.ranks.setdefault(path, {})[reached.name] = reached.dimension.rank
            return column(rank_name(reached.name), alias)
        if reached.dimension is not None and reached.dimension.trait is not None:
            return emit_trait(self, reached)
        if reached.dimension is None or reached.dimension.sql is None:
            return column(reached.name, self.alias(reached.path))
        found = self.sql(dimension_sql(reached.dimension, reached.name), reached.path)
        if reached.path.steps and not isinstance(found, exp.Column):
            return exp.Case(ifs=[exp.If(this=self.is_met(reached.path), true=found)])
        return (
            found
            if isinstance(found, (exp.Column, exp.Func, exp.Case, exp.Cast, exp.Literal))
            else exp.Paren(this=found)
        )

    def is_met(self, path: Path) -> Node:
        """Whether the joins lead to a row at all: what isn't there has no age band, and is in no segment."""
        keys = (column(key, self.alias(path)) for key in path.steps[-1].keys)
        met = join_and(exp.Not(this=exp.Is(this=key, expression=exp.Null())) for key in keys)
        assert met is not None, "a join has a key"
        return met

    def key(self, key: Key) -> Node:
        """The value of a key for a row."""
        match key:
            case TimeKey():
                return self.time(key.name)
            case DimensionKey():
                reached = key.reached[self.view]
                if bridge := reached.path.bridge:
                    return self.bridges.spread(key, bridge)
                found = self.dimension(reached)
                return found if key.unit is None else self.cut(found, key.type, key.unit, reached.key)
            case SegmentKey():
                return column("segment", "@segments")

    # Time

    def stored_zone(self, family: str) -> str:
        return "UTC" if family == "instant" else self.catalogue.stored_zone

    def span(self, place: tuple[str, str] | None = None) -> tuple[datetime, datetime]:
        """The UTC instants between which a zone's offsets matter: those of a time's data, with a margin.

        `place` is the view and name of a dimension, None the branch's clock.
        """
        found = self.catalogue.bound.spans.get(place) if place else self.clock
        if found is None:
            return EARLIEST, LATEST
        if found.first is None or found.last is None:
            return EARLIEST, EARLIEST + timedelta(days=1)  # there is no time that an offset could matter to
        first, last = found.first.replace(tzinfo=None), found.last.replace(tzinfo=None)
        first, last = max(first, datetime(1, 1, 5)), min(last, datetime(9999, 12, 26))
        return (first - timedelta(days=2)).replace(microsecond=0), (last + timedelta(days=2)).replace(microsecond=0)

    def utc(self, time: Node, family: str, place: tuple[str, str] | None = None) -> Node:
        """A stored time as UTC."""
        if family == "instant":
            return self.dialect.utc_of_instant(time)
        return self.dialect.utc_of_wall(time, self.stored_zone(family), *self.span(place))

    def wall(self, time: Node, family: str, place: tuple[str, str] | None = None) -> Node:
        """A stored time as the question's zone shows it; a DATE knows no zone."""
        if family == "date" or (family == "timestamp" and self.stored_zone(family) == self.zone):
            return time
        return self.dialect.wall_of_utc(self.utc(time, family, place), self.zone, *self.span(place))

    def cut(self, time: Node, type_: str, unit: str, place: tuple[str, str] | None = None) -> Node:
        """The period or part of a stored time."""
        family = classify_type(type_)
        if unit in ("hour", "minute"):
            return self.dialect.truncate_instant(unit, self.utc(time, family, place), self.zone, *self.span(place))
        return self.cut_wall(self.wall(time, family, place), family, unit)

    def cut_wall(self, wall: Node, family: str, unit: str) -> Node:
        if unit in PARTS:
            return self.dialect.part(unit, wall)
        if unit == "day":
            return wall if family == "date" else self.dialect.day(wall)
        return self.dialect.truncate(unit, wall, self.catalogue.week_start)

    def raw_clock(self) -> Node:
        assert self.clock, "the question asks about time only where there is a clock"
        return self.sql(self.clock.column)

    def time(self, unit: str) -> Node:
        """A grain or part of the branch's clock; where it looks back, that of the period that it is compared with."""
        assert self.clock, "the question asks about time only where there is a clock"
        if self.ahead and unit in PARTS:
            return self.go_ahead(*self.ahead).time(unit)
        if self.shift is None or self.base is None or (unit == self.base and self.shift.seconds):
            return self.cut(self.raw_clock(), self.clock.type, unit)
        family = classify_type(self.clock.type)
        if self.shift.seconds and self.moves(unit):
            later = self.dialect.add_seconds(self.utc(self.raw_clock(), family), self.shift.seconds)
            if unit == "hour":
                return self.dialect.truncate_instant(unit, later, self.zone, *self.span())
            return self.cut_wall(self.dialect.wall_of_utc(later, self.zone, *self.span()), "timestamp", unit)
        wall = self.wall(self.raw_clock(), family)
        if unit == self.base and unit in ("hour", "minute"):
            return call("DATE_TRUNC", exp.Literal.string(unit), wall)
        if not self.moves(unit) or unit == "hour_of_day":
            return self.cut_wall(wall, family, unit)
        return self.cut_day(wall if family == "date" else self.dialect.day(wall), unit)

    def day(self) -> Node:
        """The day of the branch's clock."""
        assert self.clock, "the question asks about time only where there is a clock"
        return self.cut(self.raw_clock(), self.clock.type, "day")

    def cut_day(self, day: Node, unit: str) -> Node:
        """A grain of a day or longer, or a part, of a day of the branch; one that looks back is moved forward first."""
        if self.ahead and unit in PARTS:
            return self.go_ahead(*self.ahead).cut_day(day, unit)
        if self.shift and self.moves(unit):
            day = (
                self.dialect.add_months(day, self.shift.months)
                if self.shift.months
                else self.dialect.add_days(day, self.shift.days)
            )
        return self.cut_wall(day, "date", unit)

    def go_ahead(self, shift: Shift, base: str) -> Scope:
        """The same scope, with the same joins, as one of an earlier period."""
        scope = copy(self)
        scope.shift, scope.base, scope.ahead = shift, base, None
        return scope

    def moves(self, unit: str) -> bool:
        """Whether rows of an earlier period are moved forward before they're cut; some are looked back for.

        They are labelled by the period that they are compared with, as the axis' own rows are, so that subtotals sum.
        """
        if self.shift is None or self.base is None or self.shift.to or (unit == self.base and self.looks_back()):
            return False
        return unit == self.base or unit in DETERMINES[self.base]

    def pack(self, key: Key) -> Node | None:
        """A month, quarter or year of the branch's clock as a whole number, where grouping by that is faster."""
        if not isinstance(key, TimeKey) or key.name not in PACKED:
            return None
        assert self.clock, "the question asks about time only where there is a clock"
        packed = self.dialect.pack(key.name, self.wall(self.raw_clock(), classify_type(self.clock.type)))
        if not self.moves(key.name):
            return packed
        assert self.shift
        if not self.shift.months or self.shift.months % PACKED[key.name]:
            return None
        return exp.Add(this=packed, expression=number(self.shift.months // PACKED[key.name]))

    def looks_back(self) -> bool:
        """Whether the axis tells each of its periods what it is compared with; else the rows themselves are moved."""
        return self.shift is not None and self.base in ("minute", "hour", "day")

    def window(self, window: Window, known: bool) -> list[Node]:
        """Conditions that keep the rows of the window, on the clock as it is stored so that storage can skip."""
        if self.clock is None:
            return []
        conditions: list[Node] = []
        back = self.shift.seconds if self.shift else 0
        if window.start:
            conditions.append(exp.GTE(this=self.raw_clock(), expression=self.edge(window.start, self.clock.type, back)))
        if window.stop and not window.start and not back and self.ends_before(window.stop):
            known = True  # which costs nothing where the column has no NULL
        elif window.stop:
            conditions.append(exp.LT(this=self.raw_clock(), expression=self.edge(window.stop, self.clock.type, back)))
        # What is stored as infinity, say, lies on no day.
        if (conditions or known) and self.clock.before and not window.start:
            conditions.append(exp.GTE(this=self.raw_clock(), expression=self.edge(FIRST, self.clock.type)))
        if (conditions or known) and self.clock.last and self.clock.beyond and not window.stop:
            conditions.append(exp.LT(this=self.raw_clock(), expression=self.edge(LAST, self.clock.type)))
        if not conditions and known and self.clock.unknown:
            conditions.append(exp.Not(this=exp.Is(this=self.raw_clock(), expression=exp.Null())))
        return conditions

    def ends_before(self, stop: date) -> bool:
        """Whether the clock has no row on that day or after it, which the data themselves say."""
        clock = self.clock
        if clock is None or clock.beyond or clock.last is None:
            return False
        return find_local_day(self.catalogue, self.zone, clock, clock.last) < stop

    def edge(self, day: date, type_: str, back: int = 0) -> Node:
        """The start of a day in the question's zone, as a clock of that type stores it; or `back` seconds before."""
        family = classify_type(type_)
        if family == "date":
            return self.params.add(day)
        if family == "timestamp" and self.stored_zone(family) == self.zone and not back:
            return self.params.add(datetime(day.year, day.month, day.day))
        return self.params.add(self.store(start_of_day(day, ZoneInfo(self.zone)) - timedelta(seconds=back), family))

    def store(self, utc: datetime, family: str) -> datetime:
        aware = utc.replace(tzinfo=ZoneInfo("UTC"))
        return (
            aware if family == "instant" else aware.astimezone(ZoneInfo(self.stored_zone(family))).replace(tzinfo=None)
        )

    # Filters

    def keeps(self, item: KeyFilter) -> Node:
        """The condition of a filter; a value that is NULL never makes it NULL."""
        if isinstance(item.key, TimeKey):
            assert self.clock, "the question filters by time only where there is a clock"
            return self.meets(
                self.cut(self.raw_clock(), self.clock.type, item.key.name),
                "VARCHAR",
                item.condition,
                item.key.name,
            )
        if bridge := item.key.reached[self.view].path.bridge:
            return self.bridges.meets(item.key, bridge, item.condition)
        return self.meets(self.key(item.key), item.key.type, item.condition, item.key.unit)

    def meets(self, value: Node, type_: str, condition: Condition, unit: str | None) -> Node:
        family = classify_type(type_)

        def bind(scalar: Scalar) -> Node:
            if unit in ("hour", "minute") and isinstance(scalar, date):
                return self.params.add(self.read_instant(scalar))
            if unit is None and family in ("timestamp", "instant") and isinstance(scalar, date):
                if not isinstance(scalar, datetime):
                    return self.edge(scalar, type_)
                return self.params.add(self.store(self.read_instant(scalar), family))
            return self.params.add(scalar)

        any_of: list[Node] = []
        if len(condition.values) == 1:
            any_of.append(exp.EQ(this=value.copy(), expression=bind(condition.values[0])))
        elif condition.values:
            any_of.append(exp.In(this=value.copy(), expressions=[bind(item) for item in condition.values]))
        for low, high, included in condition.ranges:
            ends: list[Node] = []
            if low is not None:
                ends.append(exp.GTE(this=value.copy(), expression=bind(low)))
            if high is not None:
                ends.append((exp.LTE if included else exp.LT)(this=value.copy(), expression=bind(high)))
            both = join_and(ends)
            assert both is not None, "a range has an end"
            any_of.append(exp.Paren(this=both) if len(ends) > 1 else both)
        any_of += [self.dialect.contains(value.copy(), self.params.add(part)) for part in condition.contains]
        if condition.null:
            any_of.append(exp.Is(this=value.copy(), expression=exp.Null()))
        met = join_or(any_of)
        return exp.Not(this=exp.Is(this=exp.Paren(this=met), expression=exp.true())) if condition.negated else met

    def read_instant(self, value: date) -> datetime:
        """What a person wrote, on the wall unless it says its offset, as UTC."""
        if not isinstance(value, datetime):
            return start_of_day(value, ZoneInfo(self.zone))
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(self.zone))
        return aware.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    def belongs(self, member: Membership) -> Node:
        """Whether a row belongs to a segment."""
        if member.where is None:
            found = join_and(self.keeps(item) for item in member.filters)
            return exp.Paren(this=found) if found is not None else exp.true()
        path = member.reached[self.view].path
        if bridge := path.bridge:
            return self.bridges.holds(member, path, bridge)
        meets: Node = exp.Paren(this=self.sql(member.where, path))
        return exp.Paren(this=exp.And(this=self.is_met(path), expression=meets)) if path.steps else meets

    def segment_table(self, members: Iterable[Membership]) -> exp.Join:
        """One copy of a row for every segment that it belongs to."""
        members = list(members)
        rows = [exp.Tuple(expressions=[self.params.add(member.name)]) for member in members]
        values = exp.Values(
            expressions=rows, alias=exp.TableAlias(this=identify("@segments"), columns=[identify("segment")])
        )
        ifs = [
            exp.If(
                this=exp.EQ(this=column("segment", "@segments"), expression=self.params.add(m.name)),
                true=self.belongs(m),
            )
            for m in members
        ]
        return exp.Join(this=values, on=exp.Case(ifs=ifs), kind="INNER")


def _replace(tree: Node, node: Node, by: Node) -> Node:
    """The tree with a node replaced; the root itself may be it."""
    if node is tree:
        return by
    node.replace(by)
    return tree
