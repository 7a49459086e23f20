-- line: metric=click_rate&by=brand,contact.specialty&period=last-12-months&chart=heat
-- Messages are grouped by their campaign, which is a number, and by a number of one byte instead of the specialty; the
-- brand is looked up for each of these groups, not for each message. What wasn't delivered wasn't clicked.
-- Lost: numbers of the brand joined to each message 1.2, the texts 2.
WITH code AS MATERIALIZED (
  SELECT specialty, row_number() OVER ()::UTINYINT AS n
  FROM (SELECT DISTINCT specialty FROM contacts WHERE specialty IS NOT NULL)
),
coded AS (SELECT contact_id, n FROM contacts JOIN code USING (specialty)),
found AS (
  SELECT campaign_id, n, count(clicked_at) AS clicked, count(*) AS delivered
  FROM messages LEFT JOIN coded USING (contact_id)
  WHERE sent_at >= TIMESTAMP '2023-11-15 23:00:00' AND sent_at < TIMESTAMP '2024-11-15 23:00:00' AND delivered_at IS NOT NULL
  GROUP BY campaign_id, n
)
SELECT brand, specialty AS "contact.specialty", sum(clicked) / sum(delivered) AS click_rate
FROM found LEFT JOIN code USING (n) LEFT JOIN campaigns USING (campaign_id) LEFT JOIN brands USING (brand_id)
GROUP BY ALL
ORDER BY ALL
