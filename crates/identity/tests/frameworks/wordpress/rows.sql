INSERT INTO wp_users (user_login, user_pass, user_nicename, user_email, user_registered, display_name) VALUES
    ('admin', '$P$BDx6v1Xr0pYfLrM9cTq3v5m0sZ2Qn1', 'admin', 'admin@example.com', '2020-01-01 10:00:00', 'Admin'),
    ('ada', '$wp$2y$10$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 'ada', 'ada@example.com', '2024-01-01 10:00:00', 'Ada');
