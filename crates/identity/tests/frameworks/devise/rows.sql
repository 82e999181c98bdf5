INSERT INTO users (email, encrypted_password, confirmed_at, first_name, created_at, updated_at) VALUES
    ('ada@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-01 10:00:00', 'Ada', '2024-01-01 10:00:00', '2024-01-01 10:00:00'),
    ('bob@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', NULL, 'Bob', '2024-01-01 10:00:00', '2024-01-01 10:00:00');
INSERT INTO admin_users (email, encrypted_password, created_at, updated_at) VALUES
    ('root@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-01 10:00:00', '2024-01-01 10:00:00');
