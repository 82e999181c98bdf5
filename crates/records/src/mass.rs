//! Changing or deleting all rows that a filter matches, up to a cap.

use crate::{
    RecordsError, Session,
    list::{count_of, counted},
    run::{Work, key_of, retrying},
};
use portcullis_query::{
    Json, Value,
    access::{Action, Grant},
    plan::{PlanError, Select, WriteRow},
    render,
    request::Expression,
};
use portcullis_schema::Table;

/// How many rows one statement names by key.
const KEYS_PER_STATEMENT: usize = 500;
/// How many rows a preview shows.
const SAMPLE: u64 = 10;

/// What is to be done to which rows.
#[derive(Debug, Clone, Copy)]
pub struct MassRequest<'a> {
    /// Which rows; never empty.
    pub filter: &'a [Expression],
    /// The changes; `None` deletes.
    pub update: Option<&'a [(String, Json)]>,
    /// How many rows at most; the setting where absent.
    pub limit: Option<u64>,
}

/// What was done.
#[derive(Debug)]
pub struct MassOutcome {
    /// The rows after the change, or the deleted ones: JSON with commas between them.
    pub rows: Vec<u8>,
    /// How many there were.
    pub count: u64,
}

/// What would be done.
#[derive(Debug)]
pub struct MassPreview {
    /// How many rows match.
    pub count: u64,
    /// The first few: JSON with commas between them.
    pub sample: Vec<u8>,
    /// The SQL, for those who may see it.
    pub sql: Option<String>,
}

fn cap(session: &Session<'_>, request: &MassRequest<'_>) -> u64 {
    request.limit.unwrap_or(session.project.settings.limits.mass_rows)
}

/// What is to be changed, a password in it hashed.
async fn hashed<'s>(
    session: &Session<'s>,
    table: &'s Table,
    grant: &Grant,
    members: &[(String, Json)],
) -> Result<WriteRow<'s>, RecordsError> {
    let (members, password) = session.take_password(table, grant, members, "/updateData").await?;
    let mut set = session.planner().write_row(table, grant, &members, "/updateData")?;
    set.extend(password);
    complete(table, set)
}

fn complete<'s>(table: &'s Table, set: WriteRow<'s>) -> Result<WriteRow<'s>, RecordsError> {
    let invalid =
        |code, message: String, place: String| Err(RecordsError::Plan(PlanError::Invalid { code, message, place }));
    // A counter that is null counts as not named.
    if set.is_empty() {
        return invalid("empty_update", "`updateData` names no column".to_owned(), "/updateData".to_owned());
    }
    match set.iter().find(|(column, _)| table.primary_key.contains(&column.id)) {
        Some((column, _)) => invalid(
            "key_change",
            format!("`{}` is part of the key and cannot be changed", column.name),
            format!("/updateData/{}", column.name),
        ),
        None => Ok(set),
    }
}

/// Changes all matching rows in one transaction.
///
/// # Errors
///
/// The filter is empty or does not fit, or more rows match than the cap: nothing is changed then.
pub async fn mass_update(
    session: Session<'_>,
    table: &Table,
    request: MassRequest<'_>,
) -> Result<MassOutcome, RecordsError> {
    let planner = session.planner();
    let grant = planner.write_grant(Action::Update, table)?;
    let members = request.update.unwrap_or_default();
    let secret = session.has_password(table, &grant, members);
    let set = hashed(&session, table, &grant, members).await?;
    let keys = planner.mass_keys(table, &grant, request.filter, cap(&session, &request))?;
    retrying!(async {
        let mut work = session.begin(table).await?;
        let keys = locked_keys(&mut work, session, table, &keys, cap(&session, &request)).await?;
        let mut outcome = MassOutcome { rows: Vec::new(), count: keys.len() as u64 };
        for chunk in keys.chunks(KEYS_PER_STATEMENT) {
            let update = planner.update(table, &grant, chunk.to_vec(), set.clone(), false);
            work.fetch(&session, render::update(&update, planner.dialect), table, false).await?;
            work.check(&session, table, &grant, chunk.to_vec(), &set).await?;
        }
        for chunk in keys.chunks(KEYS_PER_STATEMENT) {
            let select = planner.rows_by_key(table, &grant, chunk.to_vec());
            let rows = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
            append(&mut outcome.rows, &rows.bytes);
        }
        session.commit(work, table).await?;
        if secret {
            let rows = [b"[", outcome.rows.as_slice(), b"]"].concat();
            let rows =
                Json::parse(&rows).ok().and_then(|json| json.as_array().map(<[Json]>::to_vec)).unwrap_or_default();
            let rows: Vec<String> = rows.iter().map(Json::to_text).collect();
            session.passwords_written(table, rows.iter().map(String::as_bytes)).await?;
        }
        Ok(outcome)
    })
}

/// Deletes all matching rows in one transaction.
///
/// # Errors
///
/// As [`mass_update`].
pub async fn mass_delete(
    session: Session<'_>,
    table: &Table,
    request: MassRequest<'_>,
) -> Result<MassOutcome, RecordsError> {
    let planner = session.planner();
    let grant = planner.write_grant(Action::Delete, table)?;
    let keys = planner.mass_keys(table, &grant, request.filter, cap(&session, &request))?;
    retrying!(async {
        let mut work = session.begin(table).await?;
        let keys = locked_keys(&mut work, session, table, &keys, cap(&session, &request)).await?;
        let mut outcome = MassOutcome { rows: Vec::new(), count: keys.len() as u64 };
        for chunk in keys.chunks(KEYS_PER_STATEMENT) {
            let select = planner.rows_by_key(table, &grant, chunk.to_vec());
            let rows = work.fetch(&session, render::select(&select, planner.dialect), table, true).await?;
            append(&mut outcome.rows, &rows.bytes);
            let delete = planner.delete(table, &grant, chunk.to_vec(), false);
            work.fetch(&session, render::delete(&delete, planner.dialect), table, true).await?;
        }
        session.commit(work, table).await?;
        Ok(outcome)
    })
}

fn append(out: &mut Vec<u8>, rows: &[u8]) {
    if !out.is_empty() && !rows.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(rows);
}

async fn locked_keys(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    select: &Select<'_>,
    cap: u64,
) -> Result<Vec<Vec<Value>>, RecordsError> {
    let dialect = session.project.engine.dialect();
    let rows = work.fetch(&session, render::select(select, dialect), table, false).await?;
    if rows.len() as u64 > cap {
        let counted = work.fetch(&session, render::count(select, dialect), table, false).await?;
        return Err(RecordsError::TooManyRows { count: count_of(&counted.captured), cap });
    }
    Ok((0..rows.len()).filter_map(|row| key_of(table, &select.columns, &rows, row)).collect())
}

/// Tells what a mass write would touch, without a change.
///
/// # Errors
///
/// As the write itself, but for the cap.
pub async fn mass_preview(
    session: Session<'_>,
    table: &Table,
    request: MassRequest<'_>,
) -> Result<MassPreview, RecordsError> {
    let planner = session.planner();
    let action = if request.update.is_some() { Action::Update } else { Action::Delete };
    let grant = planner.write_grant(action, table)?;
    let set = match request.update {
        Some(members) => Some(hashed(&session, table, &grant, members).await?),
        None => None,
    };
    let mut select = planner.mass_rows(table, &grant, request.filter)?;
    let count = counted(session, table, &select).await?;
    select.limit = Some(SAMPLE);
    let sample = session.fetch_once(render::select(&select, planner.dialect), table).await?.bytes;
    let sql = grant.sees_sql().then(|| {
        let statement = match set {
            Some(set) => render::update(&select.clone().into_update(set), planner.dialect),
            None => render::delete(&planner.mass_deletion(&grant, select), planner.dialect),
        };
        statement.text
    });
    Ok(MassPreview { count, sample, sql })
}
