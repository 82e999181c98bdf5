-- GitLab (an excerpt): Devise on a large table; the state is a word.
CREATE TABLE users (
    id INTEGER PRIMARY KEY NOT NULL, email VARCHAR NOT NULL DEFAULT '' UNIQUE, encrypted_password VARCHAR NOT NULL DEFAULT '',
    reset_password_token VARCHAR UNIQUE, sign_in_count INTEGER DEFAULT 0, current_sign_in_at TIMESTAMP, last_sign_in_at TIMESTAMP,
    created_at TIMESTAMP, updated_at TIMESTAMP, name VARCHAR NOT NULL DEFAULT '', admin BOOLEAN NOT NULL DEFAULT 0,
    projects_limit INTEGER NOT NULL, username VARCHAR UNIQUE, can_create_group BOOLEAN NOT NULL DEFAULT 1,
    state VARCHAR DEFAULT 'active', confirmation_token VARCHAR, confirmed_at TIMESTAMP, unconfirmed_email VARCHAR,
    notification_email VARCHAR, commit_email VARCHAR, otp_required_for_login BOOLEAN NOT NULL DEFAULT 0, public_email VARCHAR);
CREATE TABLE identities (id INTEGER PRIMARY KEY NOT NULL, extern_uid VARCHAR, provider VARCHAR, user_id INTEGER REFERENCES users (id), created_at TIMESTAMP);
CREATE TABLE emails (id INTEGER PRIMARY KEY NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), email VARCHAR NOT NULL UNIQUE, confirmed_at TIMESTAMP);
CREATE TABLE namespaces (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR NOT NULL, path VARCHAR NOT NULL, owner_id INTEGER REFERENCES users (id));
CREATE TABLE projects (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR, namespace_id INTEGER NOT NULL REFERENCES namespaces (id), creator_id INTEGER);
CREATE TABLE user_details (user_id INTEGER PRIMARY KEY NOT NULL REFERENCES users (id), job_title VARCHAR, bio VARCHAR);
