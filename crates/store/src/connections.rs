//! Connections: one database of a project for one stage, and what is in force there.

use crate::{Row, Store, StoreError, Tx, Value};
use portcullis_base::{BuildId, ConnectionId, ProjectId, Secret, Timestamp};
use portcullis_crypto::Place;

/// A connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Its project.
    pub project: ProjectId,
    /// The project's slug.
    pub slug: String,
    /// Its stage.
    pub stage: String,
    /// `postgres`, `mysql` or `sqlite`.
    pub engine: String,
    /// The database URL, sealed.
    pub url: Vec<u8>,
    /// The URL without login and parameters, for people.
    pub display: String,
    /// What tells one database from another.
    pub identity: [u8; 32],
    /// Counts up with every change.
    pub version: i64,
    /// The settings document in force; 0 before the first.
    pub settings_revision: i64,
    /// The schema as last synced.
    pub catalog: Option<i64>,
    /// What is served.
    pub build: Option<BuildId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was synced last.
    pub synced_at: Option<Timestamp>,
}

const COLUMNS: &str = "c.id, c.project_id, p.slug, c.stage, c.engine, c.url, c.display, c.identity, c.version, \
     c.settings_revision, c.catalog_id, c.build_id, c.created_at, c.synced_at";

impl Store {
    /// Seals a connection's URL.
    pub fn seal_url(&self, id: &ConnectionId, url: &Secret<String>) -> Vec<u8> {
        self.sealer().seal(url_place(id), url.expose().as_bytes())
    }

    /// Opens a connection's URL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Seal`].
    pub fn open_url(&self, connection: &Connection) -> Result<Secret<String>, StoreError> {
        Ok(self.sealer().open_text(url_place(&connection.id), &connection.url)?)
    }
}

fn url_place(id: &ConnectionId) -> Place<'_> {
    Place { table: "connections", record: id.as_str(), field: "url" }
}

/// Adds a connection.
///
/// # Errors
///
/// [`StoreError::Exists`] when the project has one for the stage.
pub fn insert(tx: &Tx<'_>, connection: &Connection) -> Result<(), StoreError> {
    let c = connection;
    tx.execute(
        "INSERT INTO connections (id, project_id, stage, engine, url, display, identity, version, settings_revision, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)",
        &[
            c.id.as_str().into(),
            c.project.as_str().into(),
            (&c.stage).into(),
            (&c.engine).into(),
            c.url.clone().into(),
            (&c.display).into(),
            c.identity.into(),
            c.created_at.into(),
        ],
    )
    .map(drop)
}

/// Every connection, by slug and stage.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>) -> Result<Vec<Connection>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM connections c JOIN projects p ON p.id = c.project_id ORDER BY p.slug, c.stage");
    tx.fetch_all(&sql, &[])?.iter().map(read).collect()
}

/// The connections of a project, by stage.
///
/// # Errors
///
/// What the database says.
pub fn of_project(tx: &Tx<'_>, project: &ProjectId) -> Result<Vec<Connection>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM connections c JOIN projects p ON p.id = c.project_id WHERE p.id = $1 ORDER BY c.stage"
    );
    tx.fetch_all(&sql, &[project.as_str().into()])?.iter().map(read).collect()
}

/// One connection.
///
/// # Errors
///
/// What the database says; also when it is gone.
pub fn load(tx: &Tx<'_>, id: &ConnectionId) -> Result<Connection, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM connections c JOIN projects p ON p.id = c.project_id WHERE c.id = $1");
    read(&tx.fetch_one(&sql, &[id.as_str().into()])?)
}

/// Counts a connection's version up, provided that it is still `version`; every change goes through here.
///
/// # Errors
///
/// [`StoreError::Changed`] when someone else was quicker.
pub fn touch(tx: &Tx<'_>, id: &ConnectionId, version: i64) -> Result<(), StoreError> {
    let sql = "UPDATE connections SET version = version + 1 WHERE id = $1 AND version = $2";
    match tx.execute(sql, &[id.as_str().into(), version.into()])? {
        1 => crate::revision::bump(tx).map(drop),
        _ => Err(StoreError::Changed),
    }
}

/// Sets what is in force: the settings, the schema and the build made of both.
///
/// # Errors
///
/// What the database says.
pub fn set_in_force(
    tx: &Tx<'_>,
    id: &ConnectionId,
    settings_revision: i64,
    catalog: i64,
    build: &BuildId,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET settings_revision = $2, catalog_id = $3, build_id = $4 WHERE id = $1",
        &[id.as_str().into(), settings_revision.into(), catalog.into(), build.as_str().into()],
    )
    .map(drop)
}

/// Notes when a connection was synced last.
///
/// # Errors
///
/// What the database says.
pub fn set_synced(tx: &Tx<'_>, id: &ConnectionId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE connections SET synced_at = $2 WHERE id = $1", &[id.as_str().into(), now.into()]).map(drop)
}

/// Gives a connection another URL of the same database (a new password, say).
///
/// # Errors
///
/// What the database says.
pub fn set_url(tx: &Tx<'_>, id: &ConnectionId, sealed: Vec<u8>, display: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET url = $2, display = $3 WHERE id = $1",
        &[id.as_str().into(), Value::Bytes(sealed), display.into()],
    )
    .map(drop)
}

fn read(row: &Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: ConnectionId(row.text(0)?),
        project: ProjectId(row.text(1)?),
        slug: row.text(2)?,
        stage: row.text(3)?,
        engine: row.text(4)?,
        url: row.bytes(5)?,
        display: row.text(6)?,
        identity: row.hash(7)?,
        version: row.int(8)?,
        settings_revision: row.int(9)?,
        catalog: row.opt_int(10)?,
        build: row.opt_text(11)?.map(BuildId),
        created_at: row.time(12)?,
        synced_at: row.opt_int(13)?.map(Timestamp),
    })
}
