-- Declared schemas of a connection, every one that was ever applied; without applied_at one that stopped on its way.
CREATE TABLE declared_schemas (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    changes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    applied_at INTEGER,
    PRIMARY KEY (connection_id, version)
) STRICT;

-- Databases of others whose structure an operator gave us to change.
CREATE TABLE managed_connections (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id),
    since INTEGER NOT NULL
) STRICT;
