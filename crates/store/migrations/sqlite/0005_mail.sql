-- Mails on their way, and for a week what became of them. The payload holds links and codes: it is sealed, and emptied
-- as soon as the mail is sent, refused for good or expired.
CREATE TABLE mails (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    kind          TEXT NOT NULL,
    recipient     TEXT NOT NULL,
    payload       BLOB NOT NULL, -- sealed
    state         TEXT NOT NULL, -- waiting, held, sent, failed, expired
    attempts      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    lease_owner   TEXT,
    leased_until  INTEGER,
    sent_at       INTEGER,
    failed_at     INTEGER,
    last_error    TEXT
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_of_connection ON mails (connection_id, created_at);
CREATE INDEX mails_by_age ON mails (created_at);

-- Texts that replace the program's own.
CREATE TABLE mail_templates (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    kind          TEXT NOT NULL,
    language      TEXT NOT NULL,
    part          TEXT NOT NULL,
    body          TEXT NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, kind, language, part)
) STRICT, WITHOUT ROWID;
