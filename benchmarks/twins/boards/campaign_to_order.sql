-- line: funnel=campaign_to_order&period=previous-quarter
-- As twins/funnel_of_contacts.sql: from the orders back, so that what is joined to the many messages is small; the two
-- last steps are aggregated by themselves, as few rows get there. Later steps may be after the quarter, for 30 days.
WITH bought AS (
  SELECT contact_id, ordered_at FROM orders WHERE cancelled_at IS NULL AND ordered_at >= TIMESTAMP '2024-06-30 22:00:00'
),
clicks AS (
  SELECT c.contact_id, c.clicked_at, o.ordered_at
  FROM (
    SELECT contact_id, clicked_at FROM messages
    WHERE clicked_at >= TIMESTAMP '2024-06-30 22:00:00' AND clicked_at < TIMESTAMP '2024-10-31 22:00:00'
  ) AS c
  ASOF LEFT JOIN bought AS o ON o.contact_id = c.contact_id AND o.ordered_at >= c.clicked_at
),
opens AS (
  SELECT m.contact_id, m.opened_at, c.clicked_at, c.ordered_at
  FROM (
    SELECT contact_id, opened_at FROM messages
    WHERE NOT is_machine_open
      AND opened_at >= TIMESTAMP '2024-06-30 22:00:00' AND opened_at < TIMESTAMP '2024-10-31 22:00:00'
  ) AS m
  ASOF LEFT JOIN clicks AS c ON c.contact_id = m.contact_id AND c.clicked_at >= m.opened_at
),
chains AS (
  SELECT m.contact_id, m.sent_at, m.sent_at + INTERVAL 720 HOUR AS until, o.opened_at, o.clicked_at, o.ordered_at
  FROM (
    SELECT contact_id, sent_at FROM messages
    WHERE delivered_at IS NOT NULL
      AND sent_at >= TIMESTAMP '2024-06-30 22:00:00' AND sent_at < TIMESTAMP '2024-09-30 22:00:00'
  ) AS m
  ASOF LEFT JOIN opens AS o ON o.contact_id = m.contact_id AND o.opened_at >= m.sent_at
),
openers AS (
  SELECT
    contact_id,
    epoch_us(min(opened_at) FILTER (opened_at <= until)) - epoch_us(min(sent_at) FILTER (opened_at <= until)) AS to_open
  FROM chains
  GROUP BY contact_id
),
clickers AS (
  SELECT
    contact_id, epoch_us(min(clicked_at)) - epoch_us(min(opened_at)) AS to_click,
    epoch_us(min(ordered_at) FILTER (ordered_at <= until)) - epoch_us(min(clicked_at) FILTER (ordered_at <= until))
      AS to_order
  FROM chains
  WHERE clicked_at <= until
  GROUP BY contact_id
),
found AS (
  SELECT
    count(contact_id) AS sent, count(to_open) AS opened, count(to_click) AS clicked, count(to_order) AS ordered,
    median(to_open) AS days_to_open, median(to_click) AS days_to_click, median(to_order) AS days_to_order
  FROM openers LEFT JOIN clickers USING (contact_id)
)
SELECT step, count, count / sent AS rate, count / before AS step_rate, micros / 86400e6 AS median_days, before - count AS lost
FROM (
  SELECT sent, 1 AS place, 'delivered' AS step, sent AS count, NULL AS before, NULL AS micros FROM found
  UNION ALL
  SELECT sent, 2, 'opens', opened, sent, days_to_open FROM found
  UNION ALL
  SELECT sent, 3, 'clicks', clicked, opened, days_to_click FROM found
  UNION ALL
  SELECT sent, 4, 'orders', ordered, clicked, days_to_order FROM found
)
ORDER BY place
