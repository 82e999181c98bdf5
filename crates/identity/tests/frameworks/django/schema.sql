-- Django 5 with django.contrib.auth, admin, sessions and social-auth.
CREATE TABLE django_migrations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, app VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL,
    applied DATETIME NOT NULL);
CREATE TABLE django_content_type (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, app_label VARCHAR(100) NOT NULL, model VARCHAR(100) NOT NULL,
    UNIQUE (app_label, model));
CREATE TABLE auth_user (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, password VARCHAR(128) NOT NULL, last_login DATETIME,
    is_superuser BOOL NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, last_name VARCHAR(150) NOT NULL,
    email VARCHAR(254) NOT NULL, is_staff BOOL NOT NULL, is_active BOOL NOT NULL, date_joined DATETIME NOT NULL,
    first_name VARCHAR(150) NOT NULL);
CREATE TABLE auth_group (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name VARCHAR(150) NOT NULL UNIQUE);
CREATE TABLE auth_permission (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    content_type_id INTEGER NOT NULL REFERENCES django_content_type (id), codename VARCHAR(100) NOT NULL,
    name VARCHAR(255) NOT NULL, UNIQUE (content_type_id, codename));
CREATE TABLE auth_group_permissions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL REFERENCES auth_group (id),
    permission_id INTEGER NOT NULL REFERENCES auth_permission (id), UNIQUE (group_id, permission_id));
CREATE TABLE auth_user_groups (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES auth_user (id),
    group_id INTEGER NOT NULL REFERENCES auth_group (id), UNIQUE (user_id, group_id));
CREATE TABLE auth_user_user_permissions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES auth_user (id),
    permission_id INTEGER NOT NULL REFERENCES auth_permission (id), UNIQUE (user_id, permission_id));
CREATE TABLE django_admin_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, object_id TEXT, object_repr VARCHAR(200) NOT NULL,
    action_flag SMALLINT NOT NULL, change_message TEXT NOT NULL, user_id INTEGER NOT NULL REFERENCES auth_user (id),
    content_type_id INTEGER REFERENCES django_content_type (id), action_time DATETIME NOT NULL);
CREATE TABLE django_session (
    session_key VARCHAR(40) NOT NULL PRIMARY KEY, session_data TEXT NOT NULL, expire_date DATETIME NOT NULL);
CREATE TABLE social_auth_usersocialauth (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, provider VARCHAR(32) NOT NULL, uid VARCHAR(255) NOT NULL,
    user_id INTEGER NOT NULL REFERENCES auth_user (id), created DATETIME NOT NULL, modified DATETIME NOT NULL,
    extra_data TEXT NOT NULL, UNIQUE (provider, uid));
