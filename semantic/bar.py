"""Bar: what a board's filters hold, as keys of an address; and a widget's question under them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal, TypeVar

from sqlglot import exp

from semantic.catalogue import Aggregate, Catalogue, Conversion, Each, Snapshot
from semantic.errors import Problem, suggest_name
from semantic.line import canonicalise, print_pairs, read_pairs
from semantic.line_values import Fault, print_compare, print_period, read_compare, read_period, show_text
from semantic.load import list_parts
from semantic.offer import read_as
from semantic.question import Between, Compare, Filter, MetricAsk, Modifier, Period, Question
from semantic.salvage import find_problems

READ = {"unique": "unique", "rate": "rate", "total": "unique", "absolute": "rate"}  # a word, and what it decides on
ALL = Between(None, None)  # all time; None leaves each widget its own period
T = TypeVar("T")
HELD = "A board's bar holds period, compare, read, segment, lang and filters"
# of an address of a board, which a dimension of its bar can't be called
WORDS = ("board", "read", "without", "shared", "view", "refresh")


@dataclass(frozen=True, slots=True)
class Bar:
    """What is chosen for all widgets of a board at once; what is None, False or empty leaves each widget its own."""

    period: Period | None = None
    compare: Compare | Literal["none"] | None = None
    unique: bool = False
    rate: bool = False
    segments: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A widget's question under a bar, and the parts of the bar that it can't take, each with the reason."""

    question: Question
    left: tuple[Problem, ...] = ()


# --- text


def read_bar(pairs: Iterable[tuple[str, str]], start: Bar) -> tuple[Bar, tuple[Problem, ...]]:
    """What the keys and values of an address choose; what they don't name is as in `start`. A fault is told.

    `without=period,channel` names what is given up of `start`.
    """
    own: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for key, value in pairs:
        if key not in ("period", "compare", "read", "without"):
            rest.append((key, value))
        elif key in own:
            problems.append(Problem(key, "the key is there more than once", "Keep one of them", (key, None)))
        else:
            own[key] = value

    def read(key: str, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(own[key]) if key in own else None
        except Fault as fault:
            problems.append(Problem(key, fault.found, fault.remedy, (key, None)))
            return None

    period = read("period", lambda text: read_period(text) or ALL)
    compare = read("compare", _read_compare)
    words = read("read", _read_words) or frozenset()
    question, unread = read_pairs(rest)
    chosen = Bar(period, compare, "unique" in words, "rate" in words, question.segments, question.filters)
    chosen = replace(chosen, lang=dict(question.look).get("lang"))
    dropped = [name.strip() for name in own.get("without", "").split(",")]
    left = [key for key, _ in print_pairs(replace(question, filters=(), segments=())) if key != "lang"]
    problems += (Problem(key, "a board's bar has no such key", HELD, (key, None)) for key in left)
    return _overlay(chosen, start, {READ[word] for word in words}, dropped), (*problems, *unread)


def _read_compare(text: str) -> Compare | Literal["none"]:
    return "none" if text == "none" else read_compare(text)


def _overlay(chosen: Bar, start: Bar, decided: Collection[str], dropped: Collection[str]) -> Bar:
    """What is chosen, and what `start` holds of all that isn't decided or given up."""
    names = {item.dimension for item in chosen.filters} | set(dropped)
    filters = (*chosen.filters, *(item for item in start.filters if item.dimension not in names))
    return Bar(
        period=chosen.period or (None if "period" in dropped else start.period),
        compare=chosen.compare or (None if "compare" in dropped else start.compare),
        unique=chosen.unique if "unique" in decided else start.unique,
        rate=chosen.rate if "rate" in decided else start.rate,
        segments=chosen.segments or (() if "segment" in dropped else start.segments),
        filters=tuple(sorted(filters, key=lambda item: item.dimension)),
        lang=chosen.lang or start.lang,
    )


def _read_words(text: str) -> frozenset[str]:
    """`unique,rate`: how metrics are counted, and whether they are rates. Raises Fault."""
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in READ:
            raise Fault(f"{show_text(word)} is no way to read a metric", suggest_name(word, READ, "way"))
    if len({READ[word] for word in words}) < len(words):
        raise Fault(f"{show_text(text)} says the same twice, or a thing and its opposite", "Keep one of them")
    return frozenset(words)


def print_bar(bar: Bar, start: Bar) -> list[tuple[str, str]]:
    """The keys and values by which a bar isn't `start`; none where it is."""
    words = [(bar.unique, start.unique, ("total", "unique")), (bar.rate, start.rate, ("absolute", "rate"))]
    read = [names[here] for here, before, names in words if here != before]
    filters = tuple(item for item in bar.filters if item not in start.filters)
    segments = bar.segments if bar.segments != start.segments else ()
    look = (("lang", bar.lang),) if bar.lang and bar.lang != start.lang else ()
    names = {item.dimension for item in bar.filters}
    gone = [key for key in ("period", "compare") if getattr(start, key) and not getattr(bar, key)]
    gone += ["segment"] if start.segments and not bar.segments else []
    gone += [item.dimension for item in start.filters if item.dimension not in names]
    found = [
        ("period", _print_period(bar.period) if bar.period and bar.period != start.period else ""),
        ("compare", _print_compare(bar.compare) if bar.compare and bar.compare != start.compare else ""),
        ("read", ",".join(read)),
        *((key, value) for key, value in print_pairs(Question(segments=segments, filters=filters, look=look))),
        ("without", ",".join(gone)),
    ]
    own = ("period", "compare", "read", "without")
    return [(key, value) for key, value in found if value or key not in own]


def _print_period(period: Period) -> str:
    return "all" if period == ALL else print_period(period)


def _print_compare(compare: Compare | Literal["none"]) -> str:
    return "none" if compare == "none" else print_compare(compare)


# --- a widget under a bar

Change = Callable[[Question], Question | Problem]
Part = tuple[str, str | None, Change]  # its key, the word of `read`, and what it makes of a question


def apply_bar(
    catalogue: Catalogue, question: Question, bar: Bar, as_of: date | None = None, start: Bar | None = None
) -> Fitted:
    """A widget's question with what the bar holds in place of its own keys.

    What the bar holds at `start`, before anybody chose anything, gives way to what the widget's line says itself.
    What the widget can't take is left out of the question and told, by its key. A question that can't be answered by
    itself takes everything: its own fault is what its tile tells.
    """
    parts = list(_list_changes(catalogue, question, _give_way(question, bar, start) if start else bar))
    whole: Question = question
    told: list[Problem] = []
    for *_, change in parts:
        changed = change(whole)
        if isinstance(changed, Problem):
            told.append(changed)
        else:
            whole = changed
    whole = canonicalise(whole)
    if find_problems(catalogue, question, as_of):
        return Fitted(whole)
    if not find_problems(catalogue, whole, as_of):
        return Fitted(whole, tuple(told))
    return _apply_one_by_one(catalogue, question, parts, as_of)


def _give_way(question: Question, bar: Bar, start: Bar) -> Bar:
    """The bar without what it holds by default of the keys that the question has itself."""
    own = {item.dimension for item in question.filters}
    return replace(
        bar,
        period=None if question.period and bar.period == start.period else bar.period,
        compare=None if question.compare and bar.compare == start.compare else bar.compare,
        segments=() if question.segments and bar.segments == start.segments else bar.segments,
        filters=tuple(item for item in bar.filters if not (item in start.filters and item.dimension in own)),
    )


def _apply_one_by_one(catalogue: Catalogue, question: Question, parts: Iterable[Part], as_of: date | None) -> Fitted:
    kept, left = canonicalise(question), list[Problem]()
    for key, item, change in parts:
        changed = change(kept)
        if isinstance(changed, Problem):
            left.append(changed)
            continue
        tried = canonicalise(changed)
        if tried == kept:
            continue
        if problems := find_problems(catalogue, tried, as_of):
            left.append(Problem(key, problems[0].found, problems[0].remedy, (key, item)))
        else:
            kept = tried
    return Fitted(kept, tuple(left))


def _list_changes(catalogue: Catalogue, question: Question, bar: Bar) -> Iterator[Part]:
    """What the bar changes, part by part; the period before what is compared with it."""
    if bar.lang:
        look = tuple(sorted((*((key, value) for key, value in question.look if key != "lang"), ("lang", bar.lang))))
        yield "lang", None, lambda found: replace(found, look=look)
    for item in bar.filters:
        yield item.dimension, None, partial(set_filter, item=item)
    if bar.segments:
        yield "segment", None, lambda found: _set_segments(found, bar.segments)
    if bar.period:
        yield "period", None, lambda found: replace(found, period=bar.period)
    for ask in question.metrics:
        for word in _choose_words(catalogue, ask, bar):
            yield "read", word, partial(_read_metric, ask=ask, word=word)
    if bar.compare == "none":
        yield "compare", None, _drop_compare
    elif bar.compare:
        compare = bar.compare
        yield "compare", None, lambda found: replace(found, compare=compare)


def set_filter(question: Question, item: Filter) -> Question:
    """The question with this filter in place of its own of that dimension."""
    return replace(question, filters=(*(one for one in question.filters if one.dimension != item.dimension), item))


def _set_segments(question: Question, segments: tuple[str, ...]) -> Question | Problem:
    if "segment" in question.by:
        return Problem("segment", "its groups are segments", "Filter by a dimension", ("segment", None))
    return replace(question, segments=segments)


def _read_metric(question: Question, ask: MetricAsk, word: str) -> Question:
    """The question with one of its metrics read another way, unless it shows both already."""
    here = next((one for one in (ask, _add_word(ask, "unique")) if one in question.metrics), ask)
    variant = _add_word(here, word)
    if here not in question.metrics or variant in question.metrics:
        return question
    return read_as(question, question.metrics.index(here), variant)


def _add_word(ask: MetricAsk, word: str) -> MetricAsk:
    """The metric with one more modifier, before those that look at other days: `clicks~unique~rate~yoy`."""
    names = [word, *(modifier.name for modifier in ask.modifiers)]
    first = tuple(Modifier(name) for name in ("unique", "rate") if name in names)
    return replace(ask, modifiers=(*first, *(one for one in ask.modifiers if one.name not in ("unique", "rate"))))


def _drop_compare(question: Question) -> Question:
    """Without the comparison, and without the order by what it adds."""
    order = tuple(one for one in question.order if not one.column.endswith(("@compare", "@change")))
    return replace(question, compare=None, order=order)


def _choose_words(catalogue: Catalogue, ask: MetricAsk, bar: Bar) -> Iterator[str]:
    """How the bar has a metric read; nothing of one that counts people already, or is a rate already."""
    metric, names = catalogue.metrics.get(ask.name), {modifier.name for modifier in ask.modifiers}
    if metric is None:
        return
    if bar.unique and "unique" not in names and not _counts_entities(catalogue, ask.name):
        yield "unique"
    if bar.rate and not names & {"rate", "share"} and metric.format != "percent" and "%" not in (metric.format or ""):
        yield "rate"


def _counts_entities(catalogue: Catalogue, name: str) -> bool:
    """Whether a metric counts each entity once as it stands, or follows each entity by itself."""
    metric = catalogue.metrics.get(name)
    match metric:
        case Aggregate() | Snapshot():
            tree = metric.sql.tree
            return isinstance(tree, exp.Count) and isinstance(tree.this, exp.Distinct)
        case Conversion() | Each():
            return True
        case None:
            return False
        case _:
            return all(_counts_entities(catalogue, part) for _, part in list_parts(metric))
