//! Which compatibility surfaces are on, for the instance or for a project.

use crate::{Row, StoreError, Tx, revision};
use portcullis_base::{ProjectId, Timestamp};

/// A surface that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurfaceSwitch {
    /// The surface's name.
    pub surface: String,
    /// The project; `None` for the whole instance.
    pub project: Option<ProjectId>,
    /// Since when.
    pub enabled_at: Timestamp,
}

/// Every surface that is on.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>) -> Result<Vec<SurfaceSwitch>, StoreError> {
    let sql = "SELECT surface, project_id, enabled_at FROM surfaces ORDER BY surface, project_id";
    tx.fetch_all(sql, &[])?.iter().map(read).collect()
}

/// Switches a surface on; false where it was on.
///
/// # Errors
///
/// What the database says.
pub fn enable(tx: &Tx<'_>, surface: &str, project: Option<&ProjectId>, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO surfaces (surface, project_id, enabled_at) VALUES ($1, $2, $3) \
               ON CONFLICT (surface, project_id) DO NOTHING";
    let changed = tx.execute(sql, &[surface.into(), place(project).into(), now.into()])? == 1;
    if changed {
        revision::bump(tx)?;
    }
    Ok(changed)
}

/// Switches a surface off; false where it was off.
///
/// # Errors
///
/// What the database says.
pub fn disable(tx: &Tx<'_>, surface: &str, project: Option<&ProjectId>) -> Result<bool, StoreError> {
    let sql = "DELETE FROM surfaces WHERE surface = $1 AND project_id = $2";
    let changed = tx.execute(sql, &[surface.into(), place(project).into()])? == 1;
    if changed {
        revision::bump(tx)?;
    }
    Ok(changed)
}

/// The whole instance has no project's id.
fn place(project: Option<&ProjectId>) -> &str {
    project.map_or("", |project| project.as_str())
}

fn read(row: &Row) -> Result<SurfaceSwitch, StoreError> {
    let project = row.text(1)?;
    Ok(SurfaceSwitch {
        surface: row.text(0)?,
        project: (!project.is_empty()).then_some(ProjectId(project)),
        enabled_at: row.time(2)?,
    })
}
