-- Identity: what users' own tables have no room for. User ids are the text of the mapped id column.

-- What we know of a user beyond the users table.
CREATE TABLE user_state (
    connection_id    TEXT NOT NULL REFERENCES connections (id),
    user_id          TEXT NOT NULL,
    password_version INTEGER NOT NULL DEFAULT 0, -- access tokens with a lower one are dead
    verified_email   TEXT,                       -- the address that was verified, in small letters
    disabled_at      INTEGER,
    last_login_at    INTEGER,
    PRIMARY KEY (connection_id, user_id)
) STRICT, WITHOUT ROWID;

-- A session is a family of refresh tokens; only the latest is good.
CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    refresh_hash  BLOB NOT NULL UNIQUE, -- SHA-256 of the latest token
    method        TEXT NOT NULL,
    aal           TEXT NOT NULL,
    tenant        TEXT,
    surface       TEXT NOT NULL,
    ip            TEXT,
    user_agent    TEXT,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    idle_until    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    end_reason    TEXT
) STRICT;
CREATE INDEX sessions_of_user ON sessions (connection_id, user_id);
CREATE INDEX sessions_by_age ON sessions (expires_at);

-- Refresh tokens that were swapped: a retry gets the same successor, later use is a replay.
CREATE TABLE spent_tokens (
    hash       BLOB PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    spent_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_tokens_of_session ON spent_tokens (session_id);

-- Links and codes of mails: each works once. The hash covers connection and purpose.
CREATE TABLE one_time_tokens (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    purpose       TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    address       TEXT NOT NULL, -- to which it was sent, in small letters
    hash          BLOB NOT NULL,
    payload       TEXT,          -- JSON
    tries         INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER
) STRICT;
CREATE INDEX one_time_tokens_by_hash ON one_time_tokens (connection_id, purpose, hash);
CREATE INDEX one_time_tokens_of_user ON one_time_tokens (connection_id, purpose, user_id);
CREATE INDEX one_time_tokens_by_address ON one_time_tokens (connection_id, purpose, address);

-- Rate limits: how often in the running window.
CREATE TABLE rate_counters (
    scope      TEXT NOT NULL, -- connection and limit
    key        TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_counters_by_age ON rate_counters (ends_at);

-- Wrong passwords in a row, of accounts there are and of accounts there are not.
CREATE TABLE lockouts (
    connection_id TEXT NOT NULL,
    account       TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    locked_until  INTEGER NOT NULL,
    touched_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    name          TEXT NOT NULL,
    prefix        TEXT NOT NULL,
    hash          BLOB NOT NULL UNIQUE,
    scopes        TEXT, -- JSON list; null is everything
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER,
    last_used_at  INTEGER,
    revoked_at    INTEGER
) STRICT;
CREATE INDEX api_keys_of_user ON api_keys (connection_id, user_id);

CREATE TABLE role_assignments (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    role          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, user_id, role)
) STRICT, WITHOUT ROWID;

-- Keys that sign access tokens, sealed. A key that retires still verifies until then.
CREATE TABLE signing_keys (
    kid           TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    surface       TEXT NOT NULL,
    sealed        BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    retires_at    INTEGER
) STRICT;
CREATE INDEX signing_keys_of_connection ON signing_keys (connection_id, surface);

-- What ended before its time. Nodes read what is newer than what they have seen.
CREATE TABLE revocations (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    connection_id TEXT NOT NULL,
    kind          TEXT NOT NULL, -- session, user, keys, api_key
    subject       TEXT NOT NULL,
    version       INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_age ON revocations (expires_at);

-- Origins to which links may lead, beside those of the settings.
CREATE TABLE redirect_origins (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    origin        TEXT NOT NULL,
    PRIMARY KEY (connection_id, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    connection_id TEXT, -- null for the instance
    at            INTEGER NOT NULL,
    event         TEXT NOT NULL,
    result        TEXT NOT NULL,
    actor         TEXT,
    subject       TEXT,
    tenant        TEXT,
    ip            TEXT,
    request_id    TEXT,
    detail        TEXT -- JSON
) STRICT;
CREATE INDEX audit_of_connection ON audit (connection_id, at);
