"""What is to be known of numbers before they are used: short chips, each with its sentence behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import streamlit as st

from semantic import Failed, Refused
from semantic.calendar import add_periods
from semantic.values import list_leaves
from widgets.notes import list_marks
from widgets.texts import escape_markdown
from widgets.times import label_day
from widgets.words import later, say

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Question, Source
    from widgets.fields import Reading

MOST_COUNTED = 1000  # rows up to which a limit's rest is counted
LABELS = {
    "open": (later("Not over yet"), ":material/timelapse:"),
    "settling": (later("May still change"), ":material/published_with_changes:"),
    "window": (later("Time left to convert"), ":material/hourglass_bottom:"),
    "short": (later("Short window"), ":material/first_page:"),
    "partial": (later("Part left out"), ":material/content_cut:"),
    "cut": (later("Cut periods"), ":material/content_cut:"),
    "base": (later("Small base"), ":material/scatter_plot:"),
    "other": (later("With the rest"), ":material/more_horiz:"),
}
Color = Literal["gray", "orange"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A chip: a few words, and the sentence that stands behind them."""

    label: str
    icon: str
    help: str
    color: Color = "gray"


def list_badges(source: Source, catalogue: Catalogue, reading: Reading, answer: Answer, kind: str) -> list[Badge]:
    """The chips of an answer as it is shown: what isn't final or whole, what is cut off, what is old."""
    marks = [(LABELS[mark], told) for mark, told in list_marks(reading, answer, kind) if mark in LABELS]
    found = [Badge(say(label), icon, told) for (label, icon), told in marks]
    return [*found, *_tell_limit(source, answer), *_tell_age(catalogue, answer)]


def tell_legend(reading: Reading, answer: Answer, kind: str) -> list[str]:
    """What a picture means by a mark of its own, which is no chip: it's read beside the picture."""
    return [told for mark, told in list_marks(reading, answer, kind) if mark not in LABELS]


def draw_badges(badges: list[Badge], key: str) -> None:
    """The chips side by side; nothing where there are none."""
    if not badges:
        return
    with st.container(horizontal=True, gap="xsmall", key=key):
        for badge in badges:
            st.badge(escape_markdown(badge.label), icon=badge.icon, color=badge.color, help=escape_markdown(badge.help))


def drop_limit(question: Question) -> Question | None:
    """The question whose rows are counted to say how many a limit leaves out; None where there is no limit."""
    if question.limit is None or question.limit > MOST_COUNTED or question.rows:
        return None
    return replace(question, limit=None, order=(), totals=False, compare=None, look=())


def _tell_limit(source: Source, answer: Answer) -> list[Badge]:
    asked = answer.resolved.question
    whole = drop_limit(asked)
    shown = answer.table.num_rows
    if whole is None or shown < (asked.limit or 0):
        return []
    try:
        count = source.ask(whole).table.num_rows
    except (Refused, Failed):  # what was shown stands
        return []
    if count <= shown:
        return []
    told = say("The line holds a limit; the other {count} are left out.", count=count - shown)
    return [Badge(say("First {shown} of {count}", shown=shown, count=count), ":material/vertical_align_top:", told)]


def _tell_age(catalogue: Catalogue, answer: Answer) -> list[Badge]:
    """Where a table that feeds the answer is behind the newest data by more than one of its own periods."""
    newest, resolved = catalogue.bound.newest, answer.resolved
    leaves = [leaf for column in resolved.columns for leaf in list_leaves(column.value)]
    views = {leaf.view for leaf in (*leaves, *(resolved.journey.leaves if resolved.journey else ()))}
    lasts = {view: last for view in views if (last := _find_last(catalogue, view))}
    if newest is None:
        return []
    behind = [last for view, last in lasts.items() if add_periods(last, _find_grain(catalogue, view), 1) < newest]
    if not behind:
        return []
    told = say(
        "Something that feeds this was last loaded for {day}; other data go up to {newest}.",
        day=label_day(min(behind)),
        newest=label_day(newest),
    )
    return [Badge(say("Old: {day}", day=label_day(min(behind))), ":material/history_toggle_off:", told, "orange")]


def _find_last(catalogue: Catalogue, view: str) -> date | None:
    """The last day of which a view is complete."""
    instant = catalogue.bound.complete.get(view)
    if instant is None:
        return None
    return (instant.replace(tzinfo=UTC) - timedelta(seconds=1)).astimezone(ZoneInfo(catalogue.timezone)).date()


def _find_grain(catalogue: Catalogue, view: str) -> str:
    clock = catalogue.views[view].time
    return clock.grain if clock and clock.grain else "day"
