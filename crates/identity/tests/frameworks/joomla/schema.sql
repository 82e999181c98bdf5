-- Joomla 5: the prefix is made up at installation; `block` says the opposite of active.
CREATE TABLE k3v9x_users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR(400) NOT NULL DEFAULT '', username VARCHAR(150) NOT NULL DEFAULT '' UNIQUE,
    email VARCHAR(100) NOT NULL DEFAULT '', password VARCHAR(100) NOT NULL DEFAULT '', block TINYINT NOT NULL DEFAULT 0,
    sendEmail TINYINT DEFAULT 0, registerDate DATETIME NOT NULL, lastvisitDate DATETIME, activation VARCHAR(100) NOT NULL DEFAULT '',
    params TEXT NOT NULL, lastResetTime DATETIME, resetCount INT NOT NULL DEFAULT 0, otpKey VARCHAR(1000) NOT NULL DEFAULT '', requireReset TINYINT NOT NULL DEFAULT 0);
CREATE TABLE k3v9x_usergroups (id INTEGER PRIMARY KEY NOT NULL, parent_id INT NOT NULL DEFAULT 0, lft INT, rgt INT, title VARCHAR(100) NOT NULL DEFAULT '');
CREATE TABLE k3v9x_user_usergroup_map (user_id INT NOT NULL DEFAULT 0, group_id INT NOT NULL DEFAULT 0, PRIMARY KEY (user_id, group_id));
CREATE TABLE k3v9x_session (session_id BLOB NOT NULL PRIMARY KEY, client_id TINYINT, guest TINYINT, time INT, data TEXT, userid INT DEFAULT 0, username VARCHAR(150) DEFAULT '');
CREATE TABLE k3v9x_content (id INTEGER PRIMARY KEY NOT NULL, title VARCHAR(255) NOT NULL, created DATETIME NOT NULL, created_by INT NOT NULL DEFAULT 0);
