-- line: metric=sent,delivered,clicked,readers&by=brand,channel&totals=all
-- The best form for any number of values: sums from the cells, uniques from pairs of (code, contact), each coarser set
-- from the next finer one. With at most 64 pairs of brand and channel totals_distinct_bits.sql takes half of it.
-- Lost: pairs by text 1.1, CUBE with count(DISTINCT) beside the sums 1.3, the same of distinct rows 1.5, all in one
-- CUBE: count(DISTINCT CASE …) 2.6, count(DISTINCT) FILTER 5.3.
WITH cells AS MATERIALIZED (
  SELECT brand, channel, count(*) AS sent,
    count(*) FILTER (WHERE delivered_at IS NOT NULL) AS delivered,
    count(*) FILTER (WHERE clicked_at IS NOT NULL) AS clicked
  FROM messages
  GROUP BY brand, channel
),
codes AS MATERIALIZED (
  SELECT *, dense_rank() OVER (ORDER BY brand)::USMALLINT AS b, dense_rank() OVER (ORDER BY channel)::USMALLINT AS c
  FROM cells
),
sums AS (
  SELECT b, c, CASE grouping(b) WHEN 0 THEN any_value(brand) END AS brand,
    CASE grouping(c) WHEN 0 THEN any_value(channel) END AS channel,
    sum(sent) AS sent, sum(delivered) AS delivered, sum(clicked) AS clicked
  FROM codes
  GROUP BY CUBE (b, c)
),
pairs AS MATERIALIZED (
  SELECT DISTINCT b, c, contact_id
  FROM messages m JOIN codes k ON k.brand IS NOT DISTINCT FROM m.brand AND k.channel IS NOT DISTINCT FROM m.channel
  WHERE opened_at IS NOT NULL AND contact_id IS NOT NULL
),
channels AS MATERIALIZED (SELECT DISTINCT c, contact_id FROM pairs),
uniques AS (
  SELECT b, c, count(*) AS readers FROM pairs GROUP BY b, c
  UNION ALL
  SELECT b, NULL, count(*) FROM (SELECT DISTINCT b, contact_id FROM pairs) GROUP BY b
  UNION ALL
  SELECT NULL, c, count(*) FROM channels GROUP BY c
  UNION ALL
  SELECT NULL, NULL, count(*) FROM (SELECT DISTINCT contact_id FROM channels)
)
SELECT brand, channel, sent, delivered, clicked, coalesce(readers, 0) AS readers
FROM sums s LEFT JOIN uniques u ON u.b IS NOT DISTINCT FROM s.b AND u.c IS NOT DISTINCT FROM s.c
