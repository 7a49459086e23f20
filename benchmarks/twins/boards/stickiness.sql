-- line: metric=stickiness&by=week&period=2024-01-01..2024-11-15&chart=line
-- Days of use of the 30 days up to each Sunday, and today, over 30 times the users of these; users as in app_use.sql.
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
gaps AS MATERIALIZED (
  SELECT day, least(day + 30, again) AS until, count(*) AS contacts FROM following GROUP BY day, until
),
changes AS (
  SELECT day, contacts AS users, contacts AS days FROM gaps
  UNION ALL
  SELECT until, -contacts, 0 FROM gaps
),
running AS (
  SELECT
    day, sum(sum(users)) OVER (ORDER BY day) AS users,
    sum(sum(days)) OVER (ORDER BY day RANGE BETWEEN INTERVAL 29 DAY PRECEDING AND CURRENT ROW) AS days
  FROM changes
  GROUP BY day
)
SELECT date_trunc('week', day)::DATE AS week, days / (30 * users) AS stickiness
FROM running
WHERE day >= DATE '2024-01-01' AND day < DATE '2024-11-16' AND (isodow(day) = 7 OR day = DATE '2024-11-15')
ORDER BY week
