-- line: overlap=membership:pairs&period=..2024-10-31
-- A segment is a string of bits, one for each contact, so that two of them have as many in common as both have bits set.
-- It relies on contacts being numbers up to 100,000: beyond is an error.
-- Lost: pairs of one byte by a join of memberships with themselves 1.9, by unnesting a list of each contact twice 1.6.
WITH bits AS MATERIALIZED (
  SELECT membership, bitstring_agg(contact_id, 0, 100000) AS bits
  FROM memberships SEMI JOIN contacts USING (contact_id)
  WHERE valid_from < TIMESTAMP '2024-10-31 23:00:00' AND (valid_to >= TIMESTAMP '2024-10-31 23:00:00' OR valid_to IS NULL)
  GROUP BY membership
),
pairs AS (
  SELECT a.membership AS one, b.membership AS two, bit_count(a.bits & b.bits) AS count
  FROM bits AS a JOIN bits AS b ON a.membership <= b.membership
)
SELECT CASE WHEN one = two THEN [one] ELSE [one, two] END AS segments, count FROM pairs WHERE count > 0 ORDER BY segments
