CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    first_name TEXT,
    created_at TEXT,
    updated_at TEXT
);
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    price NUMERIC(10, 2) NOT NULL DEFAULT 1,
    stock INTEGER NOT NULL DEFAULT 0 CHECK (stock >= 0)
);
INSERT INTO products (id, name, price, stock) VALUES (1, 'Tea', 4.5, 10), (2, 'Coffee', 7, 20), (3, 'Teapot', 25, 3);
CREATE TABLE ledger (id INTEGER PRIMARY KEY, entry TEXT NOT NULL);
