-- Groups of users that share what they own. A user is in one.
CREATE TABLE accounts (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE account_members (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    level         INTEGER NOT NULL, -- 0 added by somebody, 50 made the account; others are the application's
    created_at    INTEGER NOT NULL,
    removed_at    INTEGER,          -- the user was taken out, and cannot sign in
    PRIMARY KEY (connection_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_members_of_account ON account_members (account_id, created_at);

-- Collections of documents. The order in which they were made is that of `seq`.
CREATE TABLE documents (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    collection    TEXT NOT NULL,
    id            TEXT NOT NULL,
    account_id    TEXT NOT NULL,
    owner_id      TEXT NOT NULL,
    body          TEXT NOT NULL, -- a JSON object
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (connection_id, collection, id)
) STRICT;
CREATE INDEX documents_in_order ON documents (connection_id, collection, seq);
CREATE INDEX documents_of_account ON documents (connection_id, collection, account_id, seq);
