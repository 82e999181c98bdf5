//! Sessions: families of refresh tokens, of which only hashes are kept. SEC-16, SEC-17.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id: `ses_...`.
    pub id: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// Whose it is.
    pub user: String,
    /// SHA-256 of the refresh token that is good now.
    pub refresh_hash: [u8; 32],
    /// By what the user was proved.
    pub method: String,
    /// How strongly.
    pub aal: String,
    /// The tenant that is chosen.
    pub tenant: Option<String>,
    /// The surface that opened it.
    pub surface: String,
    /// The client's address when it was last used.
    pub ip: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// Why it ended, if it has.
    pub end_reason: Option<String>,
}

const COLUMNS: &str = "id, connection_id, user_id, refresh_hash, method, aal, tenant, surface, ip, user_agent, \
                       created_at, last_used_at, idle_until, expires_at, end_reason";

/// Adds a session.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, session: &Session) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (id, connection_id, user_id, refresh_hash, method, aal, tenant, surface, ip, \
               user_agent, created_at, last_used_at, idle_until, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values: [Value; 14] = [
        (&session.id).into(),
        session.connection.as_str().into(),
        (&session.user).into(),
        session.refresh_hash.into(),
        (&session.method).into(),
        (&session.aal).into(),
        session.tenant.clone().into(),
        (&session.surface).into(),
        session.ip.clone().into(),
        session.user_agent.clone().into(),
        session.created_at.into(),
        session.last_used_at.into(),
        session.idle_until.into(),
        session.expires_at.into(),
    ];
    tx.execute(sql, &values).map(drop)
}

/// Adds a session that another application began, whose token is swapped now.
///
/// # Errors
///
/// What the database says.
pub fn adopt(tx: &Tx<'_>, session: &Session, presented: &[u8; 32], row: &str) -> Result<(), StoreError> {
    insert(tx, session)?;
    set_card_row(tx, &session.id, row)?;
    tx.execute(
        "INSERT INTO spent_tokens (hash, session_id, spent_at) VALUES ($1, $2, $3)",
        &[presented.into(), (&session.id).into(), session.created_at.into()],
    )
    .map(drop)
}

/// Notes the row of the customer's table in which a session is kept too.
///
/// # Errors
///
/// What the database says.
pub fn set_card_row(tx: &Tx<'_>, id: &str, row: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET card_row = $2 WHERE id = $1", &[id.into(), row.into()]).map(drop)
}

/// The row of the customer's table in which a session is kept too.
///
/// # Errors
///
/// What the database says.
pub fn card_row(tx: &Tx<'_>, connection: &ConnectionId, id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT card_row FROM sessions WHERE connection_id = $1 AND id = $2";
    let row = tx.fetch_optional(sql, &[connection.as_str().into(), id.into()])?;
    row.map_or(Ok(None), |row| row.opt_text(0))
}

/// A swap of refresh tokens.
#[derive(Debug, Clone)]
pub struct Swap {
    /// The connection the token was presented to.
    pub connection: ConnectionId,
    /// SHA-256 of the token that was presented.
    pub presented: [u8; 32],
    /// SHA-256 of its successor.
    pub successor: [u8; 32],
    /// When the session ends unless it is used again.
    pub idle_until: Timestamp,
    /// The client's address.
    pub ip: Option<String>,
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swapped {
    /// It was good: its successor is good now.
    New(Session),
    /// It was swapped a moment ago and its successor is unused: the client lost the answer.
    Again(Session),
    /// It was swapped before: somebody holds a copy. The session is ended now.
    Replayed(Session),
    /// Its session has ended or run out.
    Ended(Session),
    /// It is none of ours.
    Unknown,
}

/// Swaps a refresh token: one conditional UPDATE, whose row count decides.
///
/// # Errors
///
/// What the database says.
pub fn swap(tx: &Tx<'_>, swap: &Swap, grace_s: i64, now: Timestamp) -> Result<Swapped, StoreError> {
    let connection: Value = swap.connection.as_str().into();
    let won = tx.execute(
        "UPDATE sessions SET refresh_hash = $3, last_used_at = $4, idle_until = $5, ip = COALESCE($6, ip) \
         WHERE connection_id = $1 AND refresh_hash = $2 AND ended_at IS NULL AND idle_until > $4 AND expires_at > $4",
        &[
            connection.clone(),
            swap.presented.into(),
            swap.successor.into(),
            now.into(),
            swap.idle_until.into(),
            swap.ip.clone().into(),
        ],
    )?;
    if won == 1 {
        let session = by_hash(tx, &swap.connection, &swap.successor)?.ok_or(StoreError::Changed)?;
        tx.execute(
            "INSERT INTO spent_tokens (hash, session_id, spent_at) VALUES ($1, $2, $3)",
            &[swap.presented.into(), (&session.id).into(), now.into()],
        )?;
        return Ok(Swapped::New(session));
    }
    if let Some(session) = by_hash(tx, &swap.connection, &swap.presented)? {
        return Ok(Swapped::Ended(session));
    }
    let spent = tx.fetch_optional(
        "SELECT s.id, t.spent_at FROM spent_tokens t JOIN sessions s ON s.id = t.session_id \
         WHERE t.hash = $2 AND s.connection_id = $1",
        &[connection, swap.presented.into()],
    )?;
    let Some(spent) = spent else { return Ok(Swapped::Unknown) };
    let (id, spent_at) = (spent.text(0)?, spent.time(1)?);
    let session = find(tx, &swap.connection, &id)?.ok_or(StoreError::Changed)?;
    if session.end_reason.is_some() {
        return Ok(Swapped::Ended(session));
    }
    if session.refresh_hash == swap.successor && now <= spent_at.plus_s(grace_s) {
        return Ok(Swapped::Again(session));
    }
    end(tx, &swap.connection, &id, "replay", now)?;
    Ok(Swapped::Replayed(session))
}

/// A session by its id.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, connection: &ConnectionId, id: &str) -> Result<Option<Session>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE connection_id = $1 AND id = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), id.into()])?.as_ref().map(read).transpose()
}

fn by_hash(tx: &Tx<'_>, connection: &ConnectionId, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE connection_id = $1 AND refresh_hash = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), hash.into()])?.as_ref().map(read).transpose()
}

/// The session whose good token has this hash.
///
/// # Errors
///
/// What the database says.
pub fn by_token(tx: &Tx<'_>, connection: &ConnectionId, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    by_hash(tx, connection, hash)
}

/// A user's sessions that live, the last used first.
///
/// # Errors
///
/// What the database says.
pub fn live(tx: &Tx<'_>, connection: &ConnectionId, user: &str, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE connection_id = $1 AND user_id = $2 AND ended_at IS NULL \
         AND idle_until > $3 AND expires_at > $3 ORDER BY last_used_at DESC, id"
    );
    tx.fetch_all(&sql, &[connection.as_str().into(), user.into(), now.into()])?.iter().map(read).collect()
}

/// Ends a session; false where it does not live.
///
/// # Errors
///
/// What the database says.
pub fn end(tx: &Tx<'_>, connection: &ConnectionId, id: &str, reason: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $4, end_reason = $3 \
               WHERE connection_id = $1 AND id = $2 AND ended_at IS NULL";
    Ok(tx.execute(sql, &[connection.as_str().into(), id.into(), reason.into(), now.into()])? == 1)
}

/// Ends a user's sessions, all but one; gives the ids of those that ended.
///
/// # Errors
///
/// What the database says.
pub fn end_all(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    but: Option<&str>,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let sql = "UPDATE sessions SET ended_at = $5, end_reason = $4 \
               WHERE connection_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL RETURNING id";
    let values: [Value; 5] =
        [connection.as_str().into(), user.into(), but.unwrap_or_default().into(), reason.into(), now.into()];
    tx.fetch_all(sql, &values)?.iter().map(|row| row.text(0)).collect()
}

/// Ends a user's sessions, all but those that one surface opened.
///
/// # Errors
///
/// What the database says.
pub fn end_all_elsewhere(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    surface: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET ended_at = $5, end_reason = $4 \
               WHERE connection_id = $1 AND user_id = $2 AND surface <> $3 AND ended_at IS NULL";
    let values: [Value; 5] = [connection.as_str().into(), user.into(), surface.into(), reason.into(), now.into()];
    tx.execute(sql, &values).map(drop)
}

/// Notes a use of a session whose refresh token stays; false where it does not live.
///
/// # Errors
///
/// What the database says.
pub fn touch(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    id: &str,
    idle_until: Timestamp,
    ip: Option<String>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE sessions SET last_used_at = $3, idle_until = $4, ip = COALESCE($5, ip) \
               WHERE connection_id = $1 AND id = $2 AND ended_at IS NULL AND idle_until > $3 AND expires_at > $3";
    let values: [Value; 5] = [connection.as_str().into(), id.into(), now.into(), idle_until.into(), ip.into()];
    Ok(tx.execute(sql, &values)? == 1)
}

/// Notes that the user of a session was proved by two factors.
///
/// # Errors
///
/// What the database says.
pub fn set_aal2(tx: &Tx<'_>, connection: &ConnectionId, id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET aal = 'aal2' WHERE connection_id = $1 AND id = $2 AND ended_at IS NULL";
    tx.execute(sql, &[connection.as_str().into(), id.into()]).map(drop)
}

/// Chooses the tenant of a session.
///
/// # Errors
///
/// What the database says.
pub fn set_tenant(tx: &Tx<'_>, id: &str, tenant: Option<&str>) -> Result<(), StoreError> {
    let values: [Value; 2] = [id.into(), tenant.map(str::to_owned).into()];
    tx.execute("UPDATE sessions SET tenant = $2 WHERE id = $1", &values).map(drop)
}

/// Chooses the tenant of a session that lives, and swaps its refresh token for one that was not asked for with the
/// former: that one is spent. The session as it is now.
///
/// # Errors
///
/// What the database says.
pub fn go_on(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    id: &str,
    tenant: Option<&str>,
    (successor, idle_until): (&[u8; 32], Timestamp),
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let lives =
        |session: &Session| session.end_reason.is_none() && session.idle_until > now && session.expires_at > now;
    let Some(session) = find(tx, connection, id)?.filter(lives) else { return Ok(None) };
    let won = tx.execute(
        "UPDATE sessions SET tenant = $3, refresh_hash = $4, last_used_at = $5, idle_until = $6 \
         WHERE id = $1 AND refresh_hash = $2 AND ended_at IS NULL",
        &[
            id.into(),
            session.refresh_hash.into(),
            tenant.map(str::to_owned).into(),
            successor.into(),
            now.into(),
            idle_until.into(),
        ],
    )?;
    if won != 1 {
        return Ok(None);
    }
    tx.execute(
        "INSERT INTO spent_tokens (hash, session_id, spent_at) VALUES ($1, $2, $3)",
        &[session.refresh_hash.into(), id.into(), now.into()],
    )?;
    find(tx, connection, id)
}

/// Whether a user has had another session from this address or this kind of client, or no other session at all.
///
/// # Errors
///
/// What the database says.
pub fn is_known(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    but: &str,
    ip: Option<String>,
    user_agent: Option<String>,
) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN ip = $4 OR user_agent = $5 THEN 1 ELSE 0 END), 0) FROM sessions \
               WHERE connection_id = $1 AND user_id = $2 AND id <> $3";
    let values: [Value; 5] = [connection.as_str().into(), user.into(), but.into(), ip.into(), user_agent.into()];
    let row = tx.fetch_one(sql, &values)?;
    Ok(row.int(0)? == 0 || row.int(1)? > 0)
}

/// Forgets sessions that ran out or ended before `before`, a piece at a time.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, before: Timestamp, piece: i64) -> Result<usize, StoreError> {
    let sql = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 OR idle_until < $1 \
               OR ended_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), piece.into()])
}

fn read(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        user: row.text(2)?,
        refresh_hash: row.hash(3)?,
        method: row.text(4)?,
        aal: row.text(5)?,
        tenant: row.opt_text(6)?,
        surface: row.text(7)?,
        ip: row.opt_text(8)?,
        user_agent: row.opt_text(9)?,
        created_at: row.time(10)?,
        last_used_at: row.time(11)?,
        idle_until: row.time(12)?,
        expires_at: row.time(13)?,
        end_reason: row.opt_text(14)?,
    })
}
