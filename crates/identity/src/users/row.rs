//! One user as a row has it.

use super::Directory;
use portcullis_base::Secret;
use portcullis_schema::{Column, ColumnType};
use serde_json::{Map, Value};

/// One user of the customer's table.
#[derive(Debug, Clone)]
pub struct User {
    /// The id as text.
    pub id: String,
    /// The id as the table has it.
    pub id_value: Value,
    /// The address; empty where there is none.
    pub email: String,
    /// What the user is called, if a name is mapped.
    pub name: Option<String>,
    /// Whether the table lets the user sign in.
    pub active: bool,
    /// The table's word on whether the address is verified; `None` where it has no such column.
    pub verified: Option<bool>,
    /// The role column's value.
    pub role: Option<String>,
    /// The tenant the table says, if rows are kept apart by one.
    pub tenant: Option<String>,
    /// The stored password, if there is one.
    pub password: Option<Secret<String>>,
    /// The columns the user may read, under their own names.
    pub shown: Map<String, Value>,
}

impl User {
    pub(crate) fn read(directory: &Directory<'_>, mut row: Map<String, Value>) -> Option<Self> {
        let field = |name: &str| directory.card.column(name);
        let value = |name: &str| field(name).and_then(|column| row.get(&column.name));
        let text = |name: &str| value(name).and_then(Value::as_str).map(str::to_owned);
        let id_value = value("id")?.clone();
        let user = Self {
            id: id_text(&id_value)?,
            id_value,
            email: text("email").unwrap_or_default(),
            name: text("firstname"),
            active: field("is_active").is_none_or(|column| is_active(column, row.get(&column.name))),
            verified: field("email_verified").map(|column| is_set(row.get(&column.name))),
            role: value("role").and_then(id_text).filter(|role| !role.is_empty()),
            tenant: directory.tenant_column().and_then(|column| row.get(&column.name).and_then(id_text)),
            password: text("password").filter(|text| !text.is_empty()).map(Secret::new),
            shown: Map::new(),
        };
        let shown = directory.columns().into_iter().filter(|column| directory.shows(column));
        let shown = shown.filter_map(|column| Some((column.name.clone(), row.remove(&column.name)?))).collect();
        Some(Self { shown, ..user })
    }
}

/// An id as text: text as it is, a number by its digits.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A flag, or a time since which somebody is off. Where nothing is written nobody is let in.
fn is_active(column: &Column, value: Option<&Value>) -> bool {
    match column.ty {
        ColumnType::DateTime { .. } | ColumnType::Date => !is_set(value),
        _ => is_set(value),
    }
}

/// A flag that is true, a number other than 0, a time, or a word that says yes.
fn is_set(value: Option<&Value>) -> bool {
    const NO: [&str; 12] =
        ["", "0", "f", "n", "no", "false", "off", "inactive", "disabled", "blocked", "suspended", "deleted"];
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
        Some(Value::String(text)) => !NO.contains(&text.trim().to_ascii_lowercase().as_str()),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// An address as it is compared: without blanks around it, ASCII letters small.
pub(crate) fn normalised(address: &str) -> String {
    address.trim().to_ascii_lowercase()
}
