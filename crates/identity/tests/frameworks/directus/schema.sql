-- Directus 10: the state of a user is a word.
CREATE TABLE directus_roles (
    id CHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, icon VARCHAR(64), description TEXT, ip_access TEXT,
    enforce_tfa BOOLEAN NOT NULL DEFAULT 0, admin_access BOOLEAN NOT NULL DEFAULT 0, app_access BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE directus_users (
    id CHAR(36) NOT NULL PRIMARY KEY, first_name VARCHAR(50), last_name VARCHAR(50), email VARCHAR(128) UNIQUE,
    password VARCHAR(255), location VARCHAR(255), title VARCHAR(50), description TEXT, tags JSON, avatar CHAR(36),
    language VARCHAR(255), tfa_secret VARCHAR(255), status VARCHAR(16) NOT NULL DEFAULT 'active',
    role CHAR(36) REFERENCES directus_roles (id) ON DELETE SET NULL, token VARCHAR(255) UNIQUE, last_access DATETIME,
    last_page VARCHAR(255), provider VARCHAR(128) NOT NULL DEFAULT 'default', external_identifier VARCHAR(255) UNIQUE,
    auth_data JSON, email_notifications BOOLEAN DEFAULT 1, appearance VARCHAR(255), theme_dark VARCHAR(255));
CREATE TABLE directus_permissions (
    id INTEGER NOT NULL PRIMARY KEY, role CHAR(36) REFERENCES directus_roles (id) ON DELETE CASCADE,
    collection VARCHAR(64) NOT NULL, action VARCHAR(10) NOT NULL, permissions JSON, validation JSON, presets JSON, fields TEXT);
CREATE TABLE directus_sessions (
    token VARCHAR(64) NOT NULL PRIMARY KEY, user CHAR(36) REFERENCES directus_users (id) ON DELETE CASCADE,
    expires DATETIME NOT NULL, ip VARCHAR(255), user_agent TEXT, share CHAR(36), origin VARCHAR(255));
CREATE TABLE directus_activity (
    id INTEGER NOT NULL PRIMARY KEY, action VARCHAR(45) NOT NULL, user CHAR(36), timestamp DATETIME NOT NULL, ip VARCHAR(50),
    collection VARCHAR(64) NOT NULL, item VARCHAR(255) NOT NULL, comment TEXT);
CREATE TABLE directus_collections (collection VARCHAR(64) NOT NULL PRIMARY KEY, icon VARCHAR(64), note TEXT, hidden BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE directus_settings (id INTEGER NOT NULL PRIMARY KEY, project_name VARCHAR(100) NOT NULL DEFAULT 'Directus', project_url VARCHAR(255));
