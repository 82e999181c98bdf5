-- Everything odd that SQLite lets a table be.
PRAGMA foreign_keys = OFF;
CREATE TABLE "Mixed Case" ("Id" int PRIMARY KEY, "My Name" text, "select" int, "q""uote" text, "semi;colon" text,
    "per%cent" text, "back`tick" text, "ünï" text, "a.b" text, "c,d" text, "e:f" text, "sla/sh" text, "日本" text, "[bra]cket" text, "" text);
INSERT INTO "Mixed Case" VALUES (1, 'x', 2, 'q', ';', '%', '`', 'ü', '.', ',', ':', '/', '語', '[', 'none'), (2, NULL, NULL, '', '', '', '', '', '', '', '', '', '', '', '');
CREATE TABLE "we""ird; DROP TABLE x--" (id int PRIMARY KEY, v text);
INSERT INTO "we""ird; DROP TABLE x--" VALUES (1, 'a');
CREATE TABLE "100% tëst/täble" (id int PRIMARY KEY, v text);
INSERT INTO "100% tëst/täble" VALUES (1, 'a');
CREATE TABLE [brackets and `ticks`] ([a b] integer primary key, `c d` text, 'e f' text); INSERT INTO [brackets and `ticks`] VALUES (1, 'x', 'y');
CREATE TABLE "select" ("from" int PRIMARY KEY, "where" text, "order" int, "group" int, "user" text, "table" text);
INSERT INTO "select" VALUES (1, 'w', 2, 3, 'u', 't');
CREATE TABLE our_words (expressions text, page int, sort text, count int, filter text, id text, "pageSize" int, cursor text,
    format text, total int, projections text, relationship text, aggregations text, preview bool, key int PRIMARY KEY);
INSERT INTO our_words VALUES ('e', 1, 's', 2, 'f', 'not the key', 3, 'c', 'csv', 4, 'p', 'r', 'a', true, 7);
CREATE TABLE models (id int PRIMARY KEY, v text); INSERT INTO models VALUES (1, 'a');
CREATE TABLE batch (id int PRIMARY KEY, v text); INSERT INTO batch VALUES (1, 'a');
CREATE TABLE auth (id int PRIMARY KEY, v text); INSERT INTO auth VALUES (1, 'a');
CREATE TABLE count (id int PRIMARY KEY, v text); INSERT INTO count VALUES (1, 'a');
CREATE TABLE filter (id text PRIMARY KEY, v text); INSERT INTO filter VALUES ('count', 'a'), ('schema', 'b'), ('ok', 'c');
CREATE TABLE api (id int PRIMARY KEY, v text); INSERT INTO api VALUES (1, 'a');

CREATE TABLE composite (a text, b text, c int, v text, PRIMARY KEY (b, a, c));
INSERT INTO composite VALUES ('x,y', 'p/q', 1, 'v'), ('', '', 2, 'empty'), ('a b', '\,', 3, 'back'), ('%2C', '%', 4, 'percent'), ('..', '.', 5, 'dots'), (NULL, 'null', 6, 'a null in the key');
CREATE TABLE composite_child (id integer PRIMARY KEY AUTOINCREMENT, pb text, pa text, pc int, FOREIGN KEY (pa, pb, pc) REFERENCES composite (a, b, c));
CREATE UNIQUE INDEX composite_abc ON composite (a, b, c);
INSERT INTO composite_child (pb, pa, pc) VALUES ('p/q', 'x,y', 1), ('', '', 2), (NULL, 'x', NULL);
CREATE TABLE text_key (k text PRIMARY KEY, v text);
INSERT INTO text_key VALUES ('', 'empty'), ('a/b?c#d%20', 'url'), ('.', 'dot'), ('..', 'dots'), ('ü', 'ü'), (' ', 'blank'), ('query', 'word'), (NULL, 'null key');
CREATE TABLE no_key (a int, b text); INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE no_types (a, b, c PRIMARY KEY); INSERT INTO no_types VALUES (1, 'x', 2.5), (x'00ff', NULL, 'k');
CREATE TABLE rowid_named (rowid text, oid int, _rowid_ int); INSERT INTO rowid_named VALUES ('x', 1, 2);
CREATE TABLE unique_no_key (a int NOT NULL UNIQUE, b text); INSERT INTO unique_no_key VALUES (1, 'x'), (2, NULL);
CREATE TABLE nullable_unique (a int UNIQUE, b text); INSERT INTO nullable_unique VALUES (NULL, 'x'), (NULL, 'y'), (1, 'z');
CREATE TABLE uuid_key (id uuid PRIMARY KEY, v text); INSERT INTO uuid_key VALUES ('0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11', 'a');
CREATE TABLE blob_uuid (id BLOB PRIMARY KEY CHECK (length(id) = 16), v text); INSERT INTO blob_uuid VALUES (x'0b1e3b0a5d274c36a2ad3d0c4d5a2c11', 'a');
CREATE TABLE uuid_blob (id uuid PRIMARY KEY, v text); INSERT INTO uuid_blob VALUES (x'0b1e3b0a5d274c36a2ad3d0c4d5a2c11', 'a');
CREATE TABLE date_key (d date PRIMARY KEY, v text); INSERT INTO date_key VALUES ('2024-02-29', 'a');
CREATE TABLE decimal_key (n decimal(20,4) PRIMARY KEY, v text); INSERT INTO decimal_key VALUES (1.5, 'a'), (-0.0001, 'b');
CREATE TABLE bytes_key (b blob PRIMARY KEY, v text); INSERT INTO bytes_key VALUES (x'00ff2f', 'a'), (x'', 'empty');
CREATE TABLE enum_key (m text CHECK (m IN ('sad', 'so, so', '')) PRIMARY KEY, v text); INSERT INTO enum_key VALUES ('so, so', 'a'), ('', 'empty');
CREATE TABLE bool_key (b boolean PRIMARY KEY, v text); INSERT INTO bool_key VALUES (true, 'a');
CREATE TABLE float_key (f real PRIMARY KEY, v text); INSERT INTO float_key VALUES (0.1, 'a'), (9e999, 'inf');
CREATE TABLE time_key (t datetime PRIMARY KEY, v text); INSERT INTO time_key VALUES ('2024-02-29 12:34:56.789', 'a');

CREATE TABLE tree (id int PRIMARY KEY, parent_id int REFERENCES tree (id), parent text); INSERT INTO tree VALUES (1, NULL, 'p'), (2, 1, 'q'), (3, 3, 'self');
CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');
CREATE TABLE matches (id int PRIMARY KEY, home_id int REFERENCES people, away_id int REFERENCES people); INSERT INTO matches VALUES (1, 1, 2), (2, 2, NULL);
CREATE TABLE passports (id int PRIMARY KEY, person_id int UNIQUE REFERENCES people); INSERT INTO passports VALUES (1, 1);
CREATE TABLE shared_key (id int PRIMARY KEY REFERENCES people, v text); INSERT INTO shared_key VALUES (1, 'x');
CREATE TABLE clubs (id int PRIMARY KEY, name text); INSERT INTO clubs VALUES (1, 'Chess');
CREATE TABLE memberships (person_id int REFERENCES people, club_id int REFERENCES clubs, since date, role text, PRIMARY KEY (person_id, club_id)) WITHOUT ROWID;
INSERT INTO memberships VALUES (1, 1, '2020-01-01', 'head');
CREATE TABLE orphan_fk (id int PRIMARY KEY, gone_id int REFERENCES not_there (id)); INSERT INTO orphan_fk VALUES (1, NULL);
CREATE TABLE broken_fk (id int PRIMARY KEY, person_name text REFERENCES people (name)); INSERT INTO broken_fk VALUES (1, NULL);

CREATE TABLE generated (id int PRIMARY KEY, w int, h int, area int GENERATED ALWAYS AS (w * h) STORED, twice AS (w * 2)); INSERT INTO generated VALUES (1, 2, 3);
CREATE TABLE only_generated (id integer PRIMARY KEY, one int GENERATED ALWAYS AS (1)); INSERT INTO only_generated (id) VALUES (1);
CREATE TABLE defaults (id integer PRIMARY KEY, at datetime DEFAULT CURRENT_TIMESTAMP, u text DEFAULT (lower(hex(randomblob(16)))), t text DEFAULT 'x;''y', n real DEFAULT (random()), neg int DEFAULT -1);
INSERT INTO defaults DEFAULT VALUES;
CREATE TABLE desc_key (id INTEGER PRIMARY KEY DESC, v text); INSERT INTO desc_key VALUES (1, 'a'), (NULL, 'null key');
CREATE TABLE without_rowid (a text PRIMARY KEY, v int) WITHOUT ROWID; INSERT INTO without_rowid VALUES ('a', 1), ('', 2);
CREATE TABLE strict (id integer PRIMARY KEY, i int, r real, t text, b blob, x any) STRICT; INSERT INTO strict VALUES (1, 1, 1, 't', x'00', 'any'), (2, NULL, NULL, NULL, NULL, 2.5), (3, NULL, NULL, NULL, NULL, x'ff');
CREATE TABLE loose (id int PRIMARY KEY, i integer, r real, n numeric, d decimal(10,2), b boolean, t text, bl blob, dt datetime, da date, ti time, j json, u uuid);
INSERT INTO loose VALUES (1, 'text', 'text', 'text', 'text', 'text', 5, 'text', 'text', 'text', 'text', 'not json', 'text'),
    (2, 1.5, 2, 3, 4, 5, 2.5, 6, 7, 8, 9, 10, 11), (3, x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff', x'00ff'),
    (4, '', '', '', '', '', '', '', '', '', '', '', ''), (5, 9e999, -9e999, 9e999, 9e999, 9e999, 9e999, 9e999, 9e999, 9e999, 9e999, 9e999, 9e999),
    (6, '12', '1.5', '1e3', '007', 'true', char(0), '', '2024-01-01', '2024-01-01 10:00:00', '10:00', '{"a":1}', x'0b1e3b0a5d274c36a2ad3d0c4d5a2c11'),
    (7, 9223372036854775807, 1e308, 99999999999999999999, 0.1, 'FALSE', CAST(x'ff' AS text), CAST(x'ff' AS text), CAST(x'ff' AS text), -62135596800, 1e10, CAST(x'ff' AS text), CAST(x'ff' AS text));
INSERT INTO loose (id) VALUES ('not a number'), (NULL);
CREATE TABLE iso_times (id int PRIMARY KEY, t datetime, d date); INSERT INTO iso_times VALUES (1, '2024-02-29T12:34:56Z', '2024-02-29'), (2, '2024-03-01T00:00:00.5Z', NULL);
CREATE TABLE space_times (id int PRIMARY KEY, t timestamp); INSERT INTO space_times VALUES (1, '2024-02-29 12:34:56'), (2, NULL);
CREATE TABLE epoch_times (id int PRIMARY KEY, t datetime); INSERT INTO epoch_times VALUES (1, 1709210096), (2, 0);
CREATE TABLE milli_times (id int PRIMARY KEY, t datetime); INSERT INTO milli_times VALUES (1, 1709210096789), (2, 1709210096000);
CREATE TABLE mixed_times (id int PRIMARY KEY, t datetime); INSERT INTO mixed_times VALUES (1, '2024-02-29 12:34:56'), (2, '2024-02-29T12:34:56+02:00'), (3, 1709210096), (4, '2024-02-29');
CREATE TABLE checks (id int PRIMARY KEY, a int CHECK (a > 0), b int, CONSTRAINT "a, b; it's" CHECK (a < b)); INSERT INTO checks VALUES (1, 1, 2);
CREATE TABLE triggered (id integer PRIMARY KEY, v text, n int NOT NULL DEFAULT 0, must text NOT NULL DEFAULT 'm'); INSERT INTO triggered VALUES (1, 'a', 0, 'm');
CREATE TRIGGER shout AFTER INSERT ON triggered BEGIN UPDATE triggered SET v = upper(v), n = n + 1 WHERE id = NEW.id; END;
CREATE TABLE refusing (id int PRIMARY KEY, v text); INSERT INTO refusing VALUES (1, 'a');
CREATE TRIGGER no_i BEFORE INSERT ON refusing BEGIN SELECT RAISE(ABORT, 'no, thanks'); END;
CREATE TRIGGER no_u BEFORE UPDATE ON refusing BEGIN SELECT RAISE(ABORT, 'no, thanks'); END;
CREATE TRIGGER no_d BEFORE DELETE ON refusing BEGIN SELECT RAISE(FAIL, 'no, thanks'); END;
CREATE TABLE ignoring (id int PRIMARY KEY, v text); INSERT INTO ignoring VALUES (1, 'a');
CREATE TRIGGER ig_i BEFORE INSERT ON ignoring BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER ig_u BEFORE UPDATE ON ignoring BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER ig_d BEFORE DELETE ON ignoring BEGIN SELECT RAISE(IGNORE); END;
CREATE VIEW plain_view AS SELECT id, name AS "Na me" FROM people;
CREATE VIEW joined_view AS SELECT p.name, c.name AS club, count(*) AS n FROM people p, clubs c GROUP BY 1, 2;
CREATE VIEW untyped_view AS SELECT 1 + 1, 'x' || name, NULL AS "nil" FROM people;
CREATE VIEW broken_view AS SELECT id FROM never_was;
CREATE TRIGGER view_insert INSTEAD OF INSERT ON plain_view BEGIN INSERT INTO people VALUES (NEW.id, NEW."Na me"); END;
CREATE VIRTUAL TABLE search USING fts5(title, body); INSERT INTO search VALUES ('one', 'the first'), ('two', 'the second');
CREATE VIRTUAL TABLE boxes USING rtree(id, minx, maxx); INSERT INTO boxes VALUES (1, 0, 1);
CREATE TABLE a234567890123456789012345678901234567890123456789012345678901_3 (a234567890123456789012345678901234567890123456789012345678901_3 int PRIMARY KEY, v text); INSERT INTO a234567890123456789012345678901234567890123456789012345678901_3 VALUES (1, 'a');
CREATE TABLE part_unique (id int PRIMARY KEY, a int, b text); CREATE UNIQUE INDEX pu1 ON part_unique (a) WHERE b = 'x'; CREATE UNIQUE INDEX pu2 ON part_unique (lower(b)); INSERT INTO part_unique VALUES (1, 1, 'x');
CREATE TABLE nocase (id text COLLATE NOCASE PRIMARY KEY, v text COLLATE NOCASE); INSERT INTO nocase VALUES ('Abc', 'Def');
CREATE TABLE same_spelling (id int PRIMARY KEY, "user name" text, user_name text, "user__name" text); INSERT INTO same_spelling VALUES (1, 'a', 'b', 'c');
CREATE TABLE "order" (id int PRIMARY KEY, v text); CREATE TABLE orders (id int PRIMARY KEY, v text); INSERT INTO "order" VALUES (1, 'a'); INSERT INTO orders VALUES (1, 'c');
CREATE TABLE secrets (id int PRIMARY KEY, password text, api_token text NOT NULL DEFAULT 't'); INSERT INTO secrets VALUES (1, 'p', 't');
CREATE TABLE secret_key (reset_token text PRIMARY KEY, v text); INSERT INTO secret_key VALUES ('t', 'a');
CREATE TABLE json_only (j json); INSERT INTO json_only VALUES ('[1]'), (NULL);
CREATE TABLE empty_table (id int PRIMARY KEY, v text);
CREATE TABLE "embedded.dot" (id int PRIMARY KEY, v text); INSERT INTO "embedded.dot" VALUES (1, 'a');
CREATE TABLE " leading blank" (id int PRIMARY KEY, v text); INSERT INTO " leading blank" VALUES (1, 'a');
CREATE TABLE "123" ("1" int PRIMARY KEY, "2" text); INSERT INTO "123" VALUES (1, 'a');
CREATE TABLE "" (id int PRIMARY KEY, v text); INSERT INTO "" VALUES (1, 'a');
