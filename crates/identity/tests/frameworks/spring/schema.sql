-- Spring Security's default JDBC schema, with the address that most add.
CREATE TABLE users (username VARCHAR(50) NOT NULL PRIMARY KEY, email VARCHAR(120), password VARCHAR(500) NOT NULL, enabled BOOLEAN NOT NULL);
CREATE TABLE authorities (username VARCHAR(50) NOT NULL REFERENCES users (username), authority VARCHAR(50) NOT NULL, UNIQUE (username, authority));
CREATE TABLE persistent_logins (username VARCHAR(64) NOT NULL, series VARCHAR(64) PRIMARY KEY, token VARCHAR(64) NOT NULL, last_used TIMESTAMP NOT NULL);
