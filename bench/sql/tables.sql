-- :count small tables, the first with a thousand rows: what does the number of tables cost?
SELECT format('CREATE TABLE t%s (id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2) NOT NULL, '
              'created_at timestamptz NOT NULL)', i) FROM generate_series(1, :count) i \gexec
INSERT INTO t1 SELECT i, 'row ' || i, i / 100.0, timestamptz '2024-01-01' + i * interval '1 minute'
FROM generate_series(1, 1000) i;
VACUUM ANALYZE t1;
