"""What may be asked next, and what is left of a question that can't be answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from semantic import Catalogue, Question, Source, open_source, parse_line, print_line, read_line
from semantic.load import read_catalogue
from semantic.offer import (
    Offer,
    build_values_question,
    offer_compares,
    offer_dimensions,
    offer_filters,
    offer_metrics,
    offer_modifiers,
    offer_segments,
    offer_times,
    set_grain,
)
from semantic.question import MetricAsk
from semantic.resolve import resolve_question
from semantic.salvage import find_problems, salvage_question
from semantic.values import print_metric
from tests.shop import write_shop, write_trial


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_source(write_shop(tmp_path_factory.mktemp("shop")))
    yield source
    source.serve().engine.retire()


@pytest.fixture(scope="module")
def shop(source: Source) -> Catalogue:
    return source.serve().catalogue


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    source = open_source(write_trial(tmp_path_factory.mktemp("trial")))
    yield source.serve().catalogue
    source.serve().engine.retire()


def split(offers: tuple[Offer, ...]) -> tuple[set[str], dict[str, str]]:
    """What can be asked, and the reasons of the rest."""
    return {offer.name for offer in offers if not offer.reason}, {o.name: o.reason for o in offers if o.reason}


# --- offers are the compiler's own word


@pytest.mark.parametrize(
    "line", ["metric=revenue", "metric=buyers", "metric=orders,buyers", "metric=revenue&by=month&period=this-year"]
)
def test_every_offer_is_what_the_compiler_says(shop: Catalogue, line: str) -> None:
    """What is offered resolves, and what isn't is refused with that very reason."""
    question = parse_line(line)
    tried = [(offer, replace(question, by=(*question.by, offer.name))) for offer in offer_dimensions(shop, question)]
    tried += [(offer, set_grain(question, offer.name)) for offer in offer_times(shop, question)[:8]]
    tried += [
        (offer, replace(question, metrics=tuple(dict.fromkeys((*question.metrics, MetricAsk(offer.name))))))
        for offer in offer_metrics(shop, question)
    ]
    for offer, next_question in tried:
        problems = find_problems(shop, next_question)
        assert (offer.reason is None) == (not problems), offer
        if not problems:
            resolve_question(shop, next_question)
        else:
            assert problems[0].found in (offer.reason or "")


def test_dimensions_have_names_labels_and_reasons(shop: Catalogue) -> None:
    offered, refused = split(offer_dimensions(shop, parse_line("metric=revenue")))
    assert offered == {"channel", "express", "note", "amount", "region", "city", "segment"}
    assert refused == {"email": "email is personal, and isn't shown. Ask by another dimension"}
    offered, refused = split(offer_dimensions(shop, parse_line("metric=buyers")))
    assert offered == {"region", "city", "segment"}
    assert "buyers can't be cut by channel" in refused["channel"]


def test_times_of_what_has_no_clock_are_refused(trial: Catalogue) -> None:
    offered, refused = split(offer_times(trial, parse_line("metric=visit_rate")))
    assert offered == set()
    assert all("has no clock" in reason for reason in refused.values())


def test_times_finer_than_the_clock_are_refused(shop: Catalogue) -> None:
    offered, refused = split(offer_times(shop, parse_line("metric=revenue")))
    assert {"hour", "minute", "hour_of_day"} == set(refused)
    assert {"day", "week", "month", "weekday"} <= offered


def test_grain_is_replaced_where_it_stands() -> None:
    question = Question(metrics=(MetricAsk("revenue"),), by=("channel", "month", "city"))
    assert set_grain(question, "week").by == ("channel", "week", "city")
    assert set_grain(question, None).by == ("channel", "city")
    assert set_grain(replace(question, by=("channel",)), "day").by == ("day", "channel")


def test_filters_leave_out_what_is_personal(shop: Catalogue) -> None:
    offered, refused = split(offer_filters(shop, parse_line("metric=revenue")))
    assert "email" not in offered
    assert "personal" in refused["email"]


def test_segments_and_comparisons(shop: Catalogue, trial: Catalogue) -> None:
    assert split(offer_segments(shop, parse_line("metric=revenue")))[0] == {"northerners"}
    offered, refused = split(offer_compares(shop, parse_line("metric=revenue")))
    assert offered == {"slice"}
    assert set(refused) == {"previous", "year", "range"}
    offered, refused = split(offer_compares(shop, parse_line("metric=revenue&period=this-month")))
    assert offered == {"previous", "year", "range", "slice"}
    assert split(offer_compares(trial, parse_line("metric=people")))[0] == {"slice"}


def test_modifiers_that_a_metric_defines(shop: Catalogue) -> None:
    question = parse_line("metric=express_orders&by=month,channel")
    offers = offer_modifiers(shop, question, question.metrics[0])
    offered = {print_metric(variant) for variant, reason in offers if not reason}
    assert {"express_orders", "express_orders~rate", "express_orders~share", "express_orders~share(channel)"} <= offered
    assert {"express_orders~yoy", "express_orders~previous(delta)"} <= offered
    assert "express_orders~unique" not in offered  # it doesn't say what is unique about it


def test_values_are_counted_by_rows_and_none_is_personal(shop: Catalogue, source: Source) -> None:
    question = parse_line("metric=express_rate&period=2024-01-01..2024-02-29&channel=web")
    values = build_values_question(shop, question, "channel")
    assert values
    assert print_line(values) == "metric=orders&by=channel&period=2024-01-01..2024-02-29&order=-orders&limit=500"
    assert source.ask(values).rows() == [{"channel": "web", "orders": 3}, {"channel": "shop", "orders": 1}]
    assert build_values_question(shop, question, "email") is None
    assert build_values_question(shop, question, "nonsense") is None


# --- what is left of a broken question


@pytest.mark.parametrize(
    ("line", "left", "told"),
    [
        ("metric=revenue,clicks", "metric=revenue", ["the metric clicks is unknown"]),
        ("metric=clicks~yoy", "", ["the metric clicks is unknown"]),
        ("metric=revenue&by=month,chanel", "metric=revenue&by=month", ["the dimension chanel is unknown"]),
        ("metric=revenue&colour=red", "metric=revenue", ["the dimension colour is unknown"]),
        ("metric=revenue&amount=abc", "metric=revenue", ["amount takes numbers"]),
        ("metric=revenue&segment.me=colour%3Dred", "metric=revenue", ["the dimension colour is unknown"]),
        ("metric=revenue&segment=martians", "metric=revenue", ["the segment martians is unknown"]),
        ("metric=revenue~yoy", "metric=revenue", ["needs a period or a time axis"]),
        ("metric=revenue&compare=previous", "metric=revenue", ["there is no period to compare"]),
        ("metric=revenue&top=3", "metric=revenue", ["there is no dimension to take the biggest of"]),
        ("metric=revenue&order=-clicks", "metric=revenue", ["there is no column clicks"]),
        ("metric=revenue&by=email", "metric=revenue", ["email is personal"]),
        ("metric=fast_rate", "metric=express_rate", []),
        ("metric=revenue&by=hour", "metric=revenue", ["so it has no hour"]),
        ("metric=orders,buyers&by=month", "metric=orders&by=month", ["buyers has no clock"]),
        ("metric=buyers&by=month,region&period=this-year", "metric=buyers&by=region", ["buyers has no clock"]),
        ("metric=revenue~previous&by=week,month", "metric=revenue&by=week,month", ["don't nest"]),
        ("funnel=invited", "", ["the funnel invited is unknown"]),
        ("metric=revenue&title=Ours&chart=bar", "metric=revenue&chart=bar&title=Ours", []),
    ],
)
def test_salvage_keeps_the_rest(shop: Catalogue, line: str, left: str, told: list[str]) -> None:
    question, problems = salvage_question(shop, read_line(line)[0])
    assert print_line(question) == left
    assert len(problems) == len(told)
    for problem, text in zip(problems, told, strict=True):
        assert text in str(problem)


@pytest.mark.parametrize("line", ["metric=revenue&by=month,channel&top=1", "metric=orders~unique&channel=!web", ""])
def test_salvage_leaves_a_whole_question_alone(shop: Catalogue, line: str) -> None:
    question = parse_line(line)
    assert salvage_question(shop, question) == (question, ())


def test_salvaged_question_can_be_answered(shop: Catalogue) -> None:
    """Whatever is thrown together, what is left of it resolves."""
    keys = (
        "by=month",
        "by=channel,hour,region",
        "period=this-year",
        "compare=year",
        "top=2:clicks",
        "order=x,-revenue",
        "segment=northerners,x",
        "totals=all",
        "amount=1..2",
        "email=x",
        "week=2024-01-02",
        "timezone=Asia/Tokyo",
    )
    for metrics in ("revenue", "revenue~yoy,buyers", "buyers~share(month),clicks", "express_rate~share"):
        for first in keys:
            for second in keys:
                question, _ = read_line("&".join(dict.fromkeys((f"metric={metrics}", first, second))))
                left, _ = salvage_question(shop, question)
                if left.metrics:
                    resolve_question(shop, left)


# --- cost


def test_offers_are_cheap(tmp_path: Path) -> None:
    """CPU time for a hundred dimensions and a hundred metrics, each tried by the compiler, the first time and again."""
    write_shop(tmp_path)
    dimensions = "\n".join(f"      d{n}: {{sql: price + {n}}}" for n in range(100))
    metrics = "\n".join(f"  m{n}: {{view: orders, sql: sum(price + {n})}}" for n in range(100))
    file = tmp_path / "wide.yml"
    file.write_text(
        f"views:\n  orders:\n    file: orders.csv\n    time: ordered_on\n"
        f"    dimensions:\n{dimensions}\nmetrics:\n{metrics}\n",
        encoding="utf-8",
    )
    source = open_source(file)
    catalogue = source.serve().catalogue
    offer_dimensions(catalogue, parse_line("metric=m0"))  # the names of a view are looked up once
    spent = []
    for line in ("metric=m1&by=month", "metric=m2&by=month", "metric=m3&by=month"):
        begun = time.thread_time()
        assert len(offer_dimensions(catalogue, parse_line(line))) == 100
        spent.append(time.thread_time() - begun)
    assert min(spent) < 0.05
    begun = time.thread_time()
    offer_dimensions(catalogue, parse_line("metric=m3&by=month"))
    assert time.thread_time() - begun < 0.005
    source.serve().engine.retire()


def test_views_that_share_an_entity_are_joined_at_once(tmp_path: Path) -> None:
    """Eight views of one contact make eight paths, not thousands that go round by one another."""
    views = "".join(f"  v{n}: {{table: t{n}, key: {{contact: c}}, dimensions: {{d{n}: D{n}}}}}\n" for n in range(8))
    text = f"database: x.duckdb\nviews:\n{views}  facts: {{table: f, joins: {{contact: c}}}}\n"
    catalogue = read_catalogue(f"{text}metrics: {{n: {{view: facts, sql: count(*)}}}}\n", "metrics.yml")
    assert [len(paths) for paths in catalogue.paths.values()] == [8] * 8 + [9]
