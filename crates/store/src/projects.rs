//! Projects.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ProjectId, Timestamp};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name in paths.
    pub slug: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds a project.
///
/// # Errors
///
/// [`StoreError::Exists`] when the slug is taken.
pub fn insert(tx: &Tx<'_>, project: &Project) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO projects (id, slug, created_at) VALUES ($1, $2, $3)",
        &[project.id.as_str().into(), (&project.slug).into(), project.created_at.into()],
    )
    .map(drop)
}

/// The project of an id or slug.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, id_or_slug: &str) -> Result<Option<Project>, StoreError> {
    let sql = "SELECT id, slug, created_at FROM projects WHERE slug = $1 OR id = $1";
    tx.fetch_optional(sql, &[id_or_slug.into()])?.as_ref().map(read).transpose()
}

/// Every project, by slug.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>) -> Result<Vec<Project>, StoreError> {
    tx.fetch_all("SELECT id, slug, created_at FROM projects ORDER BY slug", &[])?.iter().map(read).collect()
}

/// Gives a project another name; every one of its stages is opened anew under it.
///
/// # Errors
///
/// [`StoreError::Exists`] when the name is taken.
pub fn rename(tx: &Tx<'_>, id: &ProjectId, slug: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE projects SET slug = $2 WHERE id = $1", &[id.as_str().into(), slug.into()])?;
    tx.execute("UPDATE connections SET version = version + 1 WHERE project_id = $1", &[id.as_str().into()])?;
    crate::revision::bump(tx).map(drop)
}

/// Removes a project that has no stages.
///
/// # Errors
///
/// What the database says, also that there is a stage.
pub fn remove(tx: &Tx<'_>, id: &ProjectId) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM surfaces WHERE project_id = $1",
        "DELETE FROM registrant_projects WHERE project_id = $1",
        "DELETE FROM projects WHERE id = $1",
    ] {
        tx.execute(sql, &[id.as_str().into()])?;
    }
    crate::revision::bump(tx).map(drop)
}

fn read(row: &Row) -> Result<Project, StoreError> {
    Ok(Project { id: ProjectId(row.text(0)?), slug: row.text(1)?, created_at: row.time(2)? })
}
