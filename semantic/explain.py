"""Plan -> words: how a question is answered, one sentence a step, and a formula with its numbers filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from semantic.catalogue import Aggregate, Catalogue, Derived, Snapshot
from semantic.catalogue import Each as EachMetric
from semantic.conditions import classify_type
from semantic.entities import list_tie_breakers
from semantic.explain_frames import tell_frame
from semantic.explain_journeys import tell_journey
from semantic.explain_steps import tell_part, tell_steps
from semantic.expressions import find_columns
from semantic.names import Reached
from semantic.newness import find_grain
from semantic.plan import Branch, Plan, describe_level, list_summed
from semantic.reach import Path
from semantic.resolved import (
    CURRENT,
    Change,
    Each,
    Everyone,
    Filled,
    Formula,
    Frame,
    Key,
    KeyFilter,
    Leaf,
    Newness,
    Quotient,
    Resolved,
    RowChoice,
    Share,
    State,
    Steps,
    TimeKey,
    Value,
    spreads,
)
from semantic.routes import list_reached
from semantic.rows import is_personal
from semantic.traits import label_bands
from semantic.values import list_leaves

if TYPE_CHECKING:
    from semantic.calendar import Window
    from semantic.source import Compiled

NOTHING = "–"


def explain_question(catalogue: Catalogue, compiled: Compiled) -> list[str]:
    """How a compiled question is answered, step by step: rows, joins, groups, how they meet, what is shown."""
    plan, resolved = compiled.plan, compiled.resolved
    told = [_tell_period(resolved)]
    if resolved.journey:
        asked = [*map(_tell_filter, plan.filters), *(f"it is in the segment {member.name}" for member in plan.segments)]
        return [*told, *tell_journey(plan, resolved.journey, asked), *_tell_answer(plan)]
    if plan.rows:
        return [*told, *_tell_rows(catalogue, plan, plan.rows)]
    for branch in plan.scans:
        told += _tell_branch(catalogue, plan, branch)
    told += _tell_meeting(plan)
    told += _tell_values(plan)
    told += _tell_answer(plan)
    told += _tell_marks(catalogue, plan)
    return told


# --- formulas


def list_formula_parts(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The metrics that stand directly in the formula of a derived metric, each once; of any other, none."""
    metric = catalogue.metrics[name]
    if not isinstance(metric, Derived):
        return ()
    return tuple(dict.fromkeys(column.name for column in find_columns(metric.sql.tree)))


def fill_formula(
    catalogue: Catalogue,
    name: str,
    values: Mapping[str, object],
    show: Callable[[object], str] = str,
    language: str | None = None,
) -> str:
    """`click_rate = clicks / delivered = 120 / 4,000 = 0.03`: `show` prints a value; a language asks for labels.

    `values` holds the metric and its parts by name; what it lacks, and NULL, is shown as –. A metric that is no formula
    shows its SQL: `clicks = count(*) = 120`.
    """
    metric = catalogue.metrics[name]

    def call(metric_name: str) -> str:
        label = catalogue.metrics[metric_name].label
        return label.read(language) if language and label else metric_name

    def fill(metric_name: str) -> str:
        value = values.get(metric_name)
        shown = NOTHING if value is None else show(value)
        return f"({shown})" if shown.startswith(("-", "−")) else shown

    steps = [call(name)]
    if isinstance(metric, Derived):
        steps += [_replace_names(metric.sql.text, metric.sql.tree, how) for how in (call, fill)]
    elif isinstance(metric, (Aggregate, Snapshot)):
        steps.append(metric.sql.text)
    steps.append(NOTHING if values.get(name) is None else show(values[name]))
    return " = ".join(" ".join(step.split()) for step in steps)


def _replace_names(text: str, tree: exp.Expr, call: Callable[[str], str]) -> str:
    """The formula as it is written, each metric's name replaced."""
    places = {column.this.meta["start"]: column.this for column in find_columns(tree)}
    for start, name in sorted(places.items(), reverse=True):
        text = text[:start] + call(name.name) + text[name.meta["end"] + 1 :]
    return text


# --- rows


def _tell_period(resolved: Resolved) -> str:
    if not (resolved.window.start or resolved.window.stop):
        return "No period is asked, so all days count."
    told = f"The period is {_tell_days(resolved.window)}"
    if resolved.asked != resolved.window:
        return f"{told}: of {_tell_days(resolved.asked)} that is what has elapsed on {resolved.as_of}."
    return f"{told}."


def _tell_days(window: Window) -> str:
    """`2024-01-01 to 2024-06-30 (182 days)`."""
    last = window.stop - timedelta(days=1) if window.stop else None
    if window.start and window.stop:
        days = (window.stop - window.start).days
        return f"{window.start} to {last} ({days:,} day{'s' if days != 1 else ''})"
    return f"from {window.start} on" if window.start else f"up to {last}"


def _tell_branch(catalogue: Catalogue, plan: Plan, branch: Branch) -> Iterator[str]:
    """Which rows of one view are read, what is joined to them, and what they are aggregated to."""
    if branch.inner or isinstance(branch.how, Everyone):
        yield from _tell_each(catalogue, plan, branch)
        return
    yield from _tell_read(catalogue, plan, branch)
    several = [key.name for key in branch.keys if key.name != "segment" and spreads(key, branch.view)]
    if several:
        yield f"A row is in the group of every {_join(several)} that it has, once in each; the total counts it once."
    sought = [item for item in _list_filters(plan, branch) if spreads(item.key, branch.view)]
    if sought:
        names = _join(dict.fromkeys(item.key.name for item in sought))
        yield f"A condition on {names} is met where any of a row's values meets it; a negated one, where none does."
    grain = f"in each group of {_tell_keys(branch.keys)}" if branch.keys else "over all of them"
    if isinstance(branch.how, Steps):
        yield from tell_steps(branch.how, plan.timezone, grain)
        grain = "then"
    yield f"They are aggregated {grain}: {_join(map(_tell_leaf, branch.leaves))}."
    if branch.variant.shift and branch.variant.shift.to:
        yield f"Each day is set beside the first one of its {branch.variant.shift.to}."
    elif branch.variant.shift:
        shift = str(branch.variant.shift)
        more = "" if shift.startswith("1 ") else "s"
        yield f"Each of these periods is set beside the one that begins {shift}{more} later."


def _tell_rows(catalogue: Catalogue, plan: Plan, choice: RowChoice) -> Iterator[str]:
    """Which rows are shown instead of the numbers."""
    for branch in plan.branches:
        yield from _tell_read(catalogue, plan, branch)
        leaf = branch.leaves[0]
        if leaf.wheres:
            yield f"Of these, {_call_leaf(leaf)} takes those where {_join(where.text for where in leaf.wheres)}."
    yield f"Each row that feeds {'one of them' if len(plan.branches) > 1 else 'it'} is shown once, not aggregated."
    personal = [
        name
        for name in catalogue.bound.columns[plan.branches[0].view]
        if is_personal(catalogue.views[plan.branches[0].view], name)
    ]
    if personal:
        yield f"{_join(personal)} {'are' if len(personal) > 1 else 'is'} personal and left out."
    order = [f"{item.name}{' downwards' if down else ''}" for item, down in choice.order]
    order += ["the newest first"] if plan.branches[0].leaves[0].clock else []
    yield f"Rows are in the order of {_join([*order, *(item.name for item in choice.last)])}, NULL last."
    yield f"Rows {choice.skip + 1:,} to {choice.skip + choice.count:,} are shown."


def _tell_read(catalogue: Catalogue, plan: Plan, branch: Branch) -> Iterator[str]:
    """Which rows of one view are read, and what is joined to them."""
    leaves = [_call_leaf(leaf) for leaf in branch.leaves]
    conditions = [_tell_filter(item) for item in _list_filters(plan, branch)]
    conditions += [f"they are in the segment {member.name}" for member in plan.segments]
    rows = f"For {_join(leaves)}, all rows of {branch.view} are read"
    if branch.clock and (branch.window.start or branch.window.stop):
        zone = "" if classify_type(branch.clock.type) == "date" else f" in {plan.timezone}"
        rows = f"For {_join(leaves)}, the rows of {branch.view} are read whose {branch.clock.column.text} is "
        rows += f"{_tell_days(branch.window)}{zone}"
    elif conditions:
        rows = f"For {_join(leaves)}, the rows of {branch.view} are read"
    yield rows + (f", where {_join(conditions)}." if conditions else ".")
    if joins := _list_joins(catalogue, plan, branch):
        yield f"To each of them is joined {_join(joins)}."
    yield from _tell_ranks(catalogue, plan, branch)
    yield from _tell_traits(catalogue, plan, branch)
    if isinstance(branch.how, State):
        yield _tell_population(branch, branch.how) if branch.how.history else _tell_state(branch, branch.how)
    if isinstance(branch.how, Newness):
        yield _tell_newness(branch, branch.how)
    if isinstance(branch.how, Frame):
        yield tell_frame(plan, branch, branch.how)


def _tell_population(branch: Branch, how: State) -> str:
    """At which instants the rows of a history are looked at."""
    times = [key.name for key in branch.keys if isinstance(key, TimeKey)]
    last = branch.window.stop - timedelta(days=1) if branch.window.stop else ""
    period = f"each {_join(times)}, {last} the last day" if times else f"the period, {last} the last day"
    if how.which == "average":
        return f"Their mean over the time of {period}: each counts for as long as it holds."
    if how.which == "first":
        return f"Only those that hold at the start of {period}, count."
    return f"Only those that hold at the end of {period}, count."


def _tell_state(branch: Branch, how: State) -> str:
    """Which instants' rows count."""
    times = [key.name for key in branch.keys if isinstance(key, TimeKey)]
    period = f"each {_join(times)}" if times else "the period"
    until = f"up to {branch.window.stop - timedelta(days=1)}" if branch.window.stop else ""
    if how.which == "average":
        told = f"The mean over all instants that {branch.view} has in {period} {until} is taken"
        return f"{told.strip()}: where a group has no rows, a count or sum is 0."
    whose = f"each {how.per} has" if how.per else f"{branch.view} has"
    told = f"Only the rows of the {how.which} instant that {whose} in {period} {until}".strip()
    return f"{told} count; no filter moves it."


def _tell_each(catalogue: Catalogue, plan: Plan, branch: Branch) -> Iterator[str]:
    """Which values are worked out for every period or entity, which of these there are, and what is taken of them."""
    if isinstance(branch.how, Everyone):
        yield f"Those of {branch.view} that have no such rows are there too."
        return
    how = branch.how
    assert branch.inner and isinstance(how, Each), "the values have a plan"
    for inner in branch.inner.branches:
        yield from _tell_branch(catalogue, branch.inner, inner)
    yield from _walk_value(how.each, how.value)
    group = f" in each group of {_tell_keys(branch.keys)}" if branch.keys else ""
    takes = _join(f"{_call_leaf(leaf)} is the {leaf.how.take}" for leaf in branch.leaves if isinstance(leaf.how, Each))
    if how.window is None:
        yield f"Of {how.each} of every {how.per}{group}, {takes}."
        return
    taken = how.read or how.window
    days = _tell_days(taken) if taken.start != taken.stop else "none, as no whole one is over"
    yield f"Of {how.each} of every {how.per}{group}, {takes}: {days}."
    if total := dict(how.fewer).get(()):
        yield f"The total of all periods is of {_tell_days(total)}, as without a time axis."
    if how.per != "day":
        yield f"A {how.per} that the period holds a part of, or that isn't over, isn't among them."


def _tell_newness(branch: Branch, how: Newness) -> str:
    """Which rows count, by when their entity was there before."""
    grain = find_grain([key.name for key in branch.keys if isinstance(key, TimeKey)])
    period = grain or "period"
    before = f"the {period} before" if grain or how.previous is None else str(how.previous)
    rows = f"rows of {branch.view}" + "".join(f" where {where.text}" for where in branch.leaves[0].wheres[:1])
    rows += "".join(f" and {where.text}" for where in branch.leaves[0].wheres[1:])
    told = {
        "new": f"Only those count whose {how.by} has its first row ever in the same {period}",
        "returning": f"Only those count whose {how.by} has its first row ever before that {period}",
        "resurrected": f"Only those count whose {how.by} has rows before that {period}, but none in {before}",
        "lost": f"Instead, those of {before} count whose {how.by} has none in the {period} itself, where they stand",
    }
    return f"{told[how.kind]}. That is looked up in all {rows}, whatever the filters."


def _tell_keys(keys: Iterable[Key]) -> str:
    return _join(key.name.removeprefix("@") for key in keys)


def _call_leaf(leaf: Leaf) -> str:
    return leaf.name if leaf.variant.label == CURRENT else f"{leaf.name} ({leaf.variant.label})"


def _tell_leaf(leaf: Leaf) -> str:
    if isinstance(leaf.how, Steps):
        return f"{_call_leaf(leaf)} is {tell_part(leaf.how)}"
    wheres = _join(where.text for where in leaf.wheres)
    if isinstance(leaf.how, Newness) and leaf.how.counts:
        return f"{_call_leaf(leaf)} counts each {leaf.how.by} once" + (f", of those where {wheres}" if wheres else "")
    return f"{_call_leaf(leaf)} is {leaf.sql.text}" + (f" of those where {wheres}" if wheres else "")


def _list_filters(plan: Plan, branch: Branch) -> list[KeyFilter]:
    slice_, filters = branch.variant.slice, list(plan.filters)
    if isinstance(branch.how, Frame):  # filters by time choose among the days that are read
        filters = [item for item in filters if not isinstance(item.key, TimeKey)]
    if slice_ is None:
        return filters
    return [*(item for item in filters if item.key.name != slice_.key.name), slice_]


def _tell_filter(item: KeyFilter) -> str:
    """`channel is email or sms`, `age is not 18 to 35`."""
    condition = item.condition
    any_of = [_tell_scalar(value) for value in condition.values]
    for low, high, included in condition.ranges:
        last = high - timedelta(days=1) if isinstance(high, date) and not included else high
        if low is None or last is None:
            any_of.append(f"up to {_tell_scalar(last)}" if low is None else f"{_tell_scalar(low)} or more")
        else:
            any_of.append(_tell_scalar(low) if low == last else f"{_tell_scalar(low)} to {_tell_scalar(last)}")
    any_of += [f"a text with {_tell_scalar(part)} in it" for part in condition.contains]
    any_of += ["unknown"] if condition.null else []
    return f"{item.key.name} is {'not ' if condition.negated else ''}{_join(any_of, 'or')}"


def _tell_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) and not value.replace("_", "").isalnum() else str(value)


# --- joins


def _list_joins(catalogue: Catalogue, plan: Plan, branch: Branch) -> list[str]:
    """Every view that the branch's expressions reach over joins, each once, with the columns that it's joined by."""
    told: dict[str, None] = {}
    for path in (found.path for found in _list_reached(catalogue, plan, branch)):
        for place, step in enumerate(path.steps):
            before = path.steps[place - 1].view if place else path.base
            role = f" as {step.name}" if step.role else ""
            many = ", each of its rows" if step.multi else ""
            as_of = f", as of {_tell_moment(plan, branch, path)}" if step.history else ""
            told[f"{step.view}{role} by {' and '.join(step.columns)} of {before}{many}{as_of}"] = None
    return list(told)


def _list_reached(catalogue: Catalogue, plan: Plan, branch: Branch) -> Iterator[Reached]:
    leaves = [replace(leaf, clock=branch.clock) for leaf in branch.leaves]
    return list_reached(catalogue, branch.view, branch.keys, _list_filters(plan, branch), plan.segments, leaves)


def _tell_ranks(catalogue: Catalogue, plan: Plan, branch: Branch) -> list[str]:
    """How the rows are numbered that a rank numbers."""
    told: dict[str, None] = {}
    for found in _list_reached(catalogue, plan, branch):
        view = catalogue.views[found.path.view]
        if found.dimension and found.dimension.rank and view.time:
            order = _join([view.time.column.text, *list_tie_breakers(catalogue, found.path.view)], "then")
            rows = f"the rows of {found.path.view} for each {found.dimension.rank}"
            told[f"{found.name} numbers {rows} by {order.replace(' then', ', then')}, over all history."] = None
    return list(told)


def _tell_traits(catalogue: Catalogue, plan: Plan, branch: Branch) -> list[str]:
    """What the dimensions of an entity are that are metrics of it."""
    told: dict[str, None] = {}
    window = branch.variant.measured
    for found in _list_reached(catalogue, plan, branch):
        name = found.dimension.trait if found.dimension else None
        metric = catalogue.metrics[name] if name else None
        if not isinstance(metric, EachMetric):
            continue
        days = f"over {_tell_days(window)}" if window.start or window.stop else "over all time"
        bands = f", in bands: {', '.join(label_bands(catalogue, name))}" if name and metric.bands else ""
        where = f" of those where {metric.where.text}" if metric.where else ""
        told[f"{name} is {metric.each}{where} of each {metric.per} {days}, whatever the filters{bands}."] = None
    return list(told)


def _tell_moment(plan: Plan, branch: Branch, path: Path) -> str:
    """When the histories on a path are looked at."""
    if path.now or branch.clock is None:
        return f"the end of {plan.as_of}"
    return f"its own {branch.clock.column.text}"


# --- how branches meet, and what is shown


def _tell_meeting(plan: Plan) -> Iterator[str]:
    if len(plan.scans) > 1:
        names = _join(key.name for key in plan.keys)
        same = f" Those of the same {names} become one row;" if plan.keys else " They become one row;"
        yield f"The {len(plan.scans)} results are aggregated apart.{same} a group is there where one has rows."
    if plan.axis:
        axis = f"The time axis runs over {_tell_days(plan.axis.window)} by {_join(plan.axis.keys)}"
        yield f"{axis}: every group has every period of it, with or without rows."
    if plan.top:
        by = _tell_value(plan.top.value)
        values = f"{plan.top.count:,} value{'s' if plan.top.count > 1 else ''} of {plan.top.key.name}"
        yield f"Over the period, the {values} with the highest {by} {'are' if plan.top.count > 1 else 'is'} kept."
        yield "The others become Other, recomputed from their rows."
        if any(spreads(plan.top.key, branch.view) for branch in plan.branches):
            yield f"A row with several values of {plan.top.key.name} is in Other once, if one is beyond the top."


def _tell_value(value: Value) -> str:
    """What a value is, in short: the leaf's name, or the formula."""
    match value:
        case Leaf():
            return _call_leaf(value)
        case Formula():
            return value.sql.text
        case Filled():
            return _tell_value(value.value)
        case Quotient():
            return f"{_tell_value(value.above)} / {_tell_value(value.below)}"
        case Share():
            return f"share of {_tell_value(value.value)}"
        case Change():
            return f"change of {_tell_value(value.now)}"
        case _:
            assert_never(value)


def _tell_values(plan: Plan) -> list[str]:
    """What is computed from the aggregates: formulas, rates, shares, changes and comparisons, each once."""
    told: dict[str, None] = {}
    for column in plan.columns:
        name = column.name.partition("@")[0]
        match column.role:
            case "metric":
                told |= dict.fromkeys(_walk_value(name, column.value))
            case "compare":
                other = list_leaves(column.value)[0].variant
                rows = f"where {_tell_filter(other.slice)}" if other.slice else f"of {_tell_days(other.window)}"
                told[f"{column.name} is the same, from the rows {rows}."] = None
            case "change":
                told[f"{column.name} is {name} / {name}@compare - 1."] = None
            case _:
                assert_never(column.role)
    return list(told)


def _walk_value(name: str, value: Value) -> Iterator[str]:
    match value:
        case Leaf():
            return
        case Formula():
            for part, inner in value.parts:
                yield from _walk_value(part, inner)
            yield f"{name} is the formula {value.sql.text}, taken of the aggregates; a division by 0 is NULL."
        case Filled():
            yield from _walk_value(name, value.value)
            yield f"{_tell_value(value.value) if isinstance(value.value, Leaf) else name} is 0 where it has no rows."
        case Quotient():
            yield from _walk_value(_tell_value(value.above), value.above)
            yield from _walk_value(_tell_value(value.below), value.below)
            yield f"{name} is {_tell_value(value.above)} divided by {_tell_value(value.below)}."
        case Share():
            yield from _walk_value(_tell_value(value.value), value.value)
            whole = f"its {value.within}" if value.within else "everything that is asked"
            yield f"{name} is the share of {whole}, which is recomputed from rows, before top and limit."
        case Change():
            yield from _walk_value(name.rpartition("~")[0] or name, value.now)
            now, before = _tell_value(value.now), _tell_value(value.before)
            how = {"value": before, "delta": f"{now} - {before}", "change": f"{now} / {before} - 1"}
            yield f"{name} is {how[value.how]}."
        case _:
            assert_never(value)


def _tell_answer(plan: Plan) -> Iterator[str]:
    keys = (*plan.keys, *list_summed(plan.journey))
    if plan.totals and keys:
        levels = _join(f"each {describe_level(level, keys)}" if level else "everything" for level in plan.levels[1:])
        yield f"Totals for {levels} are recomputed from rows, before limit."
    order = [f"{name}{' downwards' if down else ''}" for name, down in plan.order]
    known = [*(key.name for key in plan.keys), *(plan.journey.SORTED if plan.journey else ())]
    order += [name for name in known if name not in dict(plan.order) and not name.startswith("@")]
    if order:
        yield f"Rows are in the order of {_join(order)}, NULL last."
    if plan.limit is not None:
        yield f"The first {plan.limit:,} are shown."


def _tell_marks(catalogue: Catalogue, plan: Plan) -> Iterator[str]:
    """What is marked for a small base."""
    for base in plan.bases:
        name = base.name.removesuffix("@base")
        least = catalogue.metrics[base.metric].min_base
        yield f"{name} is marked where it is divided by fewer than {least:,} ({_tell_value(base.value)})."


def _join(words: Iterable[str], last: str = "and") -> str:
    found = list(words)
    return f" {last} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
