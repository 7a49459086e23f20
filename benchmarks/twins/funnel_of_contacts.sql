-- line: funnel=buying&by=channel
-- A contact goes on from any of its messages, over other messages too, to an order. Each join's left side is small but
-- for the last: orders meet clicks, these meet openings, and these alone meet what was sent. The two last steps are
-- aggregated by themselves, as few rows get there.
-- Lost: all steps in one aggregation 1.05 to 1.1, from each later step back to the latest message of each channel 3.3,
-- a join on the contact alone with BETWEEN 1.0, and quadratic where a contact has many messages.
WITH clicks AS (
  SELECT c.contact_id, c.clicked_at, o.ordered_at
  FROM (SELECT contact_id, clicked_at FROM messages WHERE clicked_at IS NOT NULL) AS c
  ASOF LEFT JOIN orders AS o ON o.contact_id = c.contact_id AND o.ordered_at >= c.clicked_at
),
opens AS (
  SELECT m.contact_id, m.opened_at, c.clicked_at, c.ordered_at
  FROM (SELECT contact_id, opened_at FROM messages WHERE opened_at IS NOT NULL) AS m
  ASOF LEFT JOIN clicks AS c ON c.contact_id = m.contact_id AND c.clicked_at >= m.opened_at
),
chains AS (
  SELECT
    m.channel, m.contact_id, m.sent_at, m.sent_at + INTERVAL 30 DAY AS until, o.opened_at, o.clicked_at, o.ordered_at
  FROM (SELECT channel, contact_id, sent_at FROM messages) AS m
  ASOF LEFT JOIN opens AS o ON o.contact_id = m.contact_id AND o.opened_at >= m.sent_at
),
openers AS MATERIALIZED (
  SELECT
    channel, contact_id,
    epoch_us(min(opened_at) FILTER (opened_at <= until)) - epoch_us(min(sent_at) FILTER (opened_at <= until)) AS to_open
  FROM chains
  GROUP BY channel, contact_id
),
clickers AS (
  SELECT
    channel, contact_id, epoch_us(min(clicked_at)) - epoch_us(min(opened_at)) AS to_click,
    epoch_us(min(ordered_at) FILTER (ordered_at <= until)) - epoch_us(min(clicked_at) FILTER (ordered_at <= until))
      AS to_order
  FROM chains
  WHERE clicked_at <= until
  GROUP BY channel, contact_id
),
found AS (
  SELECT
    channel, count(*) AS sent, count(to_open) AS opened, count(to_click) AS clicked, count(to_order) AS ordered,
    median(to_open) AS days_to_open, median(to_click) AS days_to_click, median(to_order) AS days_to_order
  FROM openers LEFT JOIN clickers USING (channel, contact_id)
  GROUP BY channel
)
SELECT
  channel, step, count, count / sent AS rate, count / before AS step_rate, micros / 86400e6 AS median_days,
  before - count AS lost
FROM (
  SELECT channel, sent, 1 AS place, 'sent' AS step, sent AS count, NULL AS before, NULL AS micros FROM found
  UNION ALL
  SELECT channel, sent, 2, 'opens', opened, sent, days_to_open FROM found
  UNION ALL
  SELECT channel, sent, 3, 'clicks', clicked, opened, days_to_click FROM found
  UNION ALL
  SELECT channel, sent, 4, 'orders', ordered, clicked, days_to_order FROM found
)
ORDER BY channel, place
