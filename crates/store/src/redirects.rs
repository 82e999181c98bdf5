//! Origins to which links may lead, as a project's server side set them.

use crate::{StoreError, Tx};
use portcullis_base::ConnectionId;

/// The origins of a connection.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT origin FROM redirect_origins WHERE connection_id = $1 ORDER BY origin";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(|row| row.text(0)).collect()
}

/// Puts other origins in their place.
///
/// # Errors
///
/// What the database says.
pub fn replace(tx: &Tx<'_>, connection: &ConnectionId, origins: &[String]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM redirect_origins WHERE connection_id = $1", &[connection.as_str().into()])?;
    for origin in origins {
        tx.execute(
            "INSERT INTO redirect_origins (connection_id, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            &[connection.as_str().into(), origin.into()],
        )?;
    }
    Ok(())
}
