//! Many rows, each on its own: one that fails does not undo the others.
//!
//! The common case is that none fails: all rows are first tried in one transaction without savepoints. Only when
//! one is refused is everything done again with a savepoint around each row.

use crate::{
    RecordsError, Session,
    create::create_in,
    run::{Work, may_retry},
    update::{hashed, update_in},
};
use portcullis_query::{Json, access::Action, plan::parse_key};
use portcullis_schema::Table;

/// What became of a bulk.
#[derive(Debug, Default)]
pub struct BulkOutcome {
    /// The written rows as JSON, in input order.
    pub succeeded: Vec<Vec<u8>>,
    /// Whether every written row was inserted, none changed by an upsert.
    pub all_inserted: bool,
    /// The refused rows.
    pub failed: Vec<FailedRow>,
}

/// A refused row.
#[derive(Debug)]
pub struct FailedRow {
    /// Its place in the input, counted from 0.
    pub index: usize,
    /// Why.
    pub error: RecordsError,
}

/// What is done with each row.
#[derive(Clone, Copy)]
enum Kind<'a> {
    Create { conflict: Option<&'a [String]> },
    Update,
}

/// Creates rows.
///
/// # Errors
///
/// Access refused, or the database is away; a refused row is not an error.
pub async fn bulk_create(
    session: Session<'_>,
    table: &Table,
    items: &[Json],
    conflict: Option<&[String]>,
) -> Result<BulkOutcome, RecordsError> {
    session.planner().write_grant(Action::Create, table)?;
    bulk(session, table, items, Kind::Create { conflict }).await
}

/// Changes rows, each named by the key in its body.
///
/// # Errors
///
/// As [`bulk_create`].
pub async fn bulk_update(session: Session<'_>, table: &Table, items: &[Json]) -> Result<BulkOutcome, RecordsError> {
    session.planner().write_grant(Action::Update, table)?;
    if table.primary_key.is_empty() {
        return Err(RecordsError::Plan(portcullis_query::plan::PlanError::NoKey { table: table.name.clone() }));
    }
    bulk(session, table, items, Kind::Update).await
}

async fn bulk(
    session: Session<'_>,
    table: &Table,
    items: &[Json],
    kind: Kind<'_>,
) -> Result<BulkOutcome, RecordsError> {
    let mut tries = 0;
    let mut savepoints = false;
    loop {
        let outcome = attempt(session, table, items, kind, savepoints).await;
        match outcome {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => savepoints = true,
            Err(error) if may_retry(&error, &mut tries) => {}
            Err(error) => return Err(error),
        }
    }
}

/// One pass; `None` where a row was refused and there was no savepoint to go back to.
async fn attempt(
    session: Session<'_>,
    table: &Table,
    items: &[Json],
    kind: Kind<'_>,
    savepoints: bool,
) -> Result<Option<BulkOutcome>, RecordsError> {
    let broken = |error| session.failed(error, table, false);
    let mut work = session.begin(table).await?;
    let mut outcome = BulkOutcome { all_inserted: true, ..BulkOutcome::default() };
    let action = match kind {
        Kind::Create { .. } => Action::Create,
        Kind::Update => Action::Update,
    };
    let grant = session.planner().write_grant(action, table)?;
    let secret = |item: &Json| item.as_object().is_some_and(|members| session.has_password(table, &grant, members));
    // The written rows with a password, by their place among them.
    let mut secrets = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if savepoints {
            work.transaction.savepoint().await.map_err(broken)?;
        }
        match one(&mut work, session, table, item, kind).await {
            Ok((row, inserted)) => {
                outcome.all_inserted &= inserted;
                if secret(item) {
                    secrets.push(outcome.succeeded.len());
                }
                outcome.succeeded.push(row);
                if savepoints {
                    work.transaction.release().await.map_err(broken)?;
                }
            }
            Err(error) if is_fatal(&error) => return Err(error),
            // Nothing reached the database: the transaction is as good as before.
            Err(error @ (RecordsError::Plan(_) | RecordsError::Invalid { .. })) if !savepoints => {
                if has_children(table, item) {
                    return Ok(None);
                }
                outcome.failed.push(FailedRow { index, error });
            }
            Err(_) if !savepoints => {
                // Dropped: rolled back.
                return Ok(None);
            }
            Err(error) => {
                work.transaction.rollback_to_savepoint().await.map_err(broken)?;
                outcome.failed.push(FailedRow { index, error });
            }
        }
    }
    session.commit(work, table).await?;
    session.passwords_written(table, secrets.iter().map(|at| outcome.succeeded[*at].as_slice())).await?;
    Ok(Some(outcome))
}

/// Whether the whole bulk ends here: the database is away, or a lost race means starting over.
fn is_fatal(error: &RecordsError) -> bool {
    matches!(error, RecordsError::Database(_))
}

fn has_children(table: &Table, item: &Json) -> bool {
    item.as_object().is_some_and(|members| {
        members
            .iter()
            .any(|(name, value)| matches!(value, Json::Array(_) | Json::Object(_)) && table.find_column(name).is_none())
    })
}

async fn one(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    item: &Json,
    kind: Kind<'_>,
) -> Result<(Vec<u8>, bool), RecordsError> {
    let Some(members) = item.as_object() else {
        return Err(RecordsError::Invalid {
            code: "invalid_body",
            message: format!("an object is needed, not {}", item.kind()),
            place: String::new(),
        });
    };
    match kind {
        Kind::Create { conflict } => {
            let written = create_in(work, session, table, members, conflict, String::new()).await?;
            Ok((written.row, written.inserted))
        }
        Kind::Update => {
            let planner = session.planner();
            let grant = planner.write_grant(Action::Update, table)?;
            let key = parse_key(&planner, table, &key_text(table, members)?)?;
            let set = hashed(session, table, &grant, &key, members).await?;
            Ok((update_in(work, session, table, &grant, key, set).await?, false))
        }
    }
}

/// The key in a body, in the form in which a path names it.
fn key_text(table: &Table, members: &[(String, Json)]) -> Result<String, RecordsError> {
    let mut text = String::new();
    for (at, id) in table.primary_key.iter().enumerate() {
        let column = table.column(*id);
        let word = members
            .iter()
            .find(|(name, _)| table.find_column(name).is_some_and(|found| found.id == *id))
            .map(|(_, word)| word);
        let part = match word {
            Some(Json::String(text) | Json::Number(text)) => text.clone(),
            Some(Json::Bool(value)) => value.to_string(),
            _ => {
                return Err(RecordsError::Invalid {
                    code: "missing_key",
                    message: format!("the row lacks its key `{}`", column.name),
                    place: format!("/{}", column.name),
                });
            }
        };
        if at > 0 {
            text.push(',');
        }
        // One spelling with the path: inside a value `\` and `,` are escaped.
        for c in part.chars() {
            if c == '\\' || (c == ',' && table.primary_key.len() > 1) {
                text.push('\\');
            }
            text.push(c);
        }
    }
    Ok(text)
}
