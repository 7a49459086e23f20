-- line: funnel=click_to_sale&period=2024-01-01..2024-10-31
-- From the sales back, as campaign_to_order.sql. Few visits became a lead: those that did are followed, the others only
-- counted.
-- Lost: all visits followed 1.3.
WITH booked AS (
  SELECT b.session_id, b.booked_at, s.sold_at
  FROM (SELECT session_id, booked_at FROM bookings WHERE booked_at >= TIMESTAMP '2023-12-31 23:00:00') AS b
  ASOF LEFT JOIN (SELECT session_id, sold_at FROM sales WHERE cancelled_at IS NULL) AS s
    ON s.session_id = b.session_id AND s.sold_at >= b.booked_at
),
led AS MATERIALIZED (
  SELECT l.session_id, l.created_at, b.booked_at, b.sold_at
  FROM (SELECT session_id, created_at FROM leads WHERE created_at >= TIMESTAMP '2023-12-31 23:00:00' AND session_id IS NOT NULL) AS l
  ASOF LEFT JOIN booked AS b ON b.session_id = l.session_id AND b.booked_at >= l.created_at
),
visits AS (
  SELECT session_id, started_at, started_at + INTERVAL 2880 HOUR AS until
  FROM web_sessions
  WHERE started_at >= TIMESTAMP '2023-12-31 23:00:00' AND started_at < TIMESTAMP '2024-10-31 23:00:00'
),
chains AS (
  SELECT v.session_id, v.started_at, v.until, l.created_at, l.booked_at, l.sold_at
  FROM visits AS v ASOF JOIN led AS l ON l.session_id = v.session_id AND l.created_at >= v.started_at
),
times AS (
  SELECT
    epoch_us(min(created_at)) - epoch_us(min(started_at)) AS to_lead,
    epoch_us(min(booked_at) FILTER (booked_at <= until)) - epoch_us(min(created_at) FILTER (booked_at <= until)) AS to_booking,
    epoch_us(min(sold_at) FILTER (sold_at <= until)) - epoch_us(min(booked_at) FILTER (sold_at <= until)) AS to_sale
  FROM chains
  WHERE created_at <= until
  GROUP BY session_id
),
found AS (
  SELECT
    (SELECT count(DISTINCT session_id) FROM visits) AS visited, count(to_lead) AS led, count(to_booking) AS booked,
    count(to_sale) AS sold, median(to_lead) AS days_to_lead, median(to_booking) AS days_to_booking,
    median(to_sale) AS days_to_sale
  FROM times
)
SELECT
  step, count, count / visited AS rate, count / before AS step_rate, micros / 86400e6 AS median_days, before - count AS lost
FROM (
  SELECT visited, 1 AS place, 'site_visits' AS step, visited AS count, NULL AS before, NULL AS micros FROM found
  UNION ALL
  SELECT visited, 2, 'leads', led, visited, days_to_lead FROM found
  UNION ALL
  SELECT visited, 3, 'bookings', booked, led, days_to_booking FROM found
  UNION ALL
  SELECT visited, 4, 'contract_sales', sold, booked, days_to_sale FROM found
)
ORDER BY place
