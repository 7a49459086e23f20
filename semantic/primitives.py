"""What differs between engines: one small table of primitives per dialect, from expression to expression."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import WEEKDAYS, list_offsets
from semantic.expressions import Node as Node

# Types that casts name often: to have sqlglot parse their names is a tenth of a question's compile time.
TYPES = {
    "DATE": exp.DType.DATE,
    "TIMESTAMP": exp.DType.TIMESTAMPNTZ,
    "INTEGER": exp.DType.INT,
    "VARCHAR": exp.DType.TEXT,
}


def call(name: str, *arguments: Node) -> exp.Anonymous:
    """A function call, printed as it stands."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def number(value: int) -> Node:
    """An integer as SQL; a negative one in parentheses."""
    literal = exp.Literal.number(abs(value))
    return literal if value >= 0 else exp.Paren(this=exp.Neg(this=literal))


def cast(node: Node, type_: str) -> exp.Cast:
    """CAST(node AS type)."""
    known = TYPES.get(type_)
    return exp.Cast(this=node, to=exp.DataType(this=known) if known else exp.DataType.build(type_, dialect="duckdb"))


def text(value: str) -> Node:
    """A text that the compiler itself writes; what a person wrote travels as a parameter."""
    return exp.Literal.string(value)


@lru_cache(maxsize=256)
def _offsets(zone: str, first: datetime, last: datetime) -> tuple[tuple[datetime, int], ...]:
    return tuple(list_offsets(ZoneInfo(zone), first, last))


class DuckDB:
    """DuckDB's primitives. `day` is a DATE, `wall` a TIMESTAMP on somebody's wall, `utc` a TIMESTAMP in UTC."""

    name = "duckdb"

    def day(self, wall: Node) -> Node:
        return cast(wall, "DATE")

    def add_days(self, day: Node, days: int) -> Node:
        return exp.Add(this=day, expression=number(days))

    def add_months(self, day: Node, months: int) -> Node:
        return cast(exp.Add(this=day, expression=exp.Interval(this=text(str(months)), unit=exp.var("MONTH"))), "DATE")

    def add_seconds(self, wall: Node, seconds: int) -> Node:
        return exp.Add(this=wall, expression=exp.Interval(this=text(str(seconds)), unit=exp.var("SECOND")))

    def add_interval(self, time: Node, count: int, unit: str) -> Node:
        return exp.Add(this=time, expression=exp.Interval(this=text(str(count)), unit=exp.var(unit)))

    def truncate(self, grain: str, day: Node, week_start: str) -> Node:
        """The first day of the period that holds a day (or a wall time)."""
        if grain == "week":
            late = WEEKDAYS.index(week_start)
            if not late:
                return cast(call("DATE_TRUNC", text("week"), day), "DATE")
            moved = self.add_days(cast(day, "DATE"), -late)
            return self.add_days(cast(call("DATE_TRUNC", text("week"), moved), "DATE"), late)
        if grain == "half":
            first = exp.Case(
                ifs=[exp.If(this=exp.GT(this=call("MONTH", day.copy()), expression=number(6)), true=number(7))],
                default=number(1),
            )
            return call("MAKE_DATE", call("YEAR", day), first, number(1))
        if grain == "month":
            return call(
                "MAKE_DATE", call("YEAR", day), call("MONTH", day.copy()), number(1)
            )  # a fifth cheaper than DATE_TRUNC
        if grain == "year":
            return call("MAKE_DATE", call("YEAR", day), number(1), number(1))
        return cast(call("DATE_TRUNC", text(grain), day), "DATE")

    def pack(self, grain: str, wall: Node) -> Node:
        """A month, quarter or year as a whole number, which groups faster than its first day."""
        year = call("YEAR", wall)
        if grain == "year":
            return year
        count, function = {"month": (12, "MONTH"), "quarter": (4, "QUARTER")}[grain]
        place = exp.Sub(this=call(function, wall.copy()), expression=number(1))
        return cast(
            exp.Paren(this=exp.Add(this=exp.Mul(this=year, expression=number(count)), expression=place)), "INTEGER"
        )

    def unpack(self, grain: str, packed: Node) -> Node:
        """The first day of a packed period."""
        if grain == "year":
            return call("MAKE_DATE", packed, number(1), number(1))
        count = {"month": 12, "quarter": 4}[grain]
        rest: Node = exp.Mod(this=packed.copy(), expression=number(count))
        if grain == "quarter":
            rest = exp.Mul(this=exp.Paren(this=rest), expression=number(3))
        return call(
            "MAKE_DATE",
            exp.IntDiv(this=packed, expression=number(count)),
            exp.Add(this=rest, expression=number(1)),
            number(1),
        )

    def part(self, name: str, wall: Node) -> Node:
        functions = {
            "hour_of_day": "HOUR",
            "weekday": "ISODOW",
            "day_of_month": "DAY",
            "day_of_year": "DAYOFYEAR",
            "month_of_year": "MONTH",
            "quarter_of_year": "QUARTER",
        }
        return call(functions[name], wall)

    def count_months(self, wall: Node, origin: date, months: int) -> Node:
        """How many periods of so many months a day, or wall time, lies after that of `origin`, its period's first."""
        if isinstance(wall, (exp.Column, exp.Min)):  # a tenth cheaper than DATE_DIFF, where the time is written once
            year = exp.Mul(this=call("YEAR", wall), expression=number(12))
            since = exp.Add(this=year, expression=call("MONTH", wall.copy()))
            passed: Node = exp.Sub(this=since, expression=number(origin.year * 12 + origin.month))
        else:
            passed = call("DATE_DIFF", text("month"), cast(text(origin.isoformat()), "DATE"), cast(wall, "DATE"))
        passed = exp.Paren(this=passed) if months > 1 and isinstance(passed, exp.Sub) else passed
        return passed if months == 1 else exp.IntDiv(this=passed, expression=number(months))

    def count_days(self, day: Node, origin: Node, days: int) -> Node:
        """How many periods of so many days a day lies after `origin`."""
        passed = exp.Sub(this=day, expression=cast(origin, "DATE"))
        return passed if days == 1 else exp.IntDiv(this=exp.Paren(this=passed), expression=number(days))

    def utc_of_instant(self, instant: Node) -> Node:
        """A TIMESTAMP WITH TIME ZONE as UTC."""
        return call("MAKE_TIMESTAMP", call("EPOCH_US", instant))

    def wall_of_utc(self, utc: Node, zone: str, first: datetime, last: datetime) -> Node:
        """UTC as a zone's wall time, by its offsets between two instants: a twelfth of what ICU's conversion costs."""
        offsets = _offsets(zone, first, last)
        if offsets == ((first, 0),):
            return utc
        return call("MAKE_TIMESTAMP", exp.Add(this=call("EPOCH_US", utc), expression=self._micros(utc, offsets, "utc")))

    def utc_of_wall(self, wall: Node, zone: str, first: datetime, last: datetime) -> Node:
        """A zone's wall time as UTC; an hour that is there twice is taken as the first one."""
        offsets = _offsets(zone, first, last)
        if offsets == ((first, 0),):
            return wall
        return call(
            "MAKE_TIMESTAMP", exp.Sub(this=call("EPOCH_US", wall), expression=self._micros(wall, offsets, "wall"))
        )

    def _micros(self, time: Node, offsets: tuple[tuple[datetime, int], ...], clock: str) -> Node:
        """The offset that holds at a time, in microseconds."""
        ifs = []
        for (_, offset), (until, after) in pairwise(offsets):
            # On the wall, an offset holds until the wall shows the moment of change in the larger of both offsets.
            edge = until if clock == "utc" else until + timedelta(seconds=max(offset, after))
            ifs.append(
                exp.If(
                    this=exp.LT(this=time.copy(), expression=cast(text(edge.isoformat(" ")), "TIMESTAMP")),
                    true=number(offset * 1_000_000),
                )
            )
        last = number(offsets[-1][1] * 1_000_000)
        return exp.Paren(this=exp.Case(ifs=ifs, default=last)) if ifs else last

    def truncate_instant(self, grain: str, utc: Node, zone: str, first: datetime, last: datetime) -> Node:
        """The start, in UTC, of the zone's hour or minute that holds an instant."""
        rests = {offset % 3600 for _, offset in _offsets(zone, first, last)}
        if grain == "minute" or rests == {0}:
            return call("DATE_TRUNC", text(grain), utc)
        rest = rests.pop()
        return self.add_seconds(call("DATE_TRUNC", text(grain), self.add_seconds(utc, rest)), -rest)

    def spine(self, first: Node, stop: Node, grain: str) -> Node:
        """The starts of the periods from `first` until before `stop`, one a row, as an expression of a SELECT."""
        count, unit = {"week": (7, "DAY"), "quarter": (3, "MONTH"), "half": (6, "MONTH")}.get(grain, (1, grain.upper()))
        steps = call("RANGE", first, stop, exp.Interval(this=text(str(count)), unit=exp.var(unit)))
        return call("UNNEST", steps)

    def contains(self, value: Node, part: Node) -> Node:
        """Whether a text holds another, whatever their case."""
        return call("CONTAINS", exp.Lower(this=value), exp.Lower(this=part))

    def place(self, value: Node, values: Sequence[str]) -> Node:
        """The place of a text in a list of texts, NULL where it isn't there."""
        listed = exp.Array(expressions=[text(item) for item in values])
        return exp.Nullif(this=call("LIST_POSITION", listed, value), expression=number(0))

    def first_known(self, node: Node) -> Node:
        """The one value among rows of which the others are NULL."""
        return call("ANY_VALUE", node)

    def same(self, left: Node, right: Node) -> Node:
        """Equality under which NULL is NULL."""
        return exp.NullSafeEQ(this=left, expression=right)
