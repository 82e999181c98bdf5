//! Invitations: who may join which tenant in which role. Of the link's token only a hash is kept.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id: `inv_...`.
    pub id: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// To whom it was sent, in small letters.
    pub address: String,
    /// Into which tenant.
    pub tenant: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// By which user; `None` is an operator or a key.
    pub invited_by: Option<String>,
    /// SHA-256 of the link's token.
    pub hash: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// By which user.
    pub accepted_by: Option<String>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, connection_id, address, tenant, role, invited_by, hash, created_at, expires_at, \
                       accepted_at, accepted_by, withdrawn_at";
/// Invitations of one list at most.
const MOST: i64 = 500;

/// Adds an invitation; an open one of the same address and tenant is withdrawn.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, new: &Invitation) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET withdrawn_at = $4 WHERE connection_id = $1 AND address = $2 \
               AND COALESCE(tenant, '') = COALESCE($3, '') AND accepted_at IS NULL AND withdrawn_at IS NULL";
    let own: [Value; 4] =
        [new.connection.as_str().into(), (&new.address).into(), new.tenant.clone().into(), new.created_at.into()];
    tx.execute(sql, &own)?;
    let sql = "INSERT INTO invitations (id, connection_id, address, tenant, role, invited_by, hash, created_at, \
               expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        (&new.id).into(),
        new.connection.as_str().into(),
        (&new.address).into(),
        new.tenant.clone().into(),
        new.role.clone().into(),
        new.invited_by.clone().into(),
        new.hash.into(),
        new.created_at.into(),
        new.expires_at.into(),
    ];
    tx.execute(sql, &values).map(drop)
}

/// The invitation of a token, whatever became of it.
///
/// # Errors
///
/// What the database says.
pub fn by_hash(tx: &Tx<'_>, connection: &ConnectionId, hash: &[u8; 32]) -> Result<Option<Invitation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE connection_id = $1 AND hash = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), hash.into()])?.as_ref().map(read).transpose()
}

/// The latest invitations, the newest first; of one tenant, or of all.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId, tenant: Option<&str>) -> Result<Vec<Invitation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invitations WHERE connection_id = $1 AND ($2 IS NULL OR tenant = $2) \
         ORDER BY created_at DESC, id LIMIT $3"
    );
    let values: [Value; 3] = [connection.as_str().into(), tenant.map(str::to_owned).into(), MOST.into()];
    tx.fetch_all(&sql, &values)?.iter().map(read).collect()
}

/// Uses an invitation up; of many at once one gets through.
///
/// # Errors
///
/// What the database says.
pub fn accept(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE invitations SET accepted_at = $2 \
               WHERE id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2";
    Ok(tx.execute(sql, &[id.into(), now.into()])? == 1)
}

/// Notes who accepted an invitation.
///
/// # Errors
///
/// What the database says.
pub fn name_acceptor(tx: &Tx<'_>, id: &str, user: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE invitations SET accepted_by = $2 WHERE id = $1", &[id.into(), user.into()]).map(drop)
}

/// Gives an invitation back whose use came to nothing for a reason of ours.
///
/// # Errors
///
/// What the database says.
pub fn give_back(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE invitations SET accepted_at = NULL, accepted_by = NULL WHERE id = $1";
    tx.execute(sql, &[id.into()]).map(drop)
}

/// Withdraws an open invitation of a tenant, or of any; whether there was one.
///
/// # Errors
///
/// What the database says.
pub fn withdraw(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    id: &str,
    tenant: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE invitations SET withdrawn_at = $4 WHERE connection_id = $1 AND id = $2 \
               AND ($3 IS NULL OR tenant = $3) AND accepted_at IS NULL AND withdrawn_at IS NULL";
    let values: [Value; 4] = [connection.as_str().into(), id.into(), tenant.map(str::to_owned).into(), now.into()];
    Ok(tx.execute(sql, &values)? == 1)
}

/// Forgets invitations that ended before `before`.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM invitations WHERE expires_at < $1", &[before.into()])
}

fn read(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        address: row.text(2)?,
        tenant: row.opt_text(3)?,
        role: row.opt_text(4)?,
        invited_by: row.opt_text(5)?,
        hash: row.hash(6)?,
        created_at: row.time(7)?,
        expires_at: row.time(8)?,
        accepted_at: row.opt_int(9)?.map(Timestamp),
        accepted_by: row.opt_text(10)?,
        withdrawn_at: row.opt_int(11)?.map(Timestamp),
    })
}
