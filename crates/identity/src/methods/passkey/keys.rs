//! A user's registered passkeys.

use super::{super::factor::drop_idle_codes, PasskeyError};
use crate::methods::Owner;
use portcullis_base::Timestamp;
use portcullis_store::passkeys;

/// How many passkeys a user may have.
pub const MAX_PASSKEYS: i64 = 20;
const MAX_NAME_CHARS: usize = 64;

/// What a list tells about a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyInfo {
    /// Its credential's id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

impl From<passkeys::Passkey> for PasskeyInfo {
    fn from(key: passkeys::Passkey) -> Self {
        Self { id: key.id, name: key.name, created_at: key.created_at, last_used_at: key.last_used_at }
    }
}

/// The user's passkeys, the oldest first.
///
/// # Errors
///
/// What the store says.
pub async fn list(owner: Owner<'_>) -> Result<Vec<PasskeyInfo>, PasskeyError> {
    Ok(owner.read(passkeys::of_user).await?.into_iter().map(PasskeyInfo::from).collect())
}

/// Gives one of the user's passkeys another name.
///
/// # Errors
///
/// [`PasskeyError::NotFound`], also for another user's; [`PasskeyError::InvalidName`].
pub async fn rename(owner: Owner<'_>, id: &str, name: &str) -> Result<(), PasskeyError> {
    let (id, name) = (id.to_owned(), checked_name(name)?);
    let renamed = owner.write(move |tx, connection, user| passkeys::rename(tx, connection, user, &id, &name));
    if renamed.await? { Ok(()) } else { Err(PasskeyError::NotFound) }
}

/// Forgets one of the user's passkeys; with the last second factor the recovery codes go too.
///
/// # Errors
///
/// [`PasskeyError::NotFound`], also for another user's.
pub async fn delete(owner: Owner<'_>, id: &str) -> Result<(), PasskeyError> {
    let id = id.to_owned();
    let deleted = owner.write(move |tx, connection, user| {
        let deleted = passkeys::delete(tx, connection, user, &id)?;
        drop_idle_codes(tx, connection, user)?;
        Ok(deleted)
    });
    if deleted.await? { Ok(()) } else { Err(PasskeyError::NotFound) }
}

pub(super) fn checked_name(name: &str) -> Result<String, PasskeyError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(PasskeyError::InvalidName) }
}
