-- Everything odd that PostgreSQL lets a table be. Statements may be in any order the server takes.
CREATE TYPE "Mood of; day" AS ENUM ('sad', 'so, so', 'it''s "fine"', '');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN email AS varchar(80) CHECK (VALUE LIKE '%@%');

CREATE TABLE "Mixed Case" ("Id" int PRIMARY KEY, "My Name" text, "select" int, "q""uote" text, "semi;colon" text,
    "per%cent" text, "back`tick" text, "ünï" text, "a.b" text, "c,d" text, "e:f" text, "sla/sh" text, "日本" text);
INSERT INTO "Mixed Case" VALUES (1, 'x', 2, 'q', ';', '%', '`', 'ü', '.', ',', ':', '/', '語'), (2, NULL, NULL, '', '', '', '', '', '', '', '', '', '');
CREATE TABLE "we""ird; DROP TABLE x--" (id int PRIMARY KEY, v text);
INSERT INTO "we""ird; DROP TABLE x--" VALUES (1, 'a');
CREATE TABLE "100% tëst/täble" (id int PRIMARY KEY, v text);
INSERT INTO "100% tëst/täble" VALUES (1, 'a');
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
CREATE TABLE swagger (id int PRIMARY KEY, v text); INSERT INTO swagger VALUES (1, 'a');

CREATE TABLE composite (a text, b text, c int, v text, PRIMARY KEY (b, a, c));
INSERT INTO composite VALUES ('x,y', 'p/q', 1, 'v'), ('', '', 2, 'empty'), ('a b', '\,', 3, 'back'), ('%2C', '%', 4, 'percent'), ('..', '.', 5, 'dots');
CREATE TABLE composite_child (id serial PRIMARY KEY, pb text, pa text, pc int,
    FOREIGN KEY (pa, pb, pc) REFERENCES composite (a, b, c));
INSERT INTO composite_child (pb, pa, pc) VALUES ('p/q', 'x,y', 1), ('', '', 2), (NULL, 'x', NULL);
CREATE TABLE text_key (k text PRIMARY KEY, v text);
INSERT INTO text_key VALUES ('', 'empty'), ('a/b?c#d%20', 'url'), ('.', 'dot'), ('..', 'dots'), ('ü', 'ü'), (' ', 'blank'), ('query', 'word');
CREATE TABLE no_key (a int, b text); INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
CREATE TABLE unique_no_key (a int UNIQUE NOT NULL, b text); INSERT INTO unique_no_key VALUES (1, 'x'), (2, NULL);
CREATE TABLE nullable_unique (a int UNIQUE, b text); INSERT INTO nullable_unique VALUES (NULL, 'x'), (NULL, 'y'), (1, 'z');
CREATE TABLE uuid_key (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text);
INSERT INTO uuid_key VALUES ('0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11', 'a');
CREATE TABLE date_key (d date PRIMARY KEY, v text); INSERT INTO date_key VALUES ('2024-02-29', 'a'), ('0001-01-01', 'old'), ('9999-12-31', 'new');
CREATE TABLE decimal_key (n numeric(20,4) PRIMARY KEY, v text); INSERT INTO decimal_key VALUES (1.5, 'a'), (-0.0001, 'b');
CREATE TABLE bytes_key (b bytea PRIMARY KEY, v text); INSERT INTO bytes_key VALUES ('\x00ff2f', 'a'), ('', 'empty');
CREATE TABLE enum_key (m "Mood of; day" PRIMARY KEY, v text); INSERT INTO enum_key VALUES ('so, so', 'a'), ('', 'empty'), ('it''s "fine"', 'q');
CREATE TABLE bool_key (b boolean PRIMARY KEY, v text); INSERT INTO bool_key VALUES (true, 'a');
CREATE TABLE float_key (f double precision PRIMARY KEY, v text); INSERT INTO float_key VALUES (0.1, 'a'), ('Infinity', 'inf');
CREATE TABLE time_key (t timestamptz PRIMARY KEY, v text); INSERT INTO time_key VALUES ('2024-02-29 12:34:56.789012+00', 'a'), ('infinity', 'inf');
CREATE TABLE inet_key (i inet PRIMARY KEY, v text); INSERT INTO inet_key VALUES ('10.0.0.0/8', 'a');

CREATE TABLE tree (id int PRIMARY KEY, parent_id int REFERENCES tree (id), parent text); INSERT INTO tree VALUES (1, NULL, 'p'), (2, 1, 'q'), (3, 3, 'self');
CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');
CREATE TABLE matches (id int PRIMARY KEY, home_id int REFERENCES people, away_id int REFERENCES people); INSERT INTO matches VALUES (1, 1, 2), (2, 2, NULL);
CREATE TABLE passports (id int PRIMARY KEY, person_id int UNIQUE REFERENCES people); INSERT INTO passports VALUES (1, 1);
CREATE TABLE shared_key (id int PRIMARY KEY REFERENCES people, v text); INSERT INTO shared_key VALUES (1, 'x');
CREATE TABLE clubs (id int PRIMARY KEY, name text); INSERT INTO clubs VALUES (1, 'Chess');
CREATE TABLE memberships (person_id int REFERENCES people, club_id int REFERENCES clubs, since date, role text, PRIMARY KEY (person_id, club_id));
INSERT INTO memberships VALUES (1, 1, '2020-01-01', 'head');
CREATE TABLE ring_a (id int PRIMARY KEY, b_id int); CREATE TABLE ring_b (id int PRIMARY KEY, a_id int REFERENCES ring_a);
ALTER TABLE ring_a ADD FOREIGN KEY (b_id) REFERENCES ring_b DEFERRABLE INITIALLY DEFERRED;
INSERT INTO ring_a VALUES (1, NULL); INSERT INTO ring_b VALUES (1, 1); UPDATE ring_a SET b_id = 1;

CREATE TABLE generated (id int PRIMARY KEY, w int, h int, area int GENERATED ALWAYS AS (w * h) STORED); INSERT INTO generated VALUES (1, 2, 3);
CREATE TABLE only_generated (one int GENERATED ALWAYS AS (1) STORED, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY); INSERT INTO only_generated DEFAULT VALUES;
CREATE TABLE identity_always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); INSERT INTO identity_always (v) VALUES ('a');
CREATE TABLE identity_default (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text); INSERT INTO identity_default (v) VALUES ('a');
CREATE TABLE defaults (id serial PRIMARY KEY, at timestamptz DEFAULT now(), u uuid DEFAULT gen_random_uuid(), t text DEFAULT upper('x') || ';''', n numeric DEFAULT random());
INSERT INTO defaults DEFAULT VALUES;
CREATE TABLE moods (id int PRIMARY KEY, m "Mood of; day", list "Mood of; day"[]); INSERT INTO moods VALUES (1, 'so, so', ARRAY['sad', 'it''s "fine"', NULL, '']::"Mood of; day"[]), (2, NULL, NULL), (3, '', '{}');
CREATE TABLE domains (id positive PRIMARY KEY, mail email NOT NULL, maybe email); INSERT INTO domains VALUES (1, 'a@b', NULL);
CREATE TABLE arrays (id int PRIMARY KEY, i int[], i2 int[][], t text[], n numeric[], b boolean[], u uuid[], ts timestamptz[], d date[], j jsonb[], by bytea[], f float8[], v varchar(3)[]);
INSERT INTO arrays VALUES (1, '{1,NULL,3}', '{{1,2},{3,4}}', ARRAY['a"b', 'c,d', NULL, 'null', '{}', ''], '{1.50,NaN}', '{t,f,NULL}', '{0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11}', '{2024-01-01 00:00:00+00}', '{2024-01-01}', ARRAY['{"a":1}'::jsonb, 'null'::jsonb], ARRAY['\x00'::bytea], '{0.1,Infinity}', '{abc}'),
    (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '[5:6]={7,8}', '{{{1}}}', '{{a},{b}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE exotic (id int PRIMARY KEY, r int4range, mr int4multirange, iv interval, ip inet, c cidr, mac macaddr, co pair, tsv tsvector, tsq tsquery, mo money, bi bit(3), vb varbit, x xml, p point, bx box, pg_l pg_lsn, o oid, nm name, ch "char", c1 char(5), j json, jb jsonb, t time, ttz timetz, h int8range, cs pair[], mos money[], ivs interval[]);
INSERT INTO exotic VALUES (1, '[1,5)', '{[1,2),[5,6)}', '1 year 2 mons 3 days 04:05:06.789', '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', ROW(1, 'x,"y'), 'a fat cat', 'fat & cat', '12.34', B'101', B'1', '<a>1</a>', '(1,2)', '((1,1),(0,0))', '0/1', 42, 'n', 'c', 'ab', '{"a": 1, "a": 2}', '{"b": [1, null]}', '12:34:56.7', '12:34:56+02', 'empty', ARRAY[ROW(1, 'x')::pair], '{1.00}', '{1 day}'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE extremes (id int PRIMARY KEY, big bigint, n numeric, r real, d double precision, dt date, ts timestamp, tz timestamptz, t text);
INSERT INTO extremes VALUES (1, 9223372036854775807, 123456789012345678901234567890.123456789, 'NaN', '-Infinity', 'infinity', '-infinity', 'infinity', E'a\tb\n"\\\u0001'),
    (2, -9223372036854775808, 'NaN', 1e-45, 1.7976931348623157e308, '4713-01-01 BC', '4713-01-01 00:00:00 BC', '0001-01-01 00:00:00+00', ''), (3, 0, 'Infinity', -0.0, 5e-324, '5874897-12-31', '294276-12-31 23:59:59.999999', '20000-01-01 00:00:00+00', NULL);
COMMENT ON TABLE extremes IS 'It''s "odd"; --'; COMMENT ON COLUMN extremes.n IS 'line
break';
CREATE TABLE checks (id int PRIMARY KEY, a int CHECK (a > 0), b int, CONSTRAINT "a, b; it's" CHECK (a < b)); INSERT INTO checks VALUES (1, 1, 2);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE triggered SET n = n + 1 WHERE id = NEW.id; RETURN NULL; END $$;
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v = 'SWALLOW' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no, thanks'; END $$;
CREATE TABLE triggered (id int PRIMARY KEY, v text, n int DEFAULT 0 NOT NULL, must text NOT NULL DEFAULT 'm'); INSERT INTO triggered VALUES (1, 'a');
CREATE TRIGGER a_shout BEFORE INSERT OR UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION shout();
CREATE TRIGGER b_swallow BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION swallow();
CREATE TRIGGER c_count AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION count_up();
CREATE TABLE refusing (id int PRIMARY KEY, v text); INSERT INTO refusing VALUES (1, 'a');
CREATE TRIGGER no BEFORE INSERT OR UPDATE OR DELETE ON refusing FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE ruled (id int PRIMARY KEY, v text); INSERT INTO ruled VALUES (1, 'a'); CREATE RULE quiet AS ON DELETE TO ruled DO INSTEAD NOTHING;
CREATE TABLE secured (id int PRIMARY KEY, v text); INSERT INTO secured VALUES (1, 'a'); ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE VIEW plain_view AS SELECT id, name AS "Na me" FROM people;
CREATE VIEW joined_view AS SELECT p.name, c.name AS club, count(*) AS n FROM people p, clubs c GROUP BY 1, 2;
CREATE MATERIALIZED VIEW mat_view AS SELECT id, name FROM people; CREATE UNIQUE INDEX ON mat_view (id);
CREATE MATERIALIZED VIEW mat_empty AS SELECT 1 AS a WITH NO DATA;
CREATE TABLE parted (id int, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE parted_eu PARTITION OF parted FOR VALUES IN ('eu'); CREATE TABLE parted_us PARTITION OF parted FOR VALUES IN ('us'); INSERT INTO parted VALUES (1, 'eu', 'a'), (1, 'us', 'b');
CREATE TABLE parent_table (id int PRIMARY KEY, v text); CREATE TABLE heir (extra text, PRIMARY KEY (id)) INHERITS (parent_table); INSERT INTO parent_table VALUES (1, 'a'); INSERT INTO heir VALUES (2, 'b', 'c');
CREATE TABLE zero_columns (); INSERT INTO zero_columns DEFAULT VALUES;
CREATE TABLE dropped_columns (gone int, id int PRIMARY KEY, also_gone text, v text); INSERT INTO dropped_columns VALUES (1, 1, 'x', 'y'); ALTER TABLE dropped_columns DROP COLUMN gone, DROP COLUMN also_gone;
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY, v text); INSERT INTO unlogged VALUES (1, 'a');
CREATE TABLE a234567890123456789012345678901234567890123456789012345678901_3 (a234567890123456789012345678901234567890123456789012345678901_3 int PRIMARY KEY, v text); INSERT INTO a234567890123456789012345678901234567890123456789012345678901_3 VALUES (1, 'a');
CREATE TABLE part_unique (id int PRIMARY KEY, a int, b text); CREATE UNIQUE INDEX ON part_unique (a) WHERE b = 'x'; CREATE UNIQUE INDEX ON part_unique (lower(b)); INSERT INTO part_unique VALUES (1, 1, 'x');
CREATE TABLE deferred_unique (id int PRIMARY KEY, a int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO deferred_unique VALUES (1, 1), (2, 2);
CREATE TABLE deferred_key (id int PRIMARY KEY DEFERRABLE, v text); INSERT INTO deferred_key VALUES (1, 'a');
CREATE TABLE "order" (id int PRIMARY KEY, v text); CREATE TABLE "Order" (id int PRIMARY KEY, v text); CREATE TABLE orders (id int PRIMARY KEY, v text);
INSERT INTO "order" VALUES (1, 'a'); INSERT INTO "Order" VALUES (1, 'b'); INSERT INTO orders VALUES (1, 'c');
CREATE TABLE same_spelling (id int PRIMARY KEY, "userName" text, user_name text, "USERNAME" text); INSERT INTO same_spelling VALUES (1, 'a', 'b', 'c');
CREATE TABLE secrets (id int PRIMARY KEY, password text, api_token text NOT NULL DEFAULT 't'); INSERT INTO secrets VALUES (1, 'p', 't');
CREATE TABLE secret_key (reset_token text PRIMARY KEY, v text); INSERT INTO secret_key VALUES ('t', 'a');
CREATE TABLE json_only (j json); INSERT INTO json_only VALUES ('[1]'), (NULL);
CREATE TABLE json_key (id jsonb PRIMARY KEY, v text); INSERT INTO json_key VALUES ('{"a":1}', 'a');
CREATE TABLE array_key (id int[] PRIMARY KEY, v text); INSERT INTO array_key VALUES ('{1,2}', 'a');
CREATE TABLE range_key (id int4range PRIMARY KEY, v text); INSERT INTO range_key VALUES ('[1,3)', 'a');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE collated (id text COLLATE nocase PRIMARY KEY, v text COLLATE nocase); INSERT INTO collated VALUES ('Abc', 'Def');
CREATE TABLE empty_table (id int PRIMARY KEY, v text);
CREATE TABLE "embedded.dot" (id int PRIMARY KEY, v text); INSERT INTO "embedded.dot" VALUES (1, 'a');
CREATE TABLE " leading blank" (id int PRIMARY KEY, v text); INSERT INTO " leading blank" VALUES (1, 'a');
CREATE TABLE "123" ("1" int PRIMARY KEY, "2" text); INSERT INTO "123" VALUES (1, 'a');
CREATE SCHEMA other; CREATE TABLE other.people (id int PRIMARY KEY, nick text, public_id int REFERENCES public.people); INSERT INTO other.people VALUES (1, 'x', 1);
CREATE SCHEMA "Third; one"; CREATE TABLE "Third; one".people (id int PRIMARY KEY); INSERT INTO "Third; one".people VALUES (1);
CREATE TABLE other.other_only (id int PRIMARY KEY, m public."Mood of; day"); INSERT INTO other.other_only VALUES (1, 'sad');
CREATE TYPE other.local AS ENUM ('here'); CREATE TABLE other.local_enum (id int PRIMARY KEY, l other.local, ls other.local[]); INSERT INTO other.local_enum VALUES (1, 'here', '{here}');
