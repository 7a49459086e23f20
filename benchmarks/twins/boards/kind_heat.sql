-- line: metric=delivered&by=contact.specialty,kind&period=last-12-months&chart=heat
-- As click_heat.sql: by the number of the campaign, and one of a byte instead of the specialty.
WITH code AS MATERIALIZED (
  SELECT specialty, row_number() OVER ()::UTINYINT AS n
  FROM (SELECT DISTINCT specialty FROM contacts WHERE specialty IS NOT NULL)
),
coded AS (SELECT contact_id, n FROM contacts JOIN code USING (specialty)),
found AS (
  SELECT campaign_id, n, count(*) AS delivered
  FROM messages LEFT JOIN coded USING (contact_id)
  WHERE sent_at >= TIMESTAMP '2023-11-15 23:00:00' AND sent_at < TIMESTAMP '2024-11-15 23:00:00' AND delivered_at IS NOT NULL
  GROUP BY campaign_id, n
)
SELECT specialty AS "contact.specialty", kind, sum(delivered) AS delivered
FROM found LEFT JOIN code USING (n) LEFT JOIN campaigns USING (campaign_id)
GROUP BY ALL
ORDER BY ALL
