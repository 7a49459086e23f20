-- line: cohort=visitors
-- Cohorts of the first visit by month, and who visits again in each month after it.
-- One aggregate over the visits: the first one, and a bit for each month; the grid is the sum of each bit by cohort.
-- Lost: the join of visits with first visits and count(distinct) by cohort and age 2.6; distinct contacts and months
-- first 1.8; a list of distinct months 4.3; the set bits unnested by a range of ages 1.1.
WITH contacts AS (
  SELECT
    contact_id,
    min(visited_at) AS started,
    bit_or(1::BIGINT << (year(visited_at) * 12 + month(visited_at) - 24289)) AS months
  FROM visits
  GROUP BY contact_id
), grid AS (
  SELECT
    year(started) * 12 + month(started) - 24289 AS place,
    count(*) AS size,
    [
      sum((months >> 0) & 1),
      sum((months >> 1) & 1),
      sum((months >> 2) & 1),
      sum((months >> 3) & 1),
      sum((months >> 4) & 1),
      sum((months >> 5) & 1),
      sum((months >> 6) & 1),
      sum((months >> 7) & 1),
      sum((months >> 8) & 1),
      sum((months >> 9) & 1),
      sum((months >> 10) & 1),
      sum((months >> 11) & 1),
      sum((months >> 12) & 1),
      sum((months >> 13) & 1),
      sum((months >> 14) & 1),
      sum((months >> 15) & 1),
      sum((months >> 16) & 1),
      sum((months >> 17) & 1),
      sum((months >> 18) & 1),
      sum((months >> 19) & 1),
      sum((months >> 20) & 1),
      sum((months >> 21) & 1),
      sum((months >> 22) & 1),
      sum((months >> 23) & 1)
    ] AS counts
  FROM contacts
  GROUP BY 1
), cells AS (
  SELECT place, size, unnest(range(24)) AS month, unnest(counts) AS count FROM grid
)
SELECT
  (DATE '2024-01-01' + to_months(place::INTEGER))::DATE AS cohort,
  month - place AS age,
  count,
  size,
  count / size AS rate
FROM cells
WHERE month >= place
