-- Further ways to prove who one is: social profiles, TOTP, recovery codes, passkeys. Per stage; user ids are text.

-- A person at a provider is (provider, subject), never the address. SEC-29. Used where no Social Profile card is mapped.
CREATE TABLE social_profiles (
    connection_id  TEXT NOT NULL REFERENCES connections (id),
    provider       TEXT NOT NULL,
    subject        TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    email          TEXT, -- as the provider said, for people
    name           TEXT,
    created_at     INTEGER NOT NULL,
    last_used_at   INTEGER NOT NULL,
    PRIMARY KEY (connection_id, provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX social_profiles_of_user ON social_profiles (connection_id, user_id);

-- One authenticator app per user. `confirmed_at` is null until a first code has shown that the app has the secret.
CREATE TABLE totp (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    secret        BLOB NOT NULL, -- sealed
    last_step     INTEGER NOT NULL, -- the newest step that was used; it and earlier ones are refused
    confirmed_at  INTEGER,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    hash          BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    used_at       INTEGER,
    PRIMARY KEY (connection_id, user_id, hash)
) STRICT, WITHOUT ROWID;

-- Wrong codes in a row, counted before the code is looked at. SEC-7.
CREATE TABLE factor_tries (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    failures      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    PRIMARY KEY (connection_id, user_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    id            TEXT NOT NULL, -- the credential's id in base64url
    user_id       TEXT NOT NULL,
    handle        TEXT NOT NULL, -- what the authenticator calls the user: random, one per user
    name          TEXT NOT NULL, -- what its owner calls it
    body          TEXT NOT NULL, -- the public key and what was said at registration
    counter       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER,
    PRIMARY KEY (connection_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_of_user ON passkeys (connection_id, user_id);

-- What we remember between the two halves of a ceremony: a social login, a passkey's registration or login.
CREATE TABLE ceremonies (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    hash          BLOB NOT NULL, -- of the ticket the client brings back
    kind          TEXT NOT NULL,
    payload       BLOB NOT NULL, -- sealed
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER,
    PRIMARY KEY (connection_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);
