"""PowerPoint: charts hold the answer's numbers as data, and notes say what is meant and where it's from."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from semantic import Source
from tests.reports import BASE, HOSTILE, open_report, open_shop, report_line
from widgets.charts import Field
from widgets.exports.native import has_lone, write_short_format
from widgets.exports.report import Report
from widgets.exports.slides import write_slides


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_shop(tmp_path_factory.mktemp("shop"))
    yield source
    source.serve().engine.retire()


@pytest.fixture(scope="module")
def slides(source: Source) -> list[Any]:
    shares: list[float] = []
    found = open_slides(open_report(source), shares)
    assert shares == sorted(shares), "progress never goes back"
    assert shares[-1] == 1.0
    return found


def open_slides(report: Report, shares: list[float] | None = None) -> list[Any]:
    data = write_slides(report, (shares if shares is not None else []).append)
    return list(Presentation(io.BytesIO(data)).slides)


def read_slide(slide: Any) -> str:
    """The texts of a slide's boxes and tables."""
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    return "\n".join([*texts, *(cell.text for table in tables for row in table.rows for cell in row.cells)])


def find_slide(slides: list[Any], title: str) -> Any:
    return next(slide for slide in slides if title in read_slide(slide).split("\n"))


def read_charts(slide: Any) -> list[dict[str, dict[str, float | None]]]:
    """Of each chart its series, by their names, and these by the names along the axis."""
    charts = [shape.chart for shape in slide.shapes if shape.has_chart]
    return [
        {
            series.name: dict(zip(map(str, chart.plots[0].categories), series.values, strict=True))
            for series in chart.plots[0].series
        }
        for chart in charts
    ]


def test_there_is_a_slide_for_each_widget_after_a_title(slides: list[Any]) -> None:
    first = read_slide(slides[0])
    for told in ("Trade", "What the shop sells.", "Period: 1 Jan 2024 – 31 Mar 2024", f"{BASE}/Boards?board=trade"):
        assert told in first
    titles = ["Takings", "=1+1 [a]: month/month", "=1+1 [a] month month", "By channel", "Cities", "Regions", "Nothing"]
    assert len(slides) == 11
    for slide, title in zip(slides[1:], [*titles, "Days", "By day", "Breaks"], strict=True):
        assert title in read_slide(slide)
    assert "People" in read_slide(find_slide(slides, "By channel")), "the section that it stands under"


def test_a_line_is_a_chart_with_the_answers_numbers(source: Source, slides: list[Any]) -> None:
    (chart,) = read_charts(find_slide(slides, "By channel"))
    answer = source.ask("metric=revenue&by=month,channel&period=2024-01-01..2024-03-31")
    assert {name: sum(filter(None, numbers.values())) for name, numbers in chart.items()} == {
        "web": 80.0,
        HOSTILE: 70.0,
        "(none)": 60.0,
    }
    for row in answer.rows():
        month = f"{row['month']:%b %Y}"
        assert chart[row["channel"] or "(none)"][month] == row["revenue"]
    assert list(next(iter(chart.values()))) == ["Jan 2024", "Feb 2024", "Mar 2024"]


def test_what_is_compared_with_is_a_series_of_its_own(source: Source) -> None:
    line = "metric=revenue&by=month&period=2024-02-01..2024-03-31&compare=previous"
    (chart,) = read_charts(open_slides(report_line(source, line))[1])
    rows = source.ask(line).rows()
    assert [list(numbers.values()) for numbers in chart.values()] == [
        [row["revenue"] for row in rows],
        [row["revenue@compare"] for row in rows],
    ]


def test_metrics_of_other_units_have_charts_of_their_own(source: Source) -> None:
    charts = read_charts(open_slides(report_line(source, "metric=orders,express_rate&by=region&chart=bar"))[1])
    assert [list(chart) for chart in charts] == [["Orders"], ["Express rate"]]
    assert charts[0]["Orders"] == {"North": 3.0, "South": 2.0, "(none)": 1.0}


def test_bars_are_bars_and_what_has_no_chart_there_is_a_picture(source: Source) -> None:
    bars = open_slides(report_line(source, "metric=revenue&by=region&chart=bar"))[1]
    assert [shape.chart.chart_type for shape in bars.shapes if shape.has_chart] == [XL_CHART_TYPE.BAR_CLUSTERED]
    heat = open_slides(report_line(source, "metric=orders&by=weekday,region&chart=heat", title="Hot"))[1]
    (picture,) = [shape for shape in heat.shapes if shape.shape_type == 13]
    assert picture._element.nvPicPr.cNvPr.get("descr") == "Hot"


def test_tables_and_numbers_are_text(slides: list[Any]) -> None:
    table = read_slide(find_slide(slides, "Regions")).split("\n")
    assert table[-8:] == ["Region", "Revenue (GBP)", "North", "£80", "South", "£70", "(none)", "£60"]
    assert "£210.0" in read_slide(find_slide(slides, "Takings")).split("\n")
    assert "There is no answer: " in read_slide(find_slide(slides, "Breaks"))


def test_notes_hold_what_is_meant_the_formula_and_the_link(slides: list[Any]) -> None:
    notes = find_slide(slides, "Takings").notes_slide.notes_text_frame.text
    for told in ("Takings: What was paid.", "Takings: Why. To see it.", "[sum(price) over Orders]"):
        assert told in notes
    assert f"{BASE}/Explore?metric=revenue&period=2024-01-01..2024-03-31&compare=2023-10-01..2023-12-31" in notes


def test_a_deck_speaks_the_language_of_its_board(source: Source) -> None:
    assert "Торговля" in read_slide(open_slides(open_report(source, lang="ru"))[0])


def test_a_value_between_two_gaps_is_seen_as_a_dot() -> None:
    assert has_lone([None, 1.0, None, 2.0, 3.0])
    assert has_lone([1.0])
    assert not has_lone([1.0, 2.0, None, 3.0, 4.0])
    assert not has_lone([])


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([1.0, 2.0], '[>=1000000]"€"0.0#,,"M";[>=10000]"€"#,##0,"k";"€"#,##0'),
        ([1.5], '[>=1000000]"€"0.0#,,"M";[>=10000]"€"#,##0,"k";"€"#,##0.0#'),
    ],
)
def test_axes_are_short(numbers: list[float], shown: str) -> None:
    assert write_short_format(Field("a", "A", "number", format="currency", unit="EUR"), numbers, "en") == shown
    assert write_short_format(Field("a", "A", "number", format="percent"), [0.5], "en") == "0%"
    assert write_short_format(Field("a", "A", "number", format="percent"), [0.05], "en") == "0.0%"
