-- MediaWiki: text kept as bytes; here as SQLite has it.
CREATE TABLE user (
    user_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_name VARCHAR(255) NOT NULL DEFAULT '' UNIQUE,
    user_real_name VARCHAR(255) NOT NULL DEFAULT '', user_password BLOB NOT NULL, user_newpassword BLOB NOT NULL,
    user_email TEXT NOT NULL, user_touched DATETIME NOT NULL, user_token VARCHAR(32) NOT NULL DEFAULT '',
    user_email_authenticated DATETIME, user_email_token VARCHAR(32), user_registration DATETIME, user_editcount INTEGER);
CREATE TABLE user_groups (ug_user INTEGER NOT NULL DEFAULT 0, ug_group VARCHAR(255) NOT NULL DEFAULT '', PRIMARY KEY (ug_user, ug_group));
CREATE TABLE page (page_id INTEGER PRIMARY KEY NOT NULL, page_title VARCHAR(255) NOT NULL);
