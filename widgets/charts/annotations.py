"""Annotations on a time axis: where each stands, how much room its title has, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import GRAY, draw_text
from widgets.charts.description import ChartConfig, Note
from widgets.charts.keys import Codes, Keys, read_column
from widgets.charts.periods import DAY_MS, EPOCH, format_period, read_moment
from widgets.charts.words import DASH

if TYPE_CHECKING:
    import altair as alt

MOST_DAYS = {"hour": 1, "day": 1, "week": 7, "month": 31, "quarter": 92, "half": 184, "year": 366}
LANE = 15  # pixels of a line of titles
MOST_LANES = 2
MOST_NOTES = 8  # on a chart: more are a pattern, not events; the last ones are kept
LATE = 0.8  # of the axis: from here on a title stands left of its line
LEAST_ROOM = 34  # pixels: less shows no title, which the tooltip and the notes under the chart hold
CARRIES = ("line", "area", "column", "stack", "share")  # kinds that show notes, where their x is a time


@dataclass(frozen=True, slots=True)
class Standing:
    """Notes of one period: where they begin, where the last of them ends, the lane of their title and its bounds.

    All are places in the order of the periods; `before` and `after` are those of the nearest titles in the same lane.
    `shared` says that the title on the side where this one stands comes towards it.
    """

    at: int
    end: int
    title: str
    days: str
    lane: int
    late: bool
    before: int | None
    after: int | None
    shared: bool


def carries_notes(config: ChartConfig) -> bool:
    """True for a chart whose notes are drawn."""
    return bool(config.notes) and config.kind in CARRIES and config.x.kind == "time"


def count_lanes(config: ChartConfig) -> int:
    """Return how many lines of titles a chart keeps free above it."""
    return min(MOST_LANES, len(config.notes)) if carries_notes(config) else 0


def fit_notes(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with the notes that have a place on its axis."""
    if not carries_notes(config):
        return replace(config, notes=())
    moments = [moment for moment in read_column(table, config.x.name).unique().to_pylist() if moment is not None]
    if not moments:
        return replace(config, notes=())
    first, last = (read_moment(find(moments)) for find in (min, max))
    beyond = date.fromordinal(last.toordinal() + MOST_DAYS.get(config.x.grain, 1))
    here = date(first.year, first.month, first.day)
    kept = [note for note in config.notes if note.end >= here and note.start.toordinal() < beyond.toordinal()]
    return replace(config, notes=tuple(sorted(kept, key=lambda note: (note.start, note.end))[-MOST_NOTES:]))


def place_notes(positions: Sequence[int], config: ChartConfig) -> list[Standing]:
    """Return where notes stand among periods, whose positions rise; a note outside all of them has no place.

    A note stands at the period that holds its first day, for that is the one whose value it explains.
    """
    if not len(positions) or not carries_notes(config):
        return []
    width = MOST_DAYS.get(config.x.grain, 1) * DAY_MS
    found: dict[int, list[tuple[int, Note]]] = {}
    for note in sorted(config.notes, key=lambda note: (note.start, note.end)):
        start, end = _read_ms(note.start), _read_ms(note.end)
        at, last = (int(np.searchsorted(positions, day, "right")) - 1 for day in (start, end))
        if last < 0 or (at >= 0 and start >= positions[at] + width):
            continue
        found.setdefault(max(at, 0), []).append((last, note))
    lanes, count = count_lanes(config), len(positions)
    starts = list(found)
    lates = [count > 1 and at / (count - 1) > LATE for at in starts]
    standing = []
    for place, (at, group) in enumerate(found.items()):
        before, after, late = place - lanes, place + lanes, lates[place]
        beside = before if late else after
        standing.append(
            Standing(
                at,
                max(last for last, _ in group),
                "; ".join(note.title for _, note in group),
                "; ".join(_tell_days(note, config) for _, note in group),
                place % lanes,
                late,
                starts[before] if before >= 0 else None,
                starts[after] if after < len(starts) else None,
                0 <= beside < len(starts) and lates[beside] != late,
            )
        )
    return standing


def mark_notes(x: Keys, series: Codes, config: ChartConfig) -> dict[str, pa.Array]:
    """Return the columns of the notes, beside a chart's rows: each stands in one row of its period."""
    if not carries_notes(config):
        return {}
    order = np.argsort(x.positions, kind="stable")
    by_name = config.kind != "line" and config.kind != "area"
    places: list[Any] = [x.names[code] if by_name else int(x.positions[code]) for code in order]
    rows: list[dict[str, Any]] = [{} for _ in series]
    first: dict[int, int] = {}
    for row, code in enumerate(x.codes.tolist()):
        first.setdefault(code, row)
    held = np.array([code in first for code in order.tolist()], dtype=bool)
    order, places = order[held], [place for place, there in zip(places, held.tolist(), strict=True) if there]
    for note in place_notes(x.positions[order].tolist(), config):
        rows[first[int(order[note.at])]] = {
            "note": note.title,
            "note_days": note.days,
            "note_end": places[note.end] if note.end > note.at else None,
            "note_lane": note.lane * LANE,
            "note_late": note.late,
            "note_before": None if note.before is None else places[note.before],
            "note_after": None if note.after is None else places[note.after],
            "note_shared": note.shared,
        }
    place_type = pa.string() if by_name else pa.int64()
    types = {"note": pa.string(), "note_days": pa.string(), "note_end": place_type, "note_lane": pa.int64(),
             "note_late": pa.bool_(), "note_before": place_type, "note_after": place_type,
             "note_shared": pa.bool_()}  # fmt: skip
    return {name: pa.array([row.get(name) for row in rows], type_) for name, type_ in types.items()}


def draw_notes(base: alt.Chart, x: alt.X, config: ChartConfig) -> list[alt.Chart]:
    """Return a line at each note with its title above the chart, a pale band where it lasts; none where there are none.

    `base` has the chart's data and no encoding; `x` is the chart's axis, whose field the notes share.
    """
    import altair as alt

    if not carries_notes(config):
        return []
    upright = str(x.shorthand).startswith("category")
    begin = x.copy(deep=False)
    begin["bandPosition"] = 0 if upright else alt.Undefined
    noted = base.transform_filter("isValid(datum.note)").encode(
        x=begin,
        tooltip=[alt.Tooltip("note:N", title=" "), alt.Tooltip("note_days:N", title="  ")],
    )
    lasting = noted.transform_filter("isValid(datum.note_end)")
    to: dict[str, Any] = {"bandPosition": 1} if upright else {}
    band = lasting.mark_rect(color=GRAY, opacity=0.1, tooltip=None).encode(x2=alt.X2("note_end", **to))
    from_title: dict[str, Any] = {"y": {"expr": "datum.note_lane"}, "y2": {"expr": "height"}}
    line = noted.mark_rule(color=GRAY, strokeWidth=1, opacity=0.7, **from_title)
    here = "scale('x', datum.category)" if upright else "scale('x', datum.x)"
    to_right = f"(isValid(datum.note_after) ? scale('x', datum.note_after) : width) - {here}"
    to_left = f"{here} - (isValid(datum.note_before) ? scale('x', datum.note_before) : 0)"
    layers = [band, line]
    for late, side, whole in ((False, "left", to_right), (True, "right", to_left)):
        gap = f"(datum.note_shared ? 0.5 : 1) * ({whole}) - 8"
        style = draw_text(
            dx=-4 if late else 4, align=side, baseline="top", fontSize=11, opacity=0.85, limit={"expr": gap},
            y={"expr": "datum.note_lane"}, text={"expr": f"{gap} < {LEAST_ROOM} ? '' : datum.note"},
        )  # fmt: skip
        titles = noted.transform_filter("datum.note_late" if late else "!datum.note_late")
        layers.append(titles.properties(mark=style))
    return layers


def draw_range(config: ChartConfig) -> Any:
    """Return the range of a chart's height, below the titles of its notes."""
    import altair as alt

    lanes = count_lanes(config)
    return [alt.ExprRef("height"), lanes * LANE + 4] if lanes else alt.Undefined


def _tell_days(note: Note, config: ChartConfig) -> str:
    first, last = (format_period(day, "date", config.locale) for day in (note.start, note.end))
    return first if first == last else f"{first} {DASH} {last}"


def _read_ms(day: date) -> int:
    return (day.toordinal() - EPOCH) * DAY_MS
