-- Ghost 5: `users` write, `members` read; members have no password.
CREATE TABLE users (
    id VARCHAR(24) NOT NULL PRIMARY KEY, name VARCHAR(191) NOT NULL, slug VARCHAR(191) NOT NULL UNIQUE,
    password VARCHAR(60) NOT NULL, email VARCHAR(191) NOT NULL UNIQUE, profile_image VARCHAR(2000), bio TEXT,
    website VARCHAR(2000), location TEXT, accessibility TEXT, status VARCHAR(50) NOT NULL DEFAULT 'active', locale VARCHAR(6),
    visibility VARCHAR(50) NOT NULL DEFAULT 'public', last_seen DATETIME, created_at DATETIME NOT NULL,
    created_by VARCHAR(24) NOT NULL, updated_at DATETIME, updated_by VARCHAR(24));
CREATE TABLE roles (id VARCHAR(24) NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, description VARCHAR(2000), created_at DATETIME NOT NULL);
CREATE TABLE permissions (
    id VARCHAR(24) NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE, object_type VARCHAR(50) NOT NULL,
    action_type VARCHAR(50) NOT NULL, object_id VARCHAR(24), created_at DATETIME NOT NULL);
CREATE TABLE roles_users (id VARCHAR(24) NOT NULL PRIMARY KEY, role_id VARCHAR(24) NOT NULL, user_id VARCHAR(24) NOT NULL);
CREATE TABLE permissions_roles (id VARCHAR(24) NOT NULL PRIMARY KEY, role_id VARCHAR(24) NOT NULL, permission_id VARCHAR(24) NOT NULL);
CREATE TABLE sessions (id VARCHAR(24) NOT NULL PRIMARY KEY, session_id VARCHAR(32) NOT NULL UNIQUE, user_id VARCHAR(24) NOT NULL, session_data VARCHAR(2000) NOT NULL, created_at DATETIME NOT NULL);
CREATE TABLE members (
    id VARCHAR(24) NOT NULL PRIMARY KEY, uuid VARCHAR(36) UNIQUE, email VARCHAR(191) NOT NULL UNIQUE,
    status VARCHAR(50) NOT NULL DEFAULT 'free', name VARCHAR(191), note VARCHAR(2000), created_at DATETIME NOT NULL, updated_at DATETIME);
