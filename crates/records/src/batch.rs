//! Several writes over several tables in one transaction, later ones referring to the results of earlier ones.

use crate::{
    RecordsError, Session,
    create::create_in,
    delete::delete_in,
    run::{Work, may_retry},
    update::{hashed, update_in},
};
use portcullis_query::{Json, access::Action, plan::parse_key};
use portcullis_schema::{Table, names::loose};
use std::collections::HashMap;

/// One write of a batch.
#[derive(Debug)]
pub struct Operation<'a> {
    /// What later operations call its result.
    pub id: Option<String>,
    /// The table.
    pub table: &'a Table,
    /// What is done.
    pub kind: OperationKind,
    /// The body; an empty object for a deletion.
    pub body: Json,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationKind {
    /// A row is created.
    Create,
    /// The row with this key is changed.
    Update(String),
    /// The row with this key is deleted.
    Delete(String),
}

/// What became of one operation.
#[derive(Debug)]
pub struct OperationResult {
    /// The status it would have had on its own.
    pub created: bool,
    /// The row as JSON.
    pub row: Vec<u8>,
}

/// Does all operations, or none.
///
/// # Errors
///
/// [`RecordsError::Operation`] names the first one that failed.
pub async fn batch(session: Session<'_>, operations: &[Operation<'_>]) -> Result<Vec<OperationResult>, RecordsError> {
    let Some(first) = operations.first() else { return Ok(Vec::new()) };
    let mut tries = 0;
    loop {
        match attempt(session, first.table, operations).await {
            Err(RecordsError::Operation { error, .. }) if may_retry(&error, &mut tries) => {}
            Err(error) if may_retry(&error, &mut tries) => {}
            result => return result,
        }
    }
}

async fn attempt(
    session: Session<'_>,
    table: &Table,
    operations: &[Operation<'_>],
) -> Result<Vec<OperationResult>, RecordsError> {
    let mut work = session.begin(table).await?;
    let mut results = Vec::with_capacity(operations.len());
    let mut known: HashMap<&str, Json> = HashMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let failed = |error| RecordsError::Operation { index, error: Box::new(error) };
        let result = one(&mut work, session, operation, &known).await.map_err(failed)?;
        if let Some(id) = &operation.id
            && let Ok(row) = Json::parse(&result.row)
        {
            known.insert(id, row);
        }
        results.push(result);
    }
    session.commit(work, table).await?;
    for (operation, result) in operations.iter().zip(&results) {
        let action = match operation.kind {
            OperationKind::Create => Action::Create,
            OperationKind::Update(_) => Action::Update,
            OperationKind::Delete(_) => continue,
        };
        let grant = session.planner().write_grant(action, operation.table)?;
        if operation.body.as_object().is_some_and(|body| session.has_password(operation.table, &grant, body)) {
            session.passwords_written(operation.table, [result.row.as_slice()]).await?;
        }
    }
    Ok(results)
}

async fn one(
    work: &mut Work,
    session: Session<'_>,
    operation: &Operation<'_>,
    known: &HashMap<&str, Json>,
) -> Result<OperationResult, RecordsError> {
    let table = operation.table;
    let body = resolve(&operation.body, known, "")?;
    let members = body.as_object().unwrap_or_default();
    let planner = session.planner();
    match &operation.kind {
        OperationKind::Create => {
            let written = create_in(work, session, table, members, None, String::new()).await?;
            Ok(OperationResult { created: true, row: written.row })
        }
        OperationKind::Update(key) => {
            let grant = planner.write_grant(Action::Update, table)?;
            let key = parse_key(&planner, table, key)?;
            let set = hashed(session, table, &grant, &key, members).await?;
            let row = update_in(work, session, table, &grant, key, set).await?;
            Ok(OperationResult { created: false, row })
        }
        OperationKind::Delete(key) => {
            let grant = planner.write_grant(Action::Delete, table)?;
            let key = parse_key(&planner, table, key)?;
            let row = delete_in(work, session, table, &grant, key).await?;
            Ok(OperationResult { created: false, row })
        }
    }
}

/// Puts the values of earlier results where `{"$ref": "id.column"}` stands.
fn resolve(value: &Json, known: &HashMap<&str, Json>, place: &str) -> Result<Json, RecordsError> {
    Ok(match value {
        Json::Object(members) => match members.as_slice() {
            [(key, Json::String(path))] if key == "$ref" => reference(path, known, place)?,
            members => Json::Object(
                members
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), resolve(value, known, &format!("{place}/{key}"))?)))
                    .collect::<Result<_, RecordsError>>()?,
            ),
        },
        Json::Array(items) => Json::Array(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| resolve(item, known, &format!("{place}/{at}")))
                .collect::<Result<_, _>>()?,
        ),
        other => other.clone(),
    })
}

fn reference(path: &str, known: &HashMap<&str, Json>, place: &str) -> Result<Json, RecordsError> {
    let invalid =
        |message: String| RecordsError::Invalid { code: "invalid_reference", message, place: place.to_owned() };
    let (id, column) =
        path.split_once('.').ok_or_else(|| invalid(format!("`{path}` is no reference; write `id.column`")))?;
    let row = known.get(id).ok_or_else(|| invalid(format!("no earlier operation has the id `{id}`")))?;
    let value = row.get(column).or_else(|| loosely(row, column));
    value.cloned().ok_or_else(|| invalid(format!("the result of `{id}` has no column `{column}`")))
}

/// A column under another spelling, if only one has it.
fn loosely<'r>(row: &'r Json, column: &str) -> Option<&'r Json> {
    let wanted = loose(column);
    let mut found = row.as_object()?.iter().filter(|(name, _)| loose(name) == wanted);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_spells_a_column_as_loosely_as_a_filter() {
        let row = Json::parse(br#"{"playlist_id":7,"a_b":1,"aB":2}"#).unwrap();
        let known = HashMap::from([("p", row)]);
        assert_eq!(reference("p.PlaylistId", &known, "").unwrap(), reference("p.playlist_id", &known, "").unwrap());
        assert!(reference("p.a_b", &known, "").is_ok());
        assert!(reference("p.AB", &known, "").is_err(), "two columns are spelled so");
        assert!(reference("p.b", &known, "").is_err());
    }
}
