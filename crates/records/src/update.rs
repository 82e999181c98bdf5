//! Changing one row.

use crate::{
    RecordsError, Session,
    create::reread,
    read::etag,
    run::{Work, retrying},
};
use portcullis_query::{
    Json, Rows, Value,
    access::{Action, Grant},
    plan::{PlanError, Planner, WriteRow, parse_key},
    render,
};
use portcullis_schema::Table;

/// Changes the columns that are present; gives the row as stored.
///
/// # Errors
///
/// [`RecordsError::NotFound`], [`RecordsError::Stale`] where `if_match` names another state of the row.
pub async fn update(
    session: Session<'_>,
    table: &Table,
    key: &str,
    members: &[(String, Json)],
    if_match: Option<&str>,
) -> Result<Vec<u8>, RecordsError> {
    let planner = session.planner();
    let grant = planner.write_grant(Action::Update, table)?;
    let key = parse_key(&planner, table, key)?;
    let secret = session.has_password(table, &grant, members);
    let set = hashed(session, table, &grant, &key, members).await?;
    let plain = if_match.is_none() && !table.info.has_triggers && planner.dialect.returning().update;
    if plain && !set.is_empty() && !planner.needs_checks(table, &grant, &set) {
        let update = planner.update(table, &grant, vec![key], set, true);
        let rows = session.fetch(render::update(&update, planner.dialect), table).await?;
        if rows.is_empty() {
            return Err(RecordsError::NotFound);
        }
        if secret {
            session.passwords_written(table, [rows.row(0)]).await?;
        }
        return Ok(rows.row(0).to_vec());
    }
    retrying!(async {
        let mut work = session.begin(table).await?;
        check_match(&mut work, session, table, &grant, &key, if_match).await?;
        let row = update_in(&mut work, session, table, &grant, key.clone(), set.clone()).await?;
        session.commit(work, table).await?;
        if secret {
            session.passwords_written(table, [row.as_slice()]).await?;
        }
        Ok(row)
    })
}

/// The changes of a body, a password in it hashed.
pub(crate) async fn hashed<'s>(
    session: Session<'s>,
    table: &'s Table,
    grant: &Grant,
    key: &[Value],
    members: &[(String, Json)],
) -> Result<WriteRow<'s>, RecordsError> {
    let (members, password) = session.take_password(table, grant, members, "").await?;
    let mut set = changes(&session.planner(), table, grant, key, &members, "")?;
    set.extend(password);
    Ok(set)
}

/// Resolves a body into changes: the key may be repeated in it, and must not differ.
pub(crate) fn changes<'s>(
    planner: &Planner<'s>,
    table: &'s Table,
    grant: &Grant,
    key: &[Value],
    members: &[(String, Json)],
    place: &str,
) -> Result<WriteRow<'s>, RecordsError> {
    let mut rest = Vec::with_capacity(members.len());
    for (name, word) in members {
        let own = table
            .find_column(name)
            .and_then(|column| table.primary_key.iter().position(|id| *id == column.id).map(|at| (column, at)));
        match own {
            // A word that does not even convert differs too.
            Some((column, at)) => {
                if planner.column_value(column, word).ok().as_ref() != key.get(at) {
                    return Err(RecordsError::Plan(PlanError::Invalid {
                        code: "key_change",
                        message: format!("`{}` is part of the key and cannot be changed", column.name),
                        place: format!("{place}/{name}"),
                    }));
                }
            }
            None => rest.push((name.clone(), word.clone())),
        }
    }
    Ok(planner.write_row(table, grant, &rest, place)?)
}

/// Locks the row and compares its tag. SEC-64.
pub(crate) async fn check_match(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    grant: &Grant,
    key: &[Value],
    if_match: Option<&str>,
) -> Result<(), RecordsError> {
    let Some(wanted) = if_match else { return Ok(()) };
    let planner = session.planner();
    let mut select = planner.row(table, grant, key);
    select.lock = true;
    let rows = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
    if rows.is_empty() {
        return Err(RecordsError::NotFound);
    }
    let row = rows.row(0);
    let tag = etag(row);
    // Weak tags never match: RFC 9110 section 13.1.1 compares strongly.
    let matches = wanted.trim() == "*" || wanted.split(',').any(|candidate| candidate.trim() == tag);
    if matches { Ok(()) } else { Err(RecordsError::Stale { current: row.to_vec() }) }
}

/// Changes one row inside a transaction.
pub(crate) async fn update_in(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    grant: &Grant,
    key: Vec<Value>,
    set: WriteRow<'_>,
) -> Result<Vec<u8>, RecordsError> {
    let planner = session.planner();
    if !set.is_empty() {
        let direct = planner.dialect.returning().update && !table.info.has_triggers;
        let update = planner.update(table, grant, vec![key.clone()], set, direct);
        let rows = work.fetch(&session, render::update(&update, planner.dialect), table, false).await?;
        if if direct { rows.is_empty() } else { rows.affected == 0 } {
            return Err(RecordsError::NotFound);
        }
        work.check(&session, table, grant, vec![key.clone()], &update.set).await?;
        if direct {
            return Ok(rows.row(0).to_vec());
        }
        return reread(work, session, table, grant, Rows::default(), Some(key), false).await.map(|written| written.row);
    }
    let select = planner.row(table, grant, &key);
    let rows = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
    if rows.is_empty() { Err(RecordsError::NotFound) } else { Ok(rows.row(0).to_vec()) }
}
