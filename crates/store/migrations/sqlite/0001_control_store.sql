-- The control store: what Portcullis keeps about projects. Times are microseconds since 1970 UTC.

-- Single values: `revision` counts up with every change that nodes must notice, `key_check` is sealed with the master key.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('revision', 0);

CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

-- One database of a project for one stage.
CREATE TABLE connections (
    id                TEXT PRIMARY KEY,
    project_id        TEXT NOT NULL REFERENCES projects (id),
    stage             TEXT NOT NULL,
    engine            TEXT NOT NULL,
    url               BLOB NOT NULL, -- sealed
    display           TEXT NOT NULL, -- the URL without login and parameters
    identity          BLOB NOT NULL, -- SHA-256 of what tells one database from another
    version           INTEGER NOT NULL, -- counts up with every change below
    settings_revision INTEGER NOT NULL,
    catalog_id        INTEGER,
    build_id          TEXT, -- what is served
    created_at        INTEGER NOT NULL,
    synced_at         INTEGER,
    UNIQUE (project_id, stage)
) STRICT;

-- What syncs found.
CREATE TABLE catalogs (
    id            INTEGER PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    hash          BLOB NOT NULL,
    body          TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX catalogs_of_connection ON catalogs (connection_id, hash);

-- Every settings document that was ever in force.
CREATE TABLE settings (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    revision      INTEGER NOT NULL,
    body          TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, revision)
) STRICT;

-- Settings and schema, checked against each other and frozen.
CREATE TABLE builds (
    id                TEXT PRIMARY KEY,
    connection_id     TEXT NOT NULL REFERENCES connections (id),
    number            INTEGER NOT NULL,
    settings_revision INTEGER NOT NULL,
    catalog_id        INTEGER NOT NULL REFERENCES catalogs (id),
    made_by           TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    UNIQUE (connection_id, number)
) STRICT;
CREATE INDEX builds_of_catalog ON builds (catalog_id);

-- Which build a stage served from when on.
CREATE TABLE deployments (
    id            INTEGER PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    build_id      TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX deployments_of_connection ON deployments (connection_id);

-- pk_ and sk_ keys of a stage. Only a public key can be read again.
CREATE TABLE keys (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    kind          TEXT NOT NULL,
    name          TEXT NOT NULL,
    hash          BLOB NOT NULL UNIQUE,
    prefix        TEXT NOT NULL,
    readable      TEXT,
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER
) STRICT;
CREATE INDEX keys_of_connection ON keys (connection_id);

-- What a later sync found and nobody has approved. An empty column name means the table itself.
CREATE TABLE unapproved (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    table_name    TEXT NOT NULL,
    column_name   TEXT NOT NULL,
    found_at      INTEGER NOT NULL,
    PRIMARY KEY (connection_id, table_name, column_name)
) STRICT, WITHOUT ROWID;

-- The values behind `secret:NAME` in settings, sealed.
CREATE TABLE secrets (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    name          TEXT NOT NULL,
    value         BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, name)
) STRICT, WITHOUT ROWID;

-- Answers to writes with an Idempotency-Key. `status` is null while the first request is in progress.
CREATE TABLE idempotency (
    scope        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    boot_id      TEXT NOT NULL,
    status       INTEGER,
    headers      TEXT,
    body         BLOB,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Running nodes, and how much of the store each has seen.
CREATE TABLE nodes (
    boot_id       TEXT PRIMARY KEY,
    url           TEXT NOT NULL,
    seen_revision INTEGER NOT NULL,
    started_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
