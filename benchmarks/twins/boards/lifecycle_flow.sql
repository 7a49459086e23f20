-- line: flow=lifecycle:sent:30d&period=2024-08-01..2024-10-31
-- The state that held when a message was sent, and the one that held at the same local time 30 days later. Local times
-- are worked out once for each message and each state, not for each pair of them. Messages are read up to 30 days before
-- today: of later ones it isn't known.
WITH states AS (
  SELECT
    contact_id, lifecycle, valid_from, valid_to,
    valid_from + to_hours(CASE WHEN valid_from < TIMESTAMP '2021-03-28 01:00:00' THEN 1
      WHEN valid_from < TIMESTAMP '2021-10-31 01:00:00' THEN 2 WHEN valid_from < TIMESTAMP '2022-03-27 01:00:00' THEN 1
      WHEN valid_from < TIMESTAMP '2022-10-30 01:00:00' THEN 2 WHEN valid_from < TIMESTAMP '2023-03-26 01:00:00' THEN 1
      WHEN valid_from < TIMESTAMP '2023-10-29 01:00:00' THEN 2 WHEN valid_from < TIMESTAMP '2024-03-31 01:00:00' THEN 1
      WHEN valid_from < TIMESTAMP '2024-10-27 01:00:00' THEN 2 ELSE 1 END) AS local_from,
    valid_to + to_hours(CASE WHEN valid_to < TIMESTAMP '2021-03-28 01:00:00' THEN 1
      WHEN valid_to < TIMESTAMP '2021-10-31 01:00:00' THEN 2 WHEN valid_to < TIMESTAMP '2022-03-27 01:00:00' THEN 1
      WHEN valid_to < TIMESTAMP '2022-10-30 01:00:00' THEN 2 WHEN valid_to < TIMESTAMP '2023-03-26 01:00:00' THEN 1
      WHEN valid_to < TIMESTAMP '2023-10-29 01:00:00' THEN 2 WHEN valid_to < TIMESTAMP '2024-03-31 01:00:00' THEN 1
      WHEN valid_to < TIMESTAMP '2024-10-27 01:00:00' THEN 2 ELSE 1 END) AS local_to
  FROM lifecycle
),
sent AS (
  SELECT contact_id, sent_at, sent_at + INTERVAL 2 HOUR + INTERVAL 30 DAY AS later -- all of these messages: summer time
  FROM messages
  WHERE sent_at >= TIMESTAMP '2024-07-31 22:00:00' AND sent_at < TIMESTAMP '2024-10-16 22:00:00'
),
moves AS (
  SELECT b.lifecycle AS "from", a.lifecycle AS "to", count(*) AS count
  FROM sent AS s
  LEFT JOIN states AS b
    ON b.contact_id = s.contact_id AND b.valid_from <= s.sent_at AND (b.valid_to > s.sent_at OR b.valid_to IS NULL)
  LEFT JOIN states AS a
    ON a.contact_id = s.contact_id AND a.local_from <= s.later AND (a.local_to > s.later OR a.local_to IS NULL)
  WHERE b.contact_id IS NOT NULL OR a.contact_id IS NOT NULL
  GROUP BY 1, 2
)
SELECT "from", "to", count, count / sum(count) OVER (PARTITION BY "from") AS share FROM moves ORDER BY ALL
