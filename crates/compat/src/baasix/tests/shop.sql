CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    first_name TEXT,
    last_name TEXT,
    phone TEXT,
    password_hash TEXT NOT NULL
);
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT);
CREATE TABLE books (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    pages INTEGER,
    price NUMERIC(8, 2),
    status TEXT NOT NULL DEFAULT 'open',
    author_id INTEGER REFERENCES authors (id),
    owner_id TEXT REFERENCES users (id),
    secret_note TEXT
);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, book_id INTEGER NOT NULL REFERENCES books (id), stars INTEGER, text TEXT);
INSERT INTO authors VALUES (1, 'Ursula', 'US'), (2, 'Stanislaw', 'PL');
INSERT INTO books (id, title, pages, price, status, author_id, secret_note) VALUES
    (1, 'The Dispossessed', 341, 12.50, 'open', 1, 'x'), (2, 'Solaris', 204, 9.00, 'open', 2, 'y'),
    (3, 'Cyberiad', 295, 30.50, 'closed', 2, 'z'), (4, 'Lathe 100%', 184, NULL, 'open', 1, NULL);
INSERT INTO reviews VALUES (1, 1, 5, 'great'), (2, 1, 2, 'long'), (3, 2, 4, 'good');
