INSERT INTO up_users (username, email, provider, password, confirmed, blocked) VALUES
    ('ada', 'ada@example.com', 'local', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 1, 0), ('bob', 'bob@example.com', 'local', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 1, 0);
INSERT INTO admin_users (firstname, email, password, is_active) VALUES ('Root', 'root@example.com', '$2a$12$QWxhZGRpbjpvcGVuIHNlc2FtZQabcdefghijklmnopqrstuvwxyzab', 1);
