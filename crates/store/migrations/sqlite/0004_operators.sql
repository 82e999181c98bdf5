-- Operators: who administers the instance. Apart from end users. SEC-67.
CREATE TABLE operators (
    id                  TEXT PRIMARY KEY,
    email               TEXT NOT NULL UNIQUE, -- small letters
    password_hash       TEXT NOT NULL,
    created_at          INTEGER NOT NULL,
    password_changed_at INTEGER NOT NULL,
    last_login_at       INTEGER
) STRICT;

-- The one-time set-up link of an instance without operators: at most one row, and only the token's hash.
CREATE TABLE operator_setup (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    hash       BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- One sign-in and everything that was refreshed from it.
CREATE TABLE operator_sessions (
    id           TEXT PRIMARY KEY,
    operator_id  TEXT NOT NULL REFERENCES operators (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ip           TEXT,
    user_agent   TEXT,
    ended_at     INTEGER,
    ended_why    TEXT
) STRICT;
CREATE INDEX operator_sessions_of_operator ON operator_sessions (operator_id);
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);

-- Their tokens, as hashes. A refresh token that was used stays here, so that a second use is noticed.
CREATE TABLE operator_tokens (
    hash       BLOB PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES operator_sessions (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL, -- access, refresh
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX operator_tokens_of_session ON operator_tokens (session_id);

-- Failed sign-ins in a row, by the hash of what is counted: an account's address, a source.
CREATE TABLE operator_attempts (
    subject    BLOB PRIMARY KEY,
    failures   INTEGER NOT NULL,
    wait_until INTEGER,
    last_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX operator_attempts_by_age ON operator_attempts (last_at);

-- The audit only grows. SEC-63.
CREATE TRIGGER audit_rows_are_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_rows_are_never_removed BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never removed');
END;
