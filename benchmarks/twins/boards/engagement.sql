-- line: metric=engagement_score,engagement_median&by=month&period=2024-01-01..2024-10-31&chart=line
-- The view holds one row per contact and month: there is nothing to choose. Its own SQL is nearly all of the time.
SELECT month, avg(score) AS engagement_score, median(score) AS engagement_median
FROM scores
WHERE month >= DATE '2024-01-01' AND month < DATE '2024-11-01'
GROUP BY month
ORDER BY month
