-- line: metric=campaign_roi,retention_rate&by=quarter&objective=retention&period=last-12-months&chart=table
-- Retention campaigns are few, so an inner join with them comes before all else. Who was kept and who was lost is told by
-- a buyer's orders of all campaigns: each quarter with an order knows the one before and the one after.
WITH retention AS (SELECT campaign_id FROM campaigns WHERE objective = 'retention'),
cost AS (
  SELECT year(local) * 4 + quarter(local) AS q, sum(unit_cost) AS cost
  FROM (
    SELECT unit_cost, sent_at + to_hours(CASE
        WHEN sent_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1 WHEN sent_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2
        ELSE 1 END) AS local
    FROM messages JOIN retention USING (campaign_id)
    WHERE sent_at >= TIMESTAMP '2023-11-15 23:00:00' AND sent_at < TIMESTAMP '2024-11-15 23:00:00'
  )
  GROUP BY q
),
bought AS MATERIALIZED (
  SELECT contact_id, campaign_id, margin, ordered_at, year(local) * 4 + quarter(local) AS q
  FROM (
    SELECT contact_id, campaign_id, margin, ordered_at, ordered_at + to_hours(CASE
        WHEN ordered_at < TIMESTAMP '2022-03-27 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2022-10-30 01:00:00' THEN 2
        WHEN ordered_at < TIMESTAMP '2023-03-26 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2023-10-29 01:00:00' THEN 2
        WHEN ordered_at < TIMESTAMP '2024-03-31 01:00:00' THEN 1 WHEN ordered_at < TIMESTAMP '2024-10-27 01:00:00' THEN 2
        ELSE 1 END) AS local
    FROM orders
    WHERE cancelled_at IS NULL
  )
),
ours AS MATERIALIZED (
  SELECT contact_id, margin, q, ordered_at >= TIMESTAMP '2023-11-15 23:00:00' AS inside
  FROM bought JOIN retention USING (campaign_id)
  WHERE ordered_at < TIMESTAMP '2024-11-15 23:00:00'
),
earned AS (SELECT q, sum(margin) AS margin FROM ours WHERE inside GROUP BY q),
buying AS (
  SELECT contact_id, q, lag(q) OVER by_time AS before, lead(q) OVER by_time AS after
  FROM (SELECT DISTINCT contact_id, q FROM bought SEMI JOIN ours USING (contact_id))
  WINDOW by_time AS (PARTITION BY contact_id ORDER BY q)
),
kept AS (
  SELECT q, count(DISTINCT contact_id) AS kept
  FROM ours JOIN buying USING (contact_id, q) WHERE inside AND before = q - 1 GROUP BY q
),
lost AS (
  SELECT q + 1 AS q, count(DISTINCT contact_id) AS lost
  FROM ours JOIN buying USING (contact_id, q) WHERE after IS NULL OR after > q + 1 GROUP BY 1
)
SELECT
  make_date((q - 1) // 4, (q - 1) % 4 * 3 + 1, 1) AS quarter, (coalesce(margin, 0) - cost) / cost AS campaign_roi,
  coalesce(kept, 0) / nullif(coalesce(kept, 0) + coalesce(lost, 0), 0) AS retention_rate
FROM range(2023 * 4 + 4, 2024 * 4 + 5) AS quarters(q)
LEFT JOIN cost USING (q) LEFT JOIN earned USING (q) LEFT JOIN kept USING (q) LEFT JOIN lost USING (q)
ORDER BY quarter
