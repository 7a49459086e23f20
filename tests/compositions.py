"""Lines to the shop of the golden questions, drawn at random, and the laws that their answers keep."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote

from semantic import Answer, Failed, Refused, Source
from semantic.catalogue import Aggregate, Catalogue, Derived
from semantic.line import parse_line, print_line
from semantic.question import Between, Filter, Question, Slice, Top
from semantic.values import list_leaves
from tests.asking import is_same

GRAINS = ("hour", "day", "week", "month", "quarter", "half", "year")
PARTS = ("hour_of_day", "weekday", "day_of_month", "day_of_year", "month_of_year", "quarter_of_year")
CHANGES = ("dod", "wow", "mom", "qoq", "yoy", "previous")
DIMENSIONS = (
    *("town", "age", "age_band", "brand", "campaign", "channel", "nth", "cancelled", "nth_order", "warehouse", "site"),
    *("stage", "since", "tier", "interest", "source", "club", "role"),
    *("orders_per_contact", "messages_of_contact", "spent"),
    *("stage@now", "tier@now", "club@now", "contact.registered_at.month", "contact.registered_at.weekday"),
    *("since.month", "contact.town", "contact.age_band", "contact.orders_per_contact", "contact.stage"),
)
REACHED = {  # what views reach, mostly
    "contacts": ("town", "age_band", "stage", "tier", "interest", "club", "orders_per_contact", "spent", "stage@now"),
    "messages": ("channel", "nth", "campaign", "brand", "town", "stage", "interest", "tier@now", "messages_of_contact"),
    "orders": ("cancelled", "nth_order", "brand", "town", "age", "tier", "interest", "orders_per_contact", "club"),
    "spend": ("brand",),
    "stock": ("brand", "warehouse"),
    "visits": ("site", "brand", "town", "stage", "interest", "orders_per_contact", "spent"),
    "scores": ("town", "age_band", "stage", "interest", "club@now", "messages_of_contact"),
    "targets": ("brand",),
    "stages": ("stage", "since.month", "town", "tier", "interest", "since"),
    "tiers": ("tier", "town", "stage", "orders_per_contact"),
    "memberships": ("club", "role", "town", "interest", "stage"),
}
FILTERS = {
    "town": ("Lyon", "Riga,", "!Lyon", "", "~ly", "!", "Lyon,Riga", "Other"),
    "age": ("18..35", "35..", "..40,", "25", "!25", ""),
    "age_band": ("under 30", "!under 30", "30 and over,"),
    "brand": ("Aster", "!Vega", "", "~ve"),
    "campaign": ("Spring", "!Spring", "Summer,"),
    "channel": ("email", "sms", "!email", "~MA"),
    "nth": ("1", "1..2", "!1", "2.."),
    "cancelled": ("true", "false", "!true"),
    "nth_order": ("1", "2..", "!1"),
    "warehouse": ("north", "!north"),
    "site": ("web", "!app"),
    "stage": ("active", "!active", "", "new,lapsed"),
    "stage@now": ("active", "!lapsed", ""),
    "tier": ("gold", "!gold", ""),
    "interest": ("cars", "!cars", "", "cars,music"),
    "source": ("form", "!form"),
    "club": ("chess", "!chess", ""),
    "club@now": ("choir", "!choir"),
    "orders_per_contact": ("0", "1", "2..", "!1"),
    "messages_of_contact": ("1", "2..", "!2", ""),
    "spent": ("70..", "100,", "!70", ""),
    "month": ("2024-02-01", "2024-01-01,2024-03-01", "!2024-02-01"),
    "day": ("2024-02-29", "2024-01-01..2024-02-15"),
    "weekday": ("1", "6..7", "!1"),
    "hour_of_day": ("9", "1..10"),
    "contact.registered_at.month": ("2024-02-01", "2024-01-01..", ""),
}
SEGMENTS = ("young", "lyonnais", "not_in_riga", "big", "big_spenders", "lapsed")
PERIODS = (
    *("2024-01-01..2024-03-31", "2024-02-01..2024-02-29", "2024-01-01..2024-12-31", "2024-02-10..2024-03-05"),
    *("2023-12-01..2024-02-29", "2024-01-01..", "..2024-02-10", "this-month", "this-year", "previous-month"),
    *("last-30-days", "last-2-months", "ytd", "all", "2023-01-01..2023-12-31", "2024-02-29", "2025-01-01..2025-01-31"),
)
DAYS = ("2024-01-01..2024-01-10", "2024-02-27..2024-03-02", "2024-03-30..2024-04-01", "2023-10-28..2023-10-30")
HOURS = ("2024-03-31", "2023-10-29", "2024-01-05")
COMPARES = (
    *("previous", "year", "previous:full", "year:full", "2023-01-01..2023-03-31", "2023-12-01..2023-12-31:full"),
    *("town:Lyon", "channel:email", "brand:Aster", "stage:active", "interest:cars", "orders_per_contact:1", "town:"),
)
JOURNEYS = (
    *("funnel=buying", "funnel=reading", "funnel=coming_back", "funnel=warming", "funnel=touching"),
    *("cohort=buyers", "cohort=buyers:quarter:rolling", "cohort=welcome", "cohort=welcome:year", "cohort=buyers:week"),
    *("flow=stage", "flow=stage:sent:30d", "flow=club", "flow=tier", "flow=stage:orders:10d"),
    *("overlap=lyonnais,not_in_riga,young", "overlap=big,young", "overlap=stage", "overlap=interest", "overlap=club"),
    *("overlap=lapsed,young,lyonnais:pairs", "overlap=big_spenders,young"),
)


def make_line(rng: Random, catalogue: Catalogue) -> str:
    """A line that may well have an answer."""
    journey = rng.random() < 0.12
    parts: list[str] = []
    names: list[str] = []
    if journey:
        parts.append(rng.choice(JOURNEYS))
        pool: Sequence[str] = rng.choice([REACHED["messages"], REACHED["visits"], REACHED["contacts"], DIMENSIONS])
    else:
        metrics = [name for name, metric in catalogue.metrics.items() if getattr(metric, "take", "") is not None]
        names = rng.sample(metrics, rng.choice([1, 1, 2, 2, 3]))
        views = sorted({view for name in names for view in list_views(catalogue, name)})
        pools = [set(REACHED[view]) for view in views]
        shared = sorted(set.intersection(*pools)) if pools else []
        pool = shared if shared and rng.random() < 0.9 else DIMENSIONS
    by = make_by(rng, pool)
    rest = make_rest(rng, names, by, journey)
    if names:
        period = any(part.startswith("period=") for part in rest)
        parts.append("metric=" + ",".join(make_ask(rng, catalogue, name, by, period) for name in names))
    if by:
        parts.append("by=" + ",".join(by))
    segments = rng.sample(SEGMENTS, rng.choice([1, 2]) if "segment" in by else rng.choice([0] * 9 + [1, 2]))
    if segments and ("segment" not in by or rng.random() < 0.7):
        parts.append("segment=" + ",".join(segments))
    filters = {name: rng.choice(FILTERS[name]) for name in make_filters(rng, pool)}
    parts += [f"{name}={quote(value, safe='!~,.@')}" for name, value in filters.items()]
    return "&".join([*parts, *rest])


def list_views(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The views that a metric's rows are of."""
    metric = catalogue.metrics[name]
    if isinstance(metric, Aggregate):
        yield metric.view
        return
    named = [
        getattr(metric, key)
        for key in ("each", "rolling", "to_date", "compare", "metric", "of")
        if hasattr(metric, key)
    ]
    sql = str(getattr(metric, "sql", "")) + " " + " ".join(str(value) for value in named)
    sql += " " + " ".join(getattr(metric, "steps", getattr(metric, "conversion", ()))[:1])
    for word in re.findall(r"\w+", sql):
        if word in catalogue.metrics and word != name:
            yield from list_views(catalogue, word)


def make_by(rng: Random, pool: Sequence[str]) -> list[str]:
    by: list[str] = []
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])):
        kind = rng.random()
        if kind < 0.55 and pool:
            by.append(rng.choice(pool))
        elif kind < 0.85:
            by.append(rng.choice(GRAINS))
        elif kind < 0.93:
            by.append(rng.choice(PARTS))
        else:
            by.append("segment")
    return list(dict.fromkeys(by))


def make_ask(rng: Random, catalogue: Catalogue, name: str, by: Sequence[str], period: bool) -> str:
    """The metric with modifiers, seldom such as it can't have."""
    metric = catalogue.metrics[name]
    inner = rng.choice([key for key in by if key != "segment"] or ["town"])
    change = rng.choice(CHANGES)
    wild = rng.random() < 0.08
    adds = isinstance(metric, Aggregate) and re.match(r"sum|count\(\*\)", metric.sql.text)
    plain = isinstance(metric, Aggregate | Derived) and not getattr(metric, "snapshot", None)
    ones = [""] * 4
    if getattr(metric, "unique", None) or wild:
        ones += ["~unique", "~unique"]
    if getattr(metric, "share_of", None) or wild:
        ones += ["~rate", "~unique~rate", "~rate"]
    if adds or wild:
        ones += ["~share", f"~share({inner})"]
    if plain or wild:
        ones += ["~rolling7d", "~rolling2m", "~mtd", "~ytd", "~total"]
    if set(by) & set(GRAINS) or period or wild:
        ones += [f"~{change}", f"~{change}(value)", f"~{change}(delta)"]
    one = rng.choice(ones)
    more = rng.choice([""] * 6 + ["~share", "~yoy(value)", "~previous", "~yoy"]) if one else ""
    return f"{name}{one}{more}"


def make_filters(rng: Random, pool: Sequence[str]) -> list[str]:
    names = [name for name in FILTERS if name in pool or (name in (*GRAINS, *PARTS) and rng.random() < 0.2)]
    return rng.sample(names, min(len(names), rng.choice([0, 0, 0, 0, 1, 1, 2])))


def make_rest(rng: Random, names: Sequence[str], by: Sequence[str], journey: bool) -> list[str]:
    """Period, comparison, top, order, limit, totals, zone and rows."""
    rest: list[str] = []
    if "hour" in by:
        rest.append("period=" + rng.choice(HOURS))
    elif "day" in by:
        rest.append("period=" + rng.choice(DAYS))
    elif rng.random() < 0.75:
        rest.append("period=" + rng.choice(PERIODS))
    if not journey and rng.random() < 0.25 and any(part.startswith("period=") for part in rest):
        rest.append("compare=" + quote(rng.choice(COMPARES), safe=":.-"))
    plain = [key for key in by if key not in (*GRAINS, *PARTS, "segment")]
    if plain and not journey and rng.random() < 0.25:
        rest.append("top=" + rng.choice(["1", "2", f"1:{rng.choice(names)}", "3"]))
    if by and rng.random() < 0.4:
        rest.append("totals=all")
    if rng.random() < 0.2 and (by or names):
        rest.append("order=" + rng.choice(["", "-"]) + rng.choice([*by, *names]))
    if rng.random() < 0.15:
        rest.append(f"limit={rng.choice([1, 2, 5])}")
    if rng.random() < 0.12:
        rest.append("timezone=" + rng.choice(["America/New_York", "UTC", "Asia/Kathmandu"]))
    if len(names) == 1 and rng.random() < 0.04:
        rest.append("rows=5")
    return rest


Record = Mapping[str, Any]


def ask(source: Source, question: Question) -> Answer | Refused:
    """The answer, or why there is none. Raises whatever else breaks."""
    try:
        return source.ask(question)
    except Refused as refused:
        return refused


def check_answered(source: Source, line: str) -> tuple[Answer | Refused | None, str]:
    """What became of the line, and what is wrong with that: it's answered, or refused in sentences."""
    try:
        found = ask(source, parse_line(line))
    except Refused as refused:
        return refused, ""
    except Failed as failed:
        return None, f"Failed: {failed} {failed.__cause__}"
    except Exception as error:  # noqa: BLE001  # any other is what is looked for
        return None, f"{type(error).__name__}: {error}"
    if isinstance(found, Refused):
        bad = [str(problem) for problem in found.problems if not re.search(r"\w{2,}.* .*\w{2,}", str(problem))]
        return found, f"refused without a sentence: {bad}" if bad else ""
    return found, ""


def list_columns(answer: Answer, name: str) -> list[str]:
    """The columns of an asked metric: itself, and its comparison's."""
    return [column for column in answer.columns if column == name or column in (f"{name}@compare", f"{name}@change")]


def index_rows(rows: Sequence[Record], keys: Sequence[str]) -> dict[tuple[str, ...], Record]:
    return {tuple(repr(row.get(key, "-")) for key in keys): row for row in rows}


def compare_rows(
    wanted: Sequence[Record], found: Sequence[Record], keys: Sequence[str], columns: Sequence[str], told: str
) -> str:
    """The first of the wanted rows that isn't found, or has another value there."""
    there = index_rows(found, keys)
    for place, row in index_rows(wanted, keys).items():
        if place not in there:
            return f"{told}: no row {place}, which has {[row[c] for c in columns]}"
        for column in columns:
            if not is_same(row[column], there[place][column]):
                return f"{told}: {column} at {place} is {there[place][column]!r}, not {row[column]!r}"
    return ""


def list_faults(source: Source, question: Question, answer: Answer) -> Iterator[str]:
    """Where the answer breaks a law; says nothing of a question that is no longer answered when it's varied."""
    if question.rows:
        return
    yield from filter(None, (law(source, question, answer) for law in LAWS))


def check_alone(source: Source, question: Question, answer: Answer) -> str:
    """Metrics together have the values that they have alone."""
    if len(question.metrics) < 2 or question.limit:
        return ""
    keys = list(question.by)
    top = question.top and replace(question.top, metric=question.top.metric or question.metrics[0])
    for metric in question.metrics:
        one = ask(source, replace(question, metrics=(metric,), order=(), top=top))
        if isinstance(one, Refused):
            continue
        columns = [column for column in one.columns if column not in keys]
        if fault := compare_rows(one.rows(), answer.rows(), keys, columns, "together"):
            return fault
        if fault := compare_rows(one.totals, answer.totals, keys, columns, "together, in totals"):
            return fault
    return ""


def check_totals(source: Source, question: Question, answer: Answer) -> str:
    """A total is the question by fewer keys."""
    if not question.totals or question.journey:
        return ""
    inner = {modifier.argument for metric in question.metrics for modifier in metric.modifiers}
    for size in range(len(question.by)):
        keys = question.by[:size]
        gone = set(question.by) - set(keys)
        if "segment" in gone or inner & gone or (gone & set(GRAINS) and looks_back(answer)):
            continue
        wanted = [row for row in answer.totals if set(row) & set(question.by) == set(keys)]
        fewer = ask(source, replace(question, by=keys, totals=False, top=None, limit=None, order=()))
        if isinstance(fewer, Refused):
            continue
        columns = [column for column in fewer.columns if column not in keys]
        rows = fewer.rows()
        if question.top and any(answer.plan.top and key == answer.plan.top.key.name for key in keys):
            continue
        if fault := compare_rows(wanted, rows, keys, columns, f"total by {keys}"):
            return fault
        if not question.limit and (fault := compare_rows(rows, wanted, keys, columns, f"fewer keys {keys}")):
            return fault
    return ""


def looks_back(answer: Answer) -> bool:
    """Whether values are of an earlier period: on a time axis of whole ones, else of as many days as have elapsed."""
    return any(leaf.variant.shift for column in answer.resolved.columns for leaf in list_leaves(column.value))


def check_filter(source: Source, question: Question, answer: Answer) -> str:
    """A filter of one value gives that value's row."""
    plain = (
        *("town", "age", "age_band", "brand", "campaign", "channel", "nth", "cancelled", "nth_order", "warehouse"),
        *("site", "stage", "tier", "stage@now", "tier@now", "orders_per_contact", "messages_of_contact", "spent"),
    )
    keys = [key for key in question.by if key in plain]
    if not keys or question.journey or question.limit or question.top or not answer.table.num_rows:
        return ""
    key = keys[0]
    if any(f.dimension in (key, f"contact.{key}") for f in question.filters):
        return ""
    if any(m.name == "share" for metric in question.metrics for m in metric.modifiers):
        return ""
    value = next((row[key] for row in answer.rows() if row[key] is not None), None)
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    line = f"{print_line(replace(question, totals=False))}&{key}={quote(text, safe='')}"
    try:
        one = ask(source, parse_line(line))
    except Refused:
        return ""
    if isinstance(one, Refused):
        return ""
    columns = [column for column in answer.columns if column not in question.by]
    wanted = [row for row in answer.rows() if row[key] == value and any(row[c] is not None for c in columns)]
    return compare_rows(wanted, one.rows(), question.by, columns, f"filtered {key}={text}")


def check_order(source: Source, question: Question, answer: Answer) -> str:
    """An order and a limit change no value."""
    names = answer.columns
    if question.limit or not names:
        return ""
    column = names[-1]
    line = print_line(replace(question, order=()))
    keys = [
        name for name in names if not question.metrics and name in ("step", "from", "to", "cohort", "age", "segments")
    ]
    keys = [*question.by, *keys]
    try:
        some = ask(source, parse_line(f"{line}&order=-{quote(column, safe='')}&limit=3"))
    except Refused:
        return ""
    if isinstance(some, Refused):
        return ""
    if some.table.num_rows != min(3, answer.table.num_rows):
        return f"ordered: {some.table.num_rows} rows of {answer.table.num_rows}"
    columns = [name for name in names if name not in keys]
    if len(index_rows(answer.rows(), keys)) < answer.table.num_rows:
        return ""  # a step that is there twice
    return compare_rows(some.rows(), answer.rows(), keys, columns, "ordered")


def check_months(source: Source, question: Question, answer: Answer) -> str:
    """A month's rows are those of the question over that month."""
    if "month" not in question.by or question.limit or question.top or question.compare or question.journey:
        return ""
    finer = {"hour", "day", "week", "quarter", "half", "year"} & set(question.by)
    shares = any(m.name == "share" for metric in question.metrics for m in metric.modifiers)
    if finer or shares or answer.resolved.traits or not question.period or not answer.table.num_rows:
        return ""
    found = answer.rows()
    month = found[len(found) // 2]["month"]
    begin, end = answer.resolved.asked.start, answer.resolved.asked.stop
    after = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    if not begin or not end or begin > month or after > end or looks_back(answer):
        return ""
    by = tuple(key for key in question.by if key != "month")
    period = Between(month, after - timedelta(days=1))
    one = ask(source, replace(question, by=by, period=period, totals=False, order=()))
    if isinstance(one, Refused):
        return ""
    columns = [column for column in answer.columns if column not in question.by]
    wanted = [row for row in found if row["month"] == month and any(row[c] is not None for c in columns)]
    return compare_rows(wanted, one.rows(), by, columns, f"month {month}")


def check_segments(source: Source, question: Question, answer: Answer) -> str:
    """A segment's rows are those of the question that it filters."""
    if "segment" not in question.by or question.limit or question.top or question.journey:
        return ""
    if any(m.name == "share" for metric in question.metrics for m in metric.modifiers):
        return ""
    name = next((row["segment"] for row in answer.rows()), None)
    if name is None:
        return ""
    by = tuple(key for key in question.by if key != "segment")
    one = ask(source, replace(question, by=by, segments=(name,), totals=False, order=()))
    if isinstance(one, Refused):
        return ""
    columns = [column for column in answer.columns if column not in question.by]
    wanted = [row for row in answer.rows() if row["segment"] == name and any(row[c] is not None for c in columns)]
    return compare_rows(wanted, one.rows(), by, columns, f"segment {name}")


def check_reference(source: Source, question: Question, answer: Answer) -> str:
    """A reference slice has the values of the question that it filters."""
    if not question.compare or not isinstance(question.compare.with_, Slice) or question.limit or question.top:
        return ""
    slice_ = question.compare.with_
    taken = {f.dimension for f in question.filters} | set(question.by)
    if slice_.dimension in taken:
        return ""
    filters = (*question.filters, Filter(slice_.dimension, (slice_.value,)))
    one = ask(source, replace(question, compare=None, filters=filters, totals=False, order=()))
    if isinstance(one, Refused):
        return ""
    columns = [column for column in one.columns if column not in question.by]
    wanted = [{**row, **{f"{c}@compare": row[c] for c in columns}} for row in one.rows()]
    wanted = [row for row in wanted if any(row[c] is not None for c in columns)]
    return compare_rows(wanted, answer.rows(), question.by, [f"{c}@compare" for c in columns], "slice")


def check_top(source: Source, question: Question, answer: Answer) -> str:
    """A top that leaves nothing out changes no value."""
    if question.limit or question.journey or (question.top and question.top.count < 3):
        return ""
    two = replace(question, order=(), top=None if question.top else Top(50))
    one = ask(source, two)
    if isinstance(one, Refused) or any(mark.mark == "other" for mark in (*answer.marks, *one.marks)):
        return ""
    if [field.type for field in one.table.schema] != [field.type for field in answer.table.schema]:
        return ""  # numbers beside Other are texts
    columns = [column for column in answer.columns if column not in question.by]
    return compare_rows(answer.rows(), one.rows(), question.by, columns, "top") or compare_rows(
        one.rows(), answer.rows(), question.by, columns, "top"
    )


LAWS: tuple[Callable[[Source, Question, Answer], str], ...] = (
    check_alone,
    check_totals,
    check_filter,
    check_order,
    check_months,
    check_segments,
    check_reference,
    check_top,
)
