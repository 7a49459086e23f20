"""A question that nobody waits for any more is ended, in the database too; one that somebody waits for goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from semantic import Answer, Source, Stop, Stopped, open_source, stoppable
from semantic.source import Cache

SLOW = """
views:
  days: {sql: "SELECT a.range + b.range AS n FROM range(1000000) a, range(1000000) b"}
  few: {sql: SELECT 1 AS n}
metrics:
  endless: {view: days, sql: count(distinct n % 7919)}
  quick: {view: few, sql: count(*)}
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "metrics.yml").write_text(SLOW, encoding="utf-8")
    return open_source(tmp_path / "metrics.yml")


@pytest.fixture
def askers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def ask(source: Source, line: str, stop: Stop) -> Answer:
    with stoppable(stop):
        return source.ask(line)


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.01)


def count_running(source: Source) -> int:
    running: int = source.serve().engine._running  # type: ignore[attr-defined]  # the engine's own count
    return running


def test_a_stopped_question_ends_in_the_database_too(source: Source, askers: ThreadPoolExecutor) -> None:
    stop = Stop()
    asked: Future[Answer] = askers.submit(ask, source, "metric=endless", stop)
    wait_until(lambda: count_running(source) == 1)
    time.sleep(0.2)
    stop.ask()
    with pytest.raises(Stopped):
        asked.result(5)
    wait_until(lambda: count_running(source) == 0)
    assert source.ask("metric=quick").rows() == [{"quick": 1}]


def test_a_question_goes_on_while_another_waits_for_it(source: Source, askers: ThreadPoolExecutor) -> None:
    first, second = Stop(), Stop()
    asked = [askers.submit(ask, source, "metric=endless", stop) for stop in (first, second)]
    wait_until(lambda: any(run.waiting == 2 for run in source.cache._running.values()))
    first.ask()
    with pytest.raises(Stopped):
        asked[0].result(5)
    time.sleep(0.2)
    assert count_running(source) == 1
    assert not asked[1].done()
    second.ask()
    with pytest.raises(Stopped):
        asked[1].result(5)
    wait_until(lambda: count_running(source) == 0)


def test_a_stop_asked_before_ends_the_question_at_once(source: Source, askers: ThreadPoolExecutor) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(Stopped):
        askers.submit(ask, source, "metric=endless", stop).result(5)
    wait_until(lambda: count_running(source) == 0)


def test_who_asks_after_a_stop_gets_an_answer(askers: ThreadPoolExecutor) -> None:
    """A computation that was left isn't joined any more."""
    cache, began, gate = Cache(), threading.Event(), threading.Event()

    def compute(stop: Stop) -> pa.Table:
        began.set()
        gate.wait(5)
        if stop.is_asked:
            raise Stopped
        return pa.table({"n": [2]})

    def get(stop: Stop) -> Any:
        with stoppable(stop):
            return cache.get("key", compute)

    stop = Stop()
    left = askers.submit(get, stop)
    assert began.wait(5)
    stop.ask()
    with pytest.raises(Stopped):
        left.result(5)
    again = askers.submit(get, Stop())
    gate.set()
    assert again.result(5).to_pylist() == [{"n": 2}]
    assert cache.get("key", compute).to_pylist() == [{"n": 2}]


def test_what_waits_for_a_worker_never_begins(askers: ThreadPoolExecutor) -> None:
    cache, gate, begun = Cache(workers=1), threading.Event(), list[str]()

    def get(key: str, stop: Stop) -> Any:
        def compute(own: Stop) -> pa.Table:
            begun.append(key)
            gate.wait(5)
            return pa.table({"n": [1]})

        with stoppable(stop):
            return cache.get(key, compute)

    first = askers.submit(get, "first", Stop())
    wait_until(lambda: begun == ["first"])
    stop = Stop()
    second = askers.submit(get, "second", stop)
    wait_until(lambda: "second" in cache._running)
    stop.ask()
    with pytest.raises(Stopped):
        second.result(5)
    gate.set()
    first.result(5)
    assert begun == ["first"]
