"""Text <-> what one key of a line holds: names, metrics, periods, comparisons, terms of a filter."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo, available_timezones

from semantic.errors import find_nearest, suggest_name
from semantic.question import (
    Between,
    Compare,
    Contains,
    Equals,
    IsNull,
    MetricAsk,
    Modifier,
    Order,
    Period,
    Relative,
    Slice,
    Term,
    Top,
    Unit,
    Within,
)

CHANGES = ("dod", "wow", "mom", "qoq", "yoy", "previous")
AGES = ("day", "week", "month", "quarter", "half", "year")  # of a cohort
RETENTIONS = ("bounded", "rolling")
FORMS = ("value", "delta", "change")  # of a change; the last is meant where none is named
MODIFIERS = ("unique", "rate", "share", "rolling7d", "mtd", "qtd", "ytd", "total", *CHANGES)

_PLURALS: dict[Unit, str] = {unit: "halves" if unit == "half" else f"{unit}s" for unit in get_args(Unit)}
_UNITS: dict[str, Unit] = {word: unit for unit, plural in _PLURALS.items() for word in (unit, plural)}
_PERIODS: dict[str, Period | None] = {
    "all": None,
    "today": Relative("this", 1, "day"),
    "yesterday": Relative("previous", 1, "day"),
    "wtd": Relative("this", 1, "week"),
    "mtd": Relative("this", 1, "month"),
    "qtd": Relative("this", 1, "quarter"),
    "ytd": Relative("this", 1, "year"),
}
_PERIOD_WORDS = (*_PERIODS, *(f"{kind}-{unit}" for kind in ("this", "previous") for unit in _PLURALS))
_PERIOD_HINT = "A period is written 2024-01-01..2024-06-30, last-90-days, this-month, previous-month or all"
_RELATIVE = re.compile(r"(last|previous|this)(?:-([0-9]+))?-([a-z]+)")
_NO_TIMEZONES = ("localtime", "posix", "right/", "Factory")  # files of a machine that read as a zone, none of IANA's
_COMPARED: dict[str, Literal["previous", "year"]] = {"previous": "previous", "year": "year"}

# Possessive: a text without its closing quote fails at once, however long it is.
_QUOTED = r'"(?:[^"]|"")*+"'
_ITEM = re.compile(r'(?:\A|,)((?:[^",]|"(?:[^"]|"")*+(?:"|\Z))*+)')  # an unclosed quote runs to the end
_PLAIN = r'(?:(?!\.\.)[^"])*+'
_TERM = re.compile(rf"({_QUOTED}|{_PLAIN})(?:(\.\.)({_QUOTED}|(?!\.){_PLAIN}))?")


class Fault(Exception):
    """What is wrong with a text, raised by its reader; whoever knows the key makes a Problem of it."""

    def __init__(self, found: str, remedy: str = "") -> None:
        super().__init__(found, remedy)
        self.found, self.remedy = found, remedy


def show_text(text: str, most: int = 60) -> str:
    """Text as a message tells it: short, and without what a terminal would obey."""
    if len(text) <= most and text.isprintable():
        return text
    seen = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return f"{seen}…" if len(text) > most else seen


def _suggest(text: str, known: Iterable[str], hint: str) -> str:
    nearest = find_nearest(text, known)
    return f"Did you mean {nearest}?" if nearest else hint


# --- names, metrics, counts


def is_name(text: str) -> bool:
    """Letters, digits and `_` of any script, with their marks; no digit in front."""
    return bool(re.match(r"[^\W\d]", text)) and all(
        c == "_" or c.isalnum() or unicodedata.category(c)[0] == "M" for c in text
    )


def read_name(text: str) -> str:
    """The text itself. Raises Fault where it is no name."""
    if not text:
        raise Fault("a name is missing", "Names are written a,b")
    if not is_name(text):
        raise Fault(f"{show_text(text)} is not a name", "A name is letters, digits and _, and starts with no digit")
    return text


def read_dimension(text: str) -> str:
    """The text itself: `brand`, `contact.brand`, `registered_at.month`, `lifecycle@now`. Raises Fault."""
    path, at, moment = text.partition("@")
    if not all(map(is_name, path.split("."))) or (at and not is_name(moment)):
        read_name(text)  # a dot or @ that is out of place is no name either
    return text


def read_metric(text: str) -> MetricAsk:
    """`revenue~rolling7d~yoy(delta)`. Raises Fault."""
    name, *modifiers = text.split("~")
    return MetricAsk(read_name(name), tuple(_read_modifier(modifier, text) for modifier in modifiers))


def _read_modifier(text: str, whole: str) -> Modifier:
    match = re.fullmatch(r"([a-z]\w*)(?:\((.+)\))?", text, re.DOTALL)
    if not match:
        raise Fault(f"{show_text(whole)} is not a metric with modifiers", "One is written revenue~yoy(delta)")
    name, argument = match[1], match[2]
    if name == "share":
        return Modifier(name, argument and read_dimension(argument))
    if name in CHANGES:
        if argument and argument not in FORMS:
            known = suggest_name(argument, FORMS, "form")
            raise Fault(f"{show_text(whole)} has an unknown form of change {show_text(argument)}", known)
        return settle_modifier(Modifier(name, argument))
    if rolling := re.fullmatch("rolling([0-9]+)([dwmqyh])", name):
        name = f"rolling{read_count(rolling[1], most=10_000)}{rolling[2]}"
    elif name not in MODIFIERS:
        remedy = suggest_name(name, MODIFIERS, "modifier")
        raise Fault(f"{show_text(whole)} has an unknown modifier {show_text(name)}", remedy)
    if argument:
        raise Fault(f"{show_text(whole)} gives {name} an argument, which takes none", f"It is written ~{name}")
    return Modifier(name)


def settle_modifier(modifier: Modifier) -> Modifier:
    """Without the form of a change where it is the one that is meant anyway."""
    return Modifier(modifier.name) if modifier.name in CHANGES and modifier.argument == FORMS[-1] else modifier


def print_metric(metric: MetricAsk) -> str:
    """`revenue~yoy(delta)`: as the line names the metric, and the answer its column."""
    return "~".join([metric.name, *(f"{m.name}({m.argument})" if m.argument else m.name for m in metric.modifiers)])


def rename_column(column: str, before: MetricAsk, after: MetricAsk) -> str:
    """A column of the answer under the metric's other name, with what a comparison adds to it."""
    for ending in ("", "@compare", "@change"):
        if column == print_metric(before) + ending:
            return print_metric(after) + ending
    return column


def read_count(text: str, most: int) -> int:
    """A whole number from 1 to `most`. Raises Fault."""
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if not 1 <= number <= most:
        raise Fault(f"{show_text(text)} is no count", f"A count is a whole number from 1 to {most:,}")
    return number


def read_top(text: str) -> Top:
    """`10`, `10:revenue~yoy`. Raises Fault."""
    count, colon, metric = text.partition(":")
    return Top(read_count(count, most=1_000), read_metric(metric) if colon else None)


def print_top(top: Top) -> str:
    """`10:revenue~yoy`."""
    return f"{top.count}:{print_metric(top.metric)}" if top.metric else str(top.count)


def read_rows(text: str) -> tuple[int, int, tuple[str, ...]]:
    """`100`, `100:2` the second hundred, `100:2:order_id,amount` of these columns. Raises Fault."""
    count, *more = text.split(":", 2)
    page = read_count(more[0], most=100_000) if more else 1
    columns = tuple(read_dimension(name.strip(" ")) for name in more[1].split(",")) if len(more) > 1 else ()
    return read_count(count, most=100_000), page, columns


def print_rows(count: int, page: int, columns: tuple[str, ...]) -> str:
    """`100:2:order_id,amount`."""
    if columns:
        return f"{count}:{page}:{','.join(columns)}"
    return f"{count}:{page}" if page > 1 else str(count)


def read_order(text: str) -> Order:
    """`-revenue~yoy`, `brand`, `revenue@compare`: the column by its canonical name. Raises Fault."""
    descending = text.startswith("-")
    column = text[descending:]
    if "~" not in column:
        return Order(read_dimension(column), descending)
    metric, at, side = column.rpartition("@")
    if not at or ")" in side:  # that @ is within an argument: revenue~share(lifecycle@now)
        metric, at, side = column, "", ""
    return Order(print_metric(read_metric(metric)) + at + (read_name(side) if at else ""), descending)


def read_totals(text: str) -> bool:
    """`all`, the only totals that there are. Raises Fault."""
    if text != "all":
        raise Fault(f"{show_text(text)} is not known", "Totals are asked with totals=all")
    return True


def read_timezone(text: str) -> str:
    """The text itself, if it names a zone of IANA's. Raises Fault."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        known = False
    else:
        known = not text.startswith(_NO_TIMEZONES)
    if not known:  # only then, since it takes its time, is the list of them read
        remedy = _suggest(text, _list_timezones(), "A time zone is written Europe/Paris")
        raise Fault(f"{show_text(text)} is not a time zone", remedy)
    return text


@cache
def _list_timezones() -> tuple[str, ...]:
    return tuple(name for name in sorted(available_timezones()) if not name.startswith(_NO_TIMEZONES))


def read_options(kind: str, ending: str) -> tuple[str, ...]:
    """What stands behind a journey's names: `month:rolling`, an event and days `sent:30d`, `pairs`. Raises Fault."""
    texts = ending.split(":")
    if not all(texts):
        raise Fault("nothing is written behind a colon", "Leave the colon out")
    match kind:
        case "cohort":
            for text in texts:
                if text not in (*AGES, *RETENTIONS):
                    known = suggest_name(text, (*AGES, *RETENTIONS), "ending")
                    raise Fault(f"it has an unknown ending {show_text(text)}", known)
            chosen = [[text for text in texts if text in words] for words in (AGES, RETENTIONS)]
            if any(len(found) > 1 for found in chosen):
                raise Fault(f"{show_text(ending)} says two things at once", "It is written app_retention:month:rolling")
            return tuple(text for found in chosen for text in found)
        case "flow":
            if len(texts) != 2 or not (span := re.fullmatch("([0-9]+)([dwmqyh])", texts[1])):
                found = f"{show_text(ending)} is not an event and the time after it"
                raise Fault(found, "It is written lifecycle:sent:30d")
            return read_name(texts[0]), f"{read_count(span[1], most=10_000)}{span[2]}"
        case "overlap" if texts == ["pairs"]:
            return ("pairs",)
    remedy = "Only :pairs can follow the segments" if kind == "overlap" else f"A {kind} is written {kind}=name"
    raise Fault(f"it has an unknown ending {show_text(ending)}", remedy)


# --- periods and comparisons


def _read_day(text: str) -> date:
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # fromisoformat takes 20240228 and 2024-W09-3 too
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Fault(f"{show_text(text)} is not a day", "A day is written 2024-02-28")


def _read_days(text: str) -> Between:
    start, dots, end = text.partition("..")
    if not dots:
        return Between(_read_day(text), _read_day(text))
    if not start and not end:
        raise Fault(".. has no days", _PERIOD_HINT)
    days = Between(_read_day(start) if start else None, _read_day(end) if end else None)
    if days.start and days.end and days.start > days.end:
        raise Fault(f"{text} ends before it starts", f"The other way round it is {end}..{start}")
    return days


def _print_days(days: Between) -> str:
    if days.start and days.start == days.end:
        return days.start.isoformat()
    return f"{days.start or ''}..{days.end or ''}"


def read_period(text: str) -> Period | None:
    """`2024-01-01..`, `2024-05-01`, `last-90-days`, `this-year` or `ytd`; None for `all`. Raises Fault."""
    if text in _PERIODS:
        return _PERIODS[text]
    if match := _RELATIVE.fullmatch(text):
        return _read_relative(text, *match.groups())
    if ".." in text or text[:1].isdigit():
        return _read_days(text)
    raise Fault(f"{show_text(text)} is not a period", _suggest(text, _PERIOD_WORDS, _PERIOD_HINT))


def _read_relative(text: str, kind: str, count: str | None, word: str) -> Relative:
    unit = _UNITS.get(word)
    if unit is None:
        raise Fault(f"{show_text(text)} has an unknown unit {show_text(word)}", suggest_name(word, _UNITS, "unit"))
    number = 1 if count is None else read_count(count, most=10_000)
    if kind == "this":
        if count is not None:
            raise Fault(f"{text} counts what is always one", f"It may be this-{unit} or last-{count}-{_PLURALS[unit]}")
        return Relative("this", 1, unit)
    if kind == "previous":
        return Relative("previous", number, unit)
    if count is None:  # people mean the one as often as the other
        raise Fault(f"{text} may mean two periods", f"They are written previous-{unit} and last-1-{unit}")
    return Relative("last", number, unit)


def print_period(period: Period) -> str:
    """`today` and `yesterday`; else `this-…`, `previous-…` and `last-…`, with a count where it isn't understood."""
    if isinstance(period, Between):
        return _print_days(period)
    for word in ("today", "yesterday"):
        if period == _PERIODS[word]:
            return word
    if period.count == 1:
        return f"{period.kind}-1-{period.unit}" if period.kind == "last" else f"{period.kind}-{period.unit}"
    return f"{period.kind}-{period.count}-{_PLURALS[period.unit]}"


def read_compare(text: str) -> Compare:
    """`previous`, `year`, days, each with or without `:full`; or `dimension:value`. Raises Fault."""
    head, colon, tail = text.partition(":")
    full = colon + tail == ":full"
    if ".." in head or head[:1].isdigit():  # as no dimension is written
        days = _read_days(head)
        if days.start is None or days.end is None:
            raise Fault(f"{head} is open", "Days to compare with are written 2023-01-01..2023-03-31")
        if colon and not full:
            raise Fault(f"{show_text(text)} has an unknown ending {show_text(tail)}", "Only :full can follow the days")
        return Compare(days, full)
    if head in _COMPARED and (full or not colon):
        return Compare(_COMPARED[head], full)
    if colon:
        return Compare(_read_slice(head, tail))
    hint = "It is written previous, year, 2023-01-01..2023-03-31 or dimension:value"
    raise Fault(f"{show_text(text)} is nothing to compare with", _suggest(text, _COMPARED, hint))


def _read_slice(dimension: str, text: str) -> Slice:
    read_dimension(dimension)
    negated, items = split_values(text)
    term = read_term(items[0])
    if negated or len(items) > 1 or not isinstance(term, Equals | IsNull):
        remedy = f"As a value it is written {show_text(dimension)}:{_show_quoted(text)}"
        raise Fault(f"{show_text(text)} is not one value", remedy)
    return Slice(dimension, term)


def print_compare(compare: Compare) -> str:
    """`previous:full`, `2023-01-01..2023-03-31` or `arm:No E-Mail`."""
    match compare.with_:
        case Slice("previous" | "year" as dimension, Equals("full")):  # without quotes it is the ending
            return f'{dimension}:"full"'
        case Slice(dimension, value):
            return f"{dimension}:{print_term(value, first=True)}"
        case Between() as days:
            return _print_days(days) + ":full" * compare.full
        case "previous" | "year" as word:
            return word + ":full" * compare.full
        case _ as never:
            assert_never(never)


# --- terms of a filter


def split_values(text: str) -> tuple[bool, list[str]]:
    """Whether the list is negated, and its items: split at the commas that stand in no quotes. Raises Fault."""
    if text.startswith("!!"):
        raise Fault(f"{show_text(text)} is negated twice", 'A value that starts with ! is written "!value"')
    negated = text.startswith("!")
    return negated, _ITEM.findall(text[negated:])


def read_term(text: str) -> Term:
    """One item of a filter's list. Raises Fault."""
    if not text:
        return IsNull()
    if text == "~":
        raise Fault("~ has no text", "Text to be contained is written ~text")
    if text.startswith("~"):
        if '"' in text and not re.fullmatch(_QUOTED, text[1:]):
            raise _find_quote_amiss(text)
        return Contains(_unquote(text[1:]))
    match = _TERM.fullmatch(text)
    if not match and '"' in text:
        raise _find_quote_amiss(text)
    if not match:
        raise Fault(f"{show_text(text)} has .. or ... out of place", f"As a value it is written {_show_quoted(text)}")
    low, dots, high = match.groups()
    if not dots:
        return Equals(_unquote(low))
    if not low and not high:
        raise Fault(".. has no end", "A range is written a..b, a.. or ..b")
    return Within(_unquote(low) if low else None, _unquote(high) if high else None)


def _find_quote_amiss(text: str) -> Fault:
    return Fault(f"{show_text(text)} has a quote out of place", f"As a value it is written {_show_quoted(text)}")


def _show_quoted(text: str) -> str:
    return show_text(_quote(text, needed=True))


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _quote(text: str, needed: bool) -> str:
    return '"' + text.replace('"', '""') + '"' if needed or "," in text or '"' in text else text


def print_term(term: Term, first: bool) -> str:
    """The item of a list, quoted only where it must be; a `!` in front of the `first` one would negate the list."""
    meaning = ("~", "!") if first else ("~",)
    match term:
        case IsNull():
            return ""
        case Contains(text):
            return "~" + _quote(text, not text)
        case Equals(text):
            return _quote(text, not text or text.startswith(meaning) or ".." in text)
        case Within(low, high):
            assert low is not None or high is not None
            parts = ["", ""]
            if low is not None:
                parts[0] = _quote(low, not low or low.startswith(meaning) or ".." in low or low.endswith("."))
            if high is not None:
                parts[1] = _quote(high, not high or high.startswith(".") or ".." in high)
            return "..".join(parts)
        case _ as never:
            assert_never(never)
