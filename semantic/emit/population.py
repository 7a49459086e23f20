"""Branch -> CTEs and SELECT: how many rows of a history hold at an instant of each period, or on average over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, Window, start_of_day
from semantic.conditions import classify_type
from semantic.emit.changes import EDGE, END, START, emit_changes, emit_mean, is_exact, read_measure
from semantic.emit.histories import Moment, emit_holding
from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.emit.scan import Scan, select_from
from semantic.emit.scope import Scope
from semantic.primitives import Node, cast, number, text
from semantic.resolved import Key, State, TimeKey
from semantic.routes import list_paths
from semantic.spans import find_local_day


def emit_population(
    scan: Scan, how: State, keys: Sequence[Key], prefix: str
) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs and the SELECT of a level: its keys, a top's place before its key, and the leaf.

    Without a time key there is one instant, and the rows that hold then are aggregated. With some, counts and sums are
    run up from what changes, so that their cost doesn't grow with the number of periods; whatever else is joined with
    the instants.
    """
    return Population(scan, how, keys, prefix.rstrip("@")).emit()


class Population:
    """One level of one branch on its way to SQL."""

    def __init__(self, scan: Scan, how: State, keys: Sequence[Key], name: str) -> None:
        plan, branch = scan.plan, scan.branch
        self.how, self.name, self.axis = how, name, plan.axis
        self.times = [key for key in keys if isinstance(key, TimeKey)]
        self.own = [key for key in keys if not isinstance(key, TimeKey)]
        self.picks = [item for item in plan.filters if isinstance(item.key, TimeKey)]
        lasting = tuple(item for item in plan.filters if not isinstance(item.key, TimeKey))
        self.scan = Scan(
            scan.catalogue,
            scan.dialect,
            scan.params,
            replace(plan, filters=lasting),
            replace(branch, dated=False, window=Window()),
        )
        self.base = plan.axis.base if plan.axis and plan.axis.base in SECONDS else "day"
        self.start, self.stop = self.find_days(branch.window)
        self.instants = f"{name}@instants"

    def find_days(self, window: Window) -> tuple[date, date]:
        """The days that are looked at, half-open: those of the data where no period is asked."""
        branch, plan = self.scan.branch, self.scan.plan
        assert window.stop and branch.clock, "a state is never looked for beyond the as-of day"
        start = window.start
        days = self.axis.find_days(tuple(key.name for key in self.times)) if self.axis else Window()
        if start is None and days.start:
            shift = branch.variant.shift
            start = shift.go_back(days.start) if shift else days.start
        if start is None and branch.clock.first:
            start = find_local_day(self.scan.catalogue, plan.timezone, branch.clock, branch.clock.first)
        return start or window.stop, window.stop

    def emit(self) -> tuple[list[tuple[str, Node]], exp.Select]:
        if self.how.which != "average" and not self.times and not self.picks:
            day = self.stop if self.how.which == "last" else self.start
            if self.start >= self.stop:
                return [], self.aggregate(None)
            return [], self.aggregate(Moment(self.edge, day, "date"))
        ctes: list[tuple[str, Node]] = [(self.instants, self.emit_instants())]
        measure = read_measure(self.scan)
        if self.how.which == "average":
            assert measure is not None, "what has no mean over time is refused"
            more, select = emit_mean(self, measure)
        elif measure is not None and is_exact(self.scan, measure) and not is_dated(self.scan, self.own):
            more, select = emit_changes(self, measure)
        else:
            family = "date" if self.base == "day" else "utc"
            return ctes, self.aggregate(Moment(self.edge, column(EDGE, self.instants), family), joined=True)
        return [*ctes, *more], select

    @property
    def edge(self) -> Literal["start", "end"]:
        return "end" if self.how.which == "last" else "start"

    def aggregate(self, moment: Moment | None, joined: bool = False) -> exp.Select:
        """The leaf over the rows that hold at a moment, or at each of the instants; at none where there is no day."""
        scan, view = self.scan, self.scan.branch.view
        scan.moment = moment
        scope, select = scan.scope(), exp.Select()
        shown = [*scan.show_keys(scope, self.own), *(column(key.name, self.instants) for key in self.times)]
        holding = emit_holding(scope, view, view, moment) if moment else [exp.false()]
        leaves = scan.fill(
            select,
            scope,
            scan.is_segmented(self.own),
            scan.is_ranked(self.own),
            empty=not shown,
            also=[] if joined else holding,
        )
        if joined:
            instants = exp.Join(this=exp.Table(this=identify(self.instants)), on=join_and(holding))
            select.set("joins", [instants, *select.args.get("joins", [])])
        select.set("expressions", [*shown, *leaves])
        if shown:
            select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(shown) + 1)]))
        scan.moment = None
        return select

    # The instants

    def emit_instants(self) -> exp.Select:
        """A row for each period of the level, with its edge; of a mean, one for each day or hour of the periods."""
        units = exp.Subquery(this=self.emit_units(), alias=exp.TableAlias(this=identify("@units")))
        scope = self.scan.scope()
        shown: list[Node] = [name_as(self.cut(key.name), key.name) for key in self.times]
        if self.how.which == "average":
            select = select_from(units, [*shown, column(START), column(END)])
        else:
            edge = exp.Max(this=column(END)) if self.how.which == "last" else exp.Min(this=column(START))
            select = select_from(units, [*shown, name_as(edge, EDGE)])
            if shown:
                select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(shown) + 1)]))
            else:
                select.set("having", exp.Having(this=exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))))
        kept = [
            scope.meets(self.cut(item.key.name, moved=False), "VARCHAR", item.condition, item.key.name)
            for item in self.picks
        ]
        if (condition := join_and(kept)) is not None:
            select.set("where", exp.Where(this=condition))
        return select

    def emit_units(self) -> exp.Select:
        """Each day, or hour, with its edges: as DATE, or as TIMESTAMP in UTC."""
        dialect, params = self.scan.dialect, self.scan.params
        if self.base == "day":
            ends = [cast(params.add(day), "DATE") for day in (self.start, self.stop)]
            spine: Node = cast(dialect.spine(ends[0], ends[1], "day"), "DATE")
            end = dialect.add_days(column(START), 1)
        else:
            ends = [cast(params.add(instant), "TIMESTAMP") for instant in self.span()]
            spine = dialect.spine(ends[0], ends[1], self.base)
            end = dialect.add_seconds(column(START), SECONDS[self.base])
        inner = exp.Subquery(
            this=exp.Select(expressions=[name_as(spine, START)]), alias=exp.TableAlias(this=identify("@spine"))
        )
        return select_from(inner, [column(START), name_as(end, END)])

    def span(self) -> tuple[datetime, datetime]:
        """The UTC instants between which the days lie."""
        zone = ZoneInfo(self.scan.plan.timezone)
        return start_of_day(self.start, zone), start_of_day(self.stop, zone)

    def cut(self, unit: str, moved: bool = True) -> Node:
        """A grain or part of a unit; one that is compared with a later period has the name of that, if `moved`."""
        scope, zone, dialect = self.scan.scope(), self.scan.plan.timezone, self.scan.dialect
        start = column(START)
        if self.base == "day":
            return scope.cut_day(start, unit) if moved else scope.cut_wall(start, "date", unit)
        if unit == self.base:
            return start
        if unit in SECONDS:
            return dialect.truncate_instant(unit, start, zone, *self.span())
        wall = dialect.wall_of_utc(start, zone, *self.span())
        if moved and scope.ahead and unit != "hour_of_day":
            return scope.cut_day(dialect.day(wall), unit)
        return scope.cut_wall(wall, "timestamp", unit)

    # The bounds of rows

    def find_edge(self, scope: Scope, bound: Node, family: str, place: tuple[str, str]) -> Node:
        """The first edge at which a row that begins then holds, or one that ends then doesn't."""
        dialect, tick = self.scan.dialect, exp.Interval(this=text("1"), unit=exp.var("MICROSECOND"))
        late = self.how.which == "last"  # a row that begins at an edge itself isn't there at the end of what it ends
        if self.base == "day":
            wall = scope.wall(bound, family, place)
            if family == "date":
                return dialect.add_days(wall, 1) if late else wall
            return dialect.add_days(dialect.day(wall if late else exp.Sub(this=wall, expression=tick)), 1)
        utc = scope.utc(bound, family, place)
        inside = utc if late else exp.Paren(this=exp.Sub(this=utc, expression=tick))
        start = dialect.truncate_instant(self.base, inside, self.scan.plan.timezone, *scope.span(place))
        return dialect.add_seconds(start, SECONDS[self.base])

    def show_ends(self, more: int) -> list[Node]:
        """The first edge of all, and the last, or the one that is so many days or hours after it."""
        if self.base == "day":
            days = (self.start, self.stop + timedelta(days=more))
            return [cast(self.scan.params.add(day), "DATE") for day in days]
        first, last = self.span()
        later = last + timedelta(seconds=more * SECONDS[self.base])
        return [cast(self.scan.params.add(instant), "TIMESTAMP") for instant in (first, later)]

    def find_instant(self, edge: Node) -> Node:
        """The instant of an edge, in UTC; where rows hold for days, they're counted as days."""
        if self.base != "day" or self.family == "date":
            return edge
        return self.scan.dialect.utc_of_wall(cast(edge, "TIMESTAMP"), self.scan.plan.timezone, *self.span())

    @property
    def family(self) -> str:
        clock = self.scan.branch.clock
        assert clock, "a history has bounds"
        return classify_type(clock.type)


def is_dated(scan: Scan, keys: Sequence[Key]) -> bool:
    """Whether keys or conditions of the branch's rows are looked up at an instant in another history."""
    plan, branch = scan.plan, scan.branch
    slices = [branch.variant.slice] if branch.variant.slice else []
    leaves = [replace(leaf, clock=None) for leaf in branch.leaves]
    others = [key for key in plan.keys if key.name == "segment" and key not in keys]
    filters = [*plan.filters, *slices]
    paths = list_paths(scan.catalogue, branch.view, [*keys, *others], filters, plan.segments, leaves)
    return any(path.dated for path in paths)
