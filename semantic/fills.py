"""What is taken per period or day -> also what it is in a row that only other metrics have: that of no rows."""

from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from semantic.calendar import SECONDS, Window, ceil_day
from semantic.expressions import AggregateSql, FormulaSql, parse_formula
from semantic.frames import map_leaves
from semantic.resolved import Change, Each, Filled, Formula, Leaf, Quotient, Value
from semantic.setting import Setting

# What is NULL where one of its parts is.
PLAIN = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Nullif)
TAKEN = "CASE WHEN periods > 0 THEN taken WHEN held >= 0 THEN without_rows END"
SUMMED = "CASE WHEN periods > 0 THEN taken ELSE without_rows * nullif(held, 0) END"


def fill_periods(leaf: Leaf, setting: Setting) -> Value:
    """What is taken per period of a metric that fills is 0 in a row that only other metrics have, as all its values.

    That of a formula over such metrics is what the formula is of their zeros. A row whose own period holds none of the
    periods, or none that a filter on time keeps, has its NULL.
    """
    how = leaf.how
    assert isinstance(how, Each), "it's taken of values"
    if how.window is None or how.window.start == how.window.stop or not may_be_of_nothing(how.value):
        return leaf
    over = _find_labels(leaf, how.window, setting)
    if isinstance(how.value, Filled) and not may_be_of_nothing(how.value.value):
        return Filled(leaf, over)
    periods, summed = count_values(leaf, how), how.take == "sum"
    held = Filled(periods, over, counts=summed)
    parts = (("periods", periods), ("taken", leaf), ("held", held), ("without_rows", tell_of_nothing(how.value)))
    return Formula(parse_formula(SUMMED if summed else TAKEN), parts)


def _find_labels(leaf: Leaf, window: Window, setting: Setting) -> Window:
    """The days of the periods as the answer's rows name them: of an earlier one, those that are compared with it."""
    shift = leaf.variant.shift
    if not (setting.base and shift):
        return window
    assert window.start and window.stop, "the periods are bounded"
    if shift.to:
        ends = (ceil_day(day, shift.to, shift.week_start) for day in (window.start, window.stop))
        return Window(*ends)
    if setting.base in ("day", *SECONDS):  # each looks back, so that the last days of a longer month have the last one
        stop = shift.go_forward(window.stop)
    else:
        stop = shift.go_forward(window.stop - timedelta(days=1)) + timedelta(days=1)
    return Window(shift.go_forward(window.start), stop)


def count_values(leaf: Leaf, how: Each) -> Leaf:
    """How many values the leaf takes something of; NULL where there are none."""
    nothing = exp.Nullif(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(0))
    count = AggregateSql("the number of its values", nothing)
    return replace(leaf, name=f"{leaf.name} {how.per}s", sql=count, how=replace(how, take="count"))


def tell_of_nothing(value: Value) -> Value:
    """The value where all its aggregates are without rows."""
    return map_leaves(value, lambda leaf, _: Formula(FormulaSql("NULL", exp.Null()), ()))


def may_be_of_nothing(value: Value) -> bool:
    """Whether it may have a value where none of its aggregates has one."""
    match value:
        case Filled():
            return True
        case Formula():
            plain = all(isinstance(node, PLAIN) for node in value.sql.tree.walk())
            return not plain or all(may_be_of_nothing(part) for _, part in value.parts)
        case Quotient() | Change():
            pair = (value.above, value.below) if isinstance(value, Quotient) else (value.now, value.before)
            return all(map(may_be_of_nothing, pair))
        case _:
            return not isinstance(value, Leaf)
