-- The platform as Swain's clients know it. What opens something never leaves the control store.
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, account_type_id INTEGER, plans_id INTEGER REFERENCES plans (id),
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE users (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, first_name TEXT, last_name TEXT, is_active BOOLEAN NOT NULL,
    accounts_id INTEGER REFERENCES accounts (id), image_url TEXT,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE account_members_m (
    id INTEGER PRIMARY KEY, accounts_id INTEGER NOT NULL REFERENCES accounts (id),
    member_id INTEGER NOT NULL REFERENCES users (id)
);
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, accounts_id INTEGER REFERENCES accounts (id),
    is_active BOOLEAN NOT NULL, is_legacy BOOLEAN NOT NULL, tenant_id INTEGER,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE user_project_m (
    id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES users (id),
    projects_id INTEGER NOT NULL REFERENCES projects (id)
);
CREATE TABLE stages (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, is_read_only BOOLEAN NOT NULL
);
CREATE TABLE connections (
    id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL REFERENCES projects (id),
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    current_schema_id INTEGER REFERENCES schemas (id) DEFERRABLE INITIALLY DEFERRED,
    driver TEXT NOT NULL, host TEXT, port INTEGER, dbname TEXT, "user" TEXT, api_endpoint TEXT, tenant_id INTEGER,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE schemas (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, connection_id INTEGER NOT NULL REFERENCES connections (id),
    current_build_id INTEGER REFERENCES builds (id) DEFERRABLE INITIALLY DEFERRED, tenant_id INTEGER,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE schema_columns (
    id INTEGER PRIMARY KEY, connections_id INTEGER NOT NULL REFERENCES connections (id), "table" TEXT NOT NULL,
    name TEXT NOT NULL, data_type TEXT NOT NULL, is_nullable BOOLEAN NOT NULL,
    fk_id INTEGER REFERENCES schema_columns (id) DEFERRABLE INITIALLY DEFERRED, check_expression TEXT, tenant_id INTEGER
);
CREATE TABLE schema_column_m (
    id INTEGER PRIMARY KEY, schemas_id INTEGER NOT NULL REFERENCES schemas (id),
    schema_columns_id INTEGER NOT NULL REFERENCES schema_columns (id)
);
CREATE TABLE builds (
    id INTEGER PRIMARY KEY, schema_id INTEGER NOT NULL REFERENCES schemas (id), type TEXT NOT NULL,
    status TEXT NOT NULL, deployment_status TEXT NOT NULL, service_name TEXT, file_path TEXT, api_endpoint TEXT,
    auth_config TEXT, tenant_id INTEGER, created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE config_items (
    id INTEGER PRIMARY KEY, group_name TEXT NOT NULL, item_name TEXT NOT NULL, display_name TEXT NOT NULL
);
CREATE TABLE setting_mappings (
    id INTEGER PRIMARY KEY, config_items_id INTEGER NOT NULL REFERENCES config_items (id),
    connections_id INTEGER NOT NULL REFERENCES connections (id), value TEXT
);
CREATE TABLE column_mappings (
    id INTEGER PRIMARY KEY, config_items_id INTEGER NOT NULL REFERENCES config_items (id),
    connections_id INTEGER NOT NULL REFERENCES connections (id),
    schema_columns_id INTEGER NOT NULL REFERENCES schema_columns (id)
);
CREATE TABLE column_overrides (
    id INTEGER PRIMARY KEY, column_id INTEGER NOT NULL REFERENCES schema_columns (id), fk_id INTEGER,
    is_nullable BOOLEAN, check_expression TEXT
);
CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE permissions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT, entity_name TEXT, allowed_actions TEXT,
    scope_expression TEXT
);
CREATE TABLE user_roles_m (
    id INTEGER PRIMARY KEY, users_id INTEGER NOT NULL REFERENCES users (id),
    roles_id INTEGER NOT NULL REFERENCES roles (id)
);
-- These stay empty: nothing is billed here, and what opens something, or tells of it, stays in the control store.
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id), expires_at TIMESTAMP, last_used TIMESTAMP,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id), expires_at TIMESTAMP, last_used TIMESTAMP,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE social_profiles (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id), provider TEXT, provider_id TEXT, email TEXT,
    display_name TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE password_reset_tokens (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id), expires_at TIMESTAMP, used_at TIMESTAMP,
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE role_permissions (
    id INTEGER PRIMARY KEY, roles_id INTEGER NOT NULL REFERENCES roles (id),
    permissions_id INTEGER NOT NULL REFERENCES permissions (id)
);
CREATE TABLE plans (
    id INTEGER PRIMARY KEY, name TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY, accounts_id INTEGER REFERENCES accounts (id), plans_id INTEGER REFERENCES plans (id),
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE products (
    id INTEGER PRIMARY KEY, name TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE purchased_credits (
    id INTEGER PRIMARY KEY, accounts_id INTEGER REFERENCES accounts (id),
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE user_quota (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id),
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
CREATE TABLE usage_histories (
    id INTEGER PRIMARY KEY, users_id INTEGER REFERENCES users (id),
    created_at TIMESTAMP, updated_at TIMESTAMP, deleted_at TIMESTAMP
);
