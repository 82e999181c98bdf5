CREATE TABLE things (id BIGINT AUTO_INCREMENT PRIMARY KEY, tiny TINYINT, small SMALLINT, whole INT, big BIGINT,
    money DECIMAL(12,2), half DOUBLE, flag BOOLEAN, word VARCHAR(50), prose TEXT, day DATE, hour TIME(6), moment DATETIME(6),
    code UUID, doc JSON, raw BLOB, level ENUM('low', 'high'), exact DECIMAL(50,20), huge BIGINT UNSIGNED, stamp TIMESTAMP(6) NULL,
    single FLOAT, twice INT AS (small * 2) STORED);
