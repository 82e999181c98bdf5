-- Issuers elsewhere whose tokens a stage accepts, one per stage; the document is identity's.
CREATE TABLE external_issuers (
    connection_id TEXT PRIMARY KEY REFERENCES connections (id),
    document      TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
