-- line: overlap=membership&family=behaviour,ownership&period=..2024-10-31
-- A segment is a bit, so that sets are numbers until they are counted. More than 63 segments would be an error.
-- Lost: lists of numbers 1.6, lists of the texts 3.
WITH code AS MATERIALIZED (
  SELECT membership, row_number() OVER (ORDER BY membership) - 1 AS n FROM (SELECT DISTINCT membership FROM memberships)
),
held AS (
  SELECT contact_id, bit_or(1::BIGINT << n::BIGINT) AS bits
  FROM memberships JOIN code USING (membership)
  WHERE valid_from < TIMESTAMP '2024-10-31 23:00:00'
    AND (valid_to >= TIMESTAMP '2024-10-31 23:00:00' OR valid_to IS NULL)
  GROUP BY contact_id
),
asked AS (
  SELECT DISTINCT contact_id FROM memberships
  WHERE family IN ('behaviour', 'ownership')
    AND valid_from < TIMESTAMP '2024-11-15 23:00:00'
    AND (valid_to >= TIMESTAMP '2024-11-15 23:00:00' OR valid_to IS NULL)
),
sets AS (
  SELECT coalesce(bits, 0) AS bits, count(*) AS count
  FROM contacts SEMI JOIN asked USING (contact_id) LEFT JOIN held USING (contact_id)
  GROUP BY 1
),
names AS (SELECT list(membership ORDER BY n) AS names, list(n ORDER BY n) AS places FROM code)
SELECT
  list_transform(list_filter(places, lambda n: (bits >> n) & 1 = 1), lambda n: names[n + 1]) AS segments, count
FROM sets, names
ORDER BY segments
