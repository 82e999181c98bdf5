CREATE TABLE users (uid int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid varchar(128) NOT NULL UNIQUE, langcode varchar(12) NOT NULL);
CREATE TABLE users_field_data (
    uid int(10) unsigned NOT NULL, langcode varchar(12) NOT NULL, name varchar(60) NOT NULL, pass varchar(255), mail varchar(254),
    timezone varchar(32), status tinyint(4), created int(11) NOT NULL, changed int(11), access int(11) NOT NULL, login int(11),
    init varchar(254), default_langcode tinyint(4) NOT NULL, PRIMARY KEY (uid, langcode), UNIQUE KEY user__name (name, langcode));
INSERT INTO users_field_data VALUES
    (1, 'en', 'ada', '$2y$10$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 'ada@example.com', 'UTC', 1, 1700000000, 1700000000, 0, 1700000000, '', 1);
