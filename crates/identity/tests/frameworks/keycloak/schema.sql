-- Keycloak: passwords stand in `credential`.
CREATE TABLE realm (id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(255) UNIQUE, enabled BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE user_entity (
    id VARCHAR(36) NOT NULL PRIMARY KEY, email VARCHAR(255), email_constraint VARCHAR(255),
    email_verified BOOLEAN NOT NULL DEFAULT 0, enabled BOOLEAN NOT NULL DEFAULT 0, federation_link VARCHAR(255),
    first_name VARCHAR(255), last_name VARCHAR(255), realm_id VARCHAR(255), username VARCHAR(255),
    created_timestamp BIGINT, service_account_client_link VARCHAR(255), not_before INT NOT NULL DEFAULT 0,
    UNIQUE (realm_id, username), UNIQUE (realm_id, email_constraint));
CREATE TABLE credential (
    id VARCHAR(36) NOT NULL PRIMARY KEY, salt BLOB, type VARCHAR(255), user_id VARCHAR(36) REFERENCES user_entity (id),
    created_date BIGINT, user_label VARCHAR(255), secret_data TEXT, credential_data TEXT, priority INT);
CREATE TABLE federated_identity (
    identity_provider VARCHAR(255) NOT NULL, realm_id VARCHAR(36), federated_user_id VARCHAR(255),
    federated_username VARCHAR(255), token TEXT, user_id VARCHAR(36) NOT NULL REFERENCES user_entity (id),
    PRIMARY KEY (identity_provider, user_id));
CREATE TABLE keycloak_role (id VARCHAR(36) NOT NULL PRIMARY KEY, client_realm_constraint VARCHAR(255), description VARCHAR(255), name VARCHAR(255), realm_id VARCHAR(255), UNIQUE (name, client_realm_constraint));
CREATE TABLE user_role_mapping (role_id VARCHAR(255) NOT NULL, user_id VARCHAR(36) NOT NULL REFERENCES user_entity (id), PRIMARY KEY (role_id, user_id));
CREATE TABLE user_attribute (id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, value VARCHAR(255), user_id VARCHAR(36) NOT NULL REFERENCES user_entity (id));
CREATE TABLE client (id VARCHAR(36) NOT NULL PRIMARY KEY, enabled BOOLEAN NOT NULL DEFAULT 0, client_id VARCHAR(255), secret VARCHAR(255), name VARCHAR(255));
