"""The demo company: a seeded generator, a file per family of tables, and the writer of its one DuckDB file."""
