//! Deleting one row.

use crate::{
    RecordsError, Session,
    run::{Work, retrying},
    update::check_match,
};
use portcullis_query::{
    Value,
    access::{Action, Grant},
    plan::parse_key,
    render,
};
use portcullis_schema::Table;

/// Deletes one row; gives it as it was.
///
/// # Errors
///
/// [`RecordsError::NotFound`], [`RecordsError::Stale`], [`RecordsError::ForeignKey`].
pub async fn delete(
    session: Session<'_>,
    table: &Table,
    key: &str,
    if_match: Option<&str>,
) -> Result<Vec<u8>, RecordsError> {
    let planner = session.planner();
    let grant = planner.write_grant(Action::Delete, table)?;
    let key = parse_key(&planner, table, key)?;
    retrying!(async {
        let mut work = session.begin(table).await?;
        check_match(&mut work, session, table, &grant, &key, if_match).await?;
        let row = delete_in(&mut work, session, table, &grant, key.clone()).await?;
        session.commit(work, table).await?;
        Ok(row)
    })
}

/// Deletes one row inside a transaction.
pub(crate) async fn delete_in(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    grant: &Grant,
    key: Vec<Value>,
) -> Result<Vec<u8>, RecordsError> {
    let planner = session.planner();
    // Where deleted rows stay, deleting is an update.
    let (marks, returning) = (grant.scope().live.is_some(), planner.dialect.returning());
    if if marks { returning.update } else { returning.delete } {
        let delete = planner.delete(table, grant, vec![key], true);
        let rows = work.fetch(&session, render::delete(&delete, planner.dialect), table, true).await?;
        return if rows.is_empty() { Err(RecordsError::NotFound) } else { Ok(rows.row(0).to_vec()) };
    }
    let mut select = planner.row(table, grant, &key);
    select.lock = true;
    let rows = work.fetch(&session, render::select(&select, planner.dialect), table, true).await?;
    if rows.is_empty() {
        return Err(RecordsError::NotFound);
    }
    let delete = planner.delete(table, grant, vec![key], false);
    work.fetch(&session, render::delete(&delete, planner.dialect), table, true).await?;
    Ok(rows.row(0).to_vec())
}
