INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name) VALUES
    ('pbkdf2_sha256$600000$saltsaltsalt$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', 1, 'ada', 'Lovelace',
     'ada@example.com', 1, 1, '2024-01-01 10:00:00', 'Ada'),
    ('argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ', 0, 'bob', 'Builder',
     'bob@example.com', 0, 1, '2024-01-01 10:00:00', 'Bob'),
    ('!unusable', 0, 'robot', '', '', 0, 1, '2024-01-01 10:00:00', '');
