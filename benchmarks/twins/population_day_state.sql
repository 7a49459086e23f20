-- line: metric=in_state&by=day,state&period=2024-01-01..2025-12-31
-- Who is in which state at the end of each day: what begins on a day adds one from then on, what ends takes one away,
-- and the running sum is the population. Grouped by day first, so that the window has few rows.
-- Lost: a join of the days and the intervals that hold at their ends, 140 with count(*), 800 with distinct contacts.
WITH change AS (
  SELECT state, greatest(since::DATE, DATE '2024-01-01') AS day, count(*) AS n FROM lifecycle GROUP BY ALL
  UNION ALL
  SELECT state, greatest(until::DATE, DATE '2024-01-01'), -count(*) FROM lifecycle WHERE until IS NOT NULL GROUP BY ALL
  UNION ALL
  SELECT state, day, 0
  FROM (SELECT DISTINCT state FROM lifecycle),
    (SELECT unnest(range(DATE '2024-01-01', DATE '2026-01-01', INTERVAL 1 DAY))::DATE AS day)
),
running AS (SELECT day, state, sum(sum(n)) OVER (PARTITION BY state ORDER BY day) AS in_state FROM change GROUP BY day, state)
SELECT day, state, in_state FROM running WHERE day <= DATE '2025-12-31'
