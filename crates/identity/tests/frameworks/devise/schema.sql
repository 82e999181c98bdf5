-- Rails with Devise on two models, OmniAuth identities, Rolify and ActiveAdmin's comments.
CREATE TABLE schema_migrations (version VARCHAR NOT NULL PRIMARY KEY);
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email VARCHAR DEFAULT '' NOT NULL,
    encrypted_password VARCHAR DEFAULT '' NOT NULL, reset_password_token VARCHAR, reset_password_sent_at DATETIME(6),
    remember_created_at DATETIME(6), sign_in_count INTEGER DEFAULT 0 NOT NULL, current_sign_in_at DATETIME(6),
    last_sign_in_at DATETIME(6), current_sign_in_ip VARCHAR, last_sign_in_ip VARCHAR, confirmation_token VARCHAR,
    confirmed_at DATETIME(6), confirmation_sent_at DATETIME(6), unconfirmed_email VARCHAR,
    failed_attempts INTEGER DEFAULT 0 NOT NULL, unlock_token VARCHAR, locked_at DATETIME(6), first_name VARCHAR,
    last_name VARCHAR, created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON users (reset_password_token);
CREATE TABLE admin_users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email VARCHAR DEFAULT '' NOT NULL,
    encrypted_password VARCHAR DEFAULT '' NOT NULL, reset_password_token VARCHAR, reset_password_sent_at DATETIME(6),
    remember_created_at DATETIME(6), created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL);
CREATE UNIQUE INDEX index_admin_users_on_email ON admin_users (email);
CREATE TABLE active_admin_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, namespace VARCHAR, body TEXT, resource_type VARCHAR,
    resource_id INTEGER, author_type VARCHAR, author_id INTEGER, created_at DATETIME(6) NOT NULL);
CREATE TABLE identities (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), provider VARCHAR NOT NULL,
    uid VARCHAR NOT NULL, created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL);
CREATE UNIQUE INDEX index_identities_on_provider_and_uid ON identities (provider, uid);
CREATE TABLE roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR, resource_type VARCHAR, resource_id INTEGER,
    created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL);
CREATE TABLE users_roles (user_id INTEGER, role_id INTEGER);
CREATE INDEX index_users_roles_on_user_id_and_role_id ON users_roles (user_id, role_id);
CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id INTEGER NOT NULL REFERENCES users (id), title VARCHAR,
    created_at DATETIME(6) NOT NULL);
