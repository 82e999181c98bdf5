CREATE TABLE users (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(255) NOT NULL, email varchar(255) NOT NULL,
    email_verified_at timestamp NULL DEFAULT NULL, password varchar(255) NOT NULL, is_active tinyint(1) NOT NULL DEFAULT 1,
    remember_token varchar(100) DEFAULT NULL, created_at timestamp NULL DEFAULT NULL, updated_at timestamp NULL DEFAULT NULL,
    UNIQUE KEY users_email_unique (email));
CREATE TABLE password_reset_tokens (email varchar(255) NOT NULL PRIMARY KEY, token varchar(255) NOT NULL, created_at timestamp NULL);
CREATE TABLE orders (id bigint unsigned NOT NULL PRIMARY KEY, user_id bigint unsigned NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id));
INSERT INTO users (name, email, password) VALUES
    ('Ada', 'ada@example.com', '$2y$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab');
