INSERT INTO users (name, email, password, created_at) VALUES
    ('Ada Lovelace', 'ada@example.com', '$2y$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-01 10:00:00'),
    ('Bob', 'bob@example.com', '$2y$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-02 10:00:00'),
    ('Cy', 'cy@example.com', '$2y$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-03 10:00:00');
INSERT INTO roles (name, guard_name) VALUES ('editor', 'web');
