"""Newness -> CTEs: when each entity was there, and the rows of those that are new, returning, resurrected or lost."""

from __future__ import annotations

from datetime import timedelta

from sqlglot import exp

from semantic.calendar import SECONDS, Window, add_periods, truncate_day
from semantic.emit.each import AXIS, cut_period
from semantic.emit.scan import PLACE, Scan, emit_leaf, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.names import DETERMINES
from semantic.newness import find_grain
from semantic.plan import Branch
from semantic.primitives import Node, number
from semantic.resolved import Key, Leaf, Newness, TimeKey

FIRST, PERIOD, BEFORE, AFTER, NOW, INSIDE = "@first", "@period", "@before", "@after", "@now", "@inside"


def emit_newness(scan: Scan, how: Newness, keys: list[Key], prefix: str) -> tuple[list[tuple[str, Node]], exp.Select]:
    """When each entity was there, over all history; then the rows of the period whose entity is of that kind."""
    grain = find_grain([key.name for key in keys if isinstance(key, TimeKey)])
    if grain is None and how.kind == "new" and scan.branch.window.start is None:
        return [], _select_rows(scan, how, keys, None, None)  # all of time is the period: everyone is new
    source = f"{scan.branch.lead or scan.branch.name}{prefix.removeprefix(scan.branch.name)}{how.by}"
    if grain is None:
        return [(source, _select_history(scan, how))], _select_rows(scan, how, keys, source, None)
    branches = _list_sharing(scan)
    if len(branches) == 1 or not all(_counts(leaf) for branch in branches for leaf in branch.leaves):
        return [(source, _select_periods(scan, how, grain))], _select_rows(scan, how, keys, source, grain)
    rows = f"{source} rows"
    history = _select_periods(scan, how, grain, rows if _is_narrow(scan) else None)
    found = _count_shared(scan, how, keys, source, rows, grain)
    return [(rows, _select_shared(scan, how, keys, grain)), (source, history)], found


def _list_sharing(scan: Scan) -> list[Branch]:
    """The branches that look at the same history, this one among them."""
    lead = scan.branch.lead
    return [branch for branch in scan.plan.branches if branch.lead == lead] if lead else [scan.branch]


def _list_hows(scan: Scan) -> list[Newness]:
    """What is told from the history, which holds what these need."""
    return [branch.how for branch in _list_sharing(scan) if isinstance(branch.how, Newness)]


def _list_kinds(scan: Scan) -> set[str]:
    return {how.kind for how in _list_hows(scan)}


def _knows_periods(scan: Scan) -> bool:
    """Whether a history by a grain has a row for every period of an entity, not its first one alone."""
    return not _list_kinds(scan) <= {"new", "returning"}


def _is_narrow(scan: Scan) -> bool:
    """Whether the question asks for some rows only, so that the history of whom they name is a part of it."""
    plan = scan.plan
    return bool(plan.filters or plan.segments or scan.branch.variant.slice or scan.list_members())


def _select_history(scan: Scan, how: Newness) -> exp.Select:
    """Of each entity its first time, and whether it was there in the asked period and in the one before."""
    scope, kinds = scan.scope(), _list_kinds(scan)
    shown: list[Node] = []
    if kinds != {"lost"}:
        shown.append(name_as(exp.Min(this=scope.raw_clock()), FIRST))
    for kind, name, window in (("resurrected", BEFORE, how.previous), ("lost", NOW, scan.branch.window)):
        if kind in kinds:
            inside = join_and(scope.window(window, known=True)) if window else None
            counted = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=inside or exp.false()))
            shown.append(name_as(exp.GT(this=counted, expression=number(0)), name))
    return _group_entities(scan, scope, how, shown)


def _select_periods(scan: Scan, how: Newness, grain: str, among: str | None = None) -> exp.Select:
    """Of each entity its first period; where the one before or after matters, all its periods with both.

    `among` are the rows that name the entities in question.
    """
    scope, kinds = scan.scope(), _list_kinds(scan)
    period = scope.time(grain)
    if not _knows_periods(scan):
        return _group_entities(scan, scope, how, [name_as(exp.Min(this=period), FIRST)], among=among)
    inner = _group_entities(scan, scope, how, [], period, among)
    names = [key.name for key in how.keys]
    asides = [(BEFORE, "LAG")] if kinds != {"lost"} else []
    asides += [(AFTER, "LEAD")] if "lost" in kinds else []
    shown: list[Node] = [column(name) for name in [*names, PERIOD]]
    for aside, function in asides:
        window = exp.Window(
            this=exp.Anonymous(this=function, expressions=[column(PERIOD)]),
            partition_by=[column(name) for name in names],
            order=exp.Order(expressions=[exp.Ordered(this=column(PERIOD), nulls_first=False)]),
        )
        shown.append(name_as(window, aside))
    return select_from(exp.Subquery(this=inner, alias=exp.TableAlias(this=identify("@periods"))), shown)


def _group_entities(
    scan: Scan,
    scope: Scope,
    how: Newness,
    shown: list[Node],
    period: Node | None = None,
    among: str | None = None,
) -> exp.Select:
    """All rows of the metric, whatever the question's filters and period, by entity: those `among` some rows or all."""
    keys = [scope.key(key) for key in how.keys]
    grouped = [name_as(node, key.name) for node, key in zip(keys, how.keys, strict=True)]
    if period is not None:
        grouped.append(name_as(period, PERIOD))
    select = exp.Select(expressions=[*grouped, *shown])
    where: list[Node] = [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in keys]
    where += [exp.Paren(this=scope.sql(condition)) for condition in scan.branch.leaves[0].wheres]
    where += scope.window(Window(None, how.until), known=True)
    if among:
        named = select_from(exp.Table(this=identify(among)), [column(key.name, among) for key in how.keys])
        where.append(exp.In(this=_put_together(keys), query=exp.Subquery(this=named)))
    scan.set_source(select, scope, where, False, False)
    select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(grouped) + 1)]))
    return select


def _select_rows(scan: Scan, how: Newness, keys: list[Key], source: str | None, grain: str | None) -> exp.Select:
    """The rows that count, by the keys. Lost ones are rows of a period before, which stand in the one after."""
    scope = scan.scope()
    segmented, ranked = scan.is_segmented(keys), scan.is_ranked(keys)
    entity = [scope.key(key) for key in how.keys]
    period = scope.time(grain) if grain else None
    lost = how.kind == "lost"
    label = _add(scan, period, grain) if lost and period is not None and grain else period
    shown: list[Node] = []
    for key in keys:
        if lost and grain and label is not None and isinstance(key, TimeKey):
            shown.append(name_as(_cut_label(scan, label, grain, key.name, scope.key(key)), key.name))
        else:
            shown += scan.show_keys(scope, [key])
    leaves = [
        name_as(_emit_leaf(scan, scope, leaf, entity, bool(keys)), leaf_name(leaf)) for leaf in scan.branch.leaves
    ]
    window = _find_window(scan, how, grain)
    where = scan.list_conditions(scope, window, segmented)
    where += [exp.Paren(this=scope.sql(condition)) for condition in scan.branch.leaves[0].wheres]
    if source is None:
        where += [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in entity]
    else:
        where.append(_meet_kind(scan, scope, how, source, grain, period))
    if lost and grain and label is not None:
        where += _stand_on_axis(scan, grain, label)
    select = exp.Select(expressions=[*shown, *leaves])
    scan.set_source(select, scope, where, segmented, ranked)
    if source is not None:
        _join_history(scan, select, how, source, entity, period)
    return group_by_place(select, len(shown))


def _select_shared(scan: Scan, how: Newness, keys: list[Key], grain: str) -> exp.Select:
    """The rows that several kinds are told of, with their keys, entity and period, and whether they are of the window.

    The others are of the period before, which the lost are of.
    """
    window = scan.branch.window
    widest = next((found for how in _list_hows(scan) if (found := _find_window(scan, how, grain)) != window), window)

    def take(scope: Scope) -> list[Node]:
        taken: list[Node] = [name_as(scope.key(key), key.name) for key in how.keys]
        taken.append(name_as(scope.time(grain), PERIOD))
        inside = join_and(scope.window(window, known=True)) if widest != window else None
        return [*taken, *([name_as(inside, INSIDE)] if inside is not None else [])]

    return scan.rows(keys, take, widest)


def _count_shared(scan: Scan, how: Newness, keys: list[Key], source: str, rows: str, grain: str) -> exp.Select:
    """The entities that are of that kind, of the rows that several kinds share, by the keys."""
    lost, period = how.kind == "lost", column(PERIOD, rows)
    label = _add(scan, period, grain) if lost else period
    shown: list[Node] = []
    for key in keys:
        value: Node = column(key.name, rows)
        if scan.is_ranked([key]):
            shown.append(column(PLACE, rows))
        if lost and isinstance(key, TimeKey):
            value = _cut_label(scan, label, grain, key.name, value)
        shown.append(name_as(value, key.name))
    entity: list[Node] = [column(key.name, rows) for key in how.keys]
    leaves = [name_as(_count_entities(entity, bool(keys)), leaf_name(leaf)) for leaf in scan.branch.leaves]
    where = [_meet_kind(scan, scan.scope(), how, source, grain, period)]
    if lost:
        where += _stand_on_axis(scan, grain, label)
    elif any(_find_window(scan, other, grain) != scan.branch.window for other in _list_hows(scan)):
        where.append(column(INSIDE, rows))
    select = select_from(exp.Table(this=identify(rows)), [*shown, *leaves])
    select.set("where", exp.Where(this=join_and(where)))
    _join_history(scan, select, how, source, entity, period)
    return group_by_place(select, len(shown))


def _join_history(
    scan: Scan, select: exp.Select, how: Newness, source: str, entity: list[Node], period: Node | None
) -> None:
    """Joins each row to its entity's history, or to what that knows of the row's period."""
    pairs: list[Node] = [
        exp.EQ(this=column(key.name, source), expression=node.copy())
        for key, node in zip(how.keys, entity, strict=True)
    ]
    if period is not None and _knows_periods(scan):
        pairs.append(exp.EQ(this=column(PERIOD, source), expression=period.copy()))
    join = exp.Join(this=exp.Table(this=identify(source)), on=join_and(pairs), kind="INNER")
    select.set("joins", [*select.args.get("joins", []), join])


def _stand_on_axis(scan: Scan, grain: str, label: Node) -> list[Node]:
    """That the period in which a lost row stands is one of the asked ones."""
    if scan.branch.variant.shift is not None or not scan.plan.axis:
        return []
    known = select_from(exp.Table(this=identify(AXIS)), [column(grain, AXIS)])
    return [exp.In(this=label.copy(), query=exp.Subquery(this=known))]


def _emit_leaf(scan: Scan, scope: Scope, leaf: Leaf, entity: list[Node], grouped: bool) -> Node:
    """A count of entities, or the leaf's own aggregate; NULL where there is no row."""
    if not _counts(leaf):
        return emit_leaf(scope, leaf, None, empty=not grouped, short=False)
    return _count_entities(entity, grouped)


def _counts(leaf: Leaf) -> bool:
    return isinstance(leaf.how, Newness) and leaf.how.counts


def _count_entities(entity: list[Node], grouped: bool) -> Node:
    count = exp.Count(this=exp.Distinct(expressions=[_put_together(entity)]))
    return count if grouped else exp.Nullif(this=count, expression=number(0))


def _put_together(entity: list[Node]) -> Node:
    """What an entity is told by, as one value."""
    copies = [node.copy() for node in entity]
    return copies[0] if len(copies) == 1 else exp.Tuple(expressions=copies)


def _find_window(scan: Scan, how: Newness, grain: str | None) -> Window:
    """The days whose rows count: for lost ones, those of the period before, too."""
    window = scan.branch.window
    if how.kind != "lost":
        return window
    if grain is None:
        return how.previous or Window()
    if window.start is None:
        return window
    start = truncate_day(window.start, grain, scan.catalogue.week_start)
    return Window(add_periods(start, grain, -1) if grain not in SECONDS else start - timedelta(days=1), window.stop)


def _meet_kind(scan: Scan, scope: Scope, how: Newness, source: str, grain: str | None, period: Node | None) -> Node:
    """Whether a row's entity is new, returning, resurrected or lost in the row's period, else in the asked one."""
    if grain is not None and period is not None:
        match how.kind:
            case "new" if _knows_periods(scan):
                return exp.Is(this=column(BEFORE, source), expression=exp.Null())
            case "returning" if _knows_periods(scan):
                return exp.Not(this=exp.Is(this=column(BEFORE, source), expression=exp.Null()))
            case "new":
                return exp.EQ(this=column(FIRST, source), expression=period.copy())
            case "returning":
                return exp.LT(this=column(FIRST, source), expression=period.copy())
            case "resurrected":
                return exp.LT(this=column(BEFORE, source), expression=_add(scan, period, grain, -1))
            case "lost":
                gone = exp.GT(this=column(AFTER, source), expression=_add(scan, period, grain))
                never = exp.Is(this=column(AFTER, source), expression=exp.Null())
                return exp.Paren(this=exp.Or(this=never, expression=gone))
    start = scan.branch.window.start
    if start is None or scope.clock is None or (how.kind in ("resurrected", "lost") and how.previous is None):
        return exp.false()  # nothing comes before all of time
    edge = scope.edge(start, scope.clock.type)
    earlier = exp.LT(this=column(FIRST, source), expression=edge)
    match how.kind:
        case "new":
            return exp.GTE(this=column(FIRST, source), expression=edge)
        case "returning":
            return earlier
        case "resurrected":
            return exp.And(this=earlier, expression=exp.Not(this=column(BEFORE, source)))
        case "lost":
            return exp.Not(this=column(NOW, source))


def _add(scan: Scan, period: Node, grain: str, count: int = 1) -> Node:
    """The period that many after one."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}
    if grain in SECONDS:
        return scan.dialect.add_seconds(period.copy(), count * SECONDS[grain])
    if grain in months:
        return scan.dialect.add_months(period.copy(), count * months[grain])
    return scan.dialect.add_days(period.copy(), count * (7 if grain == "week" else 1))


def _cut_label(scan: Scan, label: Node, grain: str, unit: str, value: Node) -> Node:
    """A time key of the period in which a lost row stands; what the period doesn't tell is the row's own."""
    if unit == grain:
        return label.copy()
    if unit not in DETERMINES[grain]:
        return value
    branch = scan.branch
    own = Scope(scan.catalogue, scan.dialect, scan.params, branch.view, branch.clock, scan.plan.timezone)
    own.ahead = scan.plan.ahead
    return cut_period(own, grain, label.copy(), unit, own.span())
