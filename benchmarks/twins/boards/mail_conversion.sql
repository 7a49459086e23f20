-- line: metric=email_conversion_rate,not_converted_rate,interested_rate&by=month&period=last-12-months&chart=line
-- Who was delivered an e-mail, by month; and of these pairs of a contact and a month those with an order, or a click or
-- visit, in the seven days after one of the e-mails. Orders and responses are fewer than e-mails: each looks back to its
-- contact's e-mails of seven days, and pairs are made distinct after that.
WITH mails AS MATERIALIZED (
  SELECT contact_id, delivered_at, (year(local) * 12 + month(local) - 24264)::UTINYINT AS month
  FROM (
    SELECT contact_id, delivered_at, delivered_at + to_hours(
      CASE WHEN delivered_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1
        WHEN delivered_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2 ELSE 1 END) AS local
    FROM messages
    WHERE channel = 'email'
      AND delivered_at >= TIMESTAMP '2023-11-15 23:00:00' AND delivered_at < TIMESTAMP '2024-11-15 23:00:00'
  )
),
mailed AS (SELECT month, count(DISTINCT contact_id) AS contacts FROM mails GROUP BY month),
ordered AS (
  SELECT month, count(DISTINCT contact_id) AS contacts
  FROM mails JOIN orders USING (contact_id)
  WHERE cancelled_at IS NULL AND ordered_at >= delivered_at AND ordered_at <= delivered_at + INTERVAL 168 HOUR
  GROUP BY month
),
responded AS (
  SELECT month, count(DISTINCT contact_id) AS contacts
  FROM mails JOIN responses USING (contact_id)
  WHERE responded_at >= delivered_at AND responded_at <= delivered_at + INTERVAL 168 HOUR
  GROUP BY month
)
SELECT
  make_date(2022 + (month - 1) // 12, (month - 1) % 12 + 1, 1) AS month,
  coalesce(o.contacts, 0) / m.contacts AS email_conversion_rate,
  1 - coalesce(o.contacts, 0) / m.contacts AS not_converted_rate,
  coalesce(r.contacts, 0) / m.contacts AS interested_rate
FROM mailed AS m LEFT JOIN ordered AS o USING (month) LEFT JOIN responded AS r USING (month)
ORDER BY month
