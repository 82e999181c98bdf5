//! Builds (settings and schema, frozen) and which of them was served when.

use crate::{Row, StoreError, Tx};
use portcullis_base::{BuildId, ConnectionId, Timestamp};

/// Builds of a connection that are kept; older ones cannot be deployed again.
const KEPT: i64 = 100;

/// A build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Its id.
    pub id: BuildId,
    /// Its connection.
    pub connection: ConnectionId,
    /// Counts up per connection.
    pub number: i64,
    /// Its settings document.
    pub settings_revision: i64,
    /// Its schema.
    pub catalog: i64,
    /// What made it: `init`, `apply`, `sync`, `approve`, `deploy`.
    pub made_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, connection_id, number, settings_revision, catalog_id, made_by, created_at";

/// Adds a build under the next number, and forgets those that are too old to be deployed again.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, build: &Build) -> Result<i64, StoreError> {
    let connection = build.connection.as_str();
    let number = tx
        .fetch_one(
            "INSERT INTO builds (id, connection_id, number, settings_revision, catalog_id, made_by, created_at) \
             SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6 FROM builds WHERE connection_id = $2 \
             RETURNING number",
            &[
                build.id.as_str().into(),
                connection.into(),
                build.settings_revision.into(),
                build.catalog.into(),
                (&build.made_by).into(),
                build.created_at.into(),
            ],
        )?
        .int(0)?;
    tx.execute(
        "DELETE FROM builds WHERE connection_id = $1 AND number <= $2 \
         AND id NOT IN (SELECT build_id FROM connections WHERE build_id IS NOT NULL)",
        &[connection.into(), (number - KEPT).into()],
    )?;
    tx.execute(
        "DELETE FROM catalogs WHERE connection_id = $1 AND id NOT IN (SELECT catalog_id FROM builds) \
         AND id NOT IN (SELECT catalog_id FROM connections WHERE catalog_id IS NOT NULL)",
        &[connection.into()],
    )?;
    Ok(number)
}

/// Notes that a stage serves a build from now on.
///
/// # Errors
///
/// What the database says.
pub fn deployed(tx: &Tx<'_>, build: &Build, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO deployments (connection_id, build_id, created_at) VALUES ($1, $2, $3)",
        &[build.connection.as_str().into(), build.id.as_str().into(), now.into()],
    )
    .map(drop)
}

/// The builds of a connection, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Build>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM builds WHERE connection_id = $1 ORDER BY number DESC");
    tx.fetch_all(&sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// The build with this id.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, id: &BuildId) -> Result<Option<Build>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM builds WHERE id = $1");
    tx.fetch_optional(&sql, &[id.as_str().into()])?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Build, StoreError> {
    Ok(Build {
        id: BuildId(row.text(0)?),
        connection: ConnectionId(row.text(1)?),
        number: row.int(2)?,
        settings_revision: row.int(3)?,
        catalog: row.int(4)?,
        made_by: row.text(5)?,
        created_at: row.time(6)?,
    })
}
