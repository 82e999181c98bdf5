CREATE TABLE things (id INTEGER PRIMARY KEY, tiny TINYINT, small SMALLINT, whole INT, big BIGINT, money DECIMAL(12,2),
    half REAL, flag BOOLEAN, word VARCHAR(50), prose TEXT, day DATE, hour TIME, moment DATETIME, code UUID, doc JSON,
    raw BLOB, level TEXT CHECK (level IN ('low', 'high')),
    exact DECIMAL(50,20), twice INT GENERATED ALWAYS AS (small * 2) STORED);
