"""Steps of conversions and funnels -> words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from semantic.resolved import Leaf, Steps
from semantic.steps import clock_of, is_daily


def tell_steps(how: Steps, timezone: str, group: str) -> Iterator[str]:
    """What counts once, what must follow it and until when; `group` says where the first step's rows stand."""
    unit = f"each {how.by}" if how.count == "unique" else "each row"
    first, *later = how.steps
    yield f"These are the first step, {first.name}, and {unit} of them counts once {group}."
    shown = [_tell_step(step, how.steps[place]) for place, step in enumerate(later)]
    order = "in any order" if how.order == "any" else "in this order, at the same time or later"
    same = f", with the same {' and '.join(how.same)}" if how.same else ""
    more = "rows" if len(later) > 1 else "a row"
    yield f"{order[0].upper()}{order[1:]}, {more} of the same {how.by} must follow{same}: {'; '.join(shown)}."
    yield from _tell_window(how, timezone)


def _tell_step(step: Leaf, before: Leaf) -> str:
    wheres = " and ".join(where.text for where in step.wheres)
    again = "another one, " if step.view == before.view and clock_of(step) == clock_of(before) else ""
    told = f"{step.name}, {again}{step.view} by {clock_of(step).column.text}"
    return f"{told} where {wheres}" if wheres else told


def _tell_window(how: Steps, timezone: str) -> Iterator[str]:
    if how.within is None:
        window = "They may come at any later time"
    elif how.since == "previous":
        window = f"Each comes at most {how.within} after the one before, the end included"
    else:
        window = f"They come at most {how.within} after the first step, the end included"
    days = f" Days in {timezone} are compared, as one of the steps knows days only." if is_daily(how.steps) else ""
    yield f"{window}; they may lie after the asked period, up to the end of the data.{days}"
    match how.touch:
        case "first" | "last":
            first = how.steps[0].name
            yield f"Where several {first} come before one {how.steps[-1].name}, the {how.touch} of them counts."
        case "any" | None:
            pass
        case _:
            assert_never(how.touch)


def tell_part(how: Steps) -> str:
    """`how many began`, `how many got to orders`, `the median of days from sent to orders`."""
    kind, *places = how.part.split()
    names = [how.steps[int(place) - 1].name for place in places]
    if kind == "started":
        return "how many began"
    if kind == "reached":
        return f"how many got to {names[0]}"
    return f"the {kind} of days from {names[0]} to {names[1]}"
