-- line: overlap=all
-- Contacts by exactly the set of 30 segments that they are in.
-- A sum of a bit for each segment, grouped by that. Lost: bits put together by OR 1.2; a group by 30 booleans 1.2; a text
-- of zeros and ones 3.7; a list of names for each contact 3.8; a join of contacts with a table of segments 8.9.
WITH sets AS (
  SELECT
    CASE WHEN city IN ('London', 'Oslo') THEN 1 ELSE 0 END +
      CASE WHEN specialty LIKE 'd%' THEN 2 ELSE 0 END +
      CASE WHEN contact_id <= 5000 THEN 4 ELSE 0 END +
      CASE WHEN contact_id % 2 = 0 THEN 8 ELSE 0 END +
      CASE WHEN city IN ('Madrid', 'Lisbon', 'Porto') THEN 16 ELSE 0 END +
      CASE WHEN city = 'Berlin' THEN 32 ELSE 0 END +
      CASE WHEN month(registered_at) = 12 THEN 64 ELSE 0 END +
      CASE WHEN city = 'Lisbon' THEN 128 ELSE 0 END +
      CASE WHEN city = 'London' THEN 256 ELSE 0 END +
      CASE WHEN city = 'Lyon' THEN 512 ELSE 0 END +
      CASE WHEN city = 'Madrid' THEN 1024 ELSE 0 END +
      CASE WHEN city = 'Milan' THEN 2048 ELSE 0 END +
      CASE WHEN city = 'Oslo' THEN 4096 ELSE 0 END +
      CASE WHEN city = 'Paris' THEN 8192 ELSE 0 END +
      CASE WHEN city = 'Porto' THEN 16384 ELSE 0 END +
      CASE WHEN city = 'Turin' THEN 32768 ELSE 0 END +
      CASE WHEN city LIKE 'L%' THEN 65536 ELSE 0 END +
      CASE WHEN specialty = 'cardiology' THEN 131072 ELSE 0 END +
      CASE WHEN specialty = 'dentistry' THEN 262144 ELSE 0 END +
      CASE WHEN specialty = 'dermatology' THEN 524288 ELSE 0 END +
      CASE WHEN specialty = 'general' THEN 1048576 ELSE 0 END +
      CASE WHEN specialty = 'neurology' THEN 2097152 ELSE 0 END +
      CASE WHEN specialty = 'oncology' THEN 4194304 ELSE 0 END +
      CASE WHEN specialty = 'pediatrics' THEN 8388608 ELSE 0 END +
      CASE WHEN specialty = 'surgery' THEN 16777216 ELSE 0 END +
      CASE WHEN specialty LIKE '%ology' THEN 33554432 ELSE 0 END +
      CASE WHEN registered_at >= '2020-01-01' THEN 67108864 ELSE 0 END +
      CASE WHEN registered_at >= '2023-01-01' THEN 134217728 ELSE 0 END +
      CASE WHEN registered_at >= '2021-06-01' THEN 268435456 ELSE 0 END +
      CASE WHEN specialty IN ('surgery', 'oncology') THEN 536870912 ELSE 0 END AS bits,
    count(*) AS count
  FROM contacts
  GROUP BY 1
)
SELECT
  list_filter([
    CASE WHEN bits & 1 <> 0 THEN 'british_or_norse' END,
    CASE WHEN bits & 2 <> 0 THEN 'd_specialties' END,
    CASE WHEN bits & 4 <> 0 THEN 'early' END,
    CASE WHEN bits & 8 <> 0 THEN 'even' END,
    CASE WHEN bits & 16 <> 0 THEN 'iberian' END,
    CASE WHEN bits & 32 <> 0 THEN 'in_berlin' END,
    CASE WHEN bits & 64 <> 0 THEN 'in_december' END,
    CASE WHEN bits & 128 <> 0 THEN 'in_lisbon' END,
    CASE WHEN bits & 256 <> 0 THEN 'in_london' END,
    CASE WHEN bits & 512 <> 0 THEN 'in_lyon' END,
    CASE WHEN bits & 1024 <> 0 THEN 'in_madrid' END,
    CASE WHEN bits & 2048 <> 0 THEN 'in_milan' END,
    CASE WHEN bits & 4096 <> 0 THEN 'in_oslo' END,
    CASE WHEN bits & 8192 <> 0 THEN 'in_paris' END,
    CASE WHEN bits & 16384 <> 0 THEN 'in_porto' END,
    CASE WHEN bits & 32768 <> 0 THEN 'in_turin' END,
    CASE WHEN bits & 65536 <> 0 THEN 'l_cities' END,
    CASE WHEN bits & 131072 <> 0 THEN 'of_cardiology' END,
    CASE WHEN bits & 262144 <> 0 THEN 'of_dentistry' END,
    CASE WHEN bits & 524288 <> 0 THEN 'of_dermatology' END,
    CASE WHEN bits & 1048576 <> 0 THEN 'of_general' END,
    CASE WHEN bits & 2097152 <> 0 THEN 'of_neurology' END,
    CASE WHEN bits & 4194304 <> 0 THEN 'of_oncology' END,
    CASE WHEN bits & 8388608 <> 0 THEN 'of_pediatrics' END,
    CASE WHEN bits & 16777216 <> 0 THEN 'of_surgery' END,
    CASE WHEN bits & 33554432 <> 0 THEN 'ologists' END,
    CASE WHEN bits & 67108864 <> 0 THEN 'since_2020' END,
    CASE WHEN bits & 134217728 <> 0 THEN 'since_2023' END,
    CASE WHEN bits & 268435456 <> 0 THEN 'since_mid_2021' END,
    CASE WHEN bits & 536870912 <> 0 THEN 'surgical' END
  ], lambda name: name IS NOT NULL) AS segments,
  count
FROM sets
