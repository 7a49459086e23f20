"""Engines: each in a file of its own, which alone touches its driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from semantic.expressions import SelectSql
    from semantic.resolved import Scalar
    from semantic.stop import Stop


class Engine(Protocol):
    """What answers SQL. Several threads may call it at once."""

    version: str

    def run(self, sql: str, params: Sequence[Scalar] = (), seconds: float = 60.0, stop: Stop | None = None) -> pa.Table:
        """The rows of a SELECT. Raises Failed when it breaks, or takes longer than `seconds`, Stopped by `stop`."""

    def describe(self, sql: str) -> dict[str, str]:
        """The columns of a SELECT and their types, without running it. Raises Failed."""

    def expand(self, select: SelectSql, name: str) -> str:
        """A SELECT that the catalogue holds in the view `name`, as this engine takes it."""

    def list_tables(self) -> list[str]:
        """The tables and views of the attached file, `schema.table` where the schema isn't main."""

    def interrupt(self) -> None:
        """The queries under way break off, as Failed."""

    def retire(self) -> None:
        """No more queries will come: closes after the last one that is under way."""
