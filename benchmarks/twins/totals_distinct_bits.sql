-- line: metric=sent,delivered,clicked,readers&by=brand,channel&totals=all
-- A bit per pair of brand and channel: a contact is the OR of its bits, and is counted in each group whose mask meets
-- its own. It needs 64 pairs or fewer (more would be an error, not a wrong number).
-- Lost: HUGEINT for up to 127 pairs 1.04, BIT for any number 1.7, the pairs of totals_distinct.sql 2.0, CUBE with
-- count(DISTINCT) beside the sums 2.8, all in one CUBE: count(DISTINCT CASE …) 5.4, count(DISTINCT) FILTER 12.
WITH cells AS MATERIALIZED (
  SELECT brand, channel, count(*) AS sent,
    count(*) FILTER (WHERE delivered_at IS NOT NULL) AS delivered,
    count(*) FILTER (WHERE clicked_at IS NOT NULL) AS clicked
  FROM messages
  GROUP BY brand, channel
),
bits AS MATERIALIZED (SELECT *, 1::UBIGINT << (row_number() OVER () - 1)::INTEGER AS bit FROM cells),
groups AS MATERIALIZED (
  SELECT brand, channel, bit_or(bit) AS mask,
    sum(sent) AS sent, sum(delivered) AS delivered, sum(clicked) AS clicked
  FROM bits
  GROUP BY CUBE (brand, channel)
),
contacts_of_mask AS MATERIALIZED (
  SELECT mask, count(*) AS contacts
  FROM (
    SELECT contact_id, bit_or(bit) AS mask
    FROM messages m JOIN bits b
      ON b.brand IS NOT DISTINCT FROM m.brand AND b.channel IS NOT DISTINCT FROM m.channel
    WHERE opened_at IS NOT NULL AND contact_id IS NOT NULL
    GROUP BY contact_id
  )
  GROUP BY mask
),
readers AS (
  SELECT g.mask, sum(contacts) AS readers
  FROM (SELECT DISTINCT mask FROM groups) g, contacts_of_mask c
  WHERE g.mask & c.mask <> 0
  GROUP BY g.mask
)
SELECT brand, channel, sent, delivered, clicked, coalesce(readers, 0) AS readers
FROM groups LEFT JOIN readers USING (mask)
