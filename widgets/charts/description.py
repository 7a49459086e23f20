"""What a chart shows, as frozen values: the fields, the configuration, and how one that mixes units is split."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from widgets.translations import Locale

FieldKind = Literal["time", "category", "number"]

NAMED_FORMATS = {"number": ",.2~f", "percent": ".1%", "currency": ",.2f", "days": ",.1~f", "score": ",.0f"}
PARTS = ("weekday", "hour_of_day", "day_of_month", "day_of_year", "month_of_year", "quarter_of_year")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an answer: its name there, what a person calls it, and how its values read.

    `format` is a d3 format or a name of `NAMED_FORMATS`; `unit` a currency code (`EUR`) or a word (`days`); `grain` the
    grain of a time (`week`) or a part of time (`weekday`); `order` all values of a category in their order, where that
    isn't the order of texts, as of bands; `better` the direction of a value that is good, where one is.
    """

    name: str
    label: str
    kind: FieldKind = "category"
    format: str = ""
    unit: str = ""
    grain: str = ""
    order: tuple[str, ...] = ()
    better: Literal["", "higher", "lower"] = ""

    @property
    def is_part(self) -> bool:
        """True for a part of time, such as the weekday, whose values keep their own order."""
        return self.grain in PARTS

    @property
    def is_rate(self) -> bool:
        """True where values are fractions that are shown in percent."""
        return self.format == "percent" or self.format.endswith("%")


NOTHING = Field("", "")  # the x of a chart of a single row


@dataclass(frozen=True, slots=True)
class Note:
    """What happened from the first to the last of these days and may explain a curve."""

    start: date
    end: date
    title: str


@dataclass(frozen=True, slots=True)
class ChartConfig:
    """Everything that decides a chart's spec; equal configurations have the same bytes.

    `series` cuts one value into lines or bars, and is the second dimension of a heat map. `compare` is the label of
    the compared period, whose numbers stand in `NAME@compare`; empty for none. `open_column` and `other_column` name
    boolean columns: the row's period is unfinished, the row is the remainder. `based` says that `NAME@base` may hold
    what a value is divided by where that is too little to read, `NAME@low` and `NAME@high` the interval around it.
    `notes` stand at their days on a time axis. `ratio` is what two values make: the second by the first where
    `ratio_up`, else the first by the second. `known` are all values of the series' dimension, whichever a
    table holds: `fit_config` makes of them `categories`, which pin the order and the colours of the series; `focused`
    says that only these have a colour. `week_start` is 1 for Monday to 7. `many` (more series than can be labelled
    directly),
    `from_zero` and `targeted` (there is one target at each place, in `NAME@target`) come from `fit_config`, and so does
    `height`, in pixels, where the rows decide on it. `facet` is the
    slice of a journey, whose x and series are its own groups.
    """

    kind: str
    x: Field
    values: tuple[Field, ...]
    series: Field | None = None
    compare: str = ""
    open_column: str = ""
    other_column: str = ""
    based: bool = False
    known: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    focused: bool = False
    week_start: int = 1
    locale: Locale = "en"
    many: bool = False
    from_zero: bool = True
    facet: Field | None = None
    height: int = 0
    notes: tuple[Note, ...] = ()
    targeted: bool = False
    ratio: Field | None = None
    ratio_up: bool = True

    @property
    def is_split(self) -> bool:
        """True where one chart shows several series: those of a dimension, or several metrics."""
        return self.series is not None or len(self.values) > 1


def expand_format(name: str) -> str:
    """Return the d3 format behind a named format; any other text is a d3 format already."""
    return NAMED_FORMATS.get(name, name)


def split_units(config: ChartConfig) -> tuple[ChartConfig, ...]:
    """Return configurations of one axis each: metrics of unlike units, or several ones under a series, share none."""
    if config.series is not None or config.kind in ("heat", "spark"):
        return tuple(replace(config, values=(value,)) for value in config.values)
    groups: dict[tuple[bool, str], list[Field]] = {}
    for value in config.values:
        groups.setdefault((value.is_rate, value.unit), []).append(value)
    return tuple(replace(config, values=tuple(group)) for group in groups.values())


def is_currency(unit: str) -> bool:
    """Return True for a three-letter currency code."""
    return re.fullmatch("[A-Z]{3}", unit) is not None
