//! The queue of mails: durable, leased, retried, expired. REL-9, REL-24.
//!
//! A mail is put in by the transaction that makes its token, so that neither is there without the other. A node takes
//! mails under a lease; one whose node has died is taken over when the lease ends. Every change carries its whole
//! condition, and the count of rows says whether it happened.

use crate::{Row, Store, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::Place;

/// How long a node has a mail to itself. Longer than a delivery may take, see `mail::SEND_TIMEOUT_S`. Seconds.
pub const LEASE_S: i64 = 60;
/// How long a mail's record is kept. Seconds.
const KEPT_S: i64 = 7 * 86_400;
/// Mails an outbox shows.
const SHOWN: i64 = 100;
/// Characters of an error that are kept.
const MAX_ERROR_CHARS: usize = 500;

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// To be sent, now or later.
    Waiting,
    /// Not to be sent: the outbox of a stage without a mail server.
    Held,
    /// Accepted by a server.
    Sent,
    /// Refused for good.
    Failed,
    /// Not accepted before its token ended.
    Expired,
}

impl MailState {
    /// Its name in the store and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        [Self::Waiting, Self::Held, Self::Sent, Self::Failed, Self::Expired]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| StoreError::Other(format!("a mail has the unknown state `{word}`")))
    }
}

/// A mail to put in.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Its id: `mail_...`.
    pub id: String,
    /// Whose mail it is.
    pub connection: ConnectionId,
    /// What it is about.
    pub kind: String,
    /// Who it is for.
    pub to: String,
    /// What it says, sealed by [`Store::seal_mail`].
    pub payload: Vec<u8>,
    /// Whether it stays in the outbox.
    pub held: bool,
    /// Now.
    pub created_at: Timestamp,
    /// When what it holds is of no use any more.
    pub expires_at: Timestamp,
}

/// A mail and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id.
    pub id: String,
    /// Whose mail it is.
    pub connection: ConnectionId,
    /// What it is about.
    pub kind: String,
    /// Who it is for.
    pub to: String,
    /// What it says, sealed; empty once nobody needs it.
    pub payload: Vec<u8>,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was put in.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it is dropped.
    pub expires_at: Timestamp,
    /// When a server accepted it.
    pub sent_at: Option<Timestamp>,
    /// When it was refused for good.
    pub failed_at: Option<Timestamp>,
    /// What the last try gave.
    pub last_error: Option<String>,
}

const COLUMNS: &str = "id, connection_id, kind, recipient, payload, state, attempts, created_at, due_at, expires_at, \
                       sent_at, failed_at, last_error";

impl Store {
    /// Seals what a mail says.
    pub fn seal_mail(&self, id: &str, payload: &Secret<String>) -> Vec<u8> {
        self.sealer().seal(place(id), payload.expose().as_bytes())
    }

    /// What a mail says; `None` when that was emptied.
    ///
    /// # Errors
    ///
    /// [`StoreError::Seal`].
    pub fn open_mail(&self, mail: &Mail) -> Result<Option<Secret<String>>, StoreError> {
        if mail.payload.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.sealer().open_text(place(&mail.id), &mail.payload)?))
    }
}

fn place(id: &str) -> Place<'_> {
    Place { table: "mails", record: id, field: "payload" }
}

/// Puts a mail in, as part of the caller's transaction.
///
/// # Errors
///
/// What the database says.
pub fn enqueue(tx: &Tx<'_>, mail: &NewMail) -> Result<(), StoreError> {
    let state = if mail.held { MailState::Held } else { MailState::Waiting };
    tx.execute(
        "INSERT INTO mails (id, connection_id, kind, recipient, payload, state, attempts, created_at, due_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7, $8)",
        &[
            (&mail.id).into(),
            mail.connection.as_str().into(),
            (&mail.kind).into(),
            (&mail.to).into(),
            mail.payload.clone().into(),
            state.word().into(),
            mail.created_at.into(),
            mail.expires_at.into(),
        ],
    )
    .map(drop)
}

/// Takes up to `count` due mails for `owner`, the longest due first.
///
/// # Errors
///
/// What the database says.
pub fn claim(tx: &Tx<'_>, owner: &str, count: u32, now: Timestamp) -> Result<Vec<Mail>, StoreError> {
    // The condition stands twice: a second node that waited for the row sees here that it is taken.
    let free =
        "state = 'waiting' AND due_at <= $3 AND expires_at > $3 AND (leased_until IS NULL OR leased_until <= $3)";
    let sql = format!(
        "UPDATE mails SET lease_owner = $1, leased_until = $2, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM mails WHERE {free} ORDER BY due_at, id LIMIT $4) AND {free} RETURNING {COLUMNS}"
    );
    let values: [Value; 4] = [owner.into(), now.plus_s(LEASE_S).into(), now.into(), i64::from(count).into()];
    let mut mails: Vec<_> = tx.fetch_all(&sql, &values)?.iter().map(read).collect::<Result<_, _>>()?;
    mails.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
    Ok(mails)
}

/// Notes that a server accepted the mail; whoever holds the lease meanwhile: it must not be sent again.
///
/// # Errors
///
/// What the database says.
pub fn sent(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE mails SET state = 'sent', sent_at = $2, payload = $3, last_error = NULL, lease_owner = NULL, \
               leased_until = NULL WHERE id = $1 AND state IN ('waiting', 'expired')";
    Ok(tx.execute(sql, &[id.into(), now.into(), Vec::<u8>::new().into()])? == 1)
}

/// Gives the mail back, to be tried at `due`. `false` when `owner` no longer has it.
///
/// # Errors
///
/// What the database says.
pub fn retry(tx: &Tx<'_>, id: &str, owner: &str, due: Timestamp, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE mails SET due_at = $3, last_error = $4, lease_owner = NULL, leased_until = NULL \
               WHERE id = $1 AND lease_owner = $2 AND state = 'waiting'";
    Ok(tx.execute(sql, &[id.into(), owner.into(), due.into(), short(error).into()])? == 1)
}

/// Gives the mail up. `false` when `owner` no longer has it.
///
/// # Errors
///
/// What the database says.
pub fn failed(tx: &Tx<'_>, id: &str, owner: &str, now: Timestamp, error: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE mails SET state = 'failed', failed_at = $3, last_error = $4, payload = $5, lease_owner = NULL, \
               leased_until = NULL WHERE id = $1 AND lease_owner = $2 AND state = 'waiting'";
    let values: [Value; 5] = [id.into(), owner.into(), now.into(), short(error).into(), Vec::<u8>::new().into()];
    Ok(tx.execute(sql, &values)? == 1)
}

/// Puts off what a connection has waiting, because its server cannot be reached: one dead server must not take the
/// time of all others. Gives how many were put off.
///
/// # Errors
///
/// What the database says.
pub fn put_off(tx: &Tx<'_>, connection: &ConnectionId, until: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "UPDATE mails SET due_at = $2 WHERE connection_id = $1 AND state = 'waiting' AND due_at < $2 \
               AND (leased_until IS NULL OR leased_until <= $3)";
    tx.execute(sql, &[connection.as_str().into(), until.into(), now.into()])
}

/// Drops the mails whose tokens have ended, and gives how many. Those in a node's hands are left to it.
///
/// # Errors
///
/// What the database says.
pub fn expire(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "UPDATE mails SET state = 'expired', payload = $2, lease_owner = NULL, leased_until = NULL \
               WHERE state = 'waiting' AND expires_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)";
    tx.execute(sql, &[now.into(), Vec::<u8>::new().into()])
}

/// When there is next something to do: a mail that is due, or a lease that ends.
///
/// # Errors
///
/// What the database says.
pub fn next_due(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(CASE WHEN leased_until IS NOT NULL AND leased_until > due_at THEN leased_until ELSE due_at \
               END) FROM mails WHERE state = 'waiting'";
    Ok(tx.fetch_one(sql, &[])?.opt_int(0)?.map(Timestamp))
}

/// The latest hundred mails of a connection, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Mail>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM mails WHERE connection_id = $1 ORDER BY created_at DESC, id DESC LIMIT {SHOWN}");
    tx.fetch_all(&sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// One mail of a connection.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, connection: &ConnectionId, id: &str) -> Result<Option<Mail>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mails WHERE connection_id = $1 AND id = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), id.into()])?.as_ref().map(read).transpose()
}

/// Forgets mails a week after they were put in, at most 500 at a time; gives how many were forgotten.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let sql = "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < $1 \
               AND (state <> 'waiting' OR expires_at <= $2) ORDER BY created_at LIMIT 500)";
    tx.execute(sql, &[now.plus_s(-KEPT_S).into(), now.into()])
}

fn short(error: &str) -> String {
    error.chars().take(MAX_ERROR_CHARS).collect()
}

fn read(row: &Row) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        kind: row.text(2)?,
        to: row.text(3)?,
        payload: row.bytes(4)?,
        state: MailState::read(&row.text(5)?)?,
        attempts: row.int(6)?,
        created_at: row.time(7)?,
        due_at: row.time(8)?,
        expires_at: row.time(9)?,
        sent_at: row.opt_int(10)?.map(Timestamp),
        failed_at: row.opt_int(11)?.map(Timestamp),
        last_error: row.opt_text(12)?,
    })
}

#[cfg(test)]
mod tests;
