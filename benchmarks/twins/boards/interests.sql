-- line: overlap=interest&period=2024-08-01..2024-10-31
-- A brand is a bit, so that sets are numbers until they are counted. More than 63 brands would be an error.
WITH code AS MATERIALIZED (
  SELECT interest, row_number() OVER (ORDER BY interest) - 1 AS n FROM (SELECT DISTINCT interest FROM interests)
),
held AS (
  SELECT contact_id, bit_or(1::BIGINT << n::BIGINT) AS bits FROM interests JOIN code USING (interest) GROUP BY contact_id
),
sets AS (
  SELECT coalesce(bits, 0) AS bits, count(*) AS count
  FROM contacts LEFT JOIN held USING (contact_id)
  WHERE registered_at >= TIMESTAMP '2024-07-31 22:00:00' AND registered_at < TIMESTAMP '2024-10-31 23:00:00'
  GROUP BY 1
),
names AS (SELECT list(interest ORDER BY n) AS names, list(n ORDER BY n) AS places FROM code)
SELECT
  list_transform(list_filter(places, lambda n: (bits >> n) & 1 = 1), lambda n: names[n + 1]) AS segments, count
FROM sets, names
ORDER BY segments
