"""The rows of steps -> SELECTs: whose they are, their time as all steps compare it, and the window of what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from semantic.calendar import SECONDS, Window
from semantic.conditions import classify_type
from semantic.emit.scan import PLACE, Scan, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.entities import find_entity
from semantic.names import find_dimension
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Key, Leaf, ResolvedClock, Steps, Variant
from semantic.steps import add_windows, clock_of, find_rivals, is_daily

ROW, NEXT = "@row", "@next"
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class StepRows:
    """The rows of each step of one level. `@at_1` is a first step's time; `@at_2` … are those of the steps after it."""

    def __init__(self, scan: Scan, how: Steps, keys: list[Key], prefix: str) -> None:
        self.scan, self.how, self.prefix, self.asked = scan, how, prefix, keys
        self.count = len(how.steps)
        self.daily = is_daily(how.steps)
        self.entities = [find_entity(scan.catalogue, step.view, how.by) for step in how.steps]
        # Each entity has one row, which holds all its times.
        self.own = len({step.view for step in how.steps}) == 1 and self.is_key()
        if self.own:
            scan.params.joined[scan.branch.view, self.entities[0][1]] = None
        self.rivals = [find_rivals(how.steps, place) for place in range(self.count)]
        width = len(self.entities[0][1])
        self.entity = [f"@{how.by}" if width == 1 else f"@{how.by}_{place}" for place in range(1, width + 1)]
        self.matched = [*self.entity, *(f"@same_{name}" for name in how.same)]
        ranked = scan.plan.top.key.name if scan.plan.top else None
        self.keys = [name for key in keys for name in ((PLACE, key.name) if key.name == ranked else (key.name,))]
        self.ctes: list[tuple[str, Node]] = []

    def add(self, name: str, body: Node) -> exp.Table:
        """A CTE of that name, or the next free one like it."""
        called, taken = f"{self.prefix}{name}", {cte for cte, _ in self.ctes}
        place = 1
        while called in taken:
            place += 1
            called = f"{self.prefix}{name}:{place}"
        self.ctes.append((called, body))
        return exp.Table(this=identify(called))

    def is_key(self) -> bool:
        """Whether the first step's rows are those of the entity itself, one each."""
        view, (path, columns) = self.scan.catalogue.views[self.scan.branch.view], self.entities[0]
        return not (path.steps or view.multi or view.valid) and view.keys.get(self.how.by) == columns

    # Times

    def read_time(self, scope: Scope, clock: ResolvedClock) -> Node:
        """A clock as all steps compare theirs: the day in the question's zone, or the instant in UTC."""
        raw, place = scope.sql(clock.column), (clock.view, clock.column.text)
        if self.daily:
            return scope.cut(raw, clock.type, "day", place)
        return scope.utc(raw, classify_type(clock.type), place)

    def subtract(self, late: Node, early: Node) -> Node:
        """What lies between two times: days, or microseconds."""
        if self.daily:
            return exp.Sub(this=late, expression=early)
        return exp.Sub(this=call("EPOCH_US", late), expression=call("EPOCH_US", early))

    def read_days(self, taken: Node) -> Node:
        """A time between two as days, with a fraction where it's in microseconds."""
        return taken if self.daily else exp.Div(this=taken, expression=exp.Literal.number("86400000000.0"))

    def in_time(self, early: Node, late: Node) -> Node:
        """Whether a later time lies in the window of an earlier one, its end included."""
        if self.how.within is None:
            return exp.Not(this=exp.Is(this=late, expression=exp.Null()))
        return exp.LTE(this=late, expression=self.end_window(early))

    def end_window(self, time: Node) -> Node:
        """The window's end. A day of an instant is 24 hours; a month is one of the question's zone."""
        dialect, within = self.scan.dialect, self.how.within
        assert within, "there is a window"
        if within.unit in ("day", "week"):
            days = within.count * (7 if within.unit == "week" else 1)
            return dialect.add_days(time, days) if self.daily else dialect.add_interval(time, days * 24, "HOUR")
        if within.unit in SECONDS:
            return dialect.add_interval(time, within.count, within.unit.upper())
        months = within.count * MONTHS[within.unit]
        if self.daily:
            return dialect.add_months(time, months)
        scope = self.scan.scope()
        first, last = scope.span()
        span = (first, last + timedelta(days=31 * months * self.count))
        wall = dialect.add_interval(dialect.wall_of_utc(time, scope.zone, *span), months, "MONTH")
        return dialect.utc_of_wall(wall, scope.zone, *span)

    def window_after(self) -> Window:
        """The days that later steps may lie in: they aren't cut by the asked period's end."""
        asked, times = self.scan.branch.window, self.count - 1 if self.how.since == "previous" else 1
        days = add_windows(self.how.within, times)
        return Window(asked.start, asked.stop + timedelta(days=days) if asked.stop and days else None)

    # Rows

    def starts(self) -> exp.Subquery:
        """The rows of the first step that the question asks for: keys, what is matched, `@at_1`.

        Where an entity has one row, its later times too; else whether the row may be a later step, too: `@is_2` ….
        """
        steps = self.how.steps

        def take(scope: Scope) -> list[Node]:
            times = [name_as(self.read_time(scope, clock_of(steps[0])), "@at_1")]
            if self.own:
                times += [name_as(self.own_time(scope, place), f"@at_{place + 1}") for place in range(1, self.count)]
            else:
                times += [name_as(self.meets(scope, steps[place]), f"@is_{place + 1}") for place in self.list_flags()]
            return [*self.match_columns(scope, 0), *times]

        return enclose(self.scan.rows(self.asked, take))

    def list_flags(self) -> list[int]:
        """The steps that a row of the first one may be too, on the same clock."""
        return [place for place in range(1, self.count) if 0 in self.rivals[place]]

    def match_columns(self, scope: Scope, place: int) -> list[Node]:
        """What tells the entity of a step's row, and what must be the same."""
        path, columns = self.entities[place]
        values: list[Node] = [column(name, scope.alias(path)) for name in columns]
        values += [self.read_same(scope, name) for name in self.how.same]
        return [name_as(value, name) for value, name in zip(values, self.matched, strict=True)]

    def read_same(self, scope: Scope, name: str) -> Node:
        return scope.dimension(find_dimension(self.scan.catalogue, scope.view, name))

    def meets(self, scope: Scope, step: Leaf) -> Node:
        wheres = join_and(exp.Paren(this=scope.sql(where)) for where in step.wheres)
        return exp.true() if wheres is None else exp.Coalesce(this=wheres, expressions=[exp.false()])

    def own_time(self, scope: Scope, place: int) -> Node:
        """The time at which the row itself is a later step: never on the clock of an earlier one."""
        step, before = self.how.steps[place], self.how.steps[:place]
        clock = clock_of(step)
        if any(clock_of(other).column.tree == clock.column.tree for other in before):
            return cast(exp.Null(), "DATE" if self.daily else "TIMESTAMP")
        known = is_known(clock.column.tree)  # what its time says anyhow
        wheres: list[Node] = [exp.Paren(this=scope.sql(where)) for where in step.wheres if where.tree != known]
        wheres += [is_known(self.read_same(scope, name)) for name in self.how.same]
        time, condition = self.read_time(scope, clock), join_and(wheres)
        return time if condition is None else exp.Case(ifs=[exp.If(this=condition, true=time)])

    def step(self, place: int, window: Window) -> exp.Select:
        """The rows of a step by themselves, `@at` their time: the question's filters are about the first one's."""
        scan, step = self.scan, self.how.steps[place]
        plan = replace(scan.plan, keys=(), filters=(), segments=(), among=(), top=None)
        variant = Variant(window=window)
        branch = replace(
            scan.branch, view=step.view, clock=step.clock, variant=variant, leaves=(step,), keys=(), dated=True
        )

        def take(scope: Scope) -> list[Node]:
            return [*self.match_columns(scope, place), name_as(self.read_time(scope, clock_of(step)), "@at")]

        return Scan(scan.catalogue, scan.dialect, scan.params, plan, branch).rows((), take, window)

    # Joins

    def match(self) -> list[Node]:
        """That a row and the next one are of one entity, and agree in what must be the same."""
        return [exp.EQ(this=column(name, ROW), expression=column(name, NEXT)) for name in self.matched]

    def join_next(self, rows: Node, after: Node, shown: Sequence[Node], early: Node, late: str = "@at") -> exp.Select:
        """Each of the rows with the first one of `after` that isn't before `early`."""
        select = select_from(rows, list(shown))
        on = join_and([*self.match(), exp.LTE(this=early, expression=column(late, NEXT))])
        select.set("joins", [exp.Join(this=call_table(after), method="ASOF", side="LEFT", on=on)])
        return select


def call_table(table: Node, name: str = NEXT) -> Node:
    """A CTE under another name."""
    return exp.Table(this=table.this.copy(), alias=exp.TableAlias(this=identify(name)))


def enclose(select: exp.Select, name: str = ROW) -> exp.Subquery:
    """A SELECT as a table."""
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identify(name)))


def is_known(node: Node) -> Node:
    """Whether a value isn't NULL."""
    return exp.Not(this=exp.Is(this=node, expression=exp.Null()))


def group_by(select: exp.Select, count: int) -> exp.Select:
    """The SELECT grouped by its first columns."""
    if count:
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, count + 1)]))
    return select
