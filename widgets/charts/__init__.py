"""Charts as pure functions: a frozen configuration -> a Vega-Lite spec, an answer's table -> the table it draws."""

from widgets.charts.describe import describe_chart
from widgets.charts.description import ChartConfig, Field, Locale, split_config
from widgets.charts.kinds import KINDS, arrange_keys, build_spec, list_kinds, propose_kind
from widgets.charts.numbers import format_change, format_value
from widgets.charts.periods import format_period
from widgets.charts.shape import fit_config, shape_table

__all__ = [
    "KINDS",
    "ChartConfig",
    "Field",
    "Locale",
    "arrange_keys",
    "build_spec",
    "describe_chart",
    "fit_config",
    "format_change",
    "format_period",
    "format_value",
    "list_kinds",
    "propose_kind",
    "shape_table",
    "split_config",
]
