"""The demo's metrics.yml: it opens over the demo's tables without a fault, and every kind of the language is in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.world import World
from data.write import write_demo
from semantic import Source, open_source
from semantic.catalogue import KINDS, Snapshot
from semantic.check import Warned, check_catalogue

CATALOGUE = Path(__file__).parents[1] / "metrics.yml"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """The catalogue over a small company of its own."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "data").mkdir()
    write_demo(folder / "data" / "demo.duckdb", World(size=0.05))
    source = open_source(CATALOGUE, folder)
    yield source
    source.serve().engine.retire()


def test_demo_catalogue_has_no_fault(source: Source) -> None:
    """Every metric, segment, funnel and cohort runs; what is only odd in the data, by design, is a warning."""
    faults = [str(problem) for problem in check_catalogue(source) if not isinstance(problem, Warned)]
    assert not faults


def test_demo_catalogue_shows_the_language(source: Source) -> None:
    """An analyst finds a neighbour to copy for each kind, except snapshots, of which the demo has no table."""
    shown = {type(metric) for metric in source.serve().catalogue.metrics.values()}
    assert set(KINDS.values()) - shown == {Snapshot}
