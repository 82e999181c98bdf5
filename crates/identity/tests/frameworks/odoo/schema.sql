-- Odoo 17: the address is the login, the name stands in res_partner.
CREATE TABLE res_company (
    id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, partner_id INTEGER NOT NULL REFERENCES res_partner (id),
    currency_id INTEGER NOT NULL, email VARCHAR, phone VARCHAR, active BOOLEAN, create_date TIMESTAMP);
CREATE TABLE res_partner (
    id INTEGER PRIMARY KEY, name VARCHAR, company_id INTEGER REFERENCES res_company (id), email VARCHAR,
    email_normalized VARCHAR, phone VARCHAR, street VARCHAR, city VARCHAR, is_company BOOLEAN, active BOOLEAN,
    type VARCHAR, create_date TIMESTAMP, write_date TIMESTAMP, user_id INTEGER REFERENCES res_users (id));
CREATE TABLE res_users (
    id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL REFERENCES res_company (id),
    partner_id INTEGER NOT NULL REFERENCES res_partner (id), active BOOLEAN DEFAULT 1, create_date TIMESTAMP,
    login VARCHAR NOT NULL UNIQUE, password VARCHAR, action_id INTEGER, create_uid INTEGER, write_uid INTEGER,
    signature TEXT, share BOOLEAN, write_date TIMESTAMP, totp_secret VARCHAR, notification_type VARCHAR NOT NULL);
CREATE TABLE res_users_log (
    id INTEGER PRIMARY KEY, create_uid INTEGER REFERENCES res_users (id), write_uid INTEGER, create_date TIMESTAMP,
    write_date TIMESTAMP);
CREATE TABLE res_users_apikeys (
    id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, user_id INTEGER NOT NULL REFERENCES res_users (id), scope VARCHAR,
    "index" VARCHAR(8), key VARCHAR, create_date TIMESTAMP);
CREATE TABLE res_groups (
    id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, category_id INTEGER, comment TEXT, share BOOLEAN,
    create_date TIMESTAMP);
CREATE TABLE res_groups_users_rel (
    gid INTEGER NOT NULL REFERENCES res_groups (id), uid INTEGER NOT NULL REFERENCES res_users (id), PRIMARY KEY (gid, uid));
CREATE TABLE res_company_users_rel (
    cid INTEGER NOT NULL REFERENCES res_company (id), user_id INTEGER NOT NULL REFERENCES res_users (id), UNIQUE (cid, user_id));
CREATE TABLE sale_order (
    id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, partner_id INTEGER NOT NULL REFERENCES res_partner (id),
    company_id INTEGER NOT NULL REFERENCES res_company (id), user_id INTEGER REFERENCES res_users (id),
    state VARCHAR, amount_total NUMERIC, create_date TIMESTAMP, write_date TIMESTAMP);
CREATE TABLE sale_order_line (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES sale_order (id), name TEXT NOT NULL, price_unit NUMERIC,
    company_id INTEGER REFERENCES res_company (id));
CREATE TABLE account_move (
    id INTEGER PRIMARY KEY, name VARCHAR, partner_id INTEGER REFERENCES res_partner (id),
    company_id INTEGER REFERENCES res_company (id), state VARCHAR NOT NULL, create_date TIMESTAMP);
CREATE TABLE res_country (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, code VARCHAR(2));
