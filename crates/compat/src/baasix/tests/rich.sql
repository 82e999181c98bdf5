CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    first_name TEXT,
    last_name TEXT,
    password_hash TEXT NOT NULL
);
CREATE TABLE makers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    maker_id INTEGER REFERENCES makers (id),
    name VARCHAR(40) NOT NULL,
    label VARCHAR(40),
    stock INTEGER NOT NULL DEFAULT 0,
    wanted INTEGER,
    made_at DATETIME,
    sold_at DATETIME,
    data JSON,
    purchase_price NUMERIC(8, 2)
);
INSERT INTO makers VALUES (1, 'Acme'), (2, 'Bolt');
INSERT INTO products VALUES
    (1, 1, 'Anvil', 'Anvil', 5, 7, '2026-03-01 09:30:00', '2026-03-01 18:00:00',
        '{"color": "red", "weight": 50, "tags": ["heavy", "iron"], "box": {"size": {"w": 3}}, "fragile": false}', 10),
    (2, 1, 'Bell', 'Gong', 9, 9, '2026-07-15 12:00:00', '2027-01-02 08:00:00',
        '{"color": "gold", "weight": "50", "tags": [], "discount": null}', 20),
    (3, 2, 'Chain', NULL, 2, 1, '2027-01-14 09:00:00', NULL, '["spare"]', 30),
    (4, NULL, 'Dowel', 'Dowel', 0, NULL, NULL, NULL, NULL, NULL);
