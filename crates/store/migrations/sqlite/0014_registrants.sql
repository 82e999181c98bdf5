-- Strangers who may make themselves projects, where the instance lets them. They administer nothing but those.
CREATE TABLE registrants (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    key_hash      BLOB NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL
) STRICT;

-- What a sign-in gives, for a while.
CREATE TABLE registrant_tokens (
    token_hash    BLOB PRIMARY KEY,
    registrant_id TEXT NOT NULL REFERENCES registrants (id),
    expires_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE registrant_projects (
    registrant_id TEXT NOT NULL REFERENCES registrants (id),
    project_id    TEXT NOT NULL REFERENCES projects (id),
    name          TEXT NOT NULL,
    PRIMARY KEY (registrant_id, project_id)
) STRICT;
