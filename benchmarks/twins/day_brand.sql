-- line: metric=sent,delivered,clicked,click_rate&by=day,brand&period=2025-01-01..2025-12-31
-- The small brands are silent on many days: 938 of 4,380 rows come from the axis.
-- Lost: zero rows by UNION ALL and a second grouping 1.0, FILTER 1.05, day by epoch 1.1, date_trunc 1.1.
WITH found AS MATERIALIZED (
  SELECT sent_at::DATE AS day, brand, count(*) AS sent, count(delivered_at) AS delivered, count(clicked_at) AS clicked
  FROM messages
  WHERE sent_at >= TIMESTAMP '2025-01-01' AND sent_at < TIMESTAMP '2026-01-01'
  GROUP BY day, brand
),
axis AS (
  SELECT start::DATE AS day, brand
  FROM range(TIMESTAMP '2025-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) days(start),
    (SELECT DISTINCT brand FROM found)
)
SELECT a.day, a.brand, coalesce(sent, 0) AS sent, coalesce(delivered, 0) AS delivered,
  coalesce(clicked, 0) AS clicked, clicked / nullif(delivered, 0) AS click_rate
FROM axis a LEFT JOIN found f ON f.day = a.day AND f.brand IS NOT DISTINCT FROM a.brand
