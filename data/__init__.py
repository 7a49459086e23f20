"""The demo company: a seeded generator, one function per table, and the writer of its one DuckDB file."""
