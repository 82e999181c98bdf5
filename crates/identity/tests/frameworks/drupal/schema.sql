-- Drupal 10: the entity's table and its data, moments as seconds.
CREATE TABLE users (uid INTEGER PRIMARY KEY NOT NULL, uuid VARCHAR(128) NOT NULL UNIQUE, langcode VARCHAR(12) NOT NULL);
CREATE TABLE users_field_data (
    uid INTEGER NOT NULL, langcode VARCHAR(12) NOT NULL, preferred_langcode VARCHAR(12), name VARCHAR(60) NOT NULL,
    pass VARCHAR(255), mail VARCHAR(254), timezone VARCHAR(32), status TINYINT, created INT NOT NULL, changed INT,
    access INT NOT NULL, login INT, init VARCHAR(254), default_langcode TINYINT NOT NULL, PRIMARY KEY (uid, langcode),
    UNIQUE (name, langcode));
CREATE TABLE sessions (uid INTEGER NOT NULL, sid VARCHAR(128) NOT NULL PRIMARY KEY, hostname VARCHAR(128) NOT NULL, timestamp INT NOT NULL, session BLOB);
CREATE TABLE node_field_data (nid INTEGER NOT NULL, type VARCHAR(32) NOT NULL, langcode VARCHAR(12) NOT NULL, status TINYINT NOT NULL, uid INTEGER NOT NULL, title VARCHAR(255) NOT NULL, created INT NOT NULL, changed INT NOT NULL, PRIMARY KEY (nid, langcode));
