-- line: metric=campaign_roi,retention_rate&by=quarter&objective=retention&period=last-12-months&compare=previous&chart=table
-- Costs and margins by quarter of both years in one scan of each fact; the year before is moved by 366 days first.
-- Retention campaigns are few, so an inner join with them comes before all else. Who was kept and who was lost is told by
-- a buyer's orders of all campaigns: each quarter with an order knows the one before and the one after.
WITH retention AS (SELECT campaign_id FROM campaigns WHERE objective = 'retention'),
cost AS (
  SELECT now, year(moved) * 4 + quarter(moved) AS q, sum(unit_cost) AS cost
  FROM (
    SELECT
      unit_cost, sent_at >= TIMESTAMP '2023-11-15 23:00:00' AS now,
      sent_at + to_hours(CASE
        WHEN sent_at < TIMESTAMP '2023-03-26 01:00:00' THEN 1 WHEN sent_at < TIMESTAMP '2023-10-29 01:00:00' THEN 2
        WHEN sent_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1 WHEN sent_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2
        ELSE 1 END) + to_days(CASE WHEN now THEN 0 ELSE 366 END) AS moved
    FROM messages JOIN retention USING (campaign_id)
    WHERE sent_at >= TIMESTAMP '2022-11-14 23:00:00' AND sent_at < TIMESTAMP '2024-11-15 23:00:00'
  )
  GROUP BY ALL
),
bought AS MATERIALIZED (
  SELECT
    contact_id, campaign_id, margin, ordered_at, now, year(moved) * 4 + quarter(moved) AS q
  FROM (
    SELECT
      contact_id, campaign_id, margin, ordered_at, now,
      ordered_at + to_hours(CASE
        WHEN ordered_at < TIMESTAMP '2022-03-27 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2022-10-30 01:00:00' THEN 2
        WHEN ordered_at < TIMESTAMP '2023-03-26 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2023-10-29 01:00:00' THEN 2
        WHEN ordered_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2
        ELSE 1 END) + to_days(CASE WHEN now THEN 0 ELSE 366 END) AS moved
    FROM orders, (VALUES (true), (false)) AS years(now)
    WHERE cancelled_at IS NULL
  )
),
ours AS MATERIALIZED (
  SELECT
    contact_id, margin, now, q,
    CASE WHEN now THEN ordered_at >= TIMESTAMP '2023-11-15 23:00:00' ELSE ordered_at >= TIMESTAMP '2022-11-14 23:00:00' END
      AS inside
  FROM bought JOIN retention USING (campaign_id)
  WHERE ordered_at < CASE WHEN now THEN TIMESTAMP '2024-11-15 23:00:00' ELSE TIMESTAMP '2023-11-15 23:00:00' END
),
earned AS (SELECT now, q, sum(margin) AS margin FROM ours WHERE inside GROUP BY ALL),
buying AS (
  SELECT contact_id, now, q, lag(q) OVER by_time AS before, lead(q) OVER by_time AS after
  FROM (SELECT DISTINCT contact_id, now, q FROM bought SEMI JOIN ours USING (contact_id))
  WINDOW by_time AS (PARTITION BY contact_id, now ORDER BY q)
),
kept AS (
  SELECT now, q, count(DISTINCT contact_id) AS kept
  FROM ours JOIN buying USING (contact_id, now, q) WHERE inside AND before = q - 1 GROUP BY ALL
),
lost AS (
  SELECT now, q + 1 AS q, count(DISTINCT contact_id) AS lost
  FROM ours JOIN buying USING (contact_id, now, q) WHERE after IS NULL OR after > q + 1 GROUP BY ALL
),
rates AS (
  SELECT
    now, q, (coalesce(margin, 0) - cost) / cost AS roi,
    coalesce(kept, 0) / nullif(coalesce(kept, 0) + coalesce(lost, 0), 0) AS retention
  FROM range(2023 * 4 + 4, 2024 * 4 + 5) AS quarters(q) CROSS JOIN (VALUES (true), (false)) AS years(now)
  LEFT JOIN cost USING (now, q) LEFT JOIN earned USING (now, q) LEFT JOIN kept USING (now, q) LEFT JOIN lost USING (now, q)
)
SELECT
  make_date((q - 1) // 4, (q - 1) % 4 * 3 + 1, 1) AS quarter, n.roi AS campaign_roi, b.roi AS "campaign_roi@compare",
  n.roi / nullif(b.roi, 0) - 1 AS "campaign_roi@change", n.retention AS retention_rate,
  b.retention AS "retention_rate@compare", n.retention / nullif(b.retention, 0) - 1 AS "retention_rate@change"
FROM (FROM rates WHERE now) AS n JOIN (FROM rates WHERE NOT now) AS b USING (q)
ORDER BY quarter
