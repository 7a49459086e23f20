-- line: metric=sent,delivery_rate,engagement_rate,click_rate,reply_rate&by=channel&period=2024-01-01..2024-11-15&chart=table
-- A message's own channel is its key, and of few values: nothing is joined.
-- Lost: numbers of channels by an inner join 1.3, by an outer one 1.0.
SELECT
  channel, count(*) AS sent, count(delivered_at) / count(*) AS delivery_rate,
  count(*) FILTER (CASE channel
    WHEN 'whatsapp' THEN opened_at IS NOT NULL OR clicked_at IS NOT NULL OR replied_at IS NOT NULL
    WHEN 'ivr' THEN answered_seconds >= 10 ELSE clicked_at IS NOT NULL END) / nullif(count(delivered_at), 0) AS engagement_rate,
  count(clicked_at) / nullif(count(delivered_at), 0) AS click_rate,
  count(replied_at) / nullif(count(delivered_at), 0) AS reply_rate
FROM messages
WHERE sent_at >= TIMESTAMP '2023-12-31 23:00:00' AND sent_at < TIMESTAMP '2024-11-15 23:00:00'
GROUP BY channel
ORDER BY channel
