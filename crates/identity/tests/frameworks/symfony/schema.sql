-- Symfony with Doctrine: MakerBundle's user, the reset-password bundle.
CREATE TABLE "user" (id INTEGER PRIMARY KEY NOT NULL, email VARCHAR(180) NOT NULL UNIQUE, roles JSON NOT NULL, password VARCHAR(255) NOT NULL, is_verified BOOLEAN NOT NULL);
CREATE TABLE reset_password_request (
    id INTEGER PRIMARY KEY NOT NULL, user_id INTEGER NOT NULL REFERENCES "user" (id), selector VARCHAR(20) NOT NULL,
    hashed_token VARCHAR(100) NOT NULL, requested_at DATETIME NOT NULL, expires_at DATETIME NOT NULL);
CREATE TABLE messenger_messages (id INTEGER PRIMARY KEY NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL, queue_name VARCHAR(190) NOT NULL, created_at DATETIME NOT NULL);
