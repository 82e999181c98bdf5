-- Compatibility surfaces that are on. An empty project is the whole instance.
CREATE TABLE surfaces (
    surface    TEXT NOT NULL,
    project_id TEXT NOT NULL,
    enabled_at INTEGER NOT NULL,
    PRIMARY KEY (surface, project_id)
) STRICT, WITHOUT ROWID;
