CREATE TABLE categories (id {counter}, name VARCHAR(50) NOT NULL, parent_id BIGINT,
    CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (id));
CREATE TABLE suppliers (id {counter}, name VARCHAR(50) NOT NULL UNIQUE, country VARCHAR(2));
CREATE TABLE products (id {counter}, sku VARCHAR(20) NOT NULL, name VARCHAR(100) NOT NULL,
    price DECIMAL(10,2) NOT NULL, stock INT NOT NULL DEFAULT 7, active BOOLEAN NOT NULL DEFAULT TRUE,
    category_id BIGINT, supplier_id BIGINT, description {text},
    CONSTRAINT products_sku UNIQUE (sku),
    CONSTRAINT price_is_positive CHECK (price >= 0),
    CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_supplier FOREIGN KEY (supplier_id) REFERENCES suppliers (id));
CREATE TABLE customers (id {counter}, email VARCHAR(100) NOT NULL UNIQUE, name VARCHAR(50) NOT NULL, country VARCHAR(2),
    vip BOOLEAN, password_hash VARCHAR(100));
CREATE TABLE profiles (id {counter}, customer_id BIGINT NOT NULL UNIQUE, bio VARCHAR(100),
    CONSTRAINT profiles_customer FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE addresses (id {counter}, customer_id BIGINT NOT NULL, city VARCHAR(50) NOT NULL,
    CONSTRAINT addresses_customer FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE orders (id {counter}, customer_id BIGINT NOT NULL, status VARCHAR(20) NOT NULL DEFAULT 'new',
    total DECIMAL(12,2) NOT NULL, note {text}, placed_at {moment} NOT NULL,
    billing_address_id BIGINT, shipping_address_id BIGINT,
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT orders_billing FOREIGN KEY (billing_address_id) REFERENCES addresses (id),
    CONSTRAINT orders_shipping FOREIGN KEY (shipping_address_id) REFERENCES addresses (id));
CREATE TABLE order_items (order_id BIGINT NOT NULL, line INT NOT NULL, product_id BIGINT NOT NULL, qty INT NOT NULL,
    PRIMARY KEY (order_id, line),
    CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT items_product FOREIGN KEY (product_id) REFERENCES products (id));
CREATE TABLE tags (id {counter}, label VARCHAR(30) NOT NULL UNIQUE);
CREATE TABLE product_tags (product_id BIGINT NOT NULL, tag_id BIGINT NOT NULL, PRIMARY KEY (product_id, tag_id),
    CONSTRAINT pt_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT pt_tag FOREIGN KEY (tag_id) REFERENCES tags (id));
CREATE TABLE translations (lang VARCHAR(10) NOT NULL, word VARCHAR(50) NOT NULL, meaning VARCHAR(50),
    PRIMARY KEY (lang, word));
CREATE TABLE logs (level VARCHAR(10) NOT NULL, message VARCHAR(50) NOT NULL);
CREATE VIEW paid_orders AS SELECT id, total FROM orders WHERE status = 'paid';

INSERT INTO categories (name, parent_id) VALUES ('Hardware', NULL), ('Tools', 1), ('Toys', NULL), ('Empty', NULL);
INSERT INTO suppliers (name, country) VALUES ('Acme', 'US'), ('Bolts & Söhne', 'DE');
INSERT INTO products (sku, name, price, stock, active, category_id, supplier_id, description) VALUES
    ('A-1', 'Anvil', 19.95, 10, TRUE, 1, 1, 'heavy'), ('B-2', 'Bolt, 100%', 0.05, 1000, TRUE, 2, 2, NULL),
    ('C-3', 'Crane', 1000.5, 1, FALSE, 1, 1, ''), ('D_4', 'dice', 2.5, 0, TRUE, 3, NULL, 'six_sided'),
    ('E-5', 'Émile "E" O''Brien', 7, 5, TRUE, NULL, NULL, 'emoji 🎲');
INSERT INTO customers (email, name, country, vip, password_hash) VALUES
    ('ada@example.com', 'Ada', 'GB', TRUE, 'x1'), ('bob@example.com', 'Bob', NULL, NULL, 'x2'),
    ('chloe@example.com', 'Chloé', 'FR', FALSE, NULL);
INSERT INTO profiles (customer_id, bio) VALUES (1, 'Countess'), (2, NULL);
INSERT INTO addresses (customer_id, city) VALUES (1, 'London'), (1, 'Ockham'), (2, 'Berlin');
INSERT INTO orders (customer_id, status, total, note, placed_at, billing_address_id, shipping_address_id) VALUES
    (1, 'paid', 120.55, 'urgent: call', '2026-01-01 10:00:00{z}', 1, 2),
    (1, 'new', 5.25, NULL, '2026-01-02 10:00:00{z}', 1, 1),
    (2, 'paid', 99.99, '50% off_now', '2026-01-03 10:00:00{z}', 3, 3),
    (2, 'void', 0.5, '', '2026-01-04 10:00:00{z}', NULL, NULL),
    (1, 'paid', 7.25, 'Urgent', '2026-01-05 10:00:00{z}', 1, NULL);
INSERT INTO order_items VALUES (1, 1, 1, 2), (1, 2, 2, 10), (2, 1, 1, 1), (3, 1, 3, 1), (5, 1, 2, 3);
INSERT INTO tags (label) VALUES ('heavy'), ('new'), ('unused');
INSERT INTO product_tags VALUES (1, 1), (3, 1), (3, 2), (4, 2);
INSERT INTO translations VALUES ('de', 'a,b', 'Komma'), ('de', 'c{bs}d', 'Strich'), ('de', 'plain', 'einfach'),
    ('fr', 'plain', 'simple');
INSERT INTO logs VALUES ('info', 'one'), ('warn', 'two'), ('info', 'three');
