"""Text <-> Question: the only reader and the only printer of the line, the one text form that a question has."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar, get_args

from semantic.errors import Problem, Refused
from semantic.line_values import (
    Fault,
    print_compare,
    print_metric,
    print_period,
    print_rows,
    print_term,
    print_top,
    read_compare,
    read_count,
    read_dimension,
    read_metric,
    read_name,
    read_options,
    read_order,
    read_period,
    read_rows,
    read_term,
    read_timezone,
    read_top,
    read_totals,
    settle_modifier,
    show_text,
    split_values,
)
from semantic.question import (
    Between,
    Contains,
    Equals,
    Filter,
    IsNull,
    Journey,
    MetricAsk,
    Order,
    PersonalSegment,
    Question,
    Relative,
    Slice,
    Term,
    Within,
)

JOURNEYS = get_args(Journey.__annotations__["kind"])
LOOK = ("chart", "lang", "title")  # how an answer is shown
# What `chart` may hold; which of them shows an answer depends on the answer.
CHARTS = (
    "number", "table", "ranking", "pivot", "shaded", "line", "area", "column", "bar", "stack", "share", "bullet",
    "heat", "scatter", "slope", "histogram", "cumulative", "funnel", "retention", "flow", "sankey", "net", "upset",
    "pairs", "spark",
)  # fmt: skip
HOST = ("embed", "embed_options")  # Streamlit's own, in the same URL
PERSONAL = "segment."  # and a name: a personal segment
_ASKED = ("metric", "by", "segment", "period", "compare", "top", "order", "limit", "totals", "rows", "timezone")
RESERVED = frozenset((*_ASKED, *JOURNEYS, *LOOK, *HOST))

MAX_LENGTH = 16_384  # of a line, in characters
MAX_ITEMS = 1_000  # of a list, and keys of a line
MAX_METRICS = 50
MAX_BY = 12

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_ESCAPED = frozenset("%&#+<>\\^`{|}")  # %&#+ mean something in a URL; at the others browsers, chats or mails cut it off
_JOINERS = "\u200c\u200d"  # invisible, yet part of words (Persian) and of emoji

T = TypeVar("T")


def read_line(text: str) -> tuple[Question, tuple[Problem, ...]]:
    """The question that a line, or a URL with one, holds. Never raises.

    What is at fault is left out of the question and told as a Problem; its `part` names the key, and the item as it is
    written where only an item of a list is at fault. The question is canonical (see `canonicalise`).
    """
    pairs, problems = split_line(text)
    question, more = read_pairs(pairs)
    return question, (*problems, *more)


def split_line(text: str) -> tuple[list[tuple[str, str]], tuple[Problem, ...]]:
    """The decoded keys and values of a line, or a URL with one, and what can't be decoded. Never raises."""
    line = text.strip(" \t\r\n")
    if re.match("https?://", line, re.IGNORECASE):
        line = line.partition("#")[0].partition("?")[2]
    try:
        pairs, problems = _split_line(line.removeprefix("?"))
    except Fault as fault:
        return [], (Problem("line", fault.found, fault.remedy),)
    return pairs, tuple(problems)


def parse_line(text: str) -> Question:
    """The question that a line holds. Raises Refused with every problem."""
    question, problems = read_line(text)
    if problems:
        raise Refused(problems)
    return question


def read_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[Question, tuple[Problem, ...]]:
    """As `read_line`, from keys and values that are URL-decoded already, as a browser's page gets them."""
    pairs = [(key, value) for key, value in pairs if key not in HOST]
    try:
        _check_size(len(pairs), sum(len(key) + len(value) + 2 for key, value in pairs) - 1)
    except Fault as fault:
        return Question(), (Problem("line", fault.found, fault.remedy),)
    parts = _Parts(pairs)
    rows, page, columns = parts.read_one("rows", read_rows) or (None, 1, ())
    question = Question(
        journey=parts.read_journey(),  # before the metrics: the two exclude each other
        metrics=parts.read_list("metric", read_metric, MAX_METRICS),
        by=parts.read_list("by", read_dimension, MAX_BY),
        filters=parts.read_filters([key for key in parts.values if not _is_reserved(key)]),
        segments=parts.read_list("segment", read_name),
        personal=parts.read_personal(),
        period=parts.read_one("period", read_period),
        compare=parts.read_one("compare", read_compare),
        top=parts.read_one("top", read_top),
        order=parts.read_list("order", read_order),
        limit=parts.read_one("limit", partial(read_count, most=1_000_000)),
        totals=bool(parts.read_one("totals", read_totals)),
        rows=rows,
        page=page,
        columns=columns,
        timezone=parts.read_one("timezone", read_timezone),
        look=tuple((key, parts.values[key]) for key in LOOK if key in parts.values),
    )
    return canonicalise(question), tuple(parts.problems)


def print_line(question: Question) -> str:
    """The one line of the question: readable, and safe in a browser's address, a chat, a mail and a YAML file.

    A space is `+`. Percent-encoded is what means something in a URL, what is invisible, what cuts a link off, and a
    punctuation mark at the line's end, which chats and mails take for their own (`age=18..` would lose its dots).
    """
    line = join_pairs(print_pairs(question))
    last = line[-1:]
    loose = last and (unicodedata.category(last)[0] == "P" or last == "~")
    closing = last == ")" and line.count("(") >= line.count(")")
    return line[:-1] + _escape(last) if loose and not closing else line


def print_pairs(question: Question) -> list[tuple[str, str]]:
    """The keys and values of the question's line, decoded, in its order; no key is there twice.

    The question must be one that a line can hold: a dimension has one filter, a filter has terms, and metrics and a
    journey are not asked together.
    """
    q = canonicalise(question)
    assert {key for key, _ in q.look} <= set(LOOK), q.look
    asked = [
        ("metric", ",".join(map(print_metric, q.metrics))),
        *([(q.journey.kind, ":".join([",".join(q.journey.names), *q.journey.options]))] if q.journey else []),
        ("by", ",".join(q.by)),
    ]
    rest = [
        ("segment", ",".join(q.segments)),
        *((PERSONAL + segment.name, join_pairs(map(_print_filter, segment.filters))) for segment in q.personal),
        ("period", print_period(q.period) if q.period else ""),
        ("compare", print_compare(q.compare) if q.compare else ""),
        ("top", print_top(q.top) if q.top else ""),
        ("order", ",".join("-" * order.descending + order.column for order in q.order)),
        ("limit", str(q.limit or "")),
        ("totals", "all" if q.totals else ""),
        ("rows", print_rows(q.rows, q.page, q.columns) if q.rows else ""),
        ("timezone", q.timezone or ""),
    ]
    pairs = [*filter(_holds, asked), *map(_print_filter, q.filters), *filter(_holds, rest), *q.look]
    assert len(dict(pairs)) == len(pairs), pairs
    return pairs


def canonicalise(question: Question) -> Question:
    """The one question of all that mean the same: what the readers give and the printer prints.

    Order has a meaning, and is kept, in `metrics` (columns; the first is what `top` takes), `by` (outermost first) and
    `order`; what is there twice stands once, at its first place. It has none in filters, their terms, segments, the
    names of an overlap and the look: these are sorted by text, and each stands once. Defaults are left out: a change
    taken as `change`, a period open at both ends, the `full` of a slice, the first page of rows.
    """
    period, compare, journey, top = question.period, question.compare, question.journey, question.top
    if period == Between(None, None):
        period = None
    if isinstance(period, Relative) and period.kind == "this":
        period = replace(period, count=1)
    if compare and isinstance(compare.with_, Slice):
        compare = replace(compare, full=False)
    if journey and journey.kind == "overlap":
        journey = replace(journey, names=_sort(journey.names))
    if top and top.metric:
        top = replace(top, metric=_settle_metric(top.metric))
    order: dict[str, Order] = {}
    for item in question.order:
        order.setdefault(item.column, item)
    personal = (replace(segment, filters=_settle_filters(segment.filters)) for segment in question.personal)
    return replace(
        question,
        metrics=tuple(dict.fromkeys(map(_settle_metric, question.metrics))),
        journey=journey,
        by=tuple(dict.fromkeys(question.by)),
        segments=_sort(question.segments),
        personal=tuple(sorted(personal, key=lambda segment: segment.name)),
        filters=_settle_filters(question.filters),
        period=period,
        compare=compare,
        top=top,
        order=tuple(order.values()),
        page=question.page if question.rows else 1,
        columns=tuple(dict.fromkeys(question.columns)) if question.rows else (),
        look=tuple(sorted(question.look)),
    )


def _settle_metric(metric: MetricAsk) -> MetricAsk:
    return replace(metric, modifiers=tuple(map(settle_modifier, metric.modifiers)))


def _settle_filters(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """By dimension; the terms as values, ranges, texts contained, then NULL, each kind by how it is written."""
    kinds = (Equals, Within, Contains, IsNull)

    def rank(term: Term) -> tuple[int, str]:
        return kinds.index(type(term)), print_term(term, first=False)

    settled = (replace(found, terms=tuple(sorted(set(found.terms), key=rank))) for found in filters)
    return tuple(sorted(settled, key=lambda found: found.dimension))


def _sort(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


class _Parts:
    """The parts of one line by key, and what is wrong with them; `within` is the key of a line within the line."""

    def __init__(self, pairs: Iterable[tuple[str, str]], within: str = "") -> None:
        self.within = within
        self.problems: list[Problem] = []
        self.values: dict[str, str] = {}
        repeated: dict[str, None] = {}
        for key, value in pairs:
            if key in self.values:
                repeated[key] = None
            self.values[key] = value
        for key in repeated:
            self.drop(key, Fault("the key is there more than once", "Keep one of them"))
        for key in [key for key, value in self.values.items() if _NOT_TEXT.search(key + value)]:
            self.drop(key, Fault("it holds a NUL or half of a character", "Neither is text"))

    def tell(self, key: str, item: str | None, fault: Fault) -> None:
        self.problems.append(_locate(key, item, fault, self.within))

    def drop(self, key: str, fault: Fault) -> None:
        del self.values[key]
        self.tell(key, None, fault)

    def attempt(self, key: str, item: str | None, read: Callable[[str], T], text: str) -> T | None:
        try:
            return read(text)
        except Fault as fault:
            self.tell(key, item, fault)
            return None

    def read_one(self, key: str, read: Callable[[str], T]) -> T | None:
        if key not in self.values:
            return None
        if not self.values[key]:
            self.drop(key, Fault("nothing is written behind it", "Leave the key out"))
            return None
        return self.attempt(key, None, read, self.values[key])

    def read_items(self, key: str, items: list[str], read: Callable[[str], T], most: int = MAX_ITEMS) -> tuple[T, ...]:
        if len(items) > most:
            self.tell(key, None, Fault(f"it lists {len(items):,}", f"The most are {most:,}"))
            return ()
        found = (self.attempt(key, item, read, item) for item in items)
        return tuple(thing for thing in found if thing is not None)

    def read_list(self, key: str, read: Callable[[str], T], most: int = MAX_ITEMS) -> tuple[T, ...]:
        """Names hold no spaces, so that those around a comma are let pass."""
        text = self.read_one(key, str)
        return self.read_items(key, text.split(","), lambda item: read(item.strip(" ")), most) if text else ()

    def read_journey(self) -> Journey | None:
        asked = [key for key in ("metric", *JOURNEYS) if key in self.values]
        for rival in asked[1:]:
            self.drop(rival, Fault(f"it stands beside {asked[0]}", "A line asks for one of the two"))
        if not asked or asked[0] == "metric":
            return None
        kind = asked[0]
        self.values[kind], colon, ending = self.values[kind].partition(":")
        options = self.attempt(kind, None, partial(read_options, kind), ending) if colon else ()
        read = read_dimension if kind in ("flow", "overlap") else read_name
        names = self.read_list(kind, read, MAX_ITEMS if kind == "overlap" else 1)
        return Journey(kind, names, options or ()) if names else None

    def read_filters(self, keys: Iterable[str]) -> tuple[Filter, ...]:
        found = (self.read_filter(key, self.values[key]) for key in keys)
        return tuple(one for one in found if one)

    def read_filter(self, key: str, text: str) -> Filter | None:
        name = self.attempt(key, None, partial(_read_key, not text), key)
        values = self.attempt(key, None, split_values, text)
        if name is None or values is None:
            return None
        terms = self.read_items(key, values[1], read_term)
        return Filter(name, terms, negated=values[0]) if terms else None

    def read_personal(self) -> tuple[PersonalSegment, ...]:
        keys = [key for key in self.values if key.startswith(PERSONAL)]
        found = (self.attempt(key, None, partial(self.read_segment, key), self.values[key]) for key in keys)
        return tuple(segment for segment in found if segment)

    def read_segment(self, key: str, text: str) -> PersonalSegment | None:
        """One with a fault is left out whole: without one of its filters it would be another segment."""
        name = read_name(key.removeprefix(PERSONAL))
        pairs, problems = _split_line(text, within=key)
        inner = _Parts(pairs, within=key)
        for reserved in [key for key in inner.values if _is_reserved(key)]:
            inner.drop(reserved, Fault("a segment holds filters only", "It is asked beside the segment"))
        filters = inner.read_filters(inner.values)
        problems += inner.problems
        self.problems += problems
        if not filters and not problems:
            raise Fault("it holds no filter", "A segment holds filters, percent-encoded: channel=email%26age=18..")
        return None if problems else PersonalSegment(name, filters)


def _is_reserved(key: str) -> bool:
    return key in RESERVED or key.startswith(PERSONAL)


def _read_key(alone: bool, text: str) -> str:
    if not text:
        raise Fault("a value has no key", "A filter is written channel=email")
    if alone and " " in text:
        raise Fault(f"{show_text(text)} is no key with a value", "A line is written metric=orders&by=month")
    return read_dimension(text)


def _holds(pair: tuple[str, str]) -> bool:
    return bool(pair[1])


def _locate(key: str, item: str | None, fault: Fault, within: str = "") -> Problem:
    where, part = show_text(key) or "line", (key, item)
    if within:
        where, part = f"{show_text(within)}: {where}", (within, None)
    return Problem(where, fault.found, fault.remedy, part)


def _print_filter(asked: Filter) -> tuple[str, str]:
    assert asked.terms, asked
    assert not _is_reserved(asked.dimension), asked
    items = (print_term(term, first=not place) for place, term in enumerate(asked.terms))
    return asked.dimension, "!" * asked.negated + ",".join(items)


def _split_line(line: str, within: str = "") -> tuple[list[tuple[str, str]], list[Problem]]:
    """The decoded pairs of a line, and what can't be decoded. Raises Fault where the line is too long."""
    _check_size(line.count("&"), len(line) // 12)  # no character is encoded as more than 12
    pairs: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for piece in filter(None, line.split("&")):
        key, _, value = piece.partition("=")
        try:
            pairs.append((_decode(key), _decode(value)))
        except Fault as fault:
            problems.append(_locate(key, None, fault, within))
    return pairs, problems


def _check_size(keys: int, length: int) -> None:
    if keys > MAX_ITEMS:
        raise Fault(f"it holds more than {MAX_ITEMS:,} keys", "Leave some out")
    if length > MAX_LENGTH:
        raise Fault(f"it holds more than {MAX_LENGTH:,} characters", "Leave some out")


def _decode(text: str) -> str:
    def decode(escapes: re.Match[str]) -> str:
        if escapes[0] == "%":
            wrong = show_text(text[escapes.start() : escapes.start() + 3])
            raise Fault(f"{wrong} is no percent-encoding", "The sign % is written %25")
        try:
            return bytes.fromhex(escapes[0].replace("%", "")).decode()
        except UnicodeDecodeError:
            raise Fault(f"{show_text(escapes[0])} is no text in UTF-8", "A letter é is written %C3%A9") from None

    return _ESCAPES.sub(decode, text.replace("+", " "))


def join_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """The keys and values as a line has them: percent-encoded is only what must be."""
    return "&".join(f"{_encode(key)}={_encode(value)}" for key, value in pairs)


def _encode(text: str) -> str:
    return "".join(
        "+" if c == " " else c if c not in _ESCAPED and (c.isprintable() or c in _JOINERS) else _escape(c) for c in text
    )


def _escape(c: str) -> str:
    return "".join(f"%{byte:02X}" for byte in c.encode())
