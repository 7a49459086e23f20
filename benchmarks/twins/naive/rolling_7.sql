-- Every day joined with the rows of its 7 days.
SELECT start::DATE AS day, count(DISTINCT contact_id) AS "sent~unique~rolling7d"
FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) days(start)
LEFT JOIN messages ON sent_at::DATE BETWEEN start::DATE - 6 AND start::DATE
GROUP BY start
