//! Columns that every table has by itself, and what rows look like on the way out.

use super::error::Refusal;
use portcullis_project::{CardRef, Project, settings::CardKind};
use portcullis_query::{
    Json,
    convert::{Purpose, typed_as},
};
use portcullis_schema::{Column, Table};
use serde_json::{Map, Value, json};

/// Never declared, and never the client's to write.
const BUILT_IN: [&str; 4] = ["id", "created_at", "updated_at", "deleted_at"];

/// The users of a project.
pub fn users(project: &Project) -> Result<CardRef<'_>, Refusal> {
    let missing = || Refusal::bad("AUTH_NOT_CONFIGURED", "The schema has no table of users.");
    project.cards.get(CardKind::User).ok_or_else(missing)
}

/// Whether a table is that of the users.
pub fn is_users(project: &Project, table: &Table) -> bool {
    project.settings.mapping.user.table.as_deref() == Some(table.name.as_str())
}

/// Whether the server alone sets a column of the users.
pub fn is_built_in(name: &str, users: bool) -> bool {
    BUILT_IN.contains(&name)
        || (users
            && (matches!(name, "email_verified" | "password_hash")
                || name.starts_with("verification_")
                || name.starts_with("reset_")))
}

/// The user object: every column that is not hidden, and `email_verified` as a number where addresses are verified.
pub fn user(project: &Project, view: Map<String, Value>) -> Map<String, Value> {
    let Some(card) = project.cards.get(CardKind::User) else { return view };
    let mut out = Map::new();
    for column in &card.table.columns {
        if let Some(value) = view.get(&column.name) {
            out.insert(column.name.clone(), value.clone());
        }
    }
    for (name, column) in [("id", card.column("id")), ("email", card.column("email"))] {
        if let (Some(column), Some(value)) = (column, view.get(name)) {
            out.insert(column.name.clone(), value.clone());
        }
    }
    let verified = view.get("email_verified").cloned();
    shape_verified(project, &mut out, verified);
    out
}

/// A row of a table as clients know it.
pub fn row(project: &Project, table: &Table, mut row: Map<String, Value>) -> Map<String, Value> {
    if is_users(project, table) {
        let verified = row.get("email_verified").cloned();
        if verified.is_some() {
            shape_verified(project, &mut row, verified);
        }
    }
    row
}

fn shape_verified(project: &Project, row: &mut Map<String, Value>, verified: Option<Value>) {
    if !project.settings.auth.verify_email {
        row.remove("email_verified");
        return;
    }
    let yes = match verified {
        Some(Value::Bool(yes)) => yes,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        // A moment of verification.
        Some(Value::String(text)) => !text.is_empty(),
        _ => false,
    };
    row.insert("email_verified".to_owned(), json!(u8::from(yes)));
}

/// Makes sure that a value could stand in a column.
pub fn check_value(column: &Column, value: &Json) -> Result<(), Refusal> {
    match typed_as(&column.ty, value, Purpose::Write) {
        Ok(_) => Ok(()),
        Err(mismatch) => {
            let message = format!("The value of `{}` does not fit: {}.", column.name, mismatch.0);
            Err(Refusal::bad("VALIDATION_TYPE", message).about(&column.name))
        }
    }
}

/// Refuses a member that is no column.
pub fn unknown(name: &str) -> Refusal {
    Refusal::bad("VALIDATION_UNKNOWN_FIELD", format!("The table has no column `{name}`.")).about(name)
}
