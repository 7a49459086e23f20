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
