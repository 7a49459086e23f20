"""The demo's metrics.yml: nothing is wrong with it, every KPI is answered, and every kind of the language is in it."""

from collections.abc import Mapping
from itertools import islice

from semantic import Catalogue, Question, Source
from semantic.catalogue import KINDS, Cohort, Dimension, Each, Family, Funnel, Metric, Segment, View
from semantic.check import check_catalogue
from semantic.line_values import read_period
from semantic.question import Journey, MetricAsk
from semantic.salvage import find_problems
from semantic.traits import is_trait

LANGUAGES = {"en", "pt", "ru"}
PERIOD = read_period("2024-01-01..2024-10-31")
# What the metrics are cut by: each by the first that it can be cut by.
SLICES = (
    *("channel", "acquisition_channel", "specialty", "brand", "campaign", "became", "membership", "changed_segment"),
    *("response", "target_of", "table_name"),
)
WITHOUT_A_SLICE = {"revenue_attainment"}  # orders against a table of months, which knows nothing else
WITHOUT_TIME = {"last_load", "complete_until"}  # of loads, which have no clock


def test_demo_catalogue_has_no_fault(demo: Source) -> None:
    """Every metric, segment, funnel and cohort runs, and nothing in the data surprises."""
    assert [str(problem) for problem in check_catalogue(demo)] == []


def test_demo_catalogue_shows_the_language(demo: Source) -> None:
    """An analyst finds a neighbour to copy for each kind."""
    catalogue = demo.serve().catalogue
    assert {type(metric) for metric in catalogue.metrics.values()} == set(KINDS.values())
    assert {metric.take for metric in catalogue.metrics.values() if isinstance(metric, Each)} >= {None, "median", "p90"}
    assert any(view.multi and view.valid for view in catalogue.views.values())
    assert {family.exclusive for family in catalogue.families.values()} == {True, False}


def test_every_metric_is_answered(demo: Source) -> None:
    """By month, and by one dimension at least; `check`, above, asks each alone."""
    catalogue = demo.serve().catalogue
    refused = []
    for name, metric in catalogue.metrics.items():
        for question in list_questions(catalogue, name, metric):
            if problems := find_problems(catalogue, question):
                refused.append(f"{question}: {problems[0]}")
            else:
                assert demo.ask(question).columns
    assert refused == []


def list_questions(catalogue: Catalogue, name: str, metric: Metric) -> list[Question]:
    """A metric's two questions; of one that is a dimension, the one that has it as such."""
    if isinstance(metric, Each) and is_trait(metric):
        return [Question(metrics=(MetricAsk(metric.each),), by=(name,), period=PERIOD)]
    alone = Question(metrics=(MetricAsk(name),), period=None if name in WITHOUT_TIME else PERIOD)
    by_month = Question(metrics=alone.metrics, by=("month",))
    cut = (Question(metrics=alone.metrics, by=(key,), period=alone.period) for key in SLICES)
    found = list(islice((question for question in cut if not find_problems(catalogue, question)), 1))
    assert bool(found) == (name not in WITHOUT_A_SLICE), f"{name} by a dimension"
    return [*([] if name in WITHOUT_TIME else [by_month]), *found]


def test_every_journey_is_answered(demo: Source) -> None:
    catalogue = demo.serve().catalogue
    asked = [Journey("funnel", (name,)) for name in catalogue.funnels]
    asked += [Journey("cohort", (name,)) for name in catalogue.cohorts]
    asked += [Journey("flow", ("lifecycle",))]
    for journey in asked:
        assert demo.ask(Question(journey=journey, period=PERIOD)).rows(), journey
    for name in ("consent", "membership", "interest"):  # of one day
        assert demo.ask(Question(journey=Journey("overlap", (name,)))).rows(), name


def test_labels_stand_in_three_languages(demo: Source) -> None:
    """Of metrics, views, dimensions, segments, families, funnels and cohorts, and no two metrics share one."""
    catalogue = demo.serve().catalogue
    parts: list[Mapping[str, Metric | View | Segment | Family | Funnel | Cohort | Dimension]] = [
        *(view.dimensions for view in catalogue.views.values())
    ]
    parts += [catalogue.metrics, catalogue.views, catalogue.segments, catalogue.families]
    parts += [catalogue.funnels, catalogue.cohorts]
    labels = [(name, item.label) for part in parts for name, item in part.items()]
    assert [name for name, label in labels if label is None or set(dict(label.texts)) != LANGUAGES] == []
    for language in LANGUAGES:
        named = [metric.label.read(language) for metric in catalogue.metrics.values() if metric.label]
        assert sorted({label for label in named if named.count(label) > 1}) == [], language


def test_every_metric_says_what_it_is(demo: Source) -> None:
    """A description, and a group to be found in."""
    metrics = demo.serve().catalogue.metrics
    assert [name for name, metric in metrics.items() if not metric.description] == []
    assert [name for name, metric in metrics.items() if not metric.tags] == []


def test_home_has_eight_headlines(demo: Source) -> None:
    metrics = demo.serve().catalogue.metrics
    assert len([name for name, metric in metrics.items() if "headline" in metric.tags]) == 8
