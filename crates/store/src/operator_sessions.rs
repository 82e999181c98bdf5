//! Operators' sessions and their tokens, which are kept as hashes alone. SEC-16, SEC-17.

use crate::{Row, StoreError, Tx};
use portcullis_base::Timestamp;

/// What a token is good for. SEC-13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Requests.
    Access,
    /// One fresh pair.
    Refresh,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// One sign-in and everything that was refreshed from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id: `os_...`.
    pub id: String,
    /// Whose it is.
    pub operator: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends, however often it is refreshed.
    pub expires_at: Timestamp,
    /// From where it was begun.
    pub ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// Why it was ended before its time.
    pub ended_why: Option<String>,
}

/// A token and its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was used up.
    pub used_at: Option<Timestamp>,
    /// Its session.
    pub session: Session,
}

/// Adds a session.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO operator_sessions (id, operator_id, created_at, last_used_at, expires_at, ip, user_agent) \
         VALUES ($1, $2, $3, $3, $4, $5, $6)",
        &[
            (&session.id).into(),
            (&session.operator).into(),
            session.created_at.into(),
            session.expires_at.into(),
            session.ip.clone().into(),
            session.user_agent.clone().into(),
        ],
    )
    .map(drop)
}

/// Adds a token of a session; one that is there already stays as it is.
///
/// # Errors
///
/// What the database says.
pub fn add_token(
    tx: &Tx<'_>,
    session: &str,
    kind: Kind,
    hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO operator_tokens (hash, session_id, kind, expires_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (hash) DO NOTHING",
        &[hash.into(), session.into(), kind.word().into(), expires_at.into()],
    )
    .map(drop)
}

/// The token of a hash, whatever has become of it.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, kind: Kind, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
    let sql = "SELECT t.expires_at, t.used_at, s.id, s.operator_id, s.created_at, s.expires_at, s.ip, s.user_agent, \
               s.ended_why FROM operator_tokens t JOIN operator_sessions s ON s.id = t.session_id \
               WHERE t.hash = $1 AND t.kind = $2";
    tx.fetch_optional(sql, &[hash.into(), kind.word().into()])?.as_ref().map(read).transpose()
}

/// The session of an id, whatever has become of it.
///
/// # Errors
///
/// What the database says.
pub fn by_id(tx: &Tx<'_>, id: &str) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT expires_at, NULL, id, operator_id, created_at, expires_at, ip, user_agent, ended_why \
               FROM operator_sessions WHERE id = $1";
    Ok(tx.fetch_optional(sql, &[id.into()])?.as_ref().map(read).transpose()?.map(|token| token.session))
}

/// Uses a refresh token up: the one statement that decides which of several users of it was first.
///
/// # Errors
///
/// What the database says.
pub fn use_refresh(tx: &Tx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE operator_tokens SET used_at = $2 \
               WHERE hash = $1 AND kind = 'refresh' AND used_at IS NULL AND expires_at > $2 \
               AND session_id IN (SELECT id FROM operator_sessions WHERE ended_at IS NULL AND expires_at > $2)";
    Ok(tx.execute(sql, &[hash.into(), now.into()])? == 1)
}

/// Notes that a session was refreshed.
///
/// # Errors
///
/// What the database says.
pub fn touch(tx: &Tx<'_>, session: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE operator_sessions SET last_used_at = $2 WHERE id = $1";
    tx.execute(sql, &[session.into(), now.into()]).map(drop)
}

/// Ends a session; false where it had ended before.
///
/// # Errors
///
/// What the database says.
pub fn end(tx: &Tx<'_>, session: &str, why: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE operator_sessions SET ended_at = $3, ended_why = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(tx.execute(sql, &[session.into(), why.into(), now.into()])? == 1)
}

/// Ends every session of an operator.
///
/// # Errors
///
/// What the database says.
pub fn end_all(tx: &Tx<'_>, operator: &str, why: &str, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "UPDATE operator_sessions SET ended_at = $3, ended_why = $2 WHERE operator_id = $1 AND ended_at IS NULL";
    tx.execute(sql, &[operator.into(), why.into(), now.into()])
}

/// Forgets sessions whose time is over, with their tokens, and access tokens that nobody can use any longer.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM operator_sessions WHERE expires_at < $1", &[now.into()])?;
    tx.execute("DELETE FROM operator_tokens WHERE kind = 'access' AND expires_at < $1", &[now.into()]).map(drop)
}

fn read(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        expires_at: row.time(0)?,
        used_at: row.opt_int(1)?.map(Timestamp),
        session: Session {
            id: row.text(2)?,
            operator: row.text(3)?,
            created_at: row.time(4)?,
            expires_at: row.time(5)?,
            ip: row.opt_text(6)?,
            user_agent: row.opt_text(7)?,
            ended_why: row.opt_text(8)?,
        },
    })
}
