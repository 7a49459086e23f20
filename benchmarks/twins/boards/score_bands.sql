-- line: metric=scored_contacts&by=score_band&period=2024-01-01..2024-10-31
-- The contacts of the period's last month. The view is dear, so it is read once: which month is last, and the rows of it.
-- Lost: the last month by a subquery over the view 1.9.
WITH read AS MATERIALIZED (
  SELECT month, score FROM scores WHERE month >= DATE '2024-01-01' AND month < DATE '2024-11-01'
)
SELECT
  CASE
    WHEN score >= 70 THEN '1 high, 70 to 100'
    WHEN score >= 40 THEN '2 medium, 40 to 69'
    WHEN score >= 10 THEN '3 low, 10 to 39'
    WHEN score >= 0 THEN '4 dormant, 0 to 9'
    ELSE '5 not written to'
  END AS score_band,
  count(score) AS scored_contacts
FROM read
WHERE month = (SELECT max(month) FROM read)
GROUP BY score_band
ORDER BY score_band
