-- Magento 2: shoppers and administrators.
CREATE TABLE store_website (website_id INTEGER PRIMARY KEY NOT NULL, code VARCHAR(32), name VARCHAR(64));
CREATE TABLE customer_group (customer_group_id INTEGER PRIMARY KEY NOT NULL, customer_group_code VARCHAR(32) NOT NULL);
CREATE TABLE customer_entity (
    entity_id INTEGER PRIMARY KEY NOT NULL, website_id SMALLINT REFERENCES store_website (website_id), email VARCHAR(255),
    group_id SMALLINT NOT NULL DEFAULT 0, increment_id VARCHAR(50), store_id SMALLINT DEFAULT 0,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_active SMALLINT NOT NULL DEFAULT 1, prefix VARCHAR(40), firstname VARCHAR(255), middlename VARCHAR(255), lastname VARCHAR(255),
    dob DATE, password_hash VARCHAR(128), rp_token VARCHAR(128), rp_token_created_at DATETIME, failures_num SMALLINT DEFAULT 0,
    lock_expires TIMESTAMP, UNIQUE (email, website_id));
CREATE TABLE customer_address_entity (
    entity_id INTEGER PRIMARY KEY NOT NULL, parent_id INTEGER REFERENCES customer_entity (entity_id), city VARCHAR(255) NOT NULL,
    firstname VARCHAR(255) NOT NULL, lastname VARCHAR(255) NOT NULL, is_active SMALLINT NOT NULL DEFAULT 1);
CREATE TABLE sales_order (entity_id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER REFERENCES customer_entity (entity_id), customer_email VARCHAR(128), customer_firstname VARCHAR(128), grand_total DECIMAL(20, 4));
CREATE TABLE admin_user (
    user_id INTEGER PRIMARY KEY NOT NULL, firstname VARCHAR(32), lastname VARCHAR(32), email VARCHAR(128), username VARCHAR(40) UNIQUE,
    password VARCHAR(255) NOT NULL, created TIMESTAMP NOT NULL, modified TIMESTAMP NOT NULL, logdate TIMESTAMP, is_active SMALLINT NOT NULL DEFAULT 1);
