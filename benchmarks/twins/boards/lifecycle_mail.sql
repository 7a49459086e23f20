-- line: metric=delivered,open_rate,click_rate,unsubscribe_rate&by=lifecycle&period=2024-08-01..2024-10-31&chart=table
-- As twins/as_of_state.sql: states of one contact don't overlap, so a plain join counts nothing twice, and numbers of one
-- byte are joined and grouped instead of the texts. What wasn't delivered was neither opened nor clicked.
-- Lost: the texts 1.5.
WITH code AS MATERIALIZED (
  SELECT lifecycle, row_number() OVER ()::UTINYINT AS n FROM (SELECT DISTINCT lifecycle FROM lifecycle)
),
coded AS (SELECT contact_id, valid_from, valid_to, n FROM lifecycle JOIN code USING (lifecycle)),
found AS (
  SELECT
    l.n, count(*) AS delivered, count(*) FILTER (m.opened_at IS NOT NULL AND NOT m.is_machine_open) AS opened,
    count(*) FILTER (m.channel <> 'sms') AS openable, count(m.clicked_at) AS clicked,
    count(m.unsubscribed_at) AS unsubscribed
  FROM messages AS m
  LEFT JOIN coded AS l
    ON l.contact_id = m.contact_id AND l.valid_from <= m.sent_at AND (l.valid_to > m.sent_at OR l.valid_to IS NULL)
  WHERE m.sent_at >= TIMESTAMP '2024-07-31 22:00:00' AND m.sent_at < TIMESTAMP '2024-10-31 23:00:00'
    AND m.delivered_at IS NOT NULL
  GROUP BY l.n
)
SELECT
  lifecycle, delivered, opened / nullif(openable, 0) AS open_rate, clicked / delivered AS click_rate,
  unsubscribed / delivered AS unsubscribe_rate
FROM found LEFT JOIN code USING (n)
ORDER BY lifecycle
