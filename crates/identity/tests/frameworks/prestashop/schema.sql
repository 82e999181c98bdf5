-- PrestaShop 8: no foreign keys; shoppers and the shop's employees.
CREATE TABLE ps_customer (
    id_customer INTEGER PRIMARY KEY NOT NULL, id_shop INTEGER NOT NULL DEFAULT 1, id_gender INTEGER NOT NULL, id_lang INTEGER,
    company VARCHAR(255), firstname VARCHAR(255) NOT NULL, lastname VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL,
    passwd VARCHAR(255) NOT NULL, last_passwd_gen TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, birthday DATE, newsletter TINYINT NOT NULL DEFAULT 0,
    secure_key VARCHAR(32) NOT NULL DEFAULT '-1', note TEXT, active TINYINT NOT NULL DEFAULT 0, is_guest TINYINT NOT NULL DEFAULT 0,
    deleted TINYINT NOT NULL DEFAULT 0, date_add DATETIME NOT NULL, date_upd DATETIME NOT NULL, reset_password_token VARCHAR(40));
CREATE TABLE ps_employee (
    id_employee INTEGER PRIMARY KEY NOT NULL, id_profile INTEGER NOT NULL, lastname VARCHAR(255) NOT NULL, firstname VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL, passwd VARCHAR(255) NOT NULL, active TINYINT NOT NULL DEFAULT 0, last_connection_date DATE);
CREATE TABLE ps_orders (id_order INTEGER PRIMARY KEY NOT NULL, id_customer INTEGER NOT NULL, id_cart INTEGER NOT NULL, total_paid DECIMAL(20, 6), date_add DATETIME NOT NULL);
CREATE TABLE ps_cart (id_cart INTEGER PRIMARY KEY NOT NULL, id_customer INTEGER NOT NULL, date_add DATETIME NOT NULL);
CREATE TABLE ps_address (id_address INTEGER PRIMARY KEY NOT NULL, id_customer INTEGER NOT NULL DEFAULT 0, firstname VARCHAR(255) NOT NULL, lastname VARCHAR(255) NOT NULL, city VARCHAR(64) NOT NULL);
CREATE TABLE ps_lang (id_lang INTEGER PRIMARY KEY NOT NULL, name VARCHAR(32) NOT NULL, active TINYINT NOT NULL);
