"""QUESTIONS.md against the golden files: a question of every kind, its answer, its SQL. Run this file to rewrite it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args, get_type_hints

from semantic import Answer, Marked
from semantic.answer import plain_value
from semantic.catalogue import KINDS
from semantic.question import Journey
from tests.golden_shop import FOLDER, open_shop, read_golden

PAGE = Path(__file__).parents[1] / "QUESTIONS.md"
HEAD = """\
# A question of every kind

Each question is a line. Under it stand the answer and the SQL that the compiler wrote for it; the questions are golden
files in [`tests/golden/`](tests/golden/), where SQL by another hand gives the same rows. The company is a corner shop
of a few rows ([tables](tests/golden/_shop.sql), [catalogue](tests/golden/_shop.yml)), so that every number can be
worked out in the head.
"""
# What a reader learns, in order: a heading, and the golden files that show it.
CHAPTERS: Mapping[str, Sequence[str]] = {
    "Counts, formulas and facts that meet": ("derived_rate", "two_facts_of_different_grain", "empty_value_in_a_list"),
    "Distinct counts and totals": ("distinct_total", "unique_rate"),
    "Time": ("gaps_are_filled", "month_in_another_zone", "other_clock", "another_time_as_a_dimension"),
    "Comparisons": ("month_over_month", "like_for_like", "leap_day_a_year_before", "reference_slice"),
    "A comparison as a metric": ("since_the_start_of_the_month",),
    "Shares and the biggest": ("share_of_the_whole_before_limit", "top_with_a_real_other"),
    "Segments": ("overlapping_segments", "segment_of_nobody"),
    "Windows": ("rolling_sum_with_gaps", "rolling_distinct_in_and_out", "rolling_week_over_week"),
    "To date": ("month_to_date_distinct", "total_since_the_beginning"),
    "A value per day, per contact": ("each_day_with_those_without_rows", "contacts_by_their_orders"),
    "Who is new, who is lost": ("new_and_lost_customers", "nth_message_under_a_filter"),
    "States": ("state_at_the_last_instant", "state_of_each_entity", "target_by_month"),
    "Histories and memberships": (
        "as_of_the_rows_own_time",
        "as_of_today",
        "population_at_the_end_of_months",
        "bridge_counts_a_row_once_a_group",
    ),
    "Conversions": ("conversion_of_contacts", "conversion_median_days", "conversion_of_the_last_touch"),
    "Funnels": ("funnel_by_site",),
    "Cohorts": ("cohort_of_the_first_row_of_all",),
    "Movement between states": ("flow_between_two_days",),
    "Overlap": ("overlap_of_segments",),
    "What isn't final, and what is too small": ("window_not_elapsed", "small_base"),
    "The rows behind a number": ("rows_behind_a_number",),
    "What is refused": ("unreachable_dimension", "share_of_states_over_months", "days_over_months"),
}


def render_page() -> str:
    """The page as it should be."""
    with TemporaryDirectory() as folder:
        source = open_shop(Path(folder))
        parts = [HEAD]
        for heading, names in CHAPTERS.items():
            parts.append(f"## {heading}\n")
            for name in names:
                golden = read_golden(FOLDER / f"{name}.yml")
                answer = None if "refused" in golden else source.ask(golden["ask"], golden.get("as_of"))
                parts += render_question(golden, answer)
        source.serve().engine.retire()
    return "\n".join(parts)


def render_question(golden: Mapping[str, Any], answer: Answer | None) -> Iterator[str]:
    yield f"{golden['why'].strip()}\n"
    as_of = f"\nas of {golden['as_of']}" if "as_of" in golden else ""
    yield f"```\n{golden['ask']}{as_of}\n```\n"
    if answer is None:
        yield f"Refused: {golden['refused'].strip()}\n"
        return
    yield render_table(answer.columns, [list(row.values()) for row in answer.rows()])
    if answer.totals:
        totals = [[row.get(name, "") for name in answer.columns] for row in answer.totals]
        yield f"Totals:\n\n{render_table(answer.columns, totals)}"
    if answer.marks:
        yield "".join(f"- {tell_mark(mark)}\n" for mark in answer.marks)
    yield f"<details><summary>SQL</summary>\n\n```sql\n{answer.sql.text}\n```\n</details>\n"


def render_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *([show_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def tell_mark(mark: Marked) -> str:
    """`row 2, click_rate: base of 3, interval 6.1 % to 79.2 %`."""
    place = f"row {mark.row + 1}, {mark.column}: {mark.mark}"
    interval = f", {mark.low:.1%} to {mark.high:.1%}" if mark.low is not None and mark.high is not None else ""
    return place + (f" of {plain_value(mark.base)}{interval}" if mark.base is not None else "")


def show_cell(value: Any) -> str:
    """A value as a reader takes it in; NULL is a dash."""
    found = plain_value(value)
    if found is None:
        return "–"
    return f"{found:.4g}" if isinstance(found, float) else str(found).replace("|", "\\|")


def test_the_page_is_that_of_the_golden_files() -> None:
    """A rule that changes shows in QUESTIONS.md."""
    assert PAGE.read_text("utf-8") == render_page(), "python -m tests.test_questions rewrites the page"


def test_every_kind_of_metric_and_journey_is_shown() -> None:
    """No kind is left out."""
    catalogue = read_golden(FOLDER / "_shop.yml")
    asked = {read_golden(FOLDER / f"{name}.yml")["ask"] for names in CHAPTERS.values() for name in names}
    words = {word for line in asked for part in line.split("&") for word in part.partition("=")[2].split(",")}
    shown = {metric.partition("~")[0] for metric in words} & set(catalogue["metrics"])
    kinds = {next(kind for kind in KINDS if kind in catalogue["metrics"][name]) for name in shown}
    assert kinds == set(KINDS), set(KINDS) - kinds
    assert set(get_args(get_type_hints(Journey)["kind"])) <= {line.partition("=")[0] for line in asked}


if __name__ == "__main__":
    PAGE.write_text(render_page(), "utf-8")
