"""Cohort -> CTEs: each entity's first row of all, the ages in which it returned, and the grid of cohorts and ages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.calendar import MONTHS, Window
from semantic.conditions import classify_type
from semantic.emit.scan import LEVEL, Scan, level_number, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.names import Reached
from semantic.plan import Level, Plan
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Key, ResolvedCohort, SegmentKey, spreads

STARTED, COHORT, PLACE, BITS, LAST = "@started", "@cohort", "@period", "@periods", "@last"
FIRST, STARTS, BACK, SIZES, CELLS, GRID = "@first", "@starts", "@back", "@sizes", "@cells", "@grid"
MOST_BITS = {"BIGINT": 62, "HUGEINT": 126}


def emit_cohort(scans: Sequence[Scan], plan: Plan, cohort: ResolvedCohort) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs of a cohort, and the SELECT of its grid."""
    return _Cohort(scans, plan, cohort).emit()


class _Cohort:
    """One cohort on its way to SQL. Periods are numbered from the first cohort's on."""

    def __init__(self, scans: Sequence[Scan], plan: Plan, cohort: ResolvedCohort) -> None:
        self.start, self.back = scans
        self.plan, self.cohort = plan, cohort
        self.dialect, self.params = self.start.dialect, self.start.params
        self.spread = frozenset(key.name for key in plan.keys if spreads(key, self.start.branch.view))
        self.segments = next((key for key in plan.keys if isinstance(key, SegmentKey)), None)
        self.entity = [f"@entity_{place}" for place in range(1, len(cohort.entities[0]) + 1)]
        self.ctes: list[tuple[str, Node]] = []
        self.type = next((name for name, most in MOST_BITS.items() if cohort.periods <= most), None)

    def emit(self) -> tuple[list[tuple[str, Node]], exp.Select]:
        one, other = self.cohort.leaves
        # Who returns with the rows that it started with has them read once.
        same = (one.view, one.clock, one.wheres) == (other.view, other.clock, other.wheres)
        together = same and (self.type is not None or self.cohort.retention == "rolling")
        if not together and self.type == "HUGEINT":
            self.type = None  # rows that are joined anyway are cheaper told apart than so many bits looked at
        # Who is in several groups at once is there once for each: such sets of keys have starts of their own.
        several = {level & self.spread: None for level in self.plan.levels}
        for split in sorted({keys - {"segment"}: None for keys in several}, key=len):
            self.add_starts(together, split)
            if not together and BACK not in dict(self.ctes):
                self.ctes.append((BACK, self.select_back(self.ctes[-1][0])))
        parts: list[exp.Select] = []
        for keys in sorted(several, key=len):
            levels = [level for level in self.plan.levels if level & self.spread == keys]
            parts = self.emit_grid(keys, levels, together) + parts
        answer: Node = parts[0]
        for part in parts[1:]:
            answer = exp.Union(this=answer, expression=part, distinct=False)
        self.ctes.append(("@answer", answer))
        shown: list[Node] = [column(key.name) for key in self.plan.keys]
        shown += [column(LEVEL)] if len(self.plan.levels) > 1 else []
        rate = exp.Div(this=column("count"), expression=column("size"))
        shown += [*(column(name) for name in ("cohort", "age", "count", "size")), name_as(rate, "rate")]
        return self.ctes, select_from(exp.Table(this=identify("@answer")), shown)

    def name(self, name: str, split: frozenset[str]) -> str:
        """The name of a CTE by these keys of several values."""
        return "".join([name, *(f"@{key.name}" for key in self.plan.keys if key.name in split)])

    def list_keys(self, split: frozenset[str]) -> list[Key]:
        """The keys that have one value, and those of the others that are in `split`."""
        return [key for key in self.plan.keys if key.name in split or key.name not in self.spread]

    # Who starts

    def add_starts(self, together: bool, split: frozenset[str]) -> None:
        """One row for each entity that starts in the asked days: its keys, its cohort, and, if `together`, its ages.

        By the keys of `split` one for each combination of their values, which the entity's first row is joined to.
        """
        keys, name = [key for key in self.list_keys(split) if not isinstance(key, SegmentKey)], self.name(STARTS, split)
        view = self.start.catalogue.views[self.start.branch.view]
        columns = view.keys.get(self.cohort.entity)
        if columns and not view.multi and not view.valid and not together:
            self.params.joined[self.start.branch.view, columns] = None  # each row is somebody's first, if it's unique
            self.ctes.append((name, self.select_owned(keys)))
            return
        if FIRST not in dict(self.ctes):
            self.ctes.append((FIRST, self.select_first(together)))
        if not (keys or self.plan.filters or self.plan.segments or self.segments):
            shown = [*map(column, self.entity), column(STARTED), self.number_start(self.start.scope())]
            shown += [column(self.held)] if together else []
            select = select_from(exp.Table(this=identify(FIRST)), shown)
            self.keep(select, self.list_edges())
            self.ctes.append((name, select))
        else:
            self.ctes.append((name, self.select_chosen(together, keys, spread=bool(split))))

    @property
    def held(self) -> str:
        """What is known of an entity's returns: a bit for each period, or the last one."""
        return LAST if self.cohort.retention == "rolling" else BITS

    def show_entity(self, scope: Scope, owner: Sequence[Reached]) -> list[Node]:
        return [scope.dimension(reached) for reached in owner]

    def select_owned(self, keys: Sequence[Key]) -> exp.Select:
        """The view's own rows, where an entity has one."""
        scan, scope = self.start, self.start.scope()
        owner = self.show_entity(scope, self.cohort.entities[0])
        shown = [name_as(node, name) for node, name in zip(owner, self.entity, strict=True)]
        shown += [name_as(scope.raw_clock(), STARTED), self.number_start(scope, scope.raw_clock())]
        shown += [name_as(scope.key(key), key.name) for key in keys]
        shown += self.show_members(scope)
        where = scan.list_conditions(scope, self.cohort.cohorts, segmented=False)
        where += self.list_wheres(scan, scope) + [_is_known(node.copy()) for node in owner]
        select = exp.Select(expressions=shown)
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        return select

    def select_first(self, together: bool) -> exp.Select:
        """When each entity's first row of all was."""
        scan, scope = self.start, self.start.scope()
        owner = self.show_entity(scope, self.cohort.entities[0])
        shown = [name_as(node, name) for node, name in zip(owner, self.entity, strict=True)]
        shown.append(name_as(exp.Min(this=scope.raw_clock()), STARTED))
        if together:
            shown.append(self.aggregate_returns(scope))
        where = self.list_wheres(scan, scope) + [_is_known(node.copy()) for node in owner]
        select = exp.Select(expressions=shown)
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(owner) + 1)]))
        return select

    def select_chosen(self, together: bool, keys: Sequence[Key], spread: bool) -> exp.Select:
        """The first rows themselves with their keys; of several at the same time, the one with the least key.

        What is asked of a row is looked at afterwards: a filter doesn't choose who is the first. With `spread` a row
        stands there for each value that it's joined to.
        """
        scan, scope = self.start, self.start.scope()
        owner = self.show_entity(scope, self.cohort.entities[0])
        on = [exp.EQ(this=node, expression=column(name, FIRST)) for node, name in zip(owner, self.entity, strict=True)]
        on.append(exp.EQ(this=scope.raw_clock(), expression=column(STARTED, FIRST)))
        carried = [*self.entity, STARTED, *([self.held] if together else [])]
        shown: list[Node] = [column(name, FIRST) for name in carried]
        shown += [name_as(scope.key(key), key.name) for key in keys]
        members = self.show_members(scope)
        kept = join_and(scan.list_conditions(scope, Window(), segmented=False))
        shown += [*members, *([name_as(kept, "@kept")] if kept is not None else [])]
        inner = exp.Select(expressions=shown)
        scan.set_source(inner, scope, self.list_wheres(scan, scope), segmented=False, ranked=False)
        joins: list[exp.Join] = inner.args.get("joins") or []
        inner.set("joins", [*joins, exp.Join(this=exp.Table(this=identify(FIRST)), on=join_and(on))])
        view = scan.catalogue.views[scan.branch.view]
        known = () if view.multi or view.valid else next(iter(view.keys.values()), ())
        ties = known or tuple(scan.catalogue.bound.columns.get(scan.branch.view, ()))
        order = [exp.Ordered(this=column(name, scan.branch.view), nulls_first=False) for name in ties]
        place = exp.Window(
            this=call("RANK") if spread else exp.RowNumber(),
            partition_by=[column(name, FIRST) for name in self.entity],
            order=exp.Order(expressions=order),
        )
        inner.set("qualify", exp.Qualify(this=exp.EQ(this=place, expression=number(1))))
        outer = [*map(column, carried), self.number_start(self.start.scope())]
        outer += [*(column(key.name) for key in keys), *(column(item.alias) for item in members)]
        select = select_from(exp.Subquery(this=inner, alias=exp.TableAlias(this=identify("@rows"))), outer)
        self.keep(select, [*self.list_edges(), *([column("@kept")] if kept is not None else [])])
        if spread:  # rows that nothing tells apart lead to the same values
            select.set("distinct", exp.Distinct())
        return select

    def show_members(self, scope: Scope) -> list[exp.Alias]:
        """Whether the row belongs to each segment that is a group."""
        members = self.segments.members if self.segments else ()
        return [name_as(scope.belongs(member), f"@in_{place}") for place, member in enumerate(members, 1)]

    def list_wheres(self, scan: Scan, scope: Scope) -> list[Node]:
        return [exp.Paren(this=scope.sql(condition)) for condition in scan.branch.leaves[0].wheres]

    def list_edges(self) -> list[Node]:
        """The asked days, of the time at which an entity started."""
        scope, window, clock = self.start.scope(), self.cohort.cohorts, self.cohort.leaves[0].clock
        assert clock, "a cohort's rows have a clock"
        edges: list[Node] = []
        if window.start:
            edges.append(exp.GTE(this=column(STARTED), expression=scope.edge(window.start, clock.type)))
        if window.stop:
            edges.append(exp.LT(this=column(STARTED), expression=scope.edge(window.stop, clock.type)))
        return edges

    def keep(self, select: exp.Select, conditions: list[Node]) -> None:
        if (condition := join_and(conditions)) is not None:
            select.set("where", exp.Where(this=condition))

    def number_start(self, scope: Scope, time: Node | None = None) -> exp.Alias:
        """The cohort: the number of the period in which an entity started."""
        return name_as(self.number_period(scope, column(STARTED) if time is None else time), COHORT)

    def number_period(self, scope: Scope, time: Node) -> Node:
        """How many periods after the first one a time of the scope's clock lies."""
        assert scope.clock, "a cohort's rows have a clock"
        wall = scope.wall(time, classify_type(scope.clock.type))
        origin = self.cohort.first
        if self.cohort.grain in MONTHS:
            return self.dialect.count_months(wall, origin, MONTHS[self.cohort.grain])
        day = wall if classify_type(scope.clock.type) == "date" else self.dialect.day(wall)
        return self.dialect.count_days(day, self.params.add(origin), 7 if self.cohort.grain == "week" else 1)

    # Who returns

    def aggregate_returns(self, scope: Scope) -> exp.Alias:
        """The periods in which an entity has rows that are known, a bit each; or the last of them."""
        inside = join_and(scope.window(self.cohort.known, known=True))
        return self.aggregate_periods(exp.If(this=inside, true=self.number_period(scope, scope.raw_clock())))

    def aggregate_periods(self, place: exp.If) -> exp.Alias:
        period = place.args["true"]
        if self.cohort.retention == "rolling":
            return name_as(exp.Max(this=_choose(place, period)), LAST)
        assert self.type, "there are few enough periods for bits"
        if self.type == "HUGEINT":
            period = cast(period, self.type)
        bit = exp.BitwiseLeftShift(this=cast(number(1), self.type), expression=_enclose(period))
        return name_as(call("BIT_OR", _choose(place, bit)), BITS)

    def select_back(self, starts: str) -> exp.Select:
        """What each entity of the starts did after it had started, its start's own moment included."""
        scan, scope = self.back, self.back.scope()
        owner = self.show_entity(scope, self.cohort.entities[1])
        pairs = zip(owner, self.entity, strict=True)
        on: list[Node] = [exp.EQ(this=node, expression=column(name, starts)) for node, name in pairs]
        now, started = compare_times(scope, scope.raw_clock(), self.start.scope(), column(STARTED, starts))
        on.append(exp.GTE(this=now, expression=started))
        shown: list[Node] = [column(name, starts) for name in self.entity]
        period = self.number_period(scope, scope.raw_clock())
        many = self.type is None and self.cohort.retention == "bounded"
        shown.append(name_as(period, PLACE) if many else self.aggregate_periods(exp.If(this=None, true=period)))
        where = scope.window(self.cohort.known, known=True) + self.list_wheres(scan, scope)
        select = exp.Select(expressions=shown)
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        joins: list[exp.Join] = select.args.get("joins") or []
        select.set("joins", [*joins, exp.Join(this=exp.Table(this=identify(starts)), on=join_and(on))])
        if many:
            select.set("distinct", exp.Distinct())
        else:
            select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(self.entity) + 1)]))
        return select

    # The grid

    def emit_grid(self, split: frozenset[str], levels: Sequence[Level], together: bool) -> list[exp.Select]:
        """The CTEs of the grid by these keys of several values, at its finest level, and a SELECT for each level."""
        names, segments = [key.name for key in self.list_keys(split)], self.segments if "segment" in split else None
        starts = self.name(STARTS, split - {"segment"})
        size, cell, grid = (self.name(name, split) for name in (SIZES, CELLS, GRID))
        sizes = [*map(column, names), column(COHORT), name_as(exp.Count(this=exp.Star()), "size")]
        self.ctes.append((size, self.group(select_from(exp.Table(this=identify(starts)), sizes), segments)))
        self.ctes.append((cell, self.select_cells(names, segments, starts, starts if together else BACK)))
        self.ctes.append((grid, self.select_grid(names, size, cell)))
        return [self.select_level(level, names, grid) for level in levels]

    def group(self, select: exp.Select, segments: SegmentKey | None) -> exp.Select:
        """The SELECT by all of its columns but the last one, over the entities of the segments that are groups."""
        if segments:
            rows = [exp.Tuple(expressions=[self.params.add(member.name)]) for member in segments.members]
            alias = exp.TableAlias(this=identify("@segments"), columns=[identify("segment")])
            ifs = [
                exp.If(
                    this=exp.EQ(this=column("segment", "@segments"), expression=self.params.add(member.name)),
                    true=column(f"@in_{place}"),
                )
                for place, member in enumerate(segments.members, 1)
            ]
            joins: list[exp.Join] = select.args.get("joins") or []
            values = exp.Values(expressions=rows, alias=alias)
            select.set("joins", [*joins, exp.Join(this=values, on=exp.Case(ifs=ifs), kind="INNER")])
        select.set("group", exp.Group(expressions=[number(at) for at in range(1, len(select.expressions))]))
        return select

    def select_cells(self, names: list[str], segments: SegmentKey | None, starts: str, held: str) -> exp.Select:
        """How many entities of each cohort returned, by age; under rolling retention, by the last age in which."""
        rolling, many = self.cohort.retention == "rolling", self.type is None
        period = column(LAST) if rolling else column(PLACE)
        age = exp.Sub(this=period, expression=column(COHORT))
        shown = [
            *map(column, names),
            column(COHORT, starts),
            name_as(age, "age"),
            name_as(exp.Count(this=exp.Star()), "count"),
        ]
        select = select_from(exp.Table(this=identify(starts)), [*shown])
        joins = []
        if held != starts:
            on = join_and(exp.EQ(this=column(name, held), expression=column(name, starts)) for name in self.entity)
            joins.append(exp.Join(this=exp.Table(this=identify(held)), on=on))
        if not rolling and not many:
            joins.append(exp.Join(this=self.list_places(PLACE), kind="CROSS"))
        select.set("joins", joins)
        if rolling:
            select.set("where", exp.Where(this=_is_known(column(LAST))))
        elif not many:
            shift = cast(column(PLACE), "HUGEINT") if self.type == "HUGEINT" else column(PLACE)
            bit = exp.Paren(this=exp.BitwiseRightShift(this=column(BITS), expression=shift))
            is_set = exp.EQ(this=exp.BitwiseAnd(this=bit, expression=number(1)), expression=number(1))
            select.set("where", exp.Where(this=is_set))
        return self.group(select, segments)

    def list_places(self, name: str) -> exp.Table:
        """The numbers of all periods that have begun."""
        alias = exp.TableAlias(this=identify("@places"), columns=[identify(name)])
        return exp.Table(this=call("RANGE", number(self.cohort.periods)), alias=alias)

    def select_grid(self, names: list[str], sizes: str, cells: str) -> exp.Select:
        """Every cohort at every age that has begun in the data, also where nobody returned."""
        returned: Node = exp.Coalesce(this=column("count", cells), expressions=[number(0)])
        if self.cohort.retention == "rolling":
            older = exp.Order(expressions=[exp.Ordered(this=column("age", "@places"), desc=True, nulls_first=False)])
            by = [column(name, sizes) for name in [*names, COHORT]]
            total = exp.Window(this=exp.Sum(this=column("count", cells)), partition_by=by, order=older)
            returned = exp.Coalesce(this=total, expressions=[number(0)])
        shown = [
            *(column(name, sizes) for name in [*names, COHORT]),
            column("age", "@places"),
            name_as(returned, "count"),
            column("size", sizes),
        ]
        select = select_from(exp.Table(this=identify(sizes)), shown)
        on = [self.dialect.same(column(name, cells), column(name, sizes)) for name in names]
        on.append(exp.EQ(this=column(COHORT, cells), expression=column(COHORT, sizes)))
        on.append(exp.EQ(this=column("age", cells), expression=column("age", "@places")))
        select.set(
            "joins",
            [
                exp.Join(this=self.list_places("age"), kind="CROSS"),
                exp.Join(this=exp.Table(this=identify(cells)), side="LEFT", on=join_and(on)),
            ],
        )
        begun = exp.Add(this=column(COHORT, sizes), expression=column("age", "@places"))
        select.set("where", exp.Where(this=exp.LT(this=begun, expression=number(self.cohort.periods))))
        return select

    def select_level(self, level: Level, names: list[str], grid: str) -> exp.Select:
        """The rows of a level; all cohorts together are those whose age is over in the data."""
        shown: list[Node] = [
            column(key.name) if key.name in level else name_as(exp.Null(), key.name) for key in self.plan.keys
        ]
        summed = (*self.plan.keys, *self.cohort.SUMMED)
        if len(self.plan.levels) > 1:
            shown.append(name_as(number(level_number(level, summed)), LEVEL))
        apart = "cohort" in level
        shown.append(name_as(self.find_day(column(COHORT)) if apart else cast(exp.Null(), "DATE"), "cohort"))
        shown.append(column("age"))
        groups = [number(place) for place, node in enumerate(shown, 1) if isinstance(node, exp.Column)]
        values = [column(name) for name in ("count", "size")]
        if apart and len(level) == len(names) + 1:
            return select_from(exp.Table(this=identify(grid)), [*shown, *values])
        if apart:
            groups.append(column(COHORT))
        select = select_from(
            exp.Table(this=identify(grid)), [*shown, *(name_as(exp.Sum(this=n), n.name) for n in values)]
        )
        if not apart:
            reached = exp.Add(this=column(COHORT), expression=column("age"))
            select.set("where", exp.Where(this=exp.LT(this=reached, expression=number(self.cohort.closed))))
        select.set("group", exp.Group(expressions=groups))
        return select

    def find_day(self, place: Node) -> Node:
        """The first day of a cohort."""
        first = cast(self.params.add(self.cohort.first), "DATE")
        if self.cohort.grain in MONTHS:
            months = MONTHS[self.cohort.grain]
            count = place if months == 1 else exp.Mul(this=place, expression=number(months))
            return cast(exp.Add(this=first, expression=call("TO_MONTHS", cast(count, "INTEGER"))), "DATE")
        days = exp.Mul(this=place, expression=number(7)) if self.cohort.grain == "week" else place
        return exp.Add(this=first, expression=cast(days, "INTEGER"))


def compare_times(scope: Scope, time: Node, other_scope: Scope, other: Node) -> tuple[Node, Node]:
    """Two times of two clocks as values that compare: days where either is a day, else instants."""
    assert scope.clock and other_scope.clock, "both have a clock"
    family, other_family = classify_type(scope.clock.type), classify_type(other_scope.clock.type)
    if family == other_family:
        return time, other
    if "date" in (family, other_family):
        return scope.cut(time, scope.clock.type, "day"), other_scope.cut(other, other_scope.clock.type, "day")
    return scope.utc(time, family), other_scope.utc(other, other_family)


def _is_known(node: Node) -> Node:
    return exp.Not(this=exp.Is(this=node, expression=exp.Null()))


def _choose(place: exp.If, value: Node) -> Node:
    """The value where the condition holds; where there is none, always."""
    return exp.Case(ifs=[exp.If(this=place.this, true=value)]) if place.this is not None else value


def _enclose(node: Node) -> Node:
    return node if isinstance(node, (exp.Column, exp.Cast, exp.Func)) else exp.Paren(this=node)
