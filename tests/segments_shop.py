"""A small catalogue with every kind of segments: named ones, a history of states, memberships that overlap."""

from __future__ import annotations

from pathlib import Path

CATALOGUE = """
timezone: UTC
views:
  people:
    label: People
    sql: |
      SELECT i AS person_id, DATE '2024-01-01' + (i * 5)::INTEGER AS joined, i % 3 AS kind
      FROM range(12) r(i)
    key: {person: person_id}
    time: joined
  states:
    label: States
    sql: |
      SELECT i AS person_id, 'new' AS state, DATE '2024-01-01' AS valid_from, DATE '2024-02-01' AS valid_to
      FROM range(12) r(i)
      UNION ALL
      SELECT i, CASE WHEN i < 8 THEN 'active' ELSE 'left' END, DATE '2024-02-01', NULL FROM range(12) r(i)
    key: {person: person_id}
    valid: [valid_from, valid_to]
    dimensions: {state: State}
  groups:
    label: Groups
    sql: |
      SELECT i AS person_id, 'Group ' || g || CASE WHEN g = 7 THEN ' VIP' ELSE '' END AS grp,
             CASE WHEN g < 20 THEN 'early' ELSE 'late' END AS family,
             DATE '2024-01-01' + (g % 5)::INTEGER * 10 AS valid_from, NULL::DATE AS valid_to
      FROM range(12) r(i), range(40) s(g) WHERE (i + g) % 4 = 0 OR g = 7
    key: {person: person_id}
    valid: [valid_from, valid_to]
    multi: true
    dimensions: {family: {label: Family, drill: grp}, grp: Group}
  letters:
    label: Letters
    sql: |
      SELECT i AS letter_id, i % 12 AS person_id, DATE '2024-01-10' + (i % 60)::INTEGER AS sent, i % 12 < 4 AS opened
      FROM range(240) r(i)
    key: {letter: letter_id}
    time: sent
    joins: {person: person_id}
segments:
  first: {label: First kind, of: people, where: kind = 0, family: kinds}
  second: {label: Second kind, of: people, where: kind = 1, family: kinds}
  early: {label: Early people, of: people, where: person_id < 6}
families:
  kinds: {label: Kinds, exclusive: true}
metrics:
  people: {view: people, sql: count(*)}
  in_state: {label: People in a state, view: states, sql: count(*), fill: 0}
  in_group: {label: People in groups, view: groups, sql: count(distinct person_id), fill: 0}
  letters: {view: letters, sql: count(*)}
  opened: {view: letters, sql: count(*), where: opened}
  open_rate: {label: Open rate, sql: opened / letters, format: percent, better: higher, min_base: 30}
"""


def write_segments(folder: Path) -> Path:
    """The catalogue's file; its rows are made by its own SQL."""
    file = folder / "metrics.yml"
    file.write_text(CATALOGUE, encoding="utf-8")
    return file
