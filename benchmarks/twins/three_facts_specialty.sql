-- line: metric=sent,revenue,visits&by=specialty
-- Rows of the facts that are counted meet before the join, so that the contacts are hashed once. For the join and the
-- remainder see joined_dimension.sql. Revenue is a DOUBLE: taken as a remainder it would lose what is small beside the
-- total (0.25 beside 2^53 is nothing), so the contacts of no specialty are summed up by an outer join.
-- Wrong for such rows: revenue as a remainder, too, 0.76. Lost: a join per fact 1.2, outer join of all rows with the
-- code 1.7, outer join per fact with the code 2.2, outer join per fact with the text, then UNION ALL 4.
WITH code AS MATERIALIZED (
  SELECT specialty, row_number() OVER ()::UTINYINT AS n
  FROM (SELECT DISTINCT specialty FROM contacts WHERE specialty IS NOT NULL)
),
coded AS MATERIALIZED (SELECT contact_id, n FROM contacts JOIN code USING (specialty)),
facts AS (
  SELECT contact_id, 1 AS sent, NULL AS visits FROM messages
  UNION ALL
  SELECT contact_id, NULL, 1 FROM visits
),
known AS MATERIALIZED (
  SELECT n, count(sent) AS sent, count(visits) AS visits FROM facts JOIN coded USING (contact_id) GROUP BY n
),
bought AS (SELECT n, sum(amount) AS revenue FROM orders LEFT JOIN coded USING (contact_id) GROUP BY n),
rest AS (
  SELECT (SELECT count(*) FROM messages) - sum(sent) AS sent, (SELECT count(*) FROM visits) - sum(visits) AS visits
  FROM known
),
met AS (
  SELECT n, sent, visits, NULL AS revenue FROM known
  UNION ALL
  SELECT NULL, sent, visits, NULL FROM rest WHERE sent + visits > 0
  UNION ALL
  SELECT n, NULL, NULL, revenue FROM bought
)
SELECT specialty, coalesce(any_value(sent), 0) AS sent, coalesce(any_value(revenue), 0) AS revenue,
  coalesce(any_value(visits), 0) AS visits
FROM met LEFT JOIN code USING (n)
GROUP BY specialty
