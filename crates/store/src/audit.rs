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

/// Events of one page at most.
pub const PAGE: u32 = 200;

/// An event as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: AuditEvent,
}

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of these connections; `None` for all, the instance's own included.
    pub connections: Option<Vec<ConnectionId>>,
    /// Those of this name.
    pub event: Option<String>,
    /// Those of this actor.
    pub actor: Option<String>,
    /// Those older than this one.
    pub before: Option<i64>,
    /// How many; [`PAGE`] at most.
    pub limit: u32,
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
    let sql = "SELECT id, at, connection_id, event, result, actor, subject, tenant, ip, request_id, detail FROM audit \
               WHERE connection_id = $1 OR ($1 IS NULL AND connection_id IS NULL) ORDER BY id DESC LIMIT $2";
    let values: [Value; 2] = [connection.map(|id| id.0.clone()).into(), limit.into()];
    let all = tx.fetch_all(sql, &values)?;
    all.iter().map(|row| read(row).map(|recorded| (recorded.at, recorded.event))).collect()
}

/// What was written down of one request of a connection, the latest first. Looks at the latest ten thousand.
///
/// # Errors
///
/// What the database says.
pub fn of_request(tx: &Tx<'_>, connection: &ConnectionId, request_id: &str) -> Result<Vec<AuditEvent>, StoreError> {
    let sql = "SELECT id, at, connection_id, event, result, actor, subject, tenant, ip, request_id, detail FROM \
               (SELECT * FROM audit WHERE connection_id = $1 ORDER BY id DESC LIMIT 10000) AS latest \
               WHERE request_id = $2 ORDER BY id DESC LIMIT 20";
    let all = tx.fetch_all(sql, &[connection.0.clone().into(), request_id.into()])?;
    all.iter().map(|row| read(row).map(|recorded| recorded.event)).collect()
}

/// The events that a filter wants, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, filter: &Filter) -> Result<Vec<Recorded>, StoreError> {
    let mut sql = "SELECT id, at, connection_id, event, result, actor, subject, tenant, ip, request_id, detail \
                   FROM audit WHERE id < $1"
        .to_owned();
    let mut values = vec![filter.before.unwrap_or(i64::MAX).into()];
    for (column, wanted) in [("event", &filter.event), ("actor", &filter.actor)] {
        if let Some(wanted) = wanted {
            values.push(wanted.into());
            sql.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    if let Some(connections) = &filter.connections {
        // A project without a stage has no events; an empty list would be no SQL.
        let mut places = vec!["''".to_owned()];
        for connection in connections {
            values.push(connection.as_str().into());
            places.push(format!("${}", values.len()));
        }
        sql.push_str(&format!(" AND connection_id IN ({})", places.join(", ")));
    }
    values.push(i64::from(filter.limit.min(PAGE)).into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    tx.fetch_all(&sql, &values)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Recorded, StoreError> {
    let event = AuditEvent {
        connection: row.opt_text(2)?.map(ConnectionId),
        event: row.text(3)?,
        result: row.text(4)?,
        actor: row.opt_text(5)?,
        subject: row.opt_text(6)?,
        tenant: row.opt_text(7)?,
        ip: row.opt_text(8)?,
        request_id: row.opt_text(9)?,
        detail: row.opt_text(10)?,
    };
    Ok(Recorded { id: row.int(0)?, at: row.time(1)?, event })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn event(name: &str, connection: Option<&str>) -> AuditEvent {
        AuditEvent {
            connection: connection.map(|id| ConnectionId(id.to_owned())),
            event: name.to_owned(),
            result: "ok".to_owned(),
            actor: Some("op_1".to_owned()),
            subject: Some("7".to_owned()),
            tenant: None,
            ip: Some("192.0.2.1".to_owned()),
            request_id: Some("r1".to_owned()),
            detail: Some("{}".to_owned()),
        }
    }

    fn names(tx: &Tx<'_>, filter: &Filter) -> Vec<String> {
        list(tx, &Filter { limit: 10, ..filter.clone() }).unwrap().into_iter().map(|row| row.event.event).collect()
    }

    #[test]
    fn events_come_back_as_they_were_told_newest_first_and_page_by_page() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        let tx = Tx(&connection);
        for (name, of) in [("a", None), ("b", Some("conn_1")), ("c", Some("conn_2")), ("d", Some("conn_1"))] {
            insert(&tx, &event(name, of), NOW).unwrap();
        }
        let all = list(&tx, &Filter { limit: 2, ..Filter::default() }).unwrap();
        assert_eq!(all[0], Recorded { id: 4, at: NOW, event: event("d", Some("conn_1")) });
        assert_eq!(all.len(), 2);
        assert_eq!(names(&tx, &Filter { before: Some(3), ..Filter::default() }), ["b", "a"]);
        let of = |ids: &[&str]| Some(ids.iter().map(|id| ConnectionId((*id).to_owned())).collect());
        assert_eq!(
            names(&tx, &Filter { connections: of(&["conn_1", "conn_2"]), ..Filter::default() }),
            ["d", "c", "b"]
        );
        assert_eq!(names(&tx, &Filter { connections: of(&[]), ..Filter::default() }), [""; 0]);
        assert_eq!(names(&tx, &Filter { event: Some("c".to_owned()), ..Filter::default() }), ["c"]);
        assert_eq!(names(&tx, &Filter { actor: Some("op_2".to_owned()), ..Filter::default() }), [""; 0]);
        assert_eq!(latest(&tx, None, 9).unwrap(), [(NOW, event("a", None))]);
    }

    #[test]
    fn sec_63_an_event_is_neither_changed_nor_removed() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        insert(&Tx(&connection), &event("a", None), NOW).unwrap();
        for sql in ["UPDATE audit SET result = 'x'", "DELETE FROM audit"] {
            let error = connection.execute(sql, []).unwrap_err().to_string();
            assert!(error.contains("never"), "{sql}: {error}");
        }
    }
}
