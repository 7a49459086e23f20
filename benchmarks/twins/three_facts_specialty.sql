-- line: metric=sent,revenue,visits&by=specialty
-- Rows of the three facts meet before the join, so that the contacts are hashed once. For the join and the remainder
-- see joined_dimension.sql; revenue as a remainder is right to the rounding of a double.
-- Lost: a join per fact 1.2, outer join of all rows with the code 2.2, outer join per fact with the code 2.9, a group
-- per contact before the join 3.8 to 4.5, outer join of all rows with the text 4.1 to 5.1, outer join per fact with the
-- text, then UNION ALL 5 to 5.5, or FULL JOIN 5.5.
WITH code AS MATERIALIZED (
  SELECT specialty, row_number() OVER ()::UTINYINT AS n
  FROM (SELECT DISTINCT specialty FROM contacts WHERE specialty IS NOT NULL)
),
coded AS (SELECT contact_id, n FROM contacts JOIN code USING (specialty)),
facts AS (
  SELECT contact_id, 1 AS sent, NULL AS revenue, NULL AS bought, NULL AS visits FROM messages
  UNION ALL
  SELECT contact_id, NULL, amount, 1, NULL FROM orders
  UNION ALL
  SELECT contact_id, NULL, NULL, NULL, 1 FROM visits
),
known AS MATERIALIZED (
  SELECT n, count(sent) AS sent, sum(revenue) AS revenue, count(bought) AS bought, count(visits) AS visits
  FROM facts JOIN coded USING (contact_id)
  GROUP BY n
),
everyone AS (
  SELECT
    (SELECT count(*) FROM messages) AS sent,
    (SELECT sum(amount) FROM orders) AS revenue,
    (SELECT count(*) FROM orders) AS bought,
    (SELECT count(*) FROM visits) AS visits
),
rest AS (
  SELECT
    any_value(e.sent) - sum(k.sent) AS sent,
    any_value(e.revenue) - sum(k.revenue) AS revenue,
    any_value(e.bought) - sum(k.bought) AS bought,
    any_value(e.visits) - sum(k.visits) AS visits
  FROM known k, everyone e
)
SELECT specialty, sent, coalesce(revenue, 0) AS revenue, visits FROM known JOIN code USING (n)
UNION ALL
SELECT NULL, sent, CASE WHEN bought > 0 THEN revenue ELSE 0 END, visits FROM rest WHERE sent + bought + visits > 0
