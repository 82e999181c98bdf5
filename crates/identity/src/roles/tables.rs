//! Rows of the customer's tables of roles and permissions, found by name and tied to one another.

use crate::{
    IdentityError,
    users::{NewRow, failed, id_json, id_text, objects, run, statements, word},
};
use portcullis_base::Timestamp;
use portcullis_engines::{EngineError, TxMode};
use portcullis_project::{CardRef, Project};
use portcullis_query::{Json, Statement, access::Action, plan::Condition, plan::internal::is};
use portcullis_schema::Column;
use serde_json::{Map, Value};

/// How often a transaction that lost a race is tried again. REL-18.
const RETRIES: u32 = 3;

/// The column of a field the card cannot be without.
pub(super) fn must<'p>(card: CardRef<'p>, field: &str) -> Result<&'p Column, IdentityError> {
    card.column(field).ok_or(IdentityError::NotConfigured)
}

/// The row of a name: what is mapped of it.
pub(super) async fn by_name(
    project: &Project,
    card: CardRef<'_>,
    name: &str,
) -> Result<Option<Map<String, Value>>, IdentityError> {
    let column = must(card, "name")?;
    let read = statements(project, card.table, Action::Read, "a role or permission is looked up by name");
    let Ok(value) = read.compared(column, &Json::String(name.to_owned())) else { return Ok(None) };
    let columns: Vec<&Column> = card.table.columns.iter().filter(|own| card.field_of(own.id).is_some()).collect();
    let rows = objects(&run(project, read.select(&columns, is(column, value), None, 10)).await?)?;
    // A database's own idea of equal letters may be wider than ours.
    Ok(rows.into_iter().find(|row| row.get(&column.name).and_then(id_text).as_deref() == Some(name)))
}

/// The id of the row of a name.
pub(super) async fn id_of(project: &Project, card: CardRef<'_>, name: &str) -> Result<Option<String>, IdentityError> {
    let id = must(card, "id")?;
    Ok(by_name(project, card, name).await?.and_then(|row| row.get(&id.name).and_then(id_text)))
}

/// The row of a name is made, or its other fields are changed; whether it is new.
pub(super) async fn put(
    project: &Project,
    card: CardRef<'_>,
    name: &str,
    fields: &[(&str, Option<&str>)],
    now: Timestamp,
) -> Result<bool, IdentityError> {
    let fields: Vec<(&Column, Option<&str>)> =
        fields.iter().filter_map(|(field, value)| Some((card.column(field)?, *value))).collect();
    if by_name(project, card, name).await?.is_none() {
        let mut row = NewRow::new(project, card, "a role or permission is made").text("name", name)?;
        for (column, value) in &fields {
            if let (Some(value), Some(field)) = (value, card.field_of(column.id)) {
                row = row.text(field, value)?;
            }
        }
        run(project, row.insert(now)?).await?;
        return Ok(true);
    }
    let write = statements(project, card.table, Action::Update, "a role or permission is changed");
    let key = must(card, "name")?;
    let mut set = Vec::new();
    for (column, value) in fields {
        let json = value.map_or(Json::Null, |value| Json::String(value.to_owned()));
        set.push((column, word(&write, column, json)?));
    }
    if let (false, Ok(value)) = (set.is_empty(), write.compared(key, &Json::String(name.to_owned()))) {
        run(project, write.update(set, is(key, value))).await?;
    }
    Ok(false)
}

/// The statement that removes the rows whose field is this id.
pub(super) fn removed(
    project: &Project,
    card: CardRef<'_>,
    field: &str,
    id: &str,
) -> Result<Option<Statement>, IdentityError> {
    let column = must(card, field)?;
    let write = statements(project, card.table, Action::Delete, "a role or permission is removed with its ties");
    let value = write.compared(column, &id_json(column, id));
    Ok(value.ok().map(|value| write.delete(is(column, value))))
}

/// Runs statements in one transaction; gives how many rows the last one changed.
pub(super) async fn together(project: &Project, all: Vec<Statement>) -> Result<u64, IdentityError> {
    let mut tries = 0;
    loop {
        match once(project, all.clone()).await {
            Err(error) if error.is_retryable() && tries < RETRIES => tries += 1,
            Err(EngineError::ForeignKeyViolation { .. }) => {
                let message = "other rows of the database point at it; change those first".to_owned();
                return Err(IdentityError::Conflict { code: "in_use", message });
            }
            Err(error) => return Err(failed(project, error)),
            Ok(affected) => return Ok(affected),
        }
    }
}

async fn once(project: &Project, all: Vec<Statement>) -> Result<u64, EngineError> {
    let mut tx = project.engine.begin(TxMode::Write).await?;
    let mut affected = 0;
    for statement in all {
        affected = tx.fetch(statement).await?.affected;
    }
    tx.commit().await?;
    Ok(affected)
}

/// Ties two ids in a table of ties; whether the tie is new.
pub(super) async fn tie(
    project: &Project,
    card: CardRef<'_>,
    one: (&str, &str),
    two: (&str, &str),
    now: Timestamp,
) -> Result<bool, IdentityError> {
    if both(project, card, one, two)?.is_none() || are_tied(project, card, one, two).await? {
        return Ok(false);
    }
    let row = NewRow::new(project, card, "a tie of roles is made").text(one.0, one.1)?.text(two.0, two.1)?;
    match run(project, row.insert(now)?).await {
        // Somebody was quicker.
        Err(IdentityError::Directory(EngineError::UniqueViolation { .. })) => Ok(false),
        other => other.map(|_| true),
    }
}

/// Unties two ids; whether they were tied.
pub(super) async fn untie(
    project: &Project,
    card: CardRef<'_>,
    one: (&str, &str),
    two: (&str, &str),
) -> Result<bool, IdentityError> {
    let Some(both) = both(project, card, one, two)? else { return Ok(false) };
    let write = statements(project, card.table, Action::Delete, "a tie of roles is undone");
    match run(project, write.delete(both)).await {
        // What is not in a table that cannot be written need not be taken out of it.
        Err(IdentityError::ReadOnly) if !are_tied(project, card, one, two).await? => Ok(false),
        other => Ok(other?.affected > 0),
    }
}

async fn are_tied(
    project: &Project,
    card: CardRef<'_>,
    one: (&str, &str),
    two: (&str, &str),
) -> Result<bool, IdentityError> {
    let Some(both) = both(project, card, one, two)? else { return Ok(false) };
    let read = statements(project, card.table, Action::Read, "a tie of roles is looked up");
    Ok(!run(project, read.select(&[must(card, one.0)?], both, None, 1)).await?.is_empty())
}

fn both<'p>(
    project: &'p Project,
    card: CardRef<'p>,
    one: (&str, &str),
    two: (&str, &str),
) -> Result<Option<Condition<'p>>, IdentityError> {
    let (first, second) = (must(card, one.0)?, must(card, two.0)?);
    let read = statements(project, card.table, Action::Read, "a tie of roles is looked up");
    let values = (read.compared(first, &id_json(first, one.1)), read.compared(second, &id_json(second, two.1)));
    let (Ok(one), Ok(two)) = values else { return Ok(None) };
    Ok(Some(Condition::All(vec![is(first, one), is(second, two)])))
}
