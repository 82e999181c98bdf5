-- A small shop: two companies (accounts) sell from one catalogue to their own customers.
-- `portcullis demo` runs on it. Every user's password is `demo-password`, kept as six frameworks would keep it.

CREATE TABLE accounts (
    id         INTEGER PRIMARY KEY,
    name       VARCHAR(80) NOT NULL UNIQUE,
    plan       VARCHAR(20) NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'team', 'business')),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    account_id    INTEGER NOT NULL REFERENCES accounts (id),
    email         VARCHAR(254) NOT NULL UNIQUE,
    password_hash VARCHAR(200) NOT NULL,
    first_name    VARCHAR(80) NOT NULL,
    last_name     VARCHAR(80),
    role          VARCHAR(20) NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'manager')),
    active        BOOLEAN NOT NULL DEFAULT TRUE,
    created_at    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX users_account ON users (account_id);

CREATE TABLE categories (
    id        INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES categories (id),
    name      VARCHAR(80) NOT NULL UNIQUE
);

CREATE TABLE products (
    id          INTEGER PRIMARY KEY,
    category_id INTEGER NOT NULL REFERENCES categories (id),
    sku         VARCHAR(20) NOT NULL UNIQUE,
    name        VARCHAR(120) NOT NULL,
    description TEXT,
    price       DECIMAL(10, 2) NOT NULL CHECK (price >= 0),
    stock       INTEGER NOT NULL DEFAULT 0 CHECK (stock >= 0),
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    attributes  JSON,
    created_at  DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX products_category ON products (category_id);

CREATE TABLE tags (
    id   INTEGER PRIMARY KEY,
    name VARCHAR(40) NOT NULL UNIQUE
);

CREATE TABLE product_tags (
    product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    tag_id     INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (product_id, tag_id)
);
CREATE INDEX product_tags_tag ON product_tags (tag_id);

CREATE TABLE customers (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    name       VARCHAR(120) NOT NULL,
    email      VARCHAR(254) NOT NULL,
    city       VARCHAR(80),
    country    CHAR(2) NOT NULL,
    birthday   DATE,
    newsletter BOOLEAN NOT NULL DEFAULT FALSE,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (account_id, email)
);

CREATE TABLE orders (
    id          INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL REFERENCES accounts (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    user_id     INTEGER REFERENCES users (id),
    number      VARCHAR(20) NOT NULL UNIQUE,
    status      VARCHAR(20) NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'shipped', 'cancelled')),
    note        TEXT,
    ordered_at  DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    shipped_at  DATETIME
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_account ON orders (account_id);

CREATE TABLE order_items (
    id         INTEGER PRIMARY KEY,
    order_id   INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    unit_price DECIMAL(10, 2) NOT NULL,
    UNIQUE (order_id, product_id)
);
CREATE INDEX order_items_product ON order_items (product_id);

CREATE VIEW order_totals AS
SELECT o.id AS order_id, o.account_id, o.number, COUNT(i.id) AS items, ROUND(SUM(i.quantity * i.unit_price), 2) AS total
FROM orders o JOIN order_items i ON i.order_id = o.id
GROUP BY o.id;

INSERT INTO accounts (id, name, plan, created_at) VALUES
    (1, 'Nordlicht Outfitters', 'business', '2024-01-08 09:12:00'),
    (2, 'Casa Verde', 'team', '2024-03-21 15:40:00');

INSERT INTO users (id, account_id, email, first_name, last_name, role, active, created_at, password_hash) VALUES
    -- Laravel, PHP: bcrypt
    (1, 1, 'ada@nordlicht.example', 'Ada', 'Lindqvist', 'manager', TRUE, '2024-01-08 09:20:00',
     '$2y$10$UsUoRou7F.IT.XUKs0UVyO529pM0hE3M4EdRWNOqTRCCLKRgh.Ypq'),
    -- Django: PBKDF2
    (2, 1, 'bruno@nordlicht.example', 'Bruno', 'Hartmann', 'member', TRUE, '2024-01-11 08:05:00',
     'pbkdf2_sha256$600000$portcullisdemo$JgjrJ4/U4WaKeYXVyNxahl1sfpigCeRTAotPIGuk/24='),
    -- argon2id
    (3, 1, 'cem@nordlicht.example', 'Cem', 'Aydin', 'member', TRUE, '2024-02-02 10:31:00',
     '$argon2id$v=19$m=19456,t=2,p=1$gsyf9AyS7ZbSlOVo2EVCeQ$Z7SQln5OkNzpj5VVq23AnX+YoEjbRU/7fCLh74T09GE'),
    -- Django: PBKDF2; not active
    (4, 1, 'dana@nordlicht.example', 'Dana', NULL, 'member', FALSE, '2024-02-19 13:00:00',
     'pbkdf2_sha256$600000$portcullisdemo$JgjrJ4/U4WaKeYXVyNxahl1sfpigCeRTAotPIGuk/24='),
    -- WordPress 6.8: bcrypt of an HMAC
    (5, 2, 'elena@casaverde.example', 'Elena', 'Moreno', 'manager', TRUE, '2024-03-21 15:45:00',
     '$wp$2y$10$lq4rEqQXCl843UrW41GC/OOtrd5GNGTUuBDYOGtJWZYEhcGooEiuC'),
    -- Flask (Werkzeug): scrypt
    (6, 2, 'farid@casaverde.example', 'Farid', 'Haddad', 'member', TRUE, '2024-04-02 11:15:00',
     'scrypt:32768:8:1$w72un54iJVDpjd9k$7e6c078f46fbd4c6f570b03bf56e38d8cb3a90a0b01e4d948563fe7243fa198d65d3240f35eeb19d31a90139abccc7a6d31c9fe75534abb2c0ed9a93313415ba'),
    -- ASP.NET Core Identity: PBKDF2
    (7, 2, 'grace@casaverde.example', 'Grace', 'Okafor', 'member', TRUE, '2024-05-30 16:22:00',
     'AQAAAAIAAYagAAAAEHo7qsxLpMBNE2o0iiAEL0OWPQ+EE0cfggwpJd76A0gOJTQTzt1ZDS4xp0IiNfXteg==');

INSERT INTO categories (id, parent_id, name) VALUES
    (1, NULL, 'Outdoor'), (2, NULL, 'Home'), (3, NULL, 'Books'), (4, 1, 'Tents'), (5, 1, 'Backpacks'),
    (6, 1, 'Clothing'), (7, 2, 'Kitchen'), (8, 2, 'Garden'), (9, 3, 'Travel'), (10, 3, 'Cooking');

INSERT INTO products (id, category_id, sku, name, description, price, stock, attributes, created_at)
SELECT v.column1, v.column2, printf('SKU-%04d', 1000 + v.column1), v.column3, v.column4, v.column5, v.column6,
       v.column7, datetime('2024-01-15 10:00:00', '+' || (v.column1 * 5) || ' days')
FROM (VALUES
    (1, 4, 'Fjell 2 trekking tent', 'Two people, three seasons, 2.1 kg', 289.00, 14, '{"people": 2, "colour": "green"}'),
    (2, 4, 'Fjell 4 family tent', 'Room for four and their boots', 449.00, 6, '{"people": 4, "colour": "sand"}'),
    (3, 4, 'Tarp 3x3', 'Keeps the rain off the stove', 79.90, 40, '{"colour": "grey"}'),
    (4, 4, 'Tent pegs, set of 12', NULL, 14.50, 210, NULL),
    (5, 5, 'Pico 18 daypack', 'Eighteen litres with a rain cover', 64.95, 55, '{"litres": 18, "colour": "blue"}'),
    (6, 5, 'Tura 45 backpack', 'For a week between huts', 159.00, 23, '{"litres": 45, "colour": "red"}'),
    (7, 5, 'Tura 65 backpack', 'For a week without huts', 199.00, 17, '{"litres": 65, "colour": "red"}'),
    (8, 5, 'Packing cubes', 'Set of three', 29.90, 120, NULL),
    (9, 6, 'Merino shirt', 'Does not smell, even on day four', 69.00, 80, '{"sizes": ["S", "M", "L", "XL"]}'),
    (10, 6, 'Rain jacket', 'Three layers, 20,000 mm', 219.00, 31, '{"sizes": ["S", "M", "L"]}'),
    (11, 6, 'Wool socks', NULL, 17.90, 300, '{"sizes": ["36-39", "40-43", "44-47"]}'),
    (12, 6, 'Sun hat', 'With a neck flap', 34.50, 44, NULL),
    (13, 7, 'Cast iron pan 28 cm', 'For a lifetime', 49.00, 60, '{"diameter_cm": 28}'),
    (14, 7, 'Espresso pot', 'Six cups', 32.00, 72, '{"cups": 6}'),
    (15, 7, 'Chef''s knife', 'Carbon steel, 21 cm', 89.00, 25, '{"length_cm": 21}'),
    (16, 7, 'Cutting board', 'Oiled oak', 38.00, 48, NULL),
    (17, 7, 'Linen towels', 'Set of four', 27.50, 95, '{"colour": "white"}'),
    (18, 7, 'Mortar and pestle', 'Granite', 41.00, 19, NULL),
    (19, 8, 'Watering can 9 l', 'Zinc', 36.90, 33, '{"litres": 9}'),
    (20, 8, 'Pruning shears', 'Bypass, for stems up to 20 mm', 44.00, 58, NULL),
    (21, 8, 'Raised bed kit', 'Larch, 120 x 80 cm', 129.00, 9, '{"wood": "larch"}'),
    (22, 8, 'Tomato seeds', 'Eight old varieties', 12.00, 400, '{"varieties": 8}'),
    (23, 8, 'Garden gloves', NULL, 15.90, 150, '{"sizes": ["S", "M", "L"]}'),
    (24, 8, 'Bird feeder', 'Squirrels do not get in', 31.00, 27, NULL),
    (25, 9, 'Hut to Hut', 'Twelve walks in the Alps', 24.00, 65, '{"pages": 224}'),
    (26, 9, 'Night Trains of Europe', 'Timetables and stories', 28.00, 38, '{"pages": 312}'),
    (27, 9, 'The Slow Coast', 'By bicycle along the Atlantic', 22.50, 41, '{"pages": 198}'),
    (28, 10, 'Bread Without Hurry', 'Sourdough, explained', 34.00, 70, '{"pages": 256}'),
    (29, 10, 'One Pan', 'Eighty suppers', 26.00, 88, '{"pages": 190}'),
    (30, 10, 'The Green Table', 'Vegetables through the year', 39.00, 52, '{"pages": 344}')
) AS v;
UPDATE products SET active = FALSE WHERE id IN (4, 12);

INSERT INTO tags (id, name) VALUES
    (1, 'new'), (2, 'bestseller'), (3, 'sale'), (4, 'gift'), (5, 'vegan'), (6, 'handmade'), (7, 'recycled'), (8, 'light');

INSERT INTO product_tags (product_id, tag_id)
SELECT p.id, t.id FROM products p JOIN tags t ON (p.id * 7 + t.id * 5) % 11 < 3;

INSERT INTO customers (id, account_id, name, email, city, country, birthday, newsletter, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60),
first (i, name) AS (VALUES (0, 'Anna'), (1, 'Ben'), (2, 'Chiara'), (3, 'David'), (4, 'Emma'), (5, 'Filip'), (6, 'Greta'),
                           (7, 'Hugo'), (8, 'Ines'), (9, 'Jonas'), (10, 'Klara'), (11, 'Luca')),
last (i, name) AS (VALUES (0, 'Keller'), (1, 'Novak'), (2, 'Rossi'), (3, 'Silva'), (4, 'Jensen')),
city (i, name, country) AS (VALUES (0, 'Hamburg', 'DE'), (1, 'Oslo', 'NO'), (2, 'Valencia', 'ES'), (3, 'Lyon', 'FR'),
                                   (4, 'Graz', 'AT'), (5, 'Porto', 'PT'), (6, NULL, 'CH'))
SELECT n.i, 1 + n.i % 2, first.name || ' ' || last.name,
       lower(first.name) || '.' || lower(last.name) || '@mail.example', city.name, city.country,
       CASE WHEN n.i % 5 = 0 THEN NULL ELSE date('1962-03-04', '+' || (n.i * 211) || ' days') END,
       n.i % 3 = 0, datetime('2024-02-01 08:00:00', '+' || (n.i * 61) || ' hours')
FROM n
JOIN first ON first.i = n.i % 12
JOIN last ON last.i = n.i / 12 % 5
JOIN city ON city.i = n.i % 7;

INSERT INTO orders (id, account_id, customer_id, user_id, number, status, note, ordered_at, shipped_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 240),
o AS (
    SELECT n.i, 1 + (n.i * 37) % 60 AS customer, (n.i * 13) % 10 AS dice,
           datetime('2024-06-01 07:30:00', '+' || (n.i * 1171) || ' minutes') AS at
    FROM n
)
SELECT o.i, c.account_id, c.id,
       CASE WHEN o.i % 4 = 0 THEN NULL WHEN c.account_id = 1 THEN 1 + o.i % 3 ELSE 5 + o.i % 3 END,
       printf('2024-%05d', o.i),
       CASE WHEN o.dice < 2 THEN 'new' WHEN o.dice < 4 THEN 'paid' WHEN o.dice < 9 THEN 'shipped' ELSE 'cancelled' END,
       CASE WHEN o.i % 17 = 0 THEN 'Please leave it with the neighbours' END,
       o.at,
       CASE WHEN o.dice BETWEEN 4 AND 8 THEN datetime(o.at, '+' || (20 + o.i % 50) || ' hours') END
FROM o JOIN customers c ON c.id = o.customer;

INSERT INTO order_items (order_id, product_id, quantity, unit_price)
WITH slot (k) AS (VALUES (0), (1), (2), (3))
SELECT o.id, p.id, 1 + (o.id + slot.k) % 3, p.price
FROM orders o
JOIN slot ON slot.k <= o.id % 4
JOIN products p ON p.id = 1 + (o.id * 11 + slot.k * 7) % 30
ORDER BY o.id, slot.k;
