"""Plan -> Sql. The only package that builds SQL."""

from semantic.emit.meet import Sql, emit_plan

__all__ = ["Sql", "emit_plan"]
