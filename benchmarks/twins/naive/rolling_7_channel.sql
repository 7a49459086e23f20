-- Every day joined with the rows of its 7 days, and every channel on every day.
WITH found AS (
  SELECT start::DATE AS day, channel, count(DISTINCT contact_id) AS contacts
  FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) days(start)
  JOIN messages ON sent_at::DATE BETWEEN start::DATE - 6 AND start::DATE
  GROUP BY start, channel
)
SELECT day, channel, coalesce(contacts, 0) AS "sent~unique~rolling7d"
FROM (SELECT DISTINCT day FROM found) CROSS JOIN (SELECT DISTINCT channel FROM found) LEFT JOIN found USING (day, channel)
