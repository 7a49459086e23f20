"""The days (hours, minutes) at which time windows are read -> SQL, and the day of each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, start_of_day
from semantic.emit.scan import Scan, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.frames import find_slot
from semantic.names import DETERMINES, GRAINS
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Frame, Key, TimeKey

SLOT, AXIS = "@slot", "@axis"


class Slots:
    """The units by which rows come into the windows of a branch, at a level with these keys."""

    def __init__(self, scan: Scan, how: Frame, keys: Sequence[Key]) -> None:
        self.scan, self.how = scan, how
        self.dialect, self.params, self.plan, self.branch = scan.dialect, scan.params, scan.plan, scan.branch
        self.times = [key.name for key in keys if isinstance(key, TimeKey)]
        asked = tuple(key.name for key in self.plan.keys if isinstance(key, TimeKey))
        self.slot = find_slot(how, asked)
        self.read = how.find_read(tuple(self.times))

    def emit(self) -> exp.Select:
        """The slots that are read, with the time keys that each belongs to; not asked where they are the axis'."""
        scope, slot = self.scan.scope(), column(SLOT)
        shown: list[Node] = [name_as(self.cut_slot(scope, slot.copy(), key), key) for key in self.times]
        select = select_from(_subquery(exp.Select(expressions=[name_as(self.emit_spine(), SLOT)])), [slot.copy()])
        kept = [
            scope.meets(self.cut_forward(scope, slot.copy(), item.key.name), "VARCHAR", item.condition, item.key.name)
            for item in self.plan.filters
            if isinstance(item.key, TimeKey) and not self.is_kept_by_axis(item.key.name)
        ]
        if (condition := join_and(kept)) is not None:
            select.set("where", exp.Where(this=condition))
        coarse = find_slot(self.how, tuple(self.times))
        if self.how.at == "first" and coarse != self.slot:  # the first day, as no hour is asked here: all of it
            last = exp.Max(this=slot.copy())
            select.set("expressions", [name_as(last, SLOT)])
            select.set("group", exp.Group(expressions=[self.cut_wide(slot.copy(), coarse)]))
            select = select_from(_subquery(select), [slot.copy()])
        select.set("expressions", [*shown, slot.copy()])
        if self.how.at != "average" and not self.is_each_slot():
            choose = exp.Max if self.how.at == "last" else exp.Min
            select.set("expressions", [*shown, name_as(choose(this=slot.copy()), SLOT)])
            if shown:
                select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(shown))]))
        return select

    @property
    def reads_axis(self) -> bool:
        """Whether each period of the axis is a day that is read."""
        axis = self.plan.axis
        if axis is None or axis.base != self.slot or self.branch.variant.shift:
            return False
        return self.slot in self.times and set(self.times) <= set(axis.keys)

    def is_each_slot(self) -> bool:
        """Whether no two days have the same keys."""
        shift = self.branch.variant.shift
        return self.slot in self.times and (shift is None or self.slot == "day" or bool(shift.seconds))

    def is_kept_by_axis(self, name: str) -> bool:
        """Whether the axis keeps a filter's periods itself, also those that it looks back to; not those of totals."""
        axis, scope = self.plan.axis, self.scan.scope()
        return bool(
            axis
            and axis.base in self.times
            and axis.base in DETERMINES
            and self.branch.variant.shift
            and scope.looks_back()
            and (name == axis.base or name in DETERMINES[axis.base])
        )

    def emit_spine(self) -> Node:
        read = self.read
        assert read.start and read.stop, "what is read is bounded"
        if self.slot == "day":
            ends = [cast(self.params.add(day), "DATE") for day in (read.start, read.stop)]
            return cast(self.dialect.spine(ends[0], ends[1], "day"), "DATE")
        ends = [cast(self.params.add(instant), "TIMESTAMP") for instant in self.span()]
        return self.dialect.spine(ends[0], ends[1], self.slot)

    def span(self) -> tuple[datetime, datetime]:
        """The UTC instants between which windows are read."""
        read, zone = self.read, ZoneInfo(self.plan.timezone)
        assert read.start and read.stop, "what is read is bounded"
        return start_of_day(read.start, zone), start_of_day(read.stop, zone)

    def find_extent(self) -> tuple[datetime, datetime]:
        """The UTC instants between which windows are read, and all rows lie that come into one."""
        (first, last), rows = self.span(), self.branch.variant.window
        begin = start_of_day(rows.start, ZoneInfo(self.plan.timezone)) if rows.start else first
        return min(first, begin), last

    def wall_of(self, slot: Node) -> Node:
        return self.dialect.wall_of_utc(slot, self.plan.timezone, *self.find_extent())

    def cut_slot(self, scope: Scope, slot: Node, key: str) -> Node:
        """A time key of a slot; that of the period that is compared with it, where the slot is an earlier one."""
        if self.slot == "day":
            return slot if key == "day" and not scope.moves("day") else scope.cut_day(slot, key)
        fine, shift = key in SECONDS, scope.shift
        if shift and not shift.seconds and key == scope.base and fine:
            return call("DATE_TRUNC", exp.Literal.string(key), self.wall_of(slot))
        if fine:
            return slot if key == self.slot else self.cut_instant(slot, key)
        if not scope.moves(key):
            return scope.cut_wall(self.wall_of(slot), "timestamp", key)
        return scope.cut_day(self.dialect.day(self.wall_of(slot)), key)

    def cut_wide(self, slot: Node, unit: str) -> Node:
        """The day of an hour, say, wherever the hour is compared."""
        return self.cut_instant(slot, unit) if unit in SECONDS else self.dialect.day(self.wall_of(slot))

    def cut_instant(self, slot: Node, unit: str) -> Node:
        return self.dialect.truncate_instant(unit, slot, self.plan.timezone, *self.find_extent())

    def cut_forward(self, scope: Scope, slot: Node, name: str) -> Node:
        """What a filter by time looks at: the slot, moved forward where it's an earlier one."""
        shift = scope.shift
        if shift is None or name not in GRAINS or shift.seconds:
            return self.cut_slot(scope, slot, name)
        day = slot if self.slot == "day" else self.dialect.day(self.wall_of(slot))
        moved = self.dialect.add_months(day, shift.months) if shift.months else self.dialect.add_days(day, shift.days)
        return scope.cut_wall(moved, "date", name)

    def slot_of(self, scope: Scope) -> Node:
        """The day (hour, minute) of a row."""
        if self.slot == "day":
            return scope.day()
        assert scope.clock, "a window has a clock"
        return scope.cut(scope.raw_clock(), scope.clock.type, self.slot)

    def since(self, slot: Node) -> Node | None:
        """The period of a slot in which a running total begins anew; None where it never does."""
        grain = self.how.grain
        if grain is None:
            return None
        if grain == self.slot:
            return slot
        plain = Scope(self.scan.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        if self.slot == "day":
            return plain.cut_wall(slot, "date", grain)
        if grain in SECONDS:
            return self.cut_instant(slot, grain)
        return plain.cut_wall(self.wall_of(slot), "timestamp", grain)


def _subquery(days: Node) -> exp.Subquery:
    return exp.Subquery(this=days, alias=exp.TableAlias(this=identify("@days")))
