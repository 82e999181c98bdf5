-- Phoenix with phx.gen.auth.
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, inserted_at TEXT);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, confirmed_at TEXT, inserted_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE users_tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, token BLOB NOT NULL, context TEXT NOT NULL, sent_to TEXT, inserted_at TEXT NOT NULL);
