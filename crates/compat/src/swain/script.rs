//! The platform's tables, and rows as statements that fill them.
//!
//! The text is run once, on a file of our own that nothing else reads or writes, and holds nothing but what the control
//! store keeps: this is the one place where a value becomes text of a statement.

use serde_json::{Map, Value};

/// The tables, named so that their models are Swain's.
pub const TABLES: &str = include_str!("platform.sql");

/// Every table, as a settings document exposes it.
pub const NAMES: [&str; 29] = [
    "accounts",
    "users",
    "account_members_m",
    "projects",
    "user_project_m",
    "stages",
    "connections",
    "schemas",
    "schema_columns",
    "schema_column_m",
    "builds",
    "config_items",
    "setting_mappings",
    "column_mappings",
    "column_overrides",
    "roles",
    "permissions",
    "user_roles_m",
    "api_keys",
    "sessions",
    "social_profiles",
    "password_reset_tokens",
    "role_permissions",
    "plans",
    "subscriptions",
    "products",
    "purchased_credits",
    "user_quota",
    "usage_histories",
];

/// Statements, one behind the other.
#[derive(Debug, Default)]
pub struct Script(String);

impl Script {
    /// Adds a row.
    pub fn insert(&mut self, table: &str, row: &Value) {
        let empty = Map::new();
        let row = row.as_object().unwrap_or(&empty);
        let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
        let values: Vec<String> = row.values().map(literal).collect();
        self.0.push_str(&format!("INSERT INTO {table} ({}) VALUES ({});\n", names.join(", "), values.join(", ")));
    }

    /// The tables with their rows.
    pub fn whole(&self) -> String {
        format!("{TABLES}\n{}", self.0)
    }
}

/// A value of JSON as SQLite writes it.
fn literal(value: &Value) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\0', "").replace('\'', "''"));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(flag) => i32::from(*flag).to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(own) => text(own),
        other => text(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sec_41_a_value_stays_one_literal_whatever_is_in_it() {
        let mut script = Script::default();
        script.insert("projects", &json!({"name": "x'); DROP TABLE projects; --\0", "n": 7, "on": true, "none": null}));
        let wanted = "INSERT INTO projects (\"name\", \"n\", \"on\", \"none\") \
                      VALUES ('x''); DROP TABLE projects; --', 7, 1, NULL);\n";
        assert_eq!(script.0, wanted);
    }

    #[test]
    fn every_table_is_made_and_none_has_a_password() {
        for name in NAMES {
            assert!(TABLES.contains(&format!("CREATE TABLE {name} (")), "{name}");
        }
        let columns = TABLES.replace("CREATE TABLE password_reset_tokens (", "");
        assert!(!columns.contains("password") && !columns.contains("token") && !columns.contains(" key "));
    }
}
