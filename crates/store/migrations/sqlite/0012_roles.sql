-- Roles, permissions and memberships of users in tenants, where the customer's database has no tables for them; and
-- invitations. Roles and permissions are known by their names.

CREATE TABLE roles (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    name          TEXT NOT NULL,
    description   TEXT,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, name)
) STRICT, WITHOUT ROWID;

-- What a permission means beyond its name; one that only says `orders.read` needs no row.
CREATE TABLE permissions (
    connection_id    TEXT NOT NULL REFERENCES connections (id),
    name             TEXT NOT NULL,
    description      TEXT,
    entity_name      TEXT,
    allowed_actions  TEXT,
    scope_expression TEXT, -- JSON
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (connection_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_permissions (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    role          TEXT NOT NULL,
    permission    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, role, permission)
) STRICT, WITHOUT ROWID;

-- Users of several tenants, beside the column of the users table and the customer's own table of memberships.
CREATE TABLE memberships (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, user_id, tenant)
) STRICT, WITHOUT ROWID;

-- Roles that a user has in one tenant only.
CREATE TABLE tenant_roles (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    user_id       TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    role          TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, user_id, tenant, role)
) STRICT, WITHOUT ROWID;

-- An invitation is open while it is neither accepted nor withdrawn nor over. Of an address and tenant one is.
CREATE TABLE invitations (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    address       TEXT NOT NULL, -- in small letters
    tenant        TEXT,
    role          TEXT,
    invited_by    TEXT,          -- a user's id; null for operators and keys
    hash          BLOB NOT NULL UNIQUE, -- SHA-256 of the link's token
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    accepted_at   INTEGER,
    accepted_by   TEXT,
    withdrawn_at  INTEGER
) STRICT;
CREATE INDEX invitations_by_address ON invitations (connection_id, address);
CREATE INDEX invitations_of_tenant ON invitations (connection_id, tenant, created_at);
