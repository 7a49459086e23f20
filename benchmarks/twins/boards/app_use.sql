-- line: metric=active_contacts,wau,mau&by=day&period=2024-01-01..2024-11-15&chart=line
-- As twins/rolling_7.sql, once for all three windows: a day of use counts from itself until the contact's next one takes
-- over, or for 1, 7 and 30 days. Summer time: a local day begins at 23:00 or 22:00 UTC.
WITH used AS (
  SELECT
    contact_id,
    (active_at + CASE
      WHEN active_at >= TIMESTAMP '2024-03-31 01:00:00' AND active_at < TIMESTAMP '2024-10-27 01:00:00' THEN INTERVAL 2 HOUR
      ELSE INTERVAL 1 HOUR
    END)::DATE AS day
  FROM activity
  WHERE active_at >= TIMESTAMP '2023-12-02 23:00:00' AND active_at < TIMESTAMP '2024-11-15 23:00:00'
),
following AS (
  SELECT day, CASE WHEN lead(contact_id) OVER next = contact_id THEN lead(day) OVER next END AS again
  FROM used
  WINDOW next AS (ORDER BY contact_id, day)
),
gaps AS MATERIALIZED (SELECT day, again, count(*) AS contacts FROM following GROUP BY day, again),
changes AS (
  SELECT day, contacts AS one, contacts AS seven, contacts AS thirty FROM gaps
  UNION ALL
  SELECT least(day + 1, again), -contacts, 0, 0 FROM gaps
  UNION ALL
  SELECT least(day + 7, again), 0, -contacts, 0 FROM gaps
  UNION ALL
  SELECT least(day + 30, again), 0, 0, -contacts FROM gaps
  UNION ALL
  SELECT start::DATE, 0, 0, 0 FROM range(TIMESTAMP '2024-01-01', TIMESTAMP '2024-11-16', INTERVAL 1 DAY) days(start)
),
running AS (
  SELECT
    day, sum(sum(one)) OVER by_day AS active_contacts, sum(sum(seven)) OVER by_day AS wau,
    sum(sum(thirty)) OVER by_day AS mau
  FROM changes
  GROUP BY day
  WINDOW by_day AS (ORDER BY day)
)
SELECT day, active_contacts, wau, mau
FROM running
WHERE day >= DATE '2024-01-01' AND day < DATE '2024-11-16'
ORDER BY day
