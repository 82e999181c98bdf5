//! Persons at providers, and which user each one is; used where no Social Profile card is mapped.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// A person at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocialProfile {
    /// The provider's name in the settings.
    pub provider: String,
    /// The person's id there.
    pub subject: String,
    /// Which user that is.
    pub user: String,
    /// The address the provider gave, for people; nobody is found by it.
    pub email: Option<String>,
    /// The name the provider gave.
    pub name: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Timestamp,
}

const COLUMNS: &str = "provider, subject, user_id, email, name, created_at, last_used_at";

/// Links a person to a user.
///
/// # Errors
///
/// [`StoreError::Exists`] when the person is linked, to this user or another.
pub fn insert(tx: &Tx<'_>, connection: &ConnectionId, profile: &SocialProfile) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO social_profiles (connection_id, provider, subject, user_id, email, name, created_at, \
         last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            connection.as_str().into(),
            (&profile.provider).into(),
            (&profile.subject).into(),
            (&profile.user).into(),
            profile.email.clone().into(),
            profile.name.clone().into(),
            profile.created_at.into(),
            profile.last_used_at.into(),
        ],
    )
    .map(drop)
}

/// A person, if linked.
///
/// # Errors
///
/// What the database says.
pub fn find(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    provider: &str,
    subject: &str,
) -> Result<Option<SocialProfile>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM social_profiles WHERE connection_id = $1 AND provider = $2 AND subject = $3");
    let values = [connection.as_str().into(), provider.into(), subject.into()];
    tx.fetch_optional(&sql, &values)?.as_ref().map(read).transpose()
}

/// The persons that are one user, by provider.
///
/// # Errors
///
/// What the database says.
pub fn of_user(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Vec<SocialProfile>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM social_profiles WHERE connection_id = $1 AND user_id = $2 ORDER BY provider, subject"
    );
    tx.fetch_all(&sql, &[connection.as_str().into(), user.into()])?.iter().map(read).collect()
}

/// Notes a sign-in, and what the provider says of the person now.
///
/// # Errors
///
/// What the database says.
pub fn note_use(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    provider: &str,
    subject: &str,
    email: Option<&str>,
    name: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE social_profiles SET email = $4, name = $5, last_used_at = $6 \
         WHERE connection_id = $1 AND provider = $2 AND subject = $3",
        &[connection.as_str().into(), provider.into(), subject.into(), email.into(), name.into(), now.into()],
    )
    .map(drop)
}

/// Ends a user's link with a provider; `false` when there was none.
///
/// # Errors
///
/// What the database says.
pub fn delete(tx: &Tx<'_>, connection: &ConnectionId, user: &str, provider: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM social_profiles WHERE connection_id = $1 AND user_id = $2 AND provider = $3";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), provider.into()])? > 0)
}

/// Ends all links of a user: their account is taken over by the owner of its address. SEC-30.
///
/// # Errors
///
/// What the database says.
pub fn delete_all(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<usize, StoreError> {
    let sql = "DELETE FROM social_profiles WHERE connection_id = $1 AND user_id = $2";
    tx.execute(sql, &[connection.as_str().into(), user.into()])
}

fn read(row: &Row) -> Result<SocialProfile, StoreError> {
    Ok(SocialProfile {
        provider: row.text(0)?,
        subject: row.text(1)?,
        user: row.text(2)?,
        email: row.opt_text(3)?,
        name: row.opt_text(4)?,
        created_at: row.time(5)?,
        last_used_at: row.time(6)?,
    })
}
