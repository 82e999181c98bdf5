//! Databases that Portcullis keeps itself for projects that have none of their own.

use crate::{
    StoreError,
    data_dir::{io, private_dir, private_file},
};
use rusqlite::Connection;
use std::{fs, path::Path};

/// Makes an embedded database and fills it from a script; one that exists is left as it is. Whether it was made.
///
/// # Errors
///
/// The file cannot be made, or the script fails: there is no file then.
pub fn create(path: &Path, script: Option<&str>) -> Result<bool, StoreError> {
    if path.exists() {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        private_dir(folder).map_err(io("create", folder))?;
    }
    let draft = path.with_extension("new");
    let _ = fs::remove_file(&draft);
    private_file(&draft, true).map_err(io("create", &draft))?;
    let result = fill(&draft, script);
    if result.is_err() {
        let _ = fs::remove_file(&draft);
    }
    result?;
    fs::rename(&draft, path).map_err(io("create", path))?;
    Ok(true)
}

fn fill(path: &Path, script: Option<&str>) -> Result<(), StoreError> {
    let connection = Connection::open(path)?;
    if let Some(script) = script {
        connection.execute_batch("BEGIN")?;
        connection.execute_batch(script)?;
        connection.execute_batch("COMMIT")?;
    }
    // It is ours, so that readers and the writer need not wait for each other. Kept in the file's header.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error.into())
}
