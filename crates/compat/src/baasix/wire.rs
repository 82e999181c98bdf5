//! Rows and answers in the form of Baasix.

use super::role::Role;
use portcullis_base::Timestamp;
use portcullis_identity::AuthResult;
use portcullis_project::{Project, settings::CardKind};
use portcullis_schema::names::loose;
use serde_json::{Map, Value, json};

/// What a column of the users table is called here, by the field of the card.
const NAMES: [(&str, &str); 6] = [
    ("email", "email"),
    ("firstname", "firstName"),
    ("lastname", "lastName"),
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
    ("last_login", "lastAccess"),
];

/// Columns that the original has and a customer's table may have, found by their names.
const FURTHER: [&str; 4] = ["firstName", "lastName", "phone", "avatar_Id"];

/// A user as `/auth` answers it, from how users see themselves. Never a hash.
pub fn user(project: &Project, shown: &Map<String, Value>) -> Map<String, Value> {
    let card = project.cards.get(CardKind::User);
    let mut rest = shown.clone();
    let mut out = Map::new();
    out.insert("id".to_owned(), rest.remove("id").unwrap_or(Value::Null));
    for (field, name) in NAMES {
        let column = card.and_then(|card| card.column(field));
        if let Some(value) = column.and_then(|column| rest.remove(&column.name)) {
            out.insert(name.to_owned(), value);
        } else if field == "email" {
            out.insert(name.to_owned(), rest.remove("email").unwrap_or(Value::Null));
        }
    }
    for name in FURTHER {
        if out.contains_key(name) {
            continue;
        }
        let key = rest.keys().find(|key| loose(key) == loose(name)).cloned();
        let value = key.and_then(|key| rest.remove(&key));
        out.insert(name.to_owned(), value.unwrap_or(Value::Null));
    }
    if out.get("firstName").is_none_or(Value::is_null)
        && let Some(name) = rest.remove("name")
    {
        out.insert("firstName".to_owned(), name);
    }
    let names = ["firstName", "lastName"].map(|name| out.get(name).and_then(Value::as_str).unwrap_or_default());
    let full = names.join(" ").trim().to_owned();
    out.insert("fullName".to_owned(), json!(full));
    let active = rest.remove("is_active").is_none_or(|flag| flag == json!(true));
    out.insert("status".to_owned(), json!(if active { "active" } else { "suspended" }));
    let verified = card.and_then(|card| card.column("email_verified")).and_then(|column| rest.remove(&column.name));
    let verified = rest.remove("email_verified").or(verified).unwrap_or(Value::Null);
    out.insert("emailVerified".to_owned(), json!(is_set(&verified)));
    for taken in ["roles", "name", "email"] {
        rest.remove(taken);
    }
    if let Some(column) = card.and_then(|card| card.column("is_active")) {
        rest.remove(&column.name);
    }
    out.extend(rest);
    out
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0" | "false" | "f"),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A token answer.
pub struct Entry<'a> {
    /// What came of it.
    pub result: &'a AuthResult,
    /// The role of the session.
    pub role: &'a Role,
    /// The role's permission rows.
    pub permissions: Vec<Value>,
    /// The tenant's row, or null.
    pub tenant: Value,
}

impl Entry<'_> {
    /// The body, without the token in cookie mode: that is what the cookie is for.
    pub fn body(&self, project: &Project, message: Option<&str>, cookie: bool) -> Value {
        let mut body = Map::new();
        let message = if cookie { Some("Authentication successful") } else { message };
        if let Some(message) = message {
            body.insert("message".to_owned(), json!(message));
        }
        if !cookie {
            body.insert("token".to_owned(), json!(self.result.token.expose()));
            body.insert("refreshToken".to_owned(), json!(self.result.refresh_token.expose()));
        }
        body.insert("authMode".to_owned(), json!(if cookie { "cookie" } else { "jwt" }));
        let user = Value::Object(user(project, &self.result.user));
        body.insert("user".to_owned(), user);
        body.insert("role".to_owned(), self.role.row(project));
        body.insert("permissions".to_owned(), json!(self.permissions));
        body.insert("tenant".to_owned(), self.tenant.clone());
        Value::Object(body)
    }
}

/// A moment as this surface writes it: ISO 8601 in UTC with milliseconds.
pub fn moment(at: Timestamp) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
