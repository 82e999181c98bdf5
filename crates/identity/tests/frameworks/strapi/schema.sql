-- Strapi 4 with users-permissions: `up_users` are the application's users, `admin_users` its editors.
CREATE TABLE strapi_migrations (id INTEGER PRIMARY KEY, name VARCHAR(255), time DATETIME);
CREATE TABLE strapi_core_store_settings (id INTEGER PRIMARY KEY, key VARCHAR(255), value TEXT, type VARCHAR(255), environment VARCHAR(255), tag VARCHAR(255));
CREATE TABLE strapi_api_tokens (
    id INTEGER PRIMARY KEY, name VARCHAR(255), description VARCHAR(255), type VARCHAR(255), access_key VARCHAR(255),
    last_used_at DATETIME, expires_at DATETIME, lifespan BIGINT, created_at DATETIME, updated_at DATETIME,
    created_by_id INTEGER REFERENCES admin_users (id));
CREATE TABLE admin_users (
    id INTEGER PRIMARY KEY, firstname VARCHAR(255), lastname VARCHAR(255), username VARCHAR(255), email VARCHAR(255),
    password VARCHAR(255), reset_password_token VARCHAR(255), registration_token VARCHAR(255), is_active BOOLEAN,
    blocked BOOLEAN, prefered_language VARCHAR(255), created_at DATETIME, updated_at DATETIME,
    created_by_id INTEGER REFERENCES admin_users (id), updated_by_id INTEGER REFERENCES admin_users (id));
CREATE TABLE admin_roles (
    id INTEGER PRIMARY KEY, name VARCHAR(255), code VARCHAR(255), description VARCHAR(255), created_at DATETIME,
    updated_at DATETIME, created_by_id INTEGER REFERENCES admin_users (id));
CREATE TABLE admin_permissions (
    id INTEGER PRIMARY KEY, action VARCHAR(255), subject VARCHAR(255), properties JSON, conditions JSON,
    created_at DATETIME, updated_at DATETIME);
CREATE TABLE admin_users_roles_links (
    id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES admin_users (id), role_id INTEGER REFERENCES admin_roles (id),
    role_order INTEGER, user_order INTEGER);
CREATE TABLE up_users (
    id INTEGER PRIMARY KEY, username VARCHAR(255), email VARCHAR(255), provider VARCHAR(255), password VARCHAR(255),
    reset_password_token VARCHAR(255), confirmation_token VARCHAR(255), confirmed BOOLEAN, blocked BOOLEAN,
    created_at DATETIME, updated_at DATETIME, created_by_id INTEGER REFERENCES admin_users (id),
    updated_by_id INTEGER REFERENCES admin_users (id));
CREATE TABLE up_roles (
    id INTEGER PRIMARY KEY, name VARCHAR(255), description VARCHAR(255), type VARCHAR(255), created_at DATETIME,
    updated_at DATETIME, created_by_id INTEGER REFERENCES admin_users (id));
CREATE TABLE up_permissions (id INTEGER PRIMARY KEY, action VARCHAR(255), created_at DATETIME, updated_at DATETIME);
CREATE TABLE up_permissions_role_links (
    id INTEGER PRIMARY KEY, permission_id INTEGER REFERENCES up_permissions (id), role_id INTEGER REFERENCES up_roles (id),
    permission_order INTEGER);
CREATE TABLE up_users_role_links (
    id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES up_users (id), role_id INTEGER REFERENCES up_roles (id), user_order INTEGER);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, title VARCHAR(255), content TEXT, created_at DATETIME, updated_at DATETIME,
    published_at DATETIME, created_by_id INTEGER REFERENCES admin_users (id));
