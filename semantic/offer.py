"""Question -> what may be asked next, and why the rest can't be: each choice is tried by the compiler itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from sqlglot import exp

from semantic.catalogue import Aggregate, Catalogue, Dimension, Metric, Text
from semantic.conditions import classify_type
from semantic.line_values import rename_column
from semantic.names import GRAINS, PARTS, Reached, is_time_name, list_dimensions
from semantic.question import Between, Compare, Filter, IsNull, MetricAsk, Modifier, Order, Question, Top
from semantic.reach import Path
from semantic.resolve import find_as_of
from semantic.salvage import Known, resolve_known, strip_look
from semantic.values import list_leaves, print_metric

UNITS = ("day", "week", "month", "quarter", "year")  # that a time among the dimensions is offered by
WINDOWS = ("rolling7d", "rolling28d", "mtd", "qtd", "ytd", "total")
CHANGES = ("previous", "dod", "wow", "mom", "qoq", "yoy")
MOST_VALUES = 500
_TIME_GROUP = "Time"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be added to a question; `reason` is the sentence that says why it can't, None where it can."""

    name: str
    label: str
    group: str
    reason: str | None = None


def read_label(label: Text | None, name: str, language: str = "en") -> str:
    """The label of a thing, else its name as words."""
    return label.read(language) if label else name.replace("_", " ").capitalize()


# --- what may be added


def _tell_reason(known: Known, question: Question, as_of: date | None) -> str | None:
    problems = resolve_known(known, strip_look(question), as_of)[1]
    if not problems:
        return None
    remedy = problems[0].remedy
    return f"{problems[0].found}. {remedy}" if remedy else problems[0].found


def offer_metrics(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """Every metric of the catalogue, grouped by view, as one more of the question's."""
    return _offer_metrics(Known(catalogue), strip_look(question), as_of, language)


@lru_cache(maxsize=256)
def _offer_metrics(known: Known, question: Question, as_of: date | None, language: str) -> tuple[Offer, ...]:
    catalogue = known.catalogue

    def offer(name: str, metric: Metric) -> Offer:
        asked = (*question.metrics, MetricAsk(name))
        reason = _tell_reason(known, replace(question, metrics=tuple(dict.fromkeys(asked))), as_of)
        return Offer(name, read_label(metric.label, name, language), name_group(catalogue, name, language), reason)

    return tuple(offer(name, metric) for name, metric in catalogue.metrics.items())


def offer_times(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """Each grain, in place of the question's first one, and each part of time beside what it asks already."""
    known, plain = Known(catalogue), strip_look(question)
    grains = [
        Offer(name, name.capitalize(), _TIME_GROUP, _tell_reason(known, set_grain(plain, name), as_of))
        for name in GRAINS
    ]
    parts = [
        Offer(name, label, _TIME_GROUP, _tell_reason(known, add_key(plain, name), as_of))
        for name, (_, label) in PARTS.items()
    ]
    return (*grains, *parts)


def offer_dimensions(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """Every dimension of the catalogue as one more slice, under the shortest name that means it here."""
    return _offer_dimensions(Known(catalogue), strip_look(question), as_of, language)


@lru_cache(maxsize=256)
def _offer_dimensions(known: Known, question: Question, as_of: date | None, language: str) -> tuple[Offer, ...]:
    found = []
    for name, dimension, group, label in _list_candidates(known, question, as_of, language):
        for key, shown in _list_units(known.catalogue, name, dimension, label):
            found.append(Offer(key, shown, group, _tell_reason(known, add_key(question, key), as_of)))
    if known.catalogue.segments:
        reason = _tell_reason(known, add_key(question, "segment"), as_of)
        found.append(Offer("segment", "Segment", "Segments", reason))
    return tuple(found)


def offer_filters(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """Every dimension as a filter of the question; what is personal isn't offered."""
    return _offer_filters(Known(catalogue), strip_look(question), as_of, language)


@lru_cache(maxsize=256)
def _offer_filters(known: Known, question: Question, as_of: date | None, language: str) -> tuple[Offer, ...]:
    found = []
    for name, reached, group, label in _list_candidates(known, question, as_of, language):
        others = tuple(item for item in question.filters if item.dimension != name)
        tried = replace(question, filters=(*others, Filter(name, (IsNull(),))))
        personal = f"{name} is personal, and its values aren't shown"
        reason = personal if reached and reached.pii else _tell_reason(known, tried, as_of)
        found.append(Offer(name, label, group, reason))
    return tuple(found)


def offer_segments(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """Every segment of the catalogue as one more that must hold."""
    known, plain = Known(catalogue), strip_look(question)
    found = []
    for name, segment in catalogue.segments.items():
        tried = replace(plain, segments=tuple(dict.fromkeys((*plain.segments, name))))
        family = catalogue.families.get(segment.family or "")
        group = read_label(family.label, segment.family or "", language) if family else ""
        found.append(Offer(name, read_label(segment.label, name, language), group, _tell_reason(known, tried, as_of)))
    return tuple(found)


def offer_compares(
    catalogue: Catalogue, question: Question, as_of: date | None = None, language: str = "en"
) -> tuple[Offer, ...]:
    """The ways to compare: `previous`, `year`, `range` (days of one's own) and `slice` (a value of a dimension)."""
    known, plain = Known(catalogue), strip_look(question)
    day = find_as_of(catalogue, as_of)
    tried: list[tuple[str, str, Compare]] = [
        ("previous", "Previous period", Compare("previous")),
        ("year", "A year before", Compare("year")),
        ("range", "Other days", Compare(Between(day, day))),
    ]
    found = [Offer(n, label, "", _tell_reason(known, replace(plain, compare=c), as_of)) for n, label, c in tried]
    slices = [one.name for one in offer_filters(catalogue, replace(plain, compare=None), as_of) if not one.reason]
    found.append(Offer("slice", "One group", "", None if slices else "there is no dimension that can be filtered"))
    return tuple(found)


def offer_modifiers(
    catalogue: Catalogue, question: Question, ask: MetricAsk, as_of: date | None = None
) -> tuple[tuple[MetricAsk, str | None], ...]:
    """The ways to read one of the question's metrics, `revenue~share` say, each with the reason why it can't be."""
    known, plain = Known(catalogue), strip_look(question)
    dimensions = [name for name in question.by if len(question.by) > 1]
    modifiers: list[tuple[Modifier, ...]] = [
        (),
        (Modifier("unique"),),
        (Modifier("rate"),),
        (Modifier("unique"), Modifier("rate")),
        (Modifier("share"),),
        *((Modifier("share", name),) for name in dimensions),
        *((Modifier(name),) for name in CHANGES),
        *((Modifier(name, "delta"),) for name in CHANGES),
        *((Modifier(name),) for name in WINDOWS),
    ]
    if ask.modifiers not in modifiers:
        modifiers.append(ask.modifiers)
    found = []
    for chain in modifiers:
        variant = replace(ask, modifiers=chain)
        metrics = tuple(variant if one == ask else one for one in plain.metrics)
        reason = _tell_reason(known, replace(plain, metrics=metrics, order=(), top=_free_top(plain.top)), as_of)
        found.append((variant, reason))
    return tuple(found)


def _free_top(top: Top | None) -> Top | None:
    return top and replace(top, metric=None)


def add_key(question: Question, name: str) -> Question:
    """The question with one more key, innermost."""
    return question if name in question.by else replace(question, by=(*question.by, name))


def set_grain(question: Question, grain: str | None) -> Question:
    """The question with that grain in place of its first one, outermost where it had none; None takes it out."""
    here = next((place for place, name in enumerate(question.by) if name in GRAINS), None)
    rest = [name for place, name in enumerate(question.by) if place != here and name != grain]
    if grain:
        rest.insert(here or 0, grain)
    return replace(question, by=tuple(rest))


def find_grain(question: Question) -> str | None:
    """The question's first grain."""
    return next((name for name in question.by if name in GRAINS), None)


def read_as(question: Question, place: int, variant: MetricAsk) -> Question:
    """The question with the metric at that place read as `variant`, also where it is sorted and ranked by."""
    before = question.metrics[place]
    metrics = tuple(variant if at == place else ask for at, ask in enumerate(question.metrics))
    order = tuple(replace(one, column=rename_column(one.column, before, variant)) for one in question.order)
    top = question.top and replace(
        question.top, metric=variant if question.top.metric == before else question.top.metric
    )
    return replace(question, metrics=metrics, order=order, top=top)


# --- the names behind the offers


def list_views(catalogue: Catalogue, question: Question, as_of: date | None = None) -> tuple[str, ...]:
    """The views that feed the question's metrics; none where it can't be answered."""
    return _list_views(Known(catalogue), question, as_of)


def _list_views(known: Known, question: Question, as_of: date | None) -> tuple[str, ...]:
    plain = Question(metrics=question.metrics, by=question.by, period=question.period)
    resolved = resolve_known(known, plain, as_of)[0]
    if resolved is None:
        return ()
    leaves = (leaf for column in resolved.columns for leaf in list_leaves(column.value))
    return tuple(dict.fromkeys(leaf.view for leaf in leaves))


def name_group(catalogue: Catalogue, metric: str, language: str = "en") -> str:
    """The labels of the views that feed a metric."""
    views = list_views(catalogue, Question(metrics=(MetricAsk(metric),)))
    found = getattr(catalogue.metrics[metric], "view", None)
    names = views or ((found,) if found else ())
    return ", ".join(read_label(catalogue.views[view].label, view, language) for view in names)


def _list_candidates(
    known: Known, question: Question, as_of: date | None, language: str
) -> list[tuple[str, Dimension | None, str, str]]:
    """Every dimension once: its name for the asked metrics, what it is, its group and its label."""
    catalogue = known.catalogue
    found: dict[str, tuple[Dimension | None, str, str]] = {}
    met: set[tuple[str, str]] = set()
    for view in _list_views(known, question, as_of) or tuple(catalogue.views):
        for name, reached in _list_reached(known, view).items():
            met.add(reached.key)
            found.setdefault(name, _describe(catalogue, name, reached, language))
    for view in catalogue.views:
        for name, dimension in catalogue.views[view].dimensions.items():
            if (view, name) not in met:
                plain = name if name not in found else f"{next(iter(catalogue.views[view].key), view)}.{name}"
                found.setdefault(plain, _describe(catalogue, plain, Reached(Path(view), name, dimension), language))
    return [(name, *rest) for name, rest in found.items()]


@lru_cache(maxsize=256)
def _list_reached(known: Known, view: str) -> dict[str, Reached]:
    return list_dimensions(known.catalogue, view)


def _describe(catalogue: Catalogue, name: str, reached: Reached, language: str) -> tuple[Dimension | None, str, str]:
    view = catalogue.views[reached.path.view]
    label = read_label(reached.dimension.label if reached.dimension else None, reached.name, language)
    if "." in name:
        role = name.rsplit(".", 1)[0].replace("_", " ").replace(".", " ").capitalize()
        label = f"{label} ({role})"
    return reached.dimension, read_label(view.label, reached.path.view, language), label


def _list_units(catalogue: Catalogue, name: str, dimension: Dimension | None, label: str) -> Iterable[tuple[str, str]]:
    """A dimension's keys in `by`: itself, or the grains of one that holds times."""
    if dimension is None or find_family(catalogue, dimension) not in ("date", "timestamp", "instant"):
        return [(name, label)]
    return [(f"{name}.{unit}", f"{label}, by {unit}") for unit in UNITS]


def find_family(catalogue: Catalogue, dimension: Dimension) -> str:
    """Whether a dimension holds text, number, boolean, date, timestamp, instant, or other."""
    for view, found in catalogue.views.items():
        for name, other in found.dimensions.items():
            if other is dimension:
                return classify_type(catalogue.bound.dimension_types.get((view, name), "VARCHAR"))
    return "other"


def build_values_question(
    catalogue: Catalogue, question: Question, dimension: str, as_of: date | None = None
) -> Question | None:
    """The question that lists a dimension's values, the biggest first; None where it can't be asked, or is personal.

    They are counted by the rows that the first asked metric is made of where the catalogue counts these, else by a
    metric that adds up, else by the asked one; over the question's period, without its filters.
    """
    known = Known(catalogue)
    for ask in _list_counts(known, question, as_of):
        tried = Question(
            metrics=(ask,),
            by=(dimension,),
            period=question.period,
            timezone=question.timezone,
            filters=(),
            limit=MOST_VALUES,
        )
        if not resolve_known(known, tried, as_of)[1]:
            return replace(tried, order=(_biggest_first(ask),))
    return None


def _biggest_first(ask: MetricAsk) -> Order:
    return Order(print_metric(ask), descending=True)


def _list_counts(known: Known, question: Question, as_of: date | None) -> list[MetricAsk]:
    views = _list_views(known, question, as_of)[:1]
    own = [(n, m) for n, m in known.catalogue.metrics.items() if isinstance(m, Aggregate) and m.view in views]
    rows = [name for name, metric in own if _counts_rows(metric) and metric.where is None]
    some = [name for name, metric in own if _counts_rows(metric)]
    return [*(MetricAsk(name) for name in (*rows, *some)), *question.metrics]


def _counts_rows(metric: Aggregate) -> bool:
    tree = metric.sql.tree
    return isinstance(tree, exp.Count) and isinstance(tree.this, exp.Star)


def find_family_of(catalogue: Catalogue, question: Question, name: str, as_of: date | None = None) -> str:
    """As `find_family`, of a dimension by its name in the question; a grain is a date, a part of time a number."""
    if is_time_name(name):
        return "number" if name in PARTS else "date"
    for view in list_views(catalogue, question, as_of):
        reached = _list_reached(Known(catalogue), view).get(name)
        if reached:
            return classify_type(catalogue.bound.dimension_types.get(reached.key, "VARCHAR"))
    return "text"
