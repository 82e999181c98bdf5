-- What refines a role's permission on one table and action: columns, rows, values of new rows. The permission itself
-- stands where permissions stand.

CREATE TABLE role_rules (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    role          TEXT NOT NULL,
    table_name    TEXT NOT NULL,
    action        TEXT NOT NULL,
    fields        TEXT NOT NULL, -- JSON: a list of columns; an empty one is all
    condition     TEXT,          -- JSON: a filter
    defaults      TEXT NOT NULL, -- JSON: an object
    given         TEXT NOT NULL, -- JSON: as it was written where it came from
    allows        INTEGER NOT NULL, -- 0: kept for what it shows, allows nothing
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, role, table_name, action)
) STRICT, WITHOUT ROWID;
