INSERT INTO directus_users (id, first_name, last_name, email, password, status) VALUES
    ('6f9619ff-8b86-d011-b42d-00c04fc964ff', 'Ada', 'Lovelace', 'ada@example.com', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ', 'active'),
    ('6f9619ff-8b86-d011-b42d-00c04fc964fe', 'Bob', 'Builder', 'bob@example.com', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ', 'suspended');
