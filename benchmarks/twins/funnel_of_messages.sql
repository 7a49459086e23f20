-- line: funnel=reading&by=channel
-- Each message is one row, which holds all its times. Lost: count(*) FILTER with the conditions of each step and median
-- of a second CASE with the same 1.8.
WITH messages AS (
  SELECT
    channel,
    CASE
      WHEN delivered_at >= sent_at AND delivered_at <= sent_at + INTERVAL 7 DAY THEN epoch_us(delivered_at) - epoch_us(sent_at)
    END AS to_delivery,
    CASE
      WHEN delivered_at >= sent_at AND opened_at >= delivered_at AND opened_at <= sent_at + INTERVAL 7 DAY
      THEN epoch_us(opened_at) - epoch_us(delivered_at)
    END AS to_open,
    CASE
      WHEN delivered_at >= sent_at AND opened_at >= delivered_at AND clicked_at >= opened_at
        AND clicked_at <= sent_at + INTERVAL 7 DAY
      THEN epoch_us(clicked_at) - epoch_us(opened_at)
    END AS to_click
  FROM messages
),
found AS (
  SELECT
    channel, count(*) AS sent, count(to_delivery) AS delivered, count(to_open) AS opened, count(to_click) AS clicked,
    median(to_delivery) AS days_to_delivery, median(to_open) AS days_to_open, median(to_click) AS days_to_click
  FROM messages
  GROUP BY channel
)
SELECT
  channel, step, count, count / sent AS rate, count / before AS step_rate, micros / 86400e6 AS median_days,
  before - count AS lost
FROM (
  SELECT channel, sent, 1 AS place, 'sent' AS step, sent AS count, NULL AS before, NULL AS micros FROM found
  UNION ALL
  SELECT channel, sent, 2, 'deliveries', delivered, sent, days_to_delivery FROM found
  UNION ALL
  SELECT channel, sent, 3, 'opens', opened, delivered, days_to_open FROM found
  UNION ALL
  SELECT channel, sent, 4, 'clicks', clicked, opened, days_to_click FROM found
)
ORDER BY channel, place
