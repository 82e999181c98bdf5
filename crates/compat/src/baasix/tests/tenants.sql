CREATE TABLE tenants (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    first_name TEXT,
    last_name TEXT,
    password_hash TEXT NOT NULL,
    tenant_id INTEGER REFERENCES tenants (id)
);
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, tenant_id INTEGER NOT NULL REFERENCES tenants (id));
INSERT INTO tenants VALUES (1, 'First');
INSERT INTO notes VALUES (1, 'of the first', 1);
