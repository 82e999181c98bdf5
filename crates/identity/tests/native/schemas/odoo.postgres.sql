CREATE TABLE res_company (
    id serial PRIMARY KEY, name varchar NOT NULL UNIQUE, partner_id integer NOT NULL, currency_id integer NOT NULL,
    email varchar, phone varchar, active boolean, create_date timestamp);
CREATE TABLE res_partner (
    id serial PRIMARY KEY, name varchar, company_id integer REFERENCES res_company (id), email varchar,
    email_normalized varchar, phone varchar, is_company boolean, active boolean, create_date timestamp, write_date timestamp);
CREATE TABLE res_users (
    id serial PRIMARY KEY, company_id integer NOT NULL REFERENCES res_company (id),
    partner_id integer NOT NULL REFERENCES res_partner (id), active boolean DEFAULT true, create_date timestamp,
    login varchar NOT NULL UNIQUE, password varchar, action_id integer, create_uid integer REFERENCES res_users (id),
    write_uid integer REFERENCES res_users (id), signature text, share boolean, write_date timestamp, totp_secret varchar,
    notification_type varchar NOT NULL);
ALTER TABLE res_partner ADD COLUMN user_id integer REFERENCES res_users (id);
CREATE TABLE res_groups (id serial PRIMARY KEY, name jsonb NOT NULL, comment jsonb, share boolean, create_date timestamp);
CREATE TABLE res_groups_users_rel (
    gid integer NOT NULL REFERENCES res_groups (id), uid integer NOT NULL REFERENCES res_users (id), PRIMARY KEY (gid, uid));
CREATE TABLE sale_order (
    id serial PRIMARY KEY, name varchar NOT NULL, partner_id integer NOT NULL REFERENCES res_partner (id),
    company_id integer NOT NULL REFERENCES res_company (id), user_id integer REFERENCES res_users (id), amount_total numeric);
INSERT INTO res_company (name, partner_id, currency_id) VALUES ('Our company', 1, 1);
INSERT INTO res_partner (name) VALUES ('Ada'), ('Bob');
INSERT INTO res_users (company_id, partner_id, login, password, notification_type) VALUES
    (1, 1, 'ada@example.com', '$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE', 'email'),
    (1, 2, 'bob@example.com', '$pbkdf2-sha512$600000$c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE', 'email');
