INSERT INTO users_field_data VALUES
    (1, 'en', 'en', 'ada', '$2y$10$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 'ada@example.com', 'UTC', 1, 1700000000, 1700000000, 1700000000, 1700000000, 'ada@example.com', 1),
    (2, 'en', 'en', 'bob', '$2y$10$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 'bob@example.com', 'UTC', 1, 1700000000, 1700000000, 0, 0, 'bob@example.com', 1);
