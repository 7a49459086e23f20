-- The tables of the golden questions: ten rows or fewer each, so that an answer can be checked in the head.
CREATE TABLE contacts (contact_id INTEGER, town VARCHAR, age INTEGER, registered_at TIMESTAMP);
INSERT INTO contacts VALUES
  (1, 'Lyon', 25, '2023-01-10 08:00'), (2, 'Lyon', 40, '2023-02-11 09:00'), (3, 'Riga', 31, '2024-01-12 10:00'),
  (4, NULL, NULL, '2024-02-29 11:00'), (5, 'Other', 60, '2024-03-31 01:30');
CREATE TABLE brands (brand_id INTEGER, brand VARCHAR);
INSERT INTO brands VALUES (1, 'Aster'), (2, 'Vega');
CREATE TABLE campaigns (campaign_id INTEGER, campaign VARCHAR, brand_id INTEGER);
INSERT INTO campaigns VALUES (1, 'Spring', 1), (2, 'Summer', 2), (3, 'Never sent', 2);
-- Stored in UTC, read in Paris: message 8 is sent on 1 April there, and message 6 and 7 in the hour that is there twice.
CREATE TABLE messages (message_id INTEGER, contact_id INTEGER, campaign_id INTEGER, channel VARCHAR, sent_at TIMESTAMP, clicked_at TIMESTAMP, cost DECIMAL(8,2));
INSERT INTO messages VALUES
  (1, 1, 1, 'email', '2024-01-05 09:00', '2024-01-05 10:00', 0.10), (2, 1, 1, 'email', '2024-01-20 09:00', NULL, 0.10),
  (3, 2, 1, 'sms', '2024-02-05 09:00', '2024-02-06 09:00', 0.50), (4, 3, 2, 'email', '2024-02-15 09:00', NULL, 0.10),
  (5, 9, 2, 'email', '2024-02-29 09:00', '2024-02-29 12:00', 0.10), (6, NULL, 2, 'sms', '2023-10-29 00:30', NULL, 0.50),
  (7, 3, 2, 'sms', '2023-10-29 01:30', NULL, 0.50), (8, 2, 1, 'email', '2024-03-31 22:30', NULL, 0.10);
CREATE TABLE orders (order_id INTEGER, contact_id INTEGER, brand_id INTEGER, bought_on DATE, amount INTEGER, cancelled BOOLEAN);
INSERT INTO orders VALUES
  (1, 1, 1, '2024-01-06', 100, false), (2, 1, 2, '2024-01-31', 50, false), (3, 2, 1, '2024-02-10', 200, true),
  (4, 3, 1, '2024-02-29', 30, false), (5, 4, 2, '2024-03-01', 70, false), (6, 1, 1, '2023-01-15', 40, false);
-- A row is a day and a brand: it knows no contacts.
CREATE TABLE spend (day DATE, brand_id INTEGER, spend INTEGER);
INSERT INTO spend VALUES ('2024-01-06', 1, 10), ('2024-01-07', 1, 20), ('2024-02-01', 2, 40), ('2024-03-02', 2, 5);
-- A row is what a warehouse holds of a brand on a day: Vega isn't there on 29 February, and once the brand is unknown.
CREATE TABLE stock (day DATE, brand_id INTEGER, warehouse VARCHAR, pieces INTEGER);
INSERT INTO stock VALUES
  ('2023-02-28', 1, 'north', 9), ('2024-01-31', 1, 'north', 5), ('2024-01-31', 2, 'north', 8), ('2024-02-15', 1, 'north', 4),
  ('2024-02-15', 2, 'south', 6), ('2024-02-29', 1, 'north', 2), ('2024-02-29', 1, 'south', 1), ('2024-03-10', 1, 'north', 7),
  ('2024-03-10', NULL, 'north', 3), ('2024-03-10', 2, 'south', 0);
-- A row is a contact's score from then on: 3 gets it on 1 February in Paris, 9 is nobody.
CREATE TABLE scores (contact_id INTEGER, scored_at TIMESTAMP, score INTEGER);
INSERT INTO scores VALUES
  (1, '2024-01-05 10:00', 10), (1, '2024-02-05 10:00', 30), (2, '2024-01-20 10:00', 50), (2, '2024-03-01 10:00', 60),
  (3, '2024-01-31 23:30', 70), (9, '2024-02-10 10:00', 20), (NULL, '2024-02-11 10:00', 99);
-- A row is a whole month.
CREATE TABLE targets (month_start DATE, brand_id INTEGER, target INTEGER);
INSERT INTO targets VALUES
  ('2023-12-01', 1, 80), ('2024-01-01', 1, 100), ('2024-01-01', 2, 60), ('2024-02-01', 1, 150), ('2024-02-01', 2, 50),
  ('2024-03-01', 2, 90), ('2024-04-01', 1, 110), ('2024-04-01', NULL, 5);
-- A contact's stage at any instant: touching and open intervals, gaps, an unknown stage, and contacts that nobody knows.
CREATE TABLE stages (contact_id INTEGER, stage VARCHAR, since TIMESTAMP, until TIMESTAMP);
INSERT INTO stages VALUES
  (1, 'new', '2023-01-10 08:00', '2024-01-20 09:00'), (1, 'active', '2024-01-20 09:00', NULL),
  (2, 'new', NULL, '2024-01-01 00:00'), (2, 'active', '2024-02-01 00:00', '2024-03-31 22:00'),
  (3, 'active', '2023-10-29 01:00', '2024-02-15 09:00'), (3, 'lapsed', '2024-02-20 00:00', NULL),
  (4, NULL, '2024-02-29 11:00', NULL), (7, 'active', '2024-01-01 00:00', NULL), (9, 'lapsed', '2024-03-01 00:00', NULL);
-- The same by days.
CREATE TABLE tiers (contact_id INTEGER, tier VARCHAR, from_day DATE, to_day DATE);
INSERT INTO tiers VALUES
  (1, 'gold', '2024-01-06', '2024-01-31'), (1, 'silver', '2024-01-31', NULL), (2, 'gold', '2024-02-05', '2024-02-06'),
  (3, 'gold', '2024-02-29', NULL);
-- What contacts like: several things at once, one of them twice, one unknown, and one of nobody.
CREATE TABLE interests (contact_id INTEGER, interest VARCHAR, source VARCHAR);
INSERT INTO interests VALUES
  (1, 'cars', 'form'), (1, 'cars', 'call'), (1, 'music', 'form'), (2, 'music', 'call'), (2, NULL, 'form'),
  (3, 'cars', 'form'), (8, 'art', 'call'), (NULL, 'art', 'form');
-- The clubs that contacts are in, several at once, each for a time.
CREATE TABLE memberships (contact_id INTEGER, club VARCHAR, role VARCHAR, joined DATE, quit DATE);
INSERT INTO memberships VALUES
  (1, 'chess', 'member', '2024-01-01', '2024-01-31'), (1, 'chess', 'chair', '2024-01-15', '2024-02-15'),
  (1, 'choir', 'member', '2024-01-20', NULL), (2, 'choir', 'member', NULL, '2024-03-01'),
  (3, 'chess', 'member', '2024-02-29', NULL), (9, 'choir', 'member', '2024-02-01', NULL);
CREATE TABLE fees (club VARCHAR, fee VARCHAR, set_on DATE, dropped_on DATE);
INSERT INTO fees VALUES
  ('chess', 'low', NULL, '2024-01-20'), ('chess', 'high', '2024-01-20', NULL), ('choir', 'low', '2024-02-01', NULL);
-- Contact 1 comes twice at the same instant; 4 and 6 are 24 hours apart; the last one is nobody.
CREATE TABLE visits (visit_id INTEGER, contact_id INTEGER, site VARCHAR, brand_id INTEGER, visited_at TIMESTAMP);
INSERT INTO visits VALUES
  (1, 1, 'web', 1, '2024-01-05 09:00'), (2, 1, 'app', 2, '2024-01-05 09:00'), (3, 1, 'web', 2, '2024-01-30 23:30'),
  (4, 2, 'web', 1, '2024-02-05 12:00'), (5, 2, 'app', 1, '2024-02-06 08:00'), (6, 2, 'web', 1, '2024-02-06 12:00'),
  (7, 3, 'app', 2, '2024-02-15 09:00'), (8, NULL, 'web', 1, '2024-02-10 09:00');
