"""Numbers as people read them: tiles, changes, and the d3 formats and expressions of axes and tooltips."""

import json
import math
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from widgets.charts.description import Field, expand_format, is_currency
from widgets.charts.periods import format_period
from widgets.charts.words import DASH, MINUS, NBSP, SCALES, SEPARATORS, SYMBOLS, WORDS
from widgets.translations import Locale

D3_FORMAT = re.compile(r"[+\-( ]?[$#]?0?\d*(?P<comma>,)?(?:\.(?P<precision>\d+))?(?P<trim>~)?(?P<type>[a-z%])?")
COMPACT_FROM = 10_000
EXACT = Context(prec=400)  # holds any float to its last digit


def format_value(value: object, format: str = "", unit: str = "", locale: Locale = "en") -> str:
    """Return the short text of a value: 3 to 4 digits for a number, one decimal for a rate, an en dash for nothing.

    Rates are fractions (0.042 is `4.2%`), below 1 % with two decimals. Dates, booleans and texts are themselves.
    """
    number = read_number(value)
    if number is not None:
        text = _format_rate(number, locale) if _is_rate(format) else _format_short(number, format, locale)
        return _join_unit(text, "" if _is_rate(format) else unit, locale)
    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return DASH
    if isinstance(value, bool):
        return WORDS[locale]["yes" if value else "no"]
    if isinstance(value, date):
        return format_period(value, "minute" if isinstance(value, datetime) else "date", locale)
    return str(value)


def format_change(new: object, old: object, format: str = "", locale: Locale = "en") -> str:
    """Return the signed change from old to new: counts in percent, rates in percentage points.

    `new` where the base is 0; an en dash where a side is missing, or the base is negative and no percentage means much.
    """
    after, before = read_number(new), read_number(old)
    if after is None or before is None:
        return DASH
    if _is_rate(format):
        points = (after - before) * 100
        text = _sign(points, _round(abs(points), 1 if abs(points) >= 1 else 2), locale)
        return f"{text}{NBSP}{WORDS[locale]['pp']}"
    if before == 0:
        return WORDS[locale]["new"] if after else _percent("0", locale)
    if before < 0:
        return DASH
    percent = (after / before - 1) * 100
    return _percent(_sign(percent, _round(abs(percent), 1 if abs(percent) < 100 else 0), locale), locale)


def format_full(value: object, field: Field, locale: Locale = "en") -> str:
    """Return the whole value as tooltips show it: two decimals at most, an en dash for nothing."""
    number = read_number(value if not isinstance(value, float) else float(value))
    if number is None:
        return DASH
    minus, size = MINUS if number < 0 else "", abs(number)
    if field.is_rate:
        return _percent(minus + _localise(_round(size * 100, 2), locale), locale)
    text = _round(size, 2).rstrip("0").rstrip(".")
    return _join_unit(minus + _localise(text, locale), field.unit, locale)


def read_number(value: object) -> Decimal | None:
    """Return a finite number as a Decimal; None for anything else, booleans included."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) and math.isfinite(value) else Decimal(value)
    return number if number.is_finite() else None


def list_affixes(unit: str, locale: Locale) -> tuple[str, str]:
    """Return what stands before and after a number of this unit; a currency leads in English and Portuguese."""
    if not unit:
        return "", ""
    if not is_currency(unit):
        return "", f"{NBSP}{unit}"
    symbol = SYMBOLS.get(unit, unit)
    if locale == "ru":
        return "", f"{NBSP}{symbol}"
    return symbol + (NBSP if locale == "pt" or symbol.isalpha() else ""), ""


def write_axis_expression(field: Field, locale: Locale, name: str = "datum.value") -> str:
    """Return the Vega expression of an axis label: percent, or thousands, millions and billions in the locale's way."""
    if field.is_rate:
        return f"format({name}, '.3~%')"
    thousand, million, billion = (json.dumps(word, ensure_ascii=False) for word in SCALES[locale])
    unit = field.unit if is_currency(field.unit) else ""  # a word would be repeated at each tick
    before, after = (json.dumps(text, ensure_ascii=False) for text in list_affixes(unit, locale))
    size = f"abs({name})"
    return (
        f"({name} < 0 ? '{MINUS}' : '') + {before} + ({size} >= 1e9 ? format({size} / 1e9, '.3~r') + {billion}"
        f" : {size} >= 1e6 ? format({size} / 1e6, '.3~r') + {million}"
        f" : {size} >= 1e3 ? format({size} / 1e3, '.3~r') + {thousand} : format({size}, '.3~r')) + {after}"
    )


def write_tooltip_format(field: Field) -> str:
    """Return the d3 format of the full value; a unit comes in by d3's currency sign, which `write_locale` defines."""
    if field.is_rate:
        return ".2%"
    parts = _read_format(field.format)
    kind, precision = parts["type"] or "", parts["precision"]
    full = f",.{precision}f" if kind == "f" and precision else ",.0f" if kind == "d" else ",.2~f"
    return f"${full}" if field.unit else full


def write_locale(unit: str, locale: Locale) -> dict[str, object]:
    """Return Vega's number locale, with the unit as its currency."""
    group, point = SEPARATORS[locale]
    number: dict[str, object] = {"decimal": point, "thousands": group, "grouping": [3]}
    number["currency"] = list(list_affixes(unit, locale))
    number["percent"] = f"{NBSP}%" if locale == "ru" else "%"
    return {"number": number}


def _read_format(format: str) -> dict[str, str | None]:
    match = D3_FORMAT.fullmatch(expand_format(format))
    return match.groupdict() if match else {"comma": None, "precision": None, "trim": None, "type": None}


def _is_rate(format: str) -> bool:
    return expand_format(format).endswith("%")


def _format_rate(number: Decimal, locale: Locale) -> str:
    percent = number * 100
    if percent == 0:
        return _percent("0", locale)
    if abs(percent) < Decimal("0.005"):
        least = f"<{_localise('0.01', locale)}"
        return _percent(least if percent > 0 else f">{MINUS}{least[1:]}", locale)
    small = _round(abs(percent), 2)
    size = _round(abs(percent), 1) if Decimal(small) >= 1 else small
    return _percent((MINUS if percent < 0 else "") + _localise(size, locale), locale)


def _format_short(number: Decimal, format: str, locale: Locale) -> str:
    size = abs(number)
    minus = MINUS if number < 0 else ""
    if Decimal(_round(size, 0)) >= COMPACT_FROM:
        return minus + _format_compact(size, locale)
    parts = _read_format(format)
    fixed = parts["type"] == "d" or (parts["type"] == "f" and not parts["trim"])
    limit = 0 if parts["type"] == "d" else int(parts["precision"] or 2) if parts["type"] == "f" else 2
    decimals = min(limit, 0 if size >= 1000 else 1 if size >= 100 else 2)
    if 0 < size < 1:
        decimals = max(decimals, 1 - size.adjusted())  # a value that isn't nothing never reads as 0
    text = _round(size, decimals)
    if "." in text and (not fixed or decimals > limit):
        text = text.rstrip("0").rstrip(".")
    return (minus if Decimal(text) else "") + _localise(text, locale)


def _format_compact(size: Decimal, locale: Locale) -> str:
    for power, word in zip((3, 6, 9), SCALES[locale], strict=True):
        scaled = size.scaleb(-power, EXACT)
        decimals = max(0, 2 - scaled.adjusted())
        text = _round(scaled, decimals)
        if Decimal(text) < 1000 or power == 9:
            short = text.rstrip("0").rstrip(".") if "." in text else text
            return _localise(short, locale) + word
    raise AssertionError("the loop ends at billions")


def _round(size: Decimal, decimals: int) -> str:
    return f"{size.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT):f}"


def _localise(digits: str, locale: Locale) -> str:
    group, point = SEPARATORS[locale]
    whole, _, fraction = digits.partition(".")
    return f"{int(whole):,}".replace(",", group) + (point + fraction if fraction else "")


def _sign(number: Decimal, size: str, locale: Locale) -> str:
    if not Decimal(size):
        return "0"
    return (MINUS if number < 0 else "+") + _localise(size, locale)


def _percent(text: str, locale: Locale) -> str:
    return f"{text}{NBSP}%" if locale == "ru" else f"{text}%"


def _join_unit(text: str, unit: str, locale: Locale) -> str:
    before, after = list_affixes(unit, locale)
    if before and text.startswith(MINUS):
        return f"{MINUS}{before}{text[1:]}{after}"
    return f"{before}{text}{after}"
