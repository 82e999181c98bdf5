INSERT INTO res_users (id, company_id, partner_id, login, password, notification_type) VALUES
    (2, 1, 3, 'admin', '$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE', 'email'),
    (6, 1, 7, 'ada@example.com', '$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE', 'email'),
    (7, 1, 8, 'bob@example.com', '$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE', 'inbox');
INSERT INTO res_partner (id, name, email) VALUES (3, 'Admin', 'admin@example.com'), (7, 'Ada', 'ada@example.com');
