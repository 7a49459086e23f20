"""Charts as pure functions: a frozen configuration -> a Vega-Lite spec, an answer's table -> the table it draws."""

from widgets.charts.description import ChartConfig, Field, Note
from widgets.charts.kinds import (
    KINDS,
    arrange_keys,
    build_spec,
    describe_chart,
    fit_config,
    list_kinds,
    propose_kind,
    refuse_kinds,
    shape_table,
    split_config,
)
from widgets.charts.numbers import format_change, format_value
from widgets.charts.offers import Answered
from widgets.charts.periods import format_period
from widgets.translations import Locale

__all__ = [
    "KINDS",
    "Answered",
    "ChartConfig",
    "Field",
    "Locale",
    "Note",
    "arrange_keys",
    "build_spec",
    "describe_chart",
    "fit_config",
    "format_change",
    "format_period",
    "format_value",
    "list_kinds",
    "propose_kind",
    "refuse_kinds",
    "shape_table",
    "split_config",
]
