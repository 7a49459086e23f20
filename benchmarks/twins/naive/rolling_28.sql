-- Every day joined with the rows of its 28 days.
SELECT start::DATE AS day, count(DISTINCT contact_id) AS "sent~unique~rolling28d"
FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) days(start)
LEFT JOIN messages ON sent_at::DATE BETWEEN start::DATE - 27 AND start::DATE
GROUP BY start
