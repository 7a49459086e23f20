-- line: metric=email_conversion_rate,not_converted_rate,interested_rate&by=month&period=last-12-months&compare=previous&chart=line
-- Who was delivered an e-mail, by month; and of these pairs of a contact and a month those with an order, or a click or
-- visit, in the seven days after one of the e-mails. Orders and responses are fewer than e-mails: each looks back to its
-- contact's e-mails of seven days, and pairs are made distinct after that. Both years at once: the year before is moved
-- by 366 days first.
WITH mails AS MATERIALIZED (
  SELECT
    contact_id, delivered_at, delivered_at >= TIMESTAMP '2023-11-15 23:00:00' AS now,
    CASE WHEN delivered_at >= TIMESTAMP '2023-11-15 23:00:00' THEN local ELSE local + INTERVAL 366 DAY END AS moved,
    (year(moved) * 12 + month(moved) - 24264)::UTINYINT AS month
  FROM (
    SELECT contact_id, delivered_at, delivered_at + to_hours(
      CASE WHEN delivered_at < TIMESTAMP '2023-03-26 01:00:00' THEN 1 WHEN delivered_at < TIMESTAMP '2023-10-29 01:00:00' THEN 2
        WHEN delivered_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1 WHEN delivered_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2
        ELSE 1 END) AS local
    FROM messages
    WHERE channel = 'email'
      AND delivered_at >= TIMESTAMP '2022-11-14 23:00:00' AND delivered_at < TIMESTAMP '2024-11-15 23:00:00'
  )
),
mailed AS (SELECT now, month, count(DISTINCT contact_id) AS contacts FROM mails GROUP BY ALL),
ordered AS (
  SELECT now, month, count(DISTINCT contact_id) AS contacts
  FROM mails JOIN orders USING (contact_id)
  WHERE cancelled_at IS NULL AND ordered_at >= delivered_at AND ordered_at <= delivered_at + INTERVAL 168 HOUR
  GROUP BY ALL
),
responded AS (
  SELECT now, month, count(DISTINCT contact_id) AS contacts
  FROM mails JOIN responses USING (contact_id)
  WHERE responded_at >= delivered_at AND responded_at <= delivered_at + INTERVAL 168 HOUR
  GROUP BY ALL
),
rates AS (
  SELECT month, now, coalesce(o.contacts, 0) / m.contacts AS ordered, coalesce(r.contacts, 0) / m.contacts AS responded
  FROM mailed AS m LEFT JOIN ordered AS o USING (now, month) LEFT JOIN responded AS r USING (now, month)
),
years AS (
  SELECT
    month, any_value(ordered) FILTER (now) AS ordered, any_value(ordered) FILTER (NOT now) AS ordered_before,
    any_value(responded) FILTER (now) AS responded, any_value(responded) FILTER (NOT now) AS responded_before
  FROM rates
  GROUP BY month
)
SELECT
  make_date(2022 + (month - 1) // 12, (month - 1) % 12 + 1, 1) AS month,
  ordered AS email_conversion_rate, ordered_before AS "email_conversion_rate@compare",
  ordered / ordered_before - 1 AS "email_conversion_rate@change",
  1 - ordered AS not_converted_rate, 1 - ordered_before AS "not_converted_rate@compare",
  (1 - ordered) / (1 - ordered_before) - 1 AS "not_converted_rate@change",
  responded AS interested_rate, responded_before AS "interested_rate@compare",
  responded / responded_before - 1 AS "interested_rate@change"
FROM years
ORDER BY month
