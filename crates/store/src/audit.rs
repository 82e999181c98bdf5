//! Who did what, and whether it was let through. Rows are added and never changed. SEC-63.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// One thing that happened. Holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEvent {
    /// The connection; `None` for the instance.
    pub connection: Option<ConnectionId>,
    /// What happened, such as `login`.
    pub event: String,
    /// `ok`, or the code of the refusal.
    pub result: String,
    /// Who did it.
    pub actor: Option<String>,
    /// To whom or what.
    pub subject: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// More, as JSON.
    pub detail: Option<String>,
}

/// Adds an event.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, event: &AuditEvent, now: Timestamp) -> Result<(), StoreError> {
    let values: [Value; 10] = [
        event.connection.as_ref().map(|id| id.0.clone()).into(),
        now.into(),
        (&event.event).into(),
        (&event.result).into(),
        event.actor.clone().into(),
        event.subject.clone().into(),
        event.tenant.clone().into(),
        event.ip.clone().into(),
        event.request_id.clone().into(),
        event.detail.clone().into(),
    ];
    let sql = "INSERT INTO audit (connection_id, at, event, result, actor, subject, tenant, ip, request_id, detail) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    tx.execute(sql, &values).map(drop)
}

/// The latest events of a connection (`None`: of the instance), the newest first, each with its moment.
///
/// # Errors
///
/// What the database says.
pub fn latest(
    tx: &Tx<'_>,
    connection: Option<&ConnectionId>,
    limit: i64,
) -> Result<Vec<(Timestamp, AuditEvent)>, StoreError> {
    let sql = "SELECT at, connection_id, event, result, actor, subject, tenant, ip, request_id, detail FROM audit \
               WHERE connection_id = $1 OR ($1 IS NULL AND connection_id IS NULL) ORDER BY id DESC LIMIT $2";
    let values: [Value; 2] = [connection.map(|id| id.0.clone()).into(), limit.into()];
    tx.fetch_all(sql, &values)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<(Timestamp, AuditEvent), StoreError> {
    let event = AuditEvent {
        connection: row.opt_text(1)?.map(ConnectionId),
        event: row.text(2)?,
        result: row.text(3)?,
        actor: row.opt_text(4)?,
        subject: row.opt_text(5)?,
        tenant: row.opt_text(6)?,
        ip: row.opt_text(7)?,
        request_id: row.opt_text(8)?,
        detail: row.opt_text(9)?,
    };
    Ok((row.time(0)?, event))
}
