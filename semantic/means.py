"""A window that shows the mean of its days -> the mean of what it is on each day, where the days' parts don't tell."""

from collections.abc import Callable

from semantic.catalogue import Catalogue
from semantic.catalogue import Each as EachMetric
from semantic.each import build_each
from semantic.expressions import parse_formula
from semantic.fills import count_values, may_be_of_nothing, tell_of_nothing
from semantic.frames import comes_apart, find_slot
from semantic.resolved import Each, Filled, Formula, Frame, Leaf, Value, Variant
from semantic.setting import Setting


def takes_own_mean(value: Value, filled: bool) -> bool:
    """Whether the mean is taken where the window is worked out: it's one aggregate, known on all days that count.

    The mean of a formula isn't the formula of the means; and an aggregate that doesn't come apart into days is known on
    those with rows only, which `filled` says aren't all that count.
    """
    filled = filled or isinstance(value, Filled)
    while isinstance(value, Filled):
        value = value.value
    return isinstance(value, Leaf) and (value.how is not None or comes_apart(value) or not filled)


def build_mean(
    catalogue: Catalogue,
    name: str,
    about: str,
    frame: Frame,
    variant: Variant,
    setting: Setting,
    build: Callable[[Variant, Setting], Value],
) -> Value:
    """The mean over days (hours, of a window of hours) of the value of `about` that `build` gives for each but NULL.

    Raises Refused where the question's periods can't be told apart by days.
    """

    def build_day(found: Variant, inner: Setting) -> Value:
        value = build(found, inner)
        return Filled(value) if frame.filled else value

    each = EachMetric(each=about, per=find_slot(frame, ()), take="mean")
    mean = build_each(catalogue, name, each, variant, setting, build_day, known=True)
    how = mean.how
    assert isinstance(how, Each), "a mean is taken of each day's value"
    if not may_be_of_nothing(how.value):
        return mean
    # A group without rows has a value too, where fill: 0 gives it parts: the same on all days, and so in the mean.
    parts = (("days", count_values(mean, how)), ("mean", mean), ("without_rows", tell_of_nothing(how.value)))
    return Formula(parse_formula("CASE WHEN days > 0 THEN mean ELSE without_rows END"), parts)
