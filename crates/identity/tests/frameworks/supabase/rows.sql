INSERT INTO "auth.users" (id, aud, role, email, encrypted_password) VALUES
    ('6f9619ff-8b86-d011-b42d-00c04fc964ff', 'authenticated', 'authenticated', 'ada@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab'),
    ('6f9619ff-8b86-d011-b42d-00c04fc964fe', 'authenticated', 'authenticated', 'bob@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab');
