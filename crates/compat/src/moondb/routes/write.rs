//! `/p/{id}/api/{table}`: writing rows. Source: the contract's section 6.

use super::super::ask::Ask;
use super::super::{
    columns::{self, is_built_in, is_users, unknown},
    declared,
    error::Refusal,
    wire::{self, BODY, Fields, Outcome},
};
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_control::declared::{DeclaredTable, DeclaredType};
use portcullis_query::{Json, access::Caller};
use portcullis_records::{
    Operation, OperationKind, RecordsError, Session, batch, create as create_row, delete as delete_row, read, update,
};
use portcullis_schema::Table;
use portcullis_web::BodyLimit;
use serde_json::{Value, json};

/// Rows of a bulk at most.
const MOST: usize = 100;
/// Bytes of a bulk at most.
const BULK: BodyLimit = BodyLimit(16 * 1024 * 1024);

/// `POST`: 201 with the row.
pub async fn create(call: &mut Ask, session: Session<'_>, table: &Table) -> Outcome {
    let fields = Fields::read(call, BODY).await?;
    if is_users(session.project, table) && matches!(session.caller, Caller::Administrator) {
        return create_user(call, session, table, fields).await;
    }
    let document = declared(call, session.project).await?;
    let members = members(session, table, fields.rest(), true);
    required(document.as_ref().and_then(|document| document.table(&table.name)), &members)?;
    let made = create_row(session, table, &members, None).await.map_err(|error| pointing(table, &members, error))?;
    row(StatusCode::CREATED, session, table, &made.row)
}

/// Not every engine tells which column points at nothing; where only one of the body points anywhere, it is that one.
fn pointing(table: &Table, members: &[(String, Json)], error: RecordsError) -> Refusal {
    match error {
        RecordsError::ForeignKey { columns, deleting: false } if columns.is_empty() => {
            let points = |name: &String| table.info.foreign_keys.iter().any(|key| key.columns == [name.clone()]);
            let mut given = members.iter().filter(|(name, value)| points(name) && !matches!(value, Json::Null));
            let columns = match (given.next(), given.next()) {
                (Some((name, _)), None) => vec![name.clone()],
                _ => Vec::new(),
            };
            RecordsError::ForeignKey { columns, deleting: false }.into()
        }
        error => error.into(),
    }
}

/// A user that the admin key makes: the password comes plain and is hashed.
async fn create_user(call: &Ask, session: Session<'_>, table: &Table, mut fields: Fields) -> Outcome {
    let (email, password) = (fields.required("email")?, Secret::new(fields.required("password")?));
    let columns = whole(table, fields.rest())?;
    let identity = call.identity();
    let user =
        identity.create_whole_user(session.project, &email, &password, columns, &call.client, call.now()).await?;
    let made = read(session, table, &user.id).await?;
    row(StatusCode::CREATED, session, table, &made)
}

/// Further columns of a user, without those the server sets.
pub fn whole(table: &Table, members: Vec<(String, Json)>) -> Result<Vec<(String, Json)>, Refusal> {
    let mut columns = Vec::new();
    for (name, value) in members.into_iter().filter(|(name, _)| !is_built_in(name, true)) {
        let column = table.column_by_name(&name).ok_or_else(|| unknown(&name))?;
        columns::check_value(column, &value)?;
        columns.push((name, value));
    }
    Ok(columns)
}

/// `POST bulk`: all rows or none.
pub async fn bulk(call: &mut Ask, session: Session<'_>, table: &Table) -> Outcome {
    let rows = match wire::json_body(call, BULK).await? {
        Some(Json::Array(rows)) => rows,
        _ => return Err(Refusal::bad("VALIDATION_JSON", "The body is an array of rows.")),
    };
    if rows.len() > MOST {
        return Err(Refusal::bad("VALIDATION_LIMIT", format!("At most {MOST} rows are created at once.")));
    }
    if is_users(session.project, table) {
        return Err(Refusal::denied("Users are made one by one: with POST, or POST /auth/signup."));
    }
    let document = declared(call, session.project).await?;
    let document = document.as_ref().and_then(|document| document.table(&table.name));
    let mut operations = Vec::with_capacity(rows.len());
    for (at, body) in rows.into_iter().enumerate() {
        let Json::Object(given) = body else {
            return Err(Refusal::bad("VALIDATION_JSON", format!("Row {at} is no object.")));
        };
        let members = members(session, table, given, true);
        required(document, &members)?;
        operations.push(Operation { id: None, table, kind: OperationKind::Create, body: Json::Object(members) });
    }
    let made = batch(session, &operations).await?;
    let rows: Vec<Value> =
        made.iter().map(|made| Value::Object(columns::row(session.project, table, wire::row(&made.row)))).collect();
    wire::data(StatusCode::CREATED, Value::Array(rows))
}

/// `PATCH {row}`: the columns that are there.
pub async fn change(call: &mut Ask, session: Session<'_>, table: &Table, id: &str) -> Outcome {
    let fields = Fields::read(call, BODY).await?;
    let members = members(session, table, fields.rest(), false);
    let changed = update(session, table, id, &members, None).await.map_err(|error| pointing(table, &members, error))?;
    row(StatusCode::OK, session, table, &changed)
}

/// `PUT {row}`: the whole row; what is not sent goes back to its default, or to nothing.
pub async fn replace(call: &mut Ask, session: Session<'_>, table: &Table, id: &str) -> Outcome {
    let fields = Fields::read(call, BODY).await?;
    let mut members = members(session, table, fields.rest(), false);
    let Some(document) = declared(call, session.project).await? else {
        return Err(Refusal::bad("SCHEMA_NOT_DECLARED", "Only a declared table says what a whole row is."));
    };
    let Some(document) = document.table(&table.name) else { return Err(Refusal::not_found()) };
    required(Some(document), &members)?;
    let owner = owner_column(session, table);
    for column in &document.columns {
        let given = members.iter().any(|(name, _)| *name == column.name);
        let kept = owner.as_deref() == Some(column.name.as_str()) || column.name == "role" && document.auth;
        // A UUID that the server made stays.
        if given || kept || matches!(column.ty, DeclaredType::Uuid) {
            continue;
        }
        let value = match &column.default {
            Some(Value::String(word)) if word == "now" && matches!(column.ty, DeclaredType::DateTime) => {
                Json::String(portcullis_identity::rfc3339(call.now()))
            }
            Some(value) => Json::parse(value.to_string().as_bytes()).unwrap_or(Json::Null),
            None => Json::Null,
        };
        members.push((column.name.clone(), value));
    }
    let changed = update(session, table, id, &members, None).await.map_err(|error| pointing(table, &members, error))?;
    row(StatusCode::OK, session, table, &changed)
}

/// `DELETE {row}`.
pub async fn delete(session: Session<'_>, table: &Table, id: &str) -> Outcome {
    delete_row(session, table, id, None).await?;
    wire::data(StatusCode::OK, json!({ "id": id, "deleted": true }))
}

/// What of a body is the client's to write: not what every table has by itself, and not whose a row is.
fn members(session: Session<'_>, table: &Table, given: Vec<(String, Json)>, creates: bool) -> Vec<(String, Json)> {
    let users = is_users(session.project, table);
    let owner = owner_column(session, table);
    let user = matches!(session.caller, Caller::User(_));
    given
        .into_iter()
        .filter(|(name, _)| !is_built_in(name, users))
        // On creating the core fills it in; afterwards it stays what it is.
        .filter(|(name, _)| !(owner.as_deref() == Some(name.as_str()) && (user || !creates && !admin(session))))
        .collect()
}

fn admin(session: Session<'_>) -> bool {
    matches!(session.caller, Caller::Administrator)
}

fn owner_column(session: Session<'_>, table: &Table) -> Option<String> {
    session.project.settings.tables.get(&table.name)?.owner_column.clone()
}

/// The first required column that is missing.
pub fn required(document: Option<&DeclaredTable>, members: &[(String, Json)]) -> Result<(), Refusal> {
    let owner = document.and_then(|table| table.owner_field.as_deref());
    let missing = document.into_iter().flat_map(|table| &table.columns).find(|column| {
        let value = members.iter().find(|(name, _)| *name == column.name).map(|(_, value)| value);
        let none = match value {
            None => column.default.is_none() && !matches!(column.ty, DeclaredType::Uuid),
            Some(value) => matches!(value, Json::Null),
        };
        column.required && none && owner != Some(column.name.as_str())
    });
    match missing {
        None => Ok(()),
        Some(column) => {
            let message = format!("`{}` is required.", column.name);
            Err(Refusal::bad("VALIDATION_REQUIRED_FIELD", message).about(&column.name))
        }
    }
}

fn row(status: StatusCode, session: Session<'_>, table: &Table, bytes: &[u8]) -> Outcome {
    wire::data(status, Value::Object(columns::row(session.project, table, wire::row(bytes))))
}
