-- line: metric=sent~unique~rolling28d&by=day
-- Distinct contacts of the 28 days up to each day. A row counts from its day until the contact's next row takes over or
-- its 28 days are over; rows of one day take over at once. The cost doesn't grow with the window.
-- Lost: lead() OVER (PARTITION BY contact) 1.3, rows of a day made distinct first 2.3, lists per contact 3.3,
-- count(DISTINCT) OVER (RANGE) and a join with the days (naive/) far more.
WITH rows_ AS (SELECT contact_id, sent_at::DATE AS day FROM messages),
following AS (
  SELECT day, least(day + 28, CASE WHEN lead(contact_id) OVER next = contact_id THEN lead(day) OVER next END) AS until
  FROM rows_
  WINDOW next AS (ORDER BY contact_id, day)
),
spans AS MATERIALIZED (SELECT day, until, count(*) AS contacts FROM following GROUP BY day, until),
changes AS (
  SELECT day, contacts FROM spans
  UNION ALL
  SELECT until, -contacts FROM spans
  UNION ALL
  SELECT start::DATE, 0 FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) days(start)
),
running AS (SELECT day, sum(sum(contacts)) OVER (ORDER BY day) AS contacts FROM changes GROUP BY day)
SELECT day, contacts AS "sent~unique~rolling28d" FROM running WHERE day < DATE '2026-01-01'
