INSERT INTO "User" (id, name, email, hashedPassword, updatedAt) VALUES
    ('clh1', 'Ada', 'ada@example.com', '$2b$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', '2024-01-01T10:00:00Z'),
    ('clh2', 'Bob', 'bob@example.com', NULL, '2024-01-01T10:00:00Z');
