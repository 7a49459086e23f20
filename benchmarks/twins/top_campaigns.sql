-- line: metric=sent,click_rate&by=month,campaign_id&top=10
-- One scan: the cells of month and campaign (12,000 at most) give the ranking, the ten and Other. Every message has a
-- campaign.
-- Lost: month and campaign packed into one integer 0.95, but NULL would lose its month; cells by day, folded 1.1;
-- FILTER 1.1; a scan per month 1.2; cells by date_trunc 1.5; a scan for the ranking and one for the groups 2.1, by
-- date_trunc 3.1.
WITH cells AS MATERIALIZED (
  SELECT (year(sent_at) * 12 + month(sent_at) - 1)::INTEGER AS n, campaign_id,
    count(*) AS sent, count(delivered_at) AS delivered, count(clicked_at) AS clicked
  FROM messages
  GROUP BY n, campaign_id
),
biggest AS (SELECT campaign_id FROM cells GROUP BY campaign_id ORDER BY sum(sent) DESC, campaign_id LIMIT 10),
found AS MATERIALIZED (
  SELECT make_date(n // 12, n % 12 + 1, 1) AS month,
    CASE WHEN b.campaign_id IS NULL THEN 'Other' ELSE c.campaign_id::VARCHAR END AS campaign_id,
    sum(sent) AS sent, sum(delivered) AS delivered, sum(clicked) AS clicked
  FROM cells c LEFT JOIN biggest b USING (campaign_id)
  GROUP BY ALL
),
axis AS (
  SELECT *
  FROM (SELECT unnest(generate_series(min(month), max(month), INTERVAL 1 MONTH))::DATE AS month FROM found),
    (SELECT DISTINCT campaign_id FROM found)
)
SELECT month, campaign_id, coalesce(sent, 0) AS sent, clicked / nullif(delivered, 0) AS click_rate
FROM axis LEFT JOIN found USING (month, campaign_id)
