CREATE TABLE wp_users (
    ID bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login varchar(60) NOT NULL DEFAULT '',
    user_pass varchar(255) NOT NULL DEFAULT '', user_nicename varchar(50) NOT NULL DEFAULT '',
    user_email varchar(100) NOT NULL DEFAULT '', user_url varchar(100) NOT NULL DEFAULT '',
    user_registered datetime NOT NULL DEFAULT '2000-01-01 00:00:00', user_activation_key varchar(255) NOT NULL DEFAULT '',
    user_status int(11) NOT NULL DEFAULT 0, display_name varchar(250) NOT NULL DEFAULT '',
    KEY user_login_key (user_login), KEY user_email (user_email));
CREATE TABLE wp_usermeta (umeta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint(20) unsigned NOT NULL DEFAULT 0, meta_key varchar(255), meta_value longtext);
CREATE TABLE wp_posts (ID bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, post_author bigint(20) unsigned NOT NULL DEFAULT 0, post_title text NOT NULL, post_password varchar(255) NOT NULL DEFAULT '');
CREATE TABLE wp_options (option_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, option_name varchar(191) NOT NULL DEFAULT '', option_value longtext NOT NULL);
INSERT INTO wp_users (user_login, user_pass, user_email, display_name) VALUES
    ('ada', '$wp$2y$10$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 'ada@example.com', 'Ada');
