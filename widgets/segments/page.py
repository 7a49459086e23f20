"""The Segments page: the controls, the ranked table, and what lies below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from semantic.calendar import resolve_period
from semantic.line import join_pairs
from semantic.line_values import print_period, read_period
from semantic.question import Between, MetricAsk
from semantic.resolve import find_as_of
from semantic.values import print_metric
from widgets.address import bind_value
from widgets.asking import Asking, ask_ahead, tell_run, wait_answer
from widgets.controls.period import FIRST, LAST, order_days
from widgets.controls.period import USUAL as PERIODS
from widgets.copy_link import draw_copy_link
from widgets.labels import label_metric
from widgets.links import link_explore
from widgets.messages import guard_body, show_unknown
from widgets.segments.address import (
    ALL,
    MOST_LETTERS,
    MOST_PINS,
    NONE,
    Opened,
    bind_choice,
    change_choice,
    open_choice,
    print_choice,
)
from widgets.segments.bases import MOST, label_base, label_size, list_rates
from widgets.segments.parts import draw_movement, draw_overlap, draw_pinned, draw_sent
from widgets.segments.rows import (
    Rate,
    Row,
    ask_course,
    ask_rates,
    ask_sizes,
    choose_rows,
    find_course,
    find_period,
    read_rates,
    read_rows,
)
from widgets.segments.table import ROW_HEIGHT, draw_rows, write_csv
from widgets.texts import escape_markdown
from widgets.times import label_period, label_window
from widgets.words import later, say, say_count

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Source
    from widgets.segments.address import Choice

OWN, EVER = "own", "all"
SORTED = {"size": later("Size"), "change": later("Change"), "rate": later("Rate"), "name": later("Name")}
SHOWN = {
    "movement": (later("Movement"), ":material/swap_horiz:"),
    "overlap": (later("Overlap"), ":material/join_inner:"),
    "sent": (later("Then and now"), ":material/history:"),
}
TABLE_HEIGHT = 420
COURSES = {
    "day": later("12 days"),
    "week": later("12 weeks"),
    "month": later("12 months"),
    "quarter": later("12 quarters"),
    "year": later("12 years"),
}


def draw_segments(source: Source) -> None:
    """The page of the address; where the catalogue has no segments, how to add some."""
    opened = open_choice(source)
    if opened is None:
        _draw_nothing()
        return
    st.header(say("Segments"), anchor=False)
    _draw_controls(source, opened)
    show_unknown(opened.problems)
    _draw_body(source)


def _draw_nothing() -> None:
    st.title(say("Segments"), anchor=False)
    st.info(
        say("**The catalogue has no segments yet.** Under `segments:` one is a name and a condition:"),
        icon=":material/group_off:",
    )
    st.code("segments:\n  dentists: {label: Dentists, of: contacts, where: \"specialty = 'dentist'\"}", language="yaml")
    st.markdown(
        say(
            "A view with `valid: [from, to]` is a history of states, and one with `multi: true` holds memberships that "
            "overlap; each of their dimensions is a group of segments here. A metric that counts them, "
            "`sql: count(*)` without a condition, tells their size."
        )
    )


def _ask(source: Source, opened: Opened) -> dict[str, Asking]:
    """Everything that the table needs, under way at once, the sizes first."""
    catalogue, choice = opened.catalogue, opened.choice
    questions = {"size": ask_sizes(choice), "whole": choice.base.ask_whole(find_period(choice))}
    if choice.base.dated:
        questions["course"] = ask_course(catalogue, choice)
    if choice.rate != NONE:
        questions["rate"] = ask_rates(choice)
    under_way = ask_ahead(source, catalogue, "segments", questions.values())
    return {name: under_way[question] for name, question in questions.items()}


# --- controls


def _draw_controls(source: Source, opened: Opened) -> None:
    catalogue, choice = opened.catalogue, opened.choice
    bases = {base.name: base for base in opened.bases}
    rates = [NONE, *list_rates(catalogue, choice.base)]
    asked = choice.base.ask(choice.base.size)

    # Labels are made now, in the page's language: what makes them later may be asked by another thread.
    names = {base.name: label_base(catalogue, base) for base in opened.bases}
    named = {
        name: say("No rate") if name == NONE else label_metric(catalogue, MetricAsk(name), asked) for name in rates
    }
    orders = {name: say(label) for name, label in SORTED.items()}
    with st.container(border=True, key="segments_bar"):
        grid = st.grid(6, min_column_width=150, vertical_alignment="bottom", gap="xsmall", key="segments_grid")
        with grid.cell(column_span=2):
            st.selectbox(
                say("Segments of"),
                list(bases),
                format_func=names.__getitem__,
                **bind_choice(source, "base", choice.base.name, bases.__getitem__),
            )
        with grid:
            _draw_period(source, opened, grid)
        with grid.cell(column_span=2):
            st.selectbox(say("Rate"), rates, format_func=named.__getitem__, **bind_choice(source, "rate", choice.rate))
        with grid:
            st.selectbox(
                say("Sort by"),
                list(orders),
                format_func=orders.__getitem__,
                **bind_choice(source, "sort", choice.sort),
            )


def _draw_period(source: Source, opened: Opened, grid: Any) -> None:
    choice = opened.choice
    if not choice.base.dated and choice.rate == NONE:
        return
    own = isinstance(choice.period, Between) and choice.period != ALL
    here = OWN if own else EVER if choice.period == ALL else print_period(choice.period)
    options = [*PERIODS, EVER, *([] if here in (*PERIODS, EVER, OWN) else [here]), OWN]
    names = {name: label_period(read_period(name)) for name in options if name not in (EVER, OWN)}
    names |= {EVER: say("All time"), OWN: say("Chosen days")}

    def read(chosen: str) -> Any:
        if chosen == OWN:
            window = find_course(opened.catalogue, choice.period)[1]
            return Between(window.start, window.end)
        return ALL if chosen == EVER else read_period(chosen)

    st.selectbox(
        say("Period"),
        options,
        format_func=names.__getitem__,
        **bind_choice(source, "period", here, read),
    )
    if own and isinstance(choice.period, Between):
        days = choice.period

        def choose(_: Any) -> Any:
            first, last = (st.session_state.get(f"segments.{name}") for name in ("first", "last"))
            return order_days(first, last)

        for name, label, day in (("first", say("From"), days.start), ("last", say("Until"), days.end)):
            low, high = min(FIRST, day or FIRST), max(LAST, day or LAST)
            bound = _bind_day(source, name, day, choose)
            cell = grid.cell(column_span=2)
            cell.date_input(label, value=None, min_value=low, max_value=high, format="YYYY-MM-DD", **bound)


def _bind_day(source: Source, name: str, day: Any, choose: Any) -> dict[str, Any]:
    return bind_value(f"segments.{name}", day, lambda chosen: change_choice(source, period=choose(chosen)))


# --- table


@st.fragment
def _draw_body(source: Source) -> None:
    """The table as far as it is known, and what lies below; a rate that takes long comes in later."""
    opened = open_choice(source)  # again: the controls in here write it
    if opened is None:
        return
    with guard_body(lambda: tell_run(source, ask_sizes(opened.choice))):
        asked = _ask(source, opened)
        sizes = wait_answer(asked["size"], "segments.size", TABLE_HEIGHT)
        whole = wait_answer(asked["whole"], "segments.whole", ROW_HEIGHT) if sizes else None
        if sizes is None or whole is None:
            return
        found = Found(opened, read_rows(opened.catalogue, opened.choice.base, sizes, None), read_whole(opened, whole))
        if not found.rows:
            st.info(say("**Nobody is in any of these segments** in this period."), icon=":material/inbox:")
            return
        _draw_filters(source, opened, found.rows)
        found = _draw_table(source, found, sizes, asked)
        _draw_part(source, opened, found)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known by now: the rows, how many there are in all, the answer of the courses, the rates."""

    opened: Opened
    rows: tuple[Row, ...]
    whole: float | None
    rates: Mapping[str, Rate] | None = None


def read_whole(opened: Opened, answer: Answer) -> float | None:
    """How many there are in all segments, each once."""
    found: list[float | None] = answer.table[print_metric(opened.choice.base.size)].to_pylist()
    return found[0] if found else None


def _draw_table(source: Source, found: Found, sizes: Answer, asked: Mapping[str, Asking]) -> Found:
    """The sizes at once; courses and rates when they are there. The lines of the pinned segments follow below."""
    opened = found.opened
    catalogue, choice = opened.catalogue, opened.choice
    slot = st.container()
    table = slot.empty()
    later = [asked[name] for name in ("course", "rate") if name in asked]
    if any(not asking.future.done() for asking in later):
        with table.container():
            _draw_ranked(source, found, None)
    course = rates = None
    with slot, guard_body():
        course = wait_answer(asked["course"], "segments.course", ROW_HEIGHT) if "course" in asked else None
    with slot, guard_body(lambda: tell_run(source, ask_rates(choice))):
        answer = wait_answer(asked["rate"], "segments.rate", ROW_HEIGHT) if "rate" in asked else None
        rates = read_rates(choice.base, answer, choice.rate) if answer else None
    found = replace(found, rows=read_rows(catalogue, choice.base, sizes, course), rates=rates)
    with table.container():
        _draw_ranked(source, found, "segments.table")
    with slot:
        _draw_links(found)
    if course:
        with guard_body():
            draw_pinned(opened, found.rows, course)
            link_explore(ask_course(catalogue, choice), say("Open in Explore"))
    return found


def _draw_ranked(source: Source, found: Found, key: str | None) -> None:
    """The rows that search and family leave; where none is left, that."""
    catalogue, choice = found.opened.catalogue, found.opened.choice
    rows = choose_rows(found.rows, found.rates or {}, choice)
    if not rows:
        st.info(say("No segment has that name or family."), icon=":material/search_off:")
        return

    def pin(places: list[int]) -> None:
        hidden = [key for key in choice.pins if all(row.key != key for row in rows)]
        chosen = [rows[place].key for place in places if place < len(rows)]
        kept = [key for key in choice.pins if key in chosen or key in hidden]
        change_choice(source, pins=tuple([*kept, *(key for key in chosen if key not in kept)][:MOST_PINS]))

    draw_rows(rows, found.rates, _name_columns(catalogue, choice), found.whole, choice.pins, pin, key)


def _name_columns(catalogue: Catalogue, choice: Choice) -> dict[str, str]:
    base, grain = choice.base, find_course(catalogue, choice.period)[0]
    size = label_size(catalogue, base)
    end = say("at the end of the period") if base.dated else say("as of now")
    asked = base.ask(base.size)
    return {
        "size": f"{size}, {end}",
        "share": say(
            "Of all that are in any of these, each counted once; segments that overlap add up to more than 100%."
        )
        if not base.exclusive
        else say("Of all that are in any of these."),
        "change": say("On the period before, of the same length."),
        "course": say(COURSES[grain]),
        "course_help": say("The size at the end of each; every row has its own axis."),
        "rate": label_metric(catalogue, MetricAsk(choice.rate), asked) if choice.rate != NONE else "",
    }


def _draw_links(found: Found) -> None:
    opened = found.opened
    catalogue, choice = opened.catalogue, opened.choice
    rows = choose_rows(found.rows, found.rates or {}, choice)
    st.caption(escape_markdown(_tell_table(found, len(rows))))
    with st.container(horizontal=True, vertical_alignment="center"):
        link_explore(ask_sizes(choice), say("Sizes in Explore"))
        if choice.rate != NONE:
            link_explore(ask_rates(choice), say("Rates in Explore"))
        st.space("stretch")
        st.download_button(
            "CSV",
            data=partial(write_csv, rows, found.rates, found.whole, choice.rate),
            file_name=f"{choice.base.name}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="segments.download",
            help=say("The rows of the table, full values"),
        )
        draw_copy_link(join_pairs(print_choice(catalogue, opened.bases, choice)), "copy_segments")


def _tell_table(found: Found, shown: int) -> str:
    """`12 of 36 segments · Contacts in segments: 59,692 in all · Last 90 days`."""
    catalogue, choice = found.opened.catalogue, found.opened.choice
    count = len(found.rows)
    parts = [say_count("{count} segment", "{count} segments", count)]
    if shown < count:
        parts = [say("{shown} of {count} segments", shown=shown, count=count)]
    if count >= MOST:
        parts = [say("The {count} biggest segments", count=count)]
    if found.whole:
        parts.append(say("{metric}: {count} in all", metric=label_size(catalogue, choice.base), count=int(found.whole)))
    if choice.base.dated:
        window = resolve_period(find_period(choice), find_as_of(catalogue), catalogue.week_start)[1]
        parts.append(label_window(window))
    return " · ".join(parts)


def _draw_filters(source: Source, opened: Opened, rows: Sequence[Row]) -> None:
    choice = opened.choice
    labels = {row.key: row.label for row in rows}
    families = list(dict.fromkeys(row.family for row in sorted(rows, key=lambda row: row.family) if row.family))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            say("Search"),
            placeholder=say("A word of the name"),
            max_chars=MOST_LETTERS,
            width=220,
            icon=":material/search:",
            **bind_choice(source, "search", choice.search),
        )
        if families:
            options = ["", *families, *([choice.family] if choice.family not in ("", *families) else [])]
            shown = {name: name or say("All") for name in options}
            st.selectbox(
                say("Family"),
                options,
                format_func=shown.__getitem__,
                width=200,
                **bind_choice(source, "family", choice.family),
            )
        st.multiselect(
            say("Pinned"),
            list(dict.fromkeys((*choice.pins, *labels))),
            format_func=lambda key: labels.get(key, key),
            max_selections=MOST_PINS,
            placeholder=say("Up to five, in colour below"),
            select_all=False,
            **bind_choice(source, "pins", list(choice.pins), tuple),
        )


# --- what lies below


def _draw_part(source: Source, opened: Opened, found: Found) -> None:
    choice = opened.choice
    parts = {name: f"{icon} {say(label)}" for name, (label, icon) in SHOWN.items()}
    st.segmented_control(
        say("Look at"),
        list(parts),
        format_func=parts.__getitem__,
        required=True,
        label_visibility="collapsed",
        **bind_choice(source, "show", choice.show),
    )
    with guard_body():
        if choice.show == "movement":
            draw_movement(source, opened, found.rows)
        elif choice.show == "overlap":
            draw_overlap(source, opened, found.rows)
        else:
            draw_sent(source, opened, found.rows, found.rates)
