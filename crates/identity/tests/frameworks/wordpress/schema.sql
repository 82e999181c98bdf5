-- WordPress 6: no foreign keys at all.
CREATE TABLE wp_users (
    ID INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_login VARCHAR(60) NOT NULL DEFAULT '',
    user_pass VARCHAR(255) NOT NULL DEFAULT '', user_nicename VARCHAR(50) NOT NULL DEFAULT '',
    user_email VARCHAR(100) NOT NULL DEFAULT '', user_url VARCHAR(100) NOT NULL DEFAULT '',
    user_registered DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', user_activation_key VARCHAR(255) NOT NULL DEFAULT '',
    user_status INT NOT NULL DEFAULT 0, display_name VARCHAR(250) NOT NULL DEFAULT '');
CREATE INDEX user_login_key ON wp_users (user_login);
CREATE INDEX user_email ON wp_users (user_email);
CREATE TABLE wp_usermeta (
    umeta_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, user_id BIGINT NOT NULL DEFAULT 0, meta_key VARCHAR(255),
    meta_value TEXT);
CREATE TABLE wp_posts (
    ID INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, post_author BIGINT NOT NULL DEFAULT 0, post_date DATETIME,
    post_content TEXT NOT NULL, post_title TEXT NOT NULL, post_status VARCHAR(20) NOT NULL DEFAULT 'publish',
    post_password VARCHAR(255) NOT NULL DEFAULT '', post_name VARCHAR(200) NOT NULL DEFAULT '',
    post_modified DATETIME, post_parent BIGINT NOT NULL DEFAULT 0);
CREATE TABLE wp_postmeta (meta_id INTEGER PRIMARY KEY, post_id BIGINT NOT NULL DEFAULT 0, meta_key VARCHAR(255), meta_value TEXT);
CREATE TABLE wp_comments (
    comment_ID INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, comment_post_ID BIGINT NOT NULL DEFAULT 0,
    comment_author TEXT NOT NULL, comment_author_email VARCHAR(100) NOT NULL DEFAULT '', comment_date DATETIME,
    comment_content TEXT NOT NULL, user_id BIGINT NOT NULL DEFAULT 0);
CREATE TABLE wp_options (
    option_id INTEGER PRIMARY KEY, option_name VARCHAR(191) NOT NULL DEFAULT '' UNIQUE, option_value TEXT NOT NULL,
    autoload VARCHAR(20) NOT NULL DEFAULT 'yes');
CREATE TABLE wp_terms (term_id INTEGER PRIMARY KEY, name VARCHAR(200) NOT NULL, slug VARCHAR(200) NOT NULL);
CREATE TABLE wp_links (link_id INTEGER PRIMARY KEY, link_url VARCHAR(255) NOT NULL, link_name VARCHAR(255) NOT NULL);
