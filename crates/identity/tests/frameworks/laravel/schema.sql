-- Laravel 11 with its starter migrations, Sanctum and spatie/laravel-permission, and a small shop.
CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, migration VARCHAR NOT NULL, batch INTEGER NOT NULL);
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL, email VARCHAR NOT NULL, email_verified_at DATETIME,
    password VARCHAR NOT NULL, remember_token VARCHAR, created_at DATETIME, updated_at DATETIME);
CREATE UNIQUE INDEX users_email_unique ON users (email);
CREATE TABLE password_reset_tokens (email VARCHAR NOT NULL PRIMARY KEY, token VARCHAR NOT NULL, created_at DATETIME);
CREATE TABLE sessions (
    id VARCHAR NOT NULL PRIMARY KEY, user_id INTEGER, ip_address VARCHAR, user_agent TEXT, payload TEXT NOT NULL,
    last_activity INTEGER NOT NULL);
CREATE TABLE personal_access_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tokenable_type VARCHAR NOT NULL, tokenable_id INTEGER NOT NULL,
    name VARCHAR NOT NULL, token VARCHAR NOT NULL UNIQUE, abilities TEXT, last_used_at DATETIME, expires_at DATETIME,
    created_at DATETIME, updated_at DATETIME);
CREATE TABLE cache (key VARCHAR NOT NULL PRIMARY KEY, value TEXT NOT NULL, expiration INTEGER NOT NULL);
CREATE TABLE failed_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid VARCHAR NOT NULL UNIQUE, connection TEXT NOT NULL, queue TEXT NOT NULL,
    payload TEXT NOT NULL, exception TEXT NOT NULL, failed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL, guard_name VARCHAR NOT NULL, created_at DATETIME,
    updated_at DATETIME, UNIQUE (name, guard_name));
CREATE TABLE permissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL, guard_name VARCHAR NOT NULL, created_at DATETIME,
    updated_at DATETIME, UNIQUE (name, guard_name));
CREATE TABLE role_has_permissions (
    permission_id INTEGER NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE, PRIMARY KEY (permission_id, role_id));
CREATE TABLE model_has_roles (
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE, model_type VARCHAR NOT NULL,
    model_id INTEGER NOT NULL, PRIMARY KEY (role_id, model_id, model_type));
CREATE TABLE model_has_permissions (
    permission_id INTEGER NOT NULL REFERENCES permissions (id) ON DELETE CASCADE, model_type VARCHAR NOT NULL,
    model_id INTEGER NOT NULL, PRIMARY KEY (permission_id, model_id, model_type));
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), total DECIMAL(10, 2));
