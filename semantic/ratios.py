"""Two metrics -> the metric that is one of them divided by the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.catalogue import Derived
from semantic.denominators import strip_guards

if TYPE_CHECKING:
    from semantic.catalogue import Catalogue


def find_ratio(catalogue: Catalogue, above: str, below: str) -> str | None:
    """The first metric of the catalogue that is `above / below`, guarded against 0 or not; None where none is."""
    return next((name for name, metric in catalogue.metrics.items() if _read_ratio(metric) == (above, below)), None)


def _read_ratio(metric: object) -> tuple[str, str] | None:
    tree = strip_guards(metric.sql.tree) if isinstance(metric, Derived) and metric.where is None else None
    if not isinstance(tree, exp.Div):
        return None
    sides = strip_guards(tree.this), strip_guards(tree.expression)
    above, below = (side.name if isinstance(side, exp.Column) else "" for side in sides)
    return (above, below) if above and below else None
