-- Everything odd that MariaDB lets a table be.
CREATE TABLE `Mixed Case` (`Id` int PRIMARY KEY, `My Name` text, `select` int, `q"uote` text, `semi;colon` text,
    `per%cent` text, `back``tick` text, `ünï` text, `a.b` text, `c,d` text, `e:f` text, `sla/sh` text, `日本` text, `ques?tion` text);
INSERT INTO `Mixed Case` VALUES (1, 'x', 2, 'q', ';', '%', '`', 'ü', '.', ',', ':', '/', '語', '?'), (2, NULL, NULL, '', '', '', '', '', '', '', '', '', '', '');
CREATE TABLE `we``ird; DROP TABLE x--` (id int PRIMARY KEY, v text);
INSERT INTO `we``ird; DROP TABLE x--` VALUES (1, 'a');
CREATE TABLE `100% tëst/täble` (id int PRIMARY KEY, v text);
INSERT INTO `100% tëst/täble` VALUES (1, 'a');
CREATE TABLE `select` (`from` int PRIMARY KEY, `where` text, `order` int, `group` int, `user` text, `table` text);
INSERT INTO `select` VALUES (1, 'w', 2, 3, 'u', 't');
CREATE TABLE our_words (expressions text, page int, sort text, count int, filter text, id text, `pageSize` int, `cursor` text,
    format text, total int, projections text, relationship text, aggregations text, preview bool, `key` int PRIMARY KEY);
INSERT INTO our_words VALUES ('e', 1, 's', 2, 'f', 'not the key', 3, 'c', 'csv', 4, 'p', 'r', 'a', true, 7);
CREATE TABLE models (id int PRIMARY KEY, v text); INSERT INTO models VALUES (1, 'a');
CREATE TABLE batch (id int PRIMARY KEY, v text); INSERT INTO batch VALUES (1, 'a');
CREATE TABLE auth (id int PRIMARY KEY, v text); INSERT INTO auth VALUES (1, 'a');
CREATE TABLE `count` (id int PRIMARY KEY, v text); INSERT INTO `count` VALUES (1, 'a');
CREATE TABLE filter (id varchar(20) PRIMARY KEY, v text); INSERT INTO filter VALUES ('count', 'a'), ('schema', 'b'), ('ok', 'c');
CREATE TABLE api (id int PRIMARY KEY, v text); INSERT INTO api VALUES (1, 'a');

CREATE TABLE composite (a varchar(20), b varchar(20), c int, v text, PRIMARY KEY (b, a, c));
INSERT INTO composite VALUES ('x,y', 'p/q', 1, 'v'), ('', '', 2, 'empty'), ('a b', '\\,', 3, 'back'), ('%2C', '%', 4, 'percent'), ('..', '.', 5, 'dots');
CREATE TABLE composite_child (id int AUTO_INCREMENT PRIMARY KEY, pb varchar(20), pa varchar(20), pc int,
    FOREIGN KEY (pb, pa, pc) REFERENCES composite (b, a, c));
INSERT INTO composite_child (pb, pa, pc) VALUES ('p/q', 'x,y', 1), ('', '', 2), (NULL, 'x', NULL);
CREATE TABLE text_key (k varchar(40) COLLATE utf8mb4_bin PRIMARY KEY, v text);
INSERT INTO text_key VALUES ('', 'empty'), ('a/b?c#d%20', 'url'), ('.', 'dot'), ('..', 'dots'), ('ü', 'ü'), ('query', 'word');
CREATE TABLE nocase_key (k varchar(40) PRIMARY KEY, v text); INSERT INTO nocase_key VALUES ('Abc', 'x'), ('é', 'y');
CREATE TABLE no_key (a int, b text); INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE unique_no_key (a int NOT NULL UNIQUE, b text); INSERT INTO unique_no_key VALUES (1, 'x'), (2, NULL);
CREATE TABLE nullable_unique (a int UNIQUE, b text); INSERT INTO nullable_unique VALUES (NULL, 'x'), (NULL, 'y'), (1, 'z');
CREATE TABLE uuid_key (id uuid PRIMARY KEY DEFAULT uuid(), v text); INSERT INTO uuid_key VALUES ('0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11', 'a');
CREATE TABLE binary_uuid (id binary(16) PRIMARY KEY, v text); INSERT INTO binary_uuid VALUES (unhex('0b1e3b0a5d274c36a2ad3d0c4d5a2c11'), 'a');
CREATE TABLE char_uuid (id char(36) PRIMARY KEY, v text); INSERT INTO char_uuid VALUES ('0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11', 'a');
CREATE TABLE date_key (d date PRIMARY KEY, v text); INSERT INTO date_key VALUES ('2024-02-29', 'a'), ('0001-01-01', 'old'), ('9999-12-31', 'new');
CREATE TABLE decimal_key (n decimal(20,4) PRIMARY KEY, v text); INSERT INTO decimal_key VALUES (1.5, 'a'), (-0.0001, 'b');
CREATE TABLE bytes_key (b varbinary(10) PRIMARY KEY, v text); INSERT INTO bytes_key VALUES (x'00ff2f', 'a'), ('', 'empty');
CREATE TABLE enum_key (m enum('sad', 'so, so', 'it''s "fine"', '') PRIMARY KEY, v text); INSERT INTO enum_key VALUES ('so, so', 'a'), ('it''s "fine"', 'q');
CREATE TABLE float_key (f double PRIMARY KEY, v text); INSERT INTO float_key VALUES (0.1, 'a');
CREATE TABLE time_key (t datetime(6) PRIMARY KEY, v text); INSERT INTO time_key VALUES ('2024-02-29 12:34:56.789012', 'a');
CREATE TABLE inet_key (i inet6 PRIMARY KEY, v text); INSERT INTO inet_key VALUES ('::1', 'a');

CREATE TABLE tree (id int PRIMARY KEY, parent_id int, parent text, FOREIGN KEY (parent_id) REFERENCES tree (id)); INSERT INTO tree VALUES (1, NULL, 'p'), (2, 1, 'q'), (3, 3, 'self');
CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');
CREATE TABLE matches (id int PRIMARY KEY, home_id int REFERENCES people (id), away_id int REFERENCES people (id)); INSERT INTO matches VALUES (1, 1, 2), (2, 2, NULL);
CREATE TABLE passports (id int PRIMARY KEY, person_id int UNIQUE REFERENCES people (id)); INSERT INTO passports VALUES (1, 1);
CREATE TABLE shared_key (id int PRIMARY KEY REFERENCES people (id), v text); INSERT INTO shared_key VALUES (1, 'x');
CREATE TABLE clubs (id int PRIMARY KEY, name text); INSERT INTO clubs VALUES (1, 'Chess');
CREATE TABLE memberships (person_id int REFERENCES people (id), club_id int REFERENCES clubs (id), since date, role text, PRIMARY KEY (person_id, club_id));
INSERT INTO memberships VALUES (1, 1, '2020-01-01', 'head');

CREATE TABLE generated (id int PRIMARY KEY, w int, h int, area int GENERATED ALWAYS AS (w * h) STORED, twice int GENERATED ALWAYS AS (w * 2) VIRTUAL); INSERT INTO generated (id, w, h) VALUES (1, 2, 3);
CREATE TABLE only_generated (id int AUTO_INCREMENT PRIMARY KEY, one int GENERATED ALWAYS AS (1) VIRTUAL); INSERT INTO only_generated (id) VALUES (NULL);
CREATE TABLE invisible (id int AUTO_INCREMENT PRIMARY KEY, v text, hidden int INVISIBLE DEFAULT 5); INSERT INTO invisible (v) VALUES ('a');
CREATE TABLE versioned (id int PRIMARY KEY, v text) WITH SYSTEM VERSIONING; INSERT INTO versioned VALUES (1, 'a'); UPDATE versioned SET v = 'b';
CREATE TABLE defaults (id int AUTO_INCREMENT PRIMARY KEY, at timestamp DEFAULT current_timestamp ON UPDATE current_timestamp, u varchar(40) DEFAULT (uuid()), t text DEFAULT (concat(upper('x'), ';''')), n double DEFAULT (rand()));
INSERT INTO defaults () VALUES ();
CREATE SEQUENCE counter START 5; CREATE TABLE sequenced (id bigint DEFAULT (nextval(counter)) PRIMARY KEY, v text); INSERT INTO sequenced (v) VALUES ('a');
CREATE TABLE moods (id int PRIMARY KEY, m enum('sad', 'so, so', 'it''s "fine"', ''), s set('a', 'b', 'c''d')); INSERT INTO moods VALUES (1, 'so, so', 'a,c''d'), (2, NULL, NULL), (3, '', '');
CREATE TABLE numbers (id int PRIMARY KEY, ti tinyint, tu tinyint unsigned, b1 tinyint(1), si smallint unsigned, mi mediumint, mu mediumint unsigned, bu bigint unsigned, bs bigint, d decimal(65,30), f float, db double, fz int(5) zerofill, y year, b bit(1), b8 bit(8), b64 bit(64));
INSERT INTO numbers VALUES (1, -128, 255, 1, 65535, -8388608, 16777215, 18446744073709551615, -9223372036854775808, 12345678901234567890123456789012345.123456789012345678901234567890, 1.5, 1e308, 42, 2024, b'1', b'10000001', b'1000000000000000000000000000000000000000000000000000000000000001'),
    (2, 127, 0, 0, 0, 8388607, 0, 0, 9223372036854775807, -0.000000000000000000000000000001, -0.1, -5e-324, 0, 1901, b'0', b'0', b'0'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'0', b'0', b'0');
CREATE TABLE unsigned_key (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, v text); INSERT INTO unsigned_key VALUES (18446744073709551614, 'a'), (1, 'b');
CREATE TABLE bit_key (id bit(8) PRIMARY KEY, v text); INSERT INTO bit_key VALUES (b'101', 'a');
CREATE TABLE year_key (id year PRIMARY KEY, v text); INSERT INTO year_key VALUES (2024, 'a');
CREATE TABLE exotic (id int PRIMARY KEY, j json, p point, g geometry, ls linestring, i6 inet6, t time, t6 time(6), dt datetime, ts timestamp NULL, d date, c char(5), bn binary(3), vb varbinary(10), bl blob, lt longtext, l1 varchar(20) CHARACTER SET latin1, u2 varchar(20) CHARACTER SET ucs2);
INSERT INTO exotic VALUES (1, '{"a": [1, null]}', point(1, 2), ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), ST_GeomFromText('LINESTRING(0 0,1 1)'), '::ffff:10.0.0.1', '-838:59:59', '12:34:56.789', '2024-02-29 12:34:56', '2024-02-29 12:34:56', '2024-02-29', 'ab', 'abc', x'00ff', x'00', 'long', 'é', 'ü'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SET SESSION sql_mode = 'ALLOW_INVALID_DATES';
CREATE TABLE zero_dates (id int PRIMARY KEY, d date, dt datetime, ts timestamp NULL); INSERT INTO zero_dates VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'), (2, '2024-02-31', '2024-00-00 00:00:00', NULL), (3, '9999-12-31', '9999-12-31 23:59:59', '2038-01-19 03:14:07');
CREATE TABLE bad_json (id int PRIMARY KEY, j longtext COMMENT 'json'); INSERT INTO bad_json VALUES (1, '{not json');
SET SESSION sql_mode = DEFAULT;
CREATE TABLE commented (id int PRIMARY KEY COMMENT 'It''s "odd"; --', n int COMMENT 'line
break') COMMENT 'a `table`';
INSERT INTO commented VALUES (1, 1);
CREATE TABLE checks (id int PRIMARY KEY, a int CHECK (a > 0), b int, CONSTRAINT `a, b; it's` CHECK (a < b)); INSERT INTO checks VALUES (1, 1, 2);
CREATE TABLE triggered (id int PRIMARY KEY, v text, n int NOT NULL DEFAULT 0, must varchar(5) NOT NULL DEFAULT 'm'); INSERT INTO triggered VALUES (1, 'a', 0, 'm');
CREATE TRIGGER shout_i BEFORE INSERT ON triggered FOR EACH ROW SET NEW.v = upper(NEW.v);
CREATE TRIGGER shout_u BEFORE UPDATE ON triggered FOR EACH ROW SET NEW.v = upper(NEW.v), NEW.n = OLD.n + 1;
CREATE TABLE refusing (id int PRIMARY KEY, v text); INSERT INTO refusing VALUES (1, 'a');
CREATE TRIGGER no BEFORE INSERT ON refusing FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no, thanks';
CREATE TRIGGER no_u BEFORE UPDATE ON refusing FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no, thanks';
CREATE TRIGGER no_d BEFORE DELETE ON refusing FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no, thanks';
CREATE VIEW plain_view AS SELECT id, name AS `Na me` FROM people;
CREATE VIEW joined_view AS SELECT p.name, c.name AS club, count(*) AS n FROM people p, clubs c GROUP BY p.name, c.name;
CREATE TABLE will_go (id int PRIMARY KEY); CREATE VIEW broken_view AS SELECT id FROM will_go; DROP TABLE will_go;
CREATE TABLE parted (id int, region int, v text, PRIMARY KEY (id, region)) PARTITION BY HASH (region) PARTITIONS 2; INSERT INTO parted VALUES (1, 1, 'a'), (1, 2, 'b');
CREATE TABLE isam (id int PRIMARY KEY, v text) ENGINE=MyISAM; INSERT INTO isam VALUES (1, 'a');
CREATE TABLE aria (id int PRIMARY KEY, v text) ENGINE=Aria; INSERT INTO aria VALUES (1, 'a');
CREATE TABLE in_memory (id int PRIMARY KEY, v varchar(10)) ENGINE=MEMORY; INSERT INTO in_memory VALUES (1, 'a');
CREATE TABLE a23456789012345678901234567890123456789012345678901234567890123 (a23456789012345678901234567890123456789012345678901234567890123 int PRIMARY KEY, v text); INSERT INTO a23456789012345678901234567890123456789012345678901234567890123 VALUES (1, 'a');
CREATE TABLE prefix_key (id varchar(300), v text, PRIMARY KEY (id(10))); INSERT INTO prefix_key VALUES ('abcdefghijklmnop', 'a');
CREATE TABLE text_prefix (id int PRIMARY KEY, t text, UNIQUE (t(10))); INSERT INTO text_prefix VALUES (1, 'abcdefghijklmnop');
CREATE TABLE `order` (id int PRIMARY KEY, v text); CREATE TABLE `Order` (id int PRIMARY KEY, v text); CREATE TABLE orders (id int PRIMARY KEY, v text);
INSERT INTO `order` VALUES (1, 'a'); INSERT INTO `Order` VALUES (1, 'b'); INSERT INTO orders VALUES (1, 'c');
CREATE TABLE same_spelling (id int PRIMARY KEY, `userName` text, user_name text); INSERT INTO same_spelling VALUES (1, 'a', 'b');
CREATE TABLE secrets (id int PRIMARY KEY, password text, api_token varchar(10) NOT NULL DEFAULT 't'); INSERT INTO secrets VALUES (1, 'p', 't');
CREATE TABLE secret_key (reset_token varchar(10) PRIMARY KEY, v text); INSERT INTO secret_key VALUES ('t', 'a');
CREATE TABLE json_only (j json); INSERT INTO json_only VALUES ('[1]'), (NULL);
CREATE TABLE empty_table (id int PRIMARY KEY, v text);
CREATE TABLE `embedded.dot` (id int PRIMARY KEY, v text); INSERT INTO `embedded.dot` VALUES (1, 'a');
CREATE TABLE ` leading blank` (id int PRIMARY KEY, v text); INSERT INTO ` leading blank` VALUES (1, 'a');
CREATE TABLE `123` (`1` int PRIMARY KEY, `2` text); INSERT INTO `123` VALUES (1, 'a');
