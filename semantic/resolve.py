"""Question -> Resolved: names become definitions, words become days; what can't be answered is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from semantic.axis import build_axis, find_base
from semantic.calendar import (
    SECONDS,
    Window,
    add_periods,
    ceil_day,
    compare_window,
    count_periods,
    hold_periods,
    resolve_period,
    truncate_day,
)
from semantic.catalogue import Catalogue
from semantic.conditions import build_condition, classify_type
from semantic.denominators import find_denominator
from semantic.each import check_filter, list_owners, list_sources, list_views
from semantic.errors import Problem, Refused, find_nearest, suggest_name
from semantic.find_traits import TraitFinder
from semantic.frames import Settling, check_frame, check_shares, settle_value
from semantic.journeys.funnel import choose_step
from semantic.journeys.resolve import check_key, check_parts, find_feeds, resolve_journey
from semantic.line import RESERVED
from semantic.metric_types import classify_metric
from semantic.names import (
    GRAINS,
    PARTS,
    Reached,
    find_dimension,
    is_finer,
    is_time_name,
    list_dimensions,
)
from semantic.population import check_population, refuse_mean
from semantic.question import Compare, Equals, Filter, IsNull, MetricAsk, PersonalSegment, Question, Relative, Slice
from semantic.reach import Path, Unreachable
from semantic.resolved import (
    CURRENT,
    LONG,
    Axis,
    Change,
    Column,
    DimensionKey,
    Each,
    Key,
    KeyFilter,
    Leaf,
    Membership,
    Newness,
    Resolved,
    ResolvedClock,
    ResolvedFunnel,
    ResolvedJourney,
    ResolvedOverlap,
    RowChoice,
    SegmentKey,
    State,
    TimeKey,
    TopChoice,
    Value,
    Variant,
)
from semantic.routes import list_paths
from semantic.rows import choose_rows
from semantic.setting import Setting
from semantic.spans import find_data_days
from semantic.traits import label_bands
from semantic.values import build_value, find_metric, list_leaves, list_shares, print_metric

MOST_PERIODS = 50_000
T = TypeVar("T")
P = ParamSpec("P")


def resolve_question(catalogue: Catalogue, question: Question, as_of: date | None = None) -> Resolved:
    """The question with every name looked up in a bound catalogue. Raises Refused with every reason."""
    return Resolver(catalogue, question, as_of).resolve()


def find_as_of(catalogue: Catalogue, as_of: date | None = None) -> date:
    """The day that relative periods end on: the asked one, else the newest of the data."""
    return as_of or catalogue.bound.newest or datetime.now(ZoneInfo(catalogue.timezone)).date()


class Resolver:
    """One question against one catalogue; `problems` grows, and `resolve` raises them together.

    `feeds` names what is asked, each with the views whose rows the question's keys and filters are about: `views`.
    """

    def __init__(self, catalogue: Catalogue, question: Question, as_of: date | None) -> None:
        self.catalogue, self.question = catalogue, question
        self.as_of = find_as_of(catalogue, as_of)
        self.problems: list[Problem] = []
        self.timezone = question.timezone or catalogue.timezone
        self.views: tuple[str, ...] = ()
        self.feeds: dict[str, tuple[str, ...]] = {}
        self.owners: frozenset[str] = (
            frozenset()
        )  # those of the views that hold entities without rows, and feed nothing

    def attempt(self, part: tuple[str, str | None], make: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | None:
        """What `make` gives; where it refuses, the reasons are kept and told with the rest."""
        try:
            return make(*args, **named)
        except Refused as refused:
            for problem in refused.problems:
                found = problem if problem.part else Problem(problem.where, problem.found, problem.remedy, part)
                if found not in self.problems:
                    self.problems.append(found)
            return None

    def collect(self, found: Iterable[T | None]) -> list[T]:
        return [item for item in found if item is not None]

    def refuse(self, where: str, found: str, remedy: str, item: str | None = None) -> Refused:
        return Refused([Problem(where, found, remedy, (where, item))])

    def resolve(self) -> Resolved:
        question = self.question
        self.refuse_later()
        self.attempt(("timezone", None), self.check_timezone)
        asked, elapsed = self.attempt(("period", None), self.resolve_window) or (Window(), Window())
        window = elapsed if isinstance(question.period, Relative) else asked
        base = find_base(question.by)
        self.find_views()
        keys: list[Key] = self.collect(self.attempt(("by", name), self.resolve_key, name) for name in question.by)
        filters = self.collect(
            self.attempt((item.dimension, None), self.resolve_filter, item, self.views) for item in question.filters
        )
        names = () if "segment" in question.by else question.segments
        segments = self.collect(self.attempt(("segment", name), self.resolve_segment, name) for name in names)
        for segment in question.personal:
            if segment.name not in question.segments:
                self.attempt((f"segment.{segment.name}", None), self.check_carried, segment)
        setting = Setting(
            base, self.cut_future(asked, base) if base else elapsed, question.by, self.as_of, self.timezone, asked
        )
        variant, other = Variant(CURRENT, window), None
        known_period = all(problem.part != ("period", None) for problem in self.problems)
        if (compare := question.compare) and known_period:
            other = self.attempt(("compare", None), self.resolve_compare, compare, asked, elapsed, window)
        columns = [column for ask in question.metrics for column in self.resolve_metric(ask, variant, other, setting)]
        journey = None
        if question.journey:
            journey = self.attempt((question.journey.kind, None), resolve_journey, self, variant, other)
        fed = columns or [Column(leaf.name, leaf.name, leaf) for leaf in (journey.checked if journey else ())]
        if not self.problems:
            self.check_clocks(fed, base, asked, compare)
        axis = top = None
        if base and not self.problems:
            axis = self.attempt(("by", None), self.resolve_axis, base, window, fed)
        if question.top and not self.problems:
            untimed = tuple(name for name in question.by if not is_time_name(name))
            flat = replace(setting, base=None, asked=elapsed, keys=untimed)  # the biggest of the whole period
            top = self.attempt(("top", None), self.resolve_top, keys, variant, flat, journey)
        if not question.rows:
            self.check_columns(columns, journey)
        dated = frozenset() if self.problems else self.find_dated(columns, top, keys, filters, segments)
        self.attempt(("by", None), refuse_mean, dated)
        if self.problems:
            raise Refused(self.problems)
        columns, top = self.settle_windows(columns, axis, top)
        rows = self.resolve_rows(columns, keys) if question.rows else None
        settled = [*(column.value for column in columns or fed), *([top.value] if top else [])]
        settled += rows.feeds if rows else ()
        settled += journey.leaves if journey else ()
        members = [*segments, *(journey.members if isinstance(journey, ResolvedOverlap) else ())]
        traits = TraitFinder(self, setting, axis).find(settled, keys, filters, members)
        if self.problems:
            raise Refused(self.problems)
        return Resolved(
            question,
            self.timezone,
            self.as_of,
            tuple(keys),
            tuple(filters),
            tuple(segments),
            tuple(columns),
            asked,
            window,
            other.window if other and not other.slice else None,
            axis,
            top,
            journey=journey,
            dated=dated,
            traits=traits,
            bases=tuple(self.list_bases(columns)),
            week_start=self.catalogue.week_start,
            rows=rows,
            small=self.catalogue.bound.small,
        )

    def find_dated(
        self,
        columns: list[Column],
        top: TopChoice | None,
        keys: list[Key],
        filters: list[KeyFilter],
        segments: list[Membership],
    ) -> frozenset[Leaf]:
        """The leaves whose rows are joined to histories, and so need their own time."""
        values = [*(column.value for column in columns), *([top.value] if top else [])]
        leaves = [leaf for value in values for leaf in list_sources(value) if leaf.clock]

        def is_dated(leaf: Leaf) -> bool:
            slices = [leaf.variant.slice] if leaf.variant.slice else []
            paths = list_paths(self.catalogue, leaf.view, keys, [*filters, *slices], segments, [leaf])
            return any(path.dated for path in paths)

        for value in values:
            for owner in list_owners(value):
                self.check_owner(owner, keys, filters, segments)
        return frozenset(leaf for leaf in leaves if is_dated(leaf))

    def check_owner(self, owner: str, keys: list[Key], filters: list[KeyFilter], segments: list[Membership]) -> None:
        """Nothing that an entity without rows is cut by is looked up at a row's own time."""
        parts = [("by", key.name, list_paths(self.catalogue, owner, [key], (), (), ())) for key in keys]
        parts += [
            (item.key.name, item.key.name, list_paths(self.catalogue, owner, (), [item], (), ())) for item in filters
        ]
        parts += [("segment", item.name, list_paths(self.catalogue, owner, (), (), [item], ())) for item in segments]
        for where, name, paths in parts:
            if any(path.dated for path in paths):
                told = f"{name} is that of a row's own time, and rows of {owner} count without any"
                remedy = "Ask without it" if where == "segment" or name == "segment" else f"Ask {name}@now"
                self.problems.append(Problem(where, told, remedy, (where, name)))

    def refuse_later(self) -> None:
        question = self.question
        if question.journey:
            self.problems += check_parts(question)
        elif not question.metrics:
            self.problems.append(
                Problem("metric", "no metric is asked", suggest_name("", self.catalogue.metrics, "metric"))
            )

    def check_timezone(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise self.refuse(
                "timezone", f"{self.timezone} is not a time zone", "A zone is written Europe/Paris"
            ) from error

    def resolve_window(self) -> tuple[Window, Window]:
        return resolve_period(self.question.period, self.as_of, self.catalogue.week_start)

    def cut_future(self, asked: Window, base: str) -> Window:
        """The asked days up to the end of the axis' last period: what no period looks back to counts nowhere."""
        grain = "day" if base == "mixed" else base
        end = add_periods(truncate_day(self.as_of, grain, self.catalogue.week_start), grain, 1)
        end = max(end, self.as_of + timedelta(days=1))  # of an hour, that of its day
        stop = min(asked.stop, end) if asked.stop else None
        return Window(asked.start, max(asked.start, stop) if asked.start and stop else stop)

    def find_views(self) -> None:
        """The views that feed the asked metrics; unknown metrics are told once, by `resolve_metric`."""
        fed: set[str] = set()
        top = None if self.question.journey else self.question.top  # that of a funnel is by one of its steps
        ranked = (top.metric,) if top and top.metric else ()
        for ask in (*self.question.metrics, *ranked):
            if (value := self.build_fed(ask)) is not None:
                self.feeds[print_metric(ask)] = list_views(value)
                fed |= {leaf.view for leaf in list_sources(value)}
        asked = set(self.feeds)
        if self.question.journey:
            self.feeds |= find_feeds(self, self.question.journey)
        fed |= {view for name in self.feeds.keys() - asked for view in self.feeds[name]}
        self.views = tuple(dict.fromkeys(view for views in self.feeds.values() for view in views))
        self.owners = frozenset(self.views) - fed

    def build_fed(self, ask: MetricAsk) -> Value | None:
        """The metric's value by day; over a period, where it has none by day; None where it has none at all."""
        today = Window(self.as_of, self.as_of + timedelta(days=1))
        for base, asked in (("day", Window()), (None, today)):
            try:
                name = find_metric(self.catalogue, ask.name)
                setting = Setting(base, asked, (), self.as_of, self.timezone)
                plain = MetricAsk(name, tuple(m for m in ask.modifiers if m.name in ("unique", "rate")))
                return build_value(self.catalogue, plain, Variant(), setting)
            except Refused:
                continue
        return None

    # Keys and filters

    def resolve_key(self, name: str) -> Key:
        if is_time_name(name):
            return TimeKey(name)
        if name == "segment":
            return self.resolve_segment_key()
        if self.question.journey and self.question.journey.kind == "cohort":
            check_key(self, name)
        key = self.resolve_dimension(name, self.views, "by")
        for reached in key.reached.values():
            if reached.dimension and reached.dimension.pii:
                raise self.refuse("by", f"{name} is personal, and isn't shown", "Ask by another dimension", name)
        return key

    def resolve_dimension(self, name: str, views: Iterable[str], where: str) -> DimensionKey:
        dated, mark, at = name.partition("@")
        if mark and at != "now":
            raise self.refuse(where, f"{name} has @{at}, which is no time", f"Ask {dated}, or {dated}@now", name)
        now, plain, unit = bool(mark), dated, None
        if "." in plain and is_time_name(plain.rsplit(".", 1)[1]):
            plain, unit = plain.rsplit(".", 1)
        reached: dict[str, Reached] = {}
        missing: dict[str, tuple[str, ...]] = {}
        for view in views:
            try:
                reached[view] = find_dimension(self.catalogue, view, plain, now)
            except Unreachable as error:
                if where == "by" or view not in self.owners:  # a filter on rows alone leaves all entities there
                    missing[view] = error.choices
        if missing:
            raise self.explain_dimension(name, plain, where, reached, missing)
        owners = {found.key for found in reached.values()}
        if len(owners) > 1 and "." not in plain:
            choices = sorted(
                {
                    f"{found.path.name or next(iter(self.catalogue.views[view].key), view)}.{plain}"
                    for view, found in reached.items()
                }
            )
            raise self.refuse(
                where,
                f"{plain} is another dimension for each of {', '.join(self.feeds)}",
                f"Equal names in two views don't merge: ask them apart ({', '.join(choices)}) or join both to an owner",
                name,
            )
        if now and not any(step.history for found in reached.values() for step in found.path.steps):
            found = f"{dated} passes no history, so it is the same at any time"
            raise self.refuse(where, found, f"Ask {dated}", name)
        type_ = self.check_reached(name, where, reached, unit)
        values = self.count_values(reached.values()) if unit is None else None
        trait = next((found.dimension.trait for found in reached.values() if found.dimension), None)
        bands = label_bands(self.catalogue, trait) if trait else ()
        return DimensionKey(name, reached, type_, unit, values, bands)

    def count_values(self, found: Iterable[Reached]) -> int | None:
        """How many values a dimension has, where each row is joined to one row that has it, and they are few."""
        views = {view for one in found for view in (one.path.base, *(step.view for step in one.path.steps))}
        places = {one.key for one in found}
        if any(self.catalogue.views[view].valid or self.catalogue.views[view].multi for view in views):
            return None
        return self.catalogue.bound.values.get(places.pop()) if len(places) == 1 else None

    def check_reached(self, name: str, where: str, reached: Mapping[str, Reached], unit: str | None) -> str:
        types = set()
        for found in reached.values():
            types.add(self.catalogue.bound.dimension_types.get(found.key, ""))
        type_ = types.pop() if len(types) == 1 else "VARCHAR"
        if unit:
            family = classify_type(type_)
            if family not in ("date", "timestamp", "instant"):
                raise self.refuse(
                    where, f"{name.rsplit('.', 1)[0]} is not a time", f"Ask {name.rsplit('.', 1)[0]}", name
                )
            if family == "date" and is_finer(PARTS[unit][0] if unit in PARTS else unit, "day"):
                raise self.refuse(
                    where, f"{name.rsplit('.', 1)[0]} holds days, no {unit}", f"Ask {name.rsplit('.', 1)[0]}.day", name
                )
        return type_

    def explain_dimension(
        self, name: str, plain: str, where: str, reached: Mapping[str, Reached], missing: Mapping[str, tuple[str, ...]]
    ) -> Refused:
        choices = [choice for found in missing.values() for choice in found]
        if choices:
            unique = list(dict.fromkeys(choices))
            if len(unique) == 1:
                return self.refuse(where, f"{plain} is reached under a role only", f"Write {unique[0]}", name)
            return self.refuse(where, f"{plain} could be {' or '.join(unique)}", f"Write {unique[0]}, say", name)
        known = set(self.list_shown(self.views))
        everywhere = {other for view in self.catalogue.views.values() for other in view.dimensions}
        if plain.rsplit(".", 1)[-1] not in everywhere and not reached:
            words = [*known, *GRAINS, *PARTS, *(RESERVED if where == name else ("segment",))]
            remedy = (
                f"Did you mean {nearest}?"
                if (nearest := find_nearest(name, words))
                else suggest_name(name, sorted(known), "dimension")
            )
            return self.refuse(where, f"the dimension {name} is unknown", remedy, name)
        cut = [metric for metric, views in self.feeds.items() if all(view in reached for view in views)]
        uncut = [metric for metric in self.feeds if metric not in cut]
        views = ", ".join(missing)
        return self.refuse(
            where,
            f"{', '.join(uncut)} can't be cut by {name}: {views} has no join that leads there",
            f"{', '.join(cut)} can" if cut else self.suggest_dimensions(missing),
            name,
        )

    def suggest_dimensions(self, views: Iterable[str]) -> str:
        shared = [set(self.list_shown([view])) for view in views]
        common = sorted(set.intersection(*shared)) if shared else []
        return f"It can be cut by {', '.join(common[:8])}" if common else "It can be cut by time only"

    def list_shown(self, views: Iterable[str]) -> list[str]:
        """The dimensions of the views, without those that are personal."""
        found = [list_dimensions(self.catalogue, view) for view in views]
        return [name for names in found for name, at in names.items() if not (at.dimension and at.dimension.pii)]

    def resolve_filter(self, item: Filter, views: tuple[str, ...]) -> KeyFilter:
        name = item.dimension
        if is_time_name(name):
            condition = build_condition(item, "TIMESTAMP", name, self.catalogue.week_start)
            return KeyFilter(TimeKey(name), condition)
        key = self.resolve_dimension(name, views, name)
        named = [isinstance(t, IsNull) or (isinstance(t, Equals) and t.text in key.order) for t in item.terms]
        if key.order and not all(named):
            bands = ", ".join(key.order)
            raise self.refuse(name, f"{name} has bands, which are named as they are", f"They are {bands}")
        return KeyFilter(key, build_condition(item, key.type, key.unit, self.catalogue.week_start))

    # Segments

    def resolve_segment_key(self) -> SegmentKey:
        names = self.question.segments or tuple(self.catalogue.segments)
        if not names:
            raise self.refuse("by", "the catalogue has no segments", "Ask by a dimension", "segment")
        return SegmentKey("segment", tuple(self.resolve_segment(name) for name in names))

    def resolve_segment(self, name: str) -> Membership:
        personal = {segment.name: segment for segment in self.question.personal}
        if name in personal:
            return Membership(name, None, {}, self.resolve_personal(f"segment.{name}", personal[name].filters))
        if name not in self.catalogue.segments:
            remedy = suggest_name(name, [*self.catalogue.segments, *personal], "segment")
            raise self.refuse("segment", f"the segment {name} is unknown", remedy, name)
        segment = self.catalogue.segments[name]
        reached: dict[str, Reached] = {}
        for view in self.views:
            try:
                reached[view] = Reached(self.find_path(view, segment.of, name), "", None)
            except Refused:
                if view not in self.owners or "segment" in self.question.by:
                    raise
        return Membership(name, segment.where, reached)

    def check_carried(self, segment: PersonalSegment) -> None:
        """A personal segment that isn't asked is still part of the line: what it names is known to some view."""
        for item in segment.filters:
            problems: tuple[Problem, ...] = ()
            for view in dict.fromkeys((*self.views, *self.catalogue.views)):
                try:
                    self.resolve_filter(item, (view,))
                    break
                except Refused as refused:
                    problems = problems or tuple(refused.problems)
            else:
                told = [Problem(f"segment.{segment.name}: {p.where}", p.found, p.remedy) for p in problems]
                raise Refused(told)

    def resolve_personal(self, key: str, filters: Iterable[Filter]) -> tuple[KeyFilter, ...]:
        try:
            return tuple(self.resolve_filter(item, self.views) for item in filters)
        except Refused as refused:
            told = [Problem(f"{key}: {p.where}", p.found, p.remedy, (key, None)) for p in refused.problems]
            raise Refused(told) from refused

    def find_path(self, view: str, target: str, segment: str) -> Path:
        paths = [p for p in self.catalogue.paths[view] if p.view == target and not any(step.role for step in p.steps)]
        shortest = [p for p in paths if len(p.steps) == len(paths[0].steps)]
        if len(shortest) == 1:
            return shortest[0]
        uncut = [metric for metric, views in self.feeds.items() if view in views]
        found = (
            f"is reached from {view} in two ways"
            if shortest
            else f"is about {target}, which {view} neither is nor joins"
        )
        others = [metric for metric in self.feeds if metric not in uncut]
        remedy = f"Leave out {', '.join(uncut)}: {', '.join(others)} can" if others else "Ask another segment"
        raise self.refuse("segment", f"{segment} {found}", remedy, segment)

    # Columns

    def resolve_compare(self, compare: Compare, asked: Window, elapsed: Window, window: Window) -> Variant:
        if isinstance(compare.with_, Slice):
            slice_ = compare.with_
            item = Filter(slice_.dimension, (slice_.value,))
            try:
                return Variant("compare", window, None, self.resolve_filter(item, self.views))
            except Refused as refused:
                raise Refused(
                    [Problem("compare", p.found, p.remedy, ("compare", None)) for p in refused.problems]
                ) from refused
        if not asked.bounded:
            raise self.refuse("compare", "there is no period to compare", "Add a period: period=this-month, say")
        found, shift = compare_window(asked, elapsed, compare.with_, compare.full)
        for item in self.question.filters:
            if item.dimension in GRAINS:
                raise self.refuse(
                    "compare",
                    f"{item.dimension}= keeps some periods only, and their comparison would have none",
                    "Use period= instead",
                )
        return Variant("compare", found, shift)

    def resolve_metric(self, ask: MetricAsk, variant: Variant, other: Variant | None, setting: Setting) -> list[Column]:
        name = print_metric(ask)
        value = self.attempt(("metric", name), build_value, self.catalogue, ask, variant, setting)
        if value is None:
            return []
        metric = find_metric(self.catalogue, ask.name)
        columns = [Column(name, metric, value)]
        if other:
            before = self.attempt(("compare", None), build_value, self.catalogue, ask, other, setting)
            if before:
                columns.append(Column(f"{name}@compare", metric, before, "compare"))
                counted = any(modifier.name == "unique" for modifier in ask.modifiers)
                if counted or classify_metric(self.catalogue, metric) in ("number", "other"):  # a date has no ratio
                    change = Change(value, before, "change")
                    columns.append(Column(f"{name}@change", metric, change, "change"))
        return columns

    def resolve_rows(self, columns: list[Column], keys: list[Key]) -> RowChoice:
        if self.question.journey:
            kind = self.question.journey.kind
            found = f"{'an' if kind == 'overlap' else 'a'} {kind} follows people over several rows"
            raise self.refuse("rows", found, "Ask the rows of a metric")
        return choose_rows(self.catalogue, self.question, columns, keys)

    def list_bases(self, columns: list[Column]) -> Iterator[Column]:
        """The denominators of columns whose metric has a min_base, which their marks are read from."""
        for column in columns:
            divided = self.catalogue.metrics[column.metric].min_base is not None
            if divided and (base := find_denominator(column.value)) is not None:
                yield Column(f"{column.name}@base", column.metric, base)

    def check_clocks(self, columns: list[Column], base: str | None, asked: Window, compare: Compare | None) -> None:
        """Every metric has a clock, fine enough, where the question asks about time."""
        names = [
            name
            for name in (*self.question.by, *(item.dimension for item in self.question.filters))
            if is_time_name(name)
        ]
        timed = bool(names) or asked != Window() or (compare is not None and not isinstance(compare.with_, Slice))
        for column in columns:
            for leaf in list_leaves(column.value):
                if timed or leaf.how or any(leaf.variant.shift for leaf in list_leaves(column.value)):
                    self.check_leaf(leaf, timed, names, asked, column.name)
            self.attempt(("period", None), self.check_cut, column, base, asked)
            self.attempt(("metric", column.name), self.check_windows, column, base)

    def check_leaf(
        self, leaf: Leaf, timed: bool, names: list[str], asked: Window, column: str, per: str | None = None
    ) -> None:
        """The clock of a leaf; of one that is worked out per period or entity, those of what it is made of."""
        if isinstance(leaf.how, Each):
            if leaf.how.take == "count":  # of values of which something else is taken
                return
            for item in self.question.filters if leaf.how.window else ():
                self.attempt((item.dimension, None), check_filter, leaf.name, leaf.how.per, item.dimension)
            for part in list_leaves(leaf.how.value):
                if leaf.how.window and not isinstance(part.how, Each):
                    self.attempt(("metric", column), self.check_per, leaf.name, leaf.how.per, part, column)
                per = leaf.how.per if leaf.how.window else per
                self.check_leaf(part, timed or leaf.how.window is not None, names, asked, column, per)
        elif timed or leaf.how:
            self.attempt(("metric", column), self.check_clock, leaf, names, asked, column)
            if isinstance(leaf.how, State) and leaf.how.history:
                self.attempt(("metric", column), check_population, leaf, per, self.question)
            if isinstance(leaf.how, Newness) and leaf.how.kind == "lost":
                self.attempt(("metric", column), self.check_lost, leaf, column)

    def check_lost(self, leaf: Leaf, column: str) -> None:
        """Who is lost has rows in the period before only: no filter by time keeps both."""
        for item in self.question.filters:
            if is_time_name(item.dimension):
                found = f"{leaf.name} is about who was there in the period before, and {item.dimension}= keeps others"
                raise self.refuse("metric", found, "Use period= instead", column)

    def check_per(self, name: str, per: str, leaf: Leaf, column: str) -> None:
        """What is worked out per period is made of rows that tell such periods apart."""
        try:
            self.check_clock(leaf, [per], Window(), column)
        except Refused as refused:
            if leaf.clock is None:
                raise
            found = refused.problems[0].found
            raise self.refuse(
                "metric", f"{name} is taken per {per}: {found}", "Ask another metric", column
            ) from refused

    def check_windows(self, column: Column, base: str | None) -> None:
        """Every window has a value where the question reads it."""
        keys = tuple(name for name in self.question.by if is_time_name(name))
        filters = tuple(item.dimension for item in self.question.filters if is_time_name(item.dimension))
        for leaf in list_sources(column.value):
            check_frame(leaf, keys, base, filters)
        for leaf in list_leaves(column.value):
            if isinstance(leaf.how, Each) and leaf.how.per in SECONDS:  # whose own periods read the windows
                for part in list_sources(leaf.how.value):
                    check_frame(part, (leaf.how.per,), leaf.how.per, filters)
        check_shares(column.value, keys, column.name)

    def settle_windows(
        self, columns: list[Column], axis: Axis | None, top: TopChoice | None
    ) -> tuple[list[Column], TopChoice | None]:
        """The columns, and what ranks, with the days of every window."""
        keys = tuple(name for name in self.question.by if is_time_name(name))
        filters = tuple(item.dimension for item in self.question.filters if is_time_name(item.dimension))
        about = Settling(self.catalogue.week_start, self.as_of, axis, keys, filters, self.find_begin)
        settled = [replace(column, value=settle_value(column.value, about)) for column in columns]
        flat = replace(about, axis=None, keys=())
        return settled, top and replace(top, value=settle_value(top.value, flat))

    def find_begin(self, clocks: Sequence[ResolvedClock]) -> date | None:
        """The first day that one of the clocks has a row on."""
        return find_data_days(self.catalogue, self.timezone, clocks)[0]

    def check_clock(self, leaf: Leaf, names: list[str], asked: Window, column: str) -> None:
        if leaf.clock is None:
            raise self.refuse(
                "metric",
                f"{leaf.name} has no clock: its view {leaf.view} names no time",
                "Ask it without period, compare and grain",
                column,
            )
        finest = leaf.clock.grain or ("day" if classify_type(leaf.clock.type) == "date" else "minute")
        for name in names:
            grain = PARTS[name][0] if name in PARTS else name
            nests = finest != "week" and (grain != "week" or is_finer(finest, "week"))
            if grain != finest and (is_finer(grain, finest) or not nests):
                found = f"{leaf.name} is counted by {finest}, so it has no {name}"
                if name in self.question.by:
                    raise self.refuse("by", found, f"Ask by={finest}", name)
                raise self.refuse(name, found, f"Filter by {finest}")
        if leaf.clock.grain in LONG and asked.bounded:
            inside = hold_periods(asked, leaf.clock.grain, self.catalogue.week_start)
            if inside.start == inside.stop:
                found = f"{leaf.name} is known by {leaf.clock.grain}, and the period {asked} holds no whole one"
                raise self.refuse("period", found, self.suggest_whole(asked, leaf.clock.grain))

    def check_cut(self, column: Column, base: str | None, asked: Window) -> None:
        """No formula over days and whole months, say, of different extent: 46 days over one month's target."""
        clocks = {leaf.clock for leaf in list_sources(column.value) if leaf.clock}
        long = [grain for clock in clocks if (grain := clock.grain) in LONG]
        for grain in long if len({clock.grain for clock in clocks}) > 1 else ():
            apart = base == grain and not self.question.totals
            if not apart and hold_periods(asked, grain, self.catalogue.week_start) != asked:
                found = f"{column.name} puts days beside whole {grain}s, and the period {asked} cuts a {grain}"
                raise self.refuse("period", found, self.suggest_whole(asked, grain))

    def suggest_whole(self, asked: Window, grain: str) -> str:
        """The nearest period of whole grains."""
        first = asked.start and truncate_day(asked.start, grain, self.catalogue.week_start)
        stop = asked.stop and ceil_day(asked.stop, grain, self.catalogue.week_start)
        return f"Ask period={Window(first, stop)}"

    def resolve_axis(self, base: str | None, window: Window, columns: list[Column]) -> Axis:
        """The periods of the axis: those asked, else those of the data; none after the as-of day."""
        assert base, "there is a time axis"
        names = [name for name in self.question.by if is_time_name(name)]
        leaves = [leaf for column in columns for leaf in list_sources(column.value) if leaf.variant.label == CURRENT]
        shifted = any(leaf.variant.shift for column in columns for leaf in list_leaves(column.value))
        if base == "mixed" and shifted:
            grains = [name for name in names if name in GRAINS]
            raise self.refuse(
                "by", f"{' and '.join(grains)} don't nest, so their periods can't be compared", f"Ask by={grains[0]}"
            )
        levels = {within for column in columns for within in list_shares(column.value)}
        if base == "minute" and "hour" in names and shifted and (self.question.totals or "hour" in levels):
            # An hour that the clocks repeat has the minutes of one, whichever of the two it's compared with.
            raise self.refuse("by", "hour beside minute has no subtotals of another period", "Ask by=hour", "hour")
        clocks = {leaf.clock for leaf in leaves if leaf.clock}
        data = find_data_days(self.catalogue, self.timezone, clocks)
        week_start, totals = self.catalogue.week_start, self.question.totals
        found = build_axis(names, base, window, data, self.as_of, week_start, totals)
        periods = count_periods(found.window, "day" if base == "mixed" else base)
        if periods > MOST_PERIODS:
            remedy = "Ask a coarser grain or a shorter period"
            raise self.refuse("by", f"{base} makes about {periods:,} periods, and {MOST_PERIODS:,} are shown", remedy)
        return found

    def resolve_top(
        self, keys: list[Key], variant: Variant, setting: Setting, journey: ResolvedJourney | None
    ) -> TopChoice:
        top = self.question.top
        assert top, "the question has a top"
        dimensions = [key for key in keys if isinstance(key, DimensionKey)]
        inner = [key for key in keys if not isinstance(key, TimeKey)]
        if inner and isinstance(inner[-1], SegmentKey):
            raise self.refuse("top", "segments overlap, so the rest of them is no group", "Use order= and limit=")
        if not dimensions:
            raise self.refuse("top", "there is no dimension to take the biggest of", "Add a dimension to by=")
        if isinstance(journey, ResolvedFunnel):
            return TopChoice(dimensions[-1], top.count, choose_step(self.catalogue, journey, top))
        ask = top.metric or self.question.metrics[0]
        try:
            value = build_value(self.catalogue, ask, variant, setting)
        except Refused as refused:
            raise Refused([Problem("top", p.found, p.remedy, ("top", None)) for p in refused.problems]) from refused
        for within in list_shares(value):
            if within not in (None, dimensions[-1].name):
                found = f"a share of each {within} doesn't rank {dimensions[-1].name}"
                raise self.refuse("top", found, f"Use top={top.count}:{ask.name}")
        return TopChoice(dimensions[-1], top.count, value)

    def check_columns(self, columns: list[Column], journey: ResolvedJourney | None) -> None:
        """No two columns of one name, and no order by one that isn't there."""
        shown = [column.name for column in (journey.columns if journey else columns)]
        names = [*self.question.by, *shown]
        doubles = {name.lower() for name in names if [other.lower() for other in names].count(name.lower()) > 1}
        parts = {leaf.name.lower() for column in columns for leaf in list_leaves(column.value)}
        doubles |= parts & {name.lower() for name in self.question.by}
        for name in sorted(doubles) if not self.problems else ():
            self.problems.append(
                Problem(
                    "by",
                    f"two columns would be called {name}",
                    "Leave one out, or rename it in the catalogue",
                    ("by", name),
                )
            )
        for order in self.question.order:
            if order.column not in names and not self.problems:
                remedy = suggest_name(order.column, names, "column")
                self.problems.append(
                    Problem(
                        "order", f"there is no column {order.column} in the answer", remedy, ("order", order.column)
                    )
                )
