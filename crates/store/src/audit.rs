//! What was done, by whom, from where: rows that are added and read, and never changed. SEC-63.
//!
//! Who writes a row keeps secrets out of its detail; the database keeps the row as it is.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};
use serde_json::Value as Json;

/// Rows of one page at most.
pub const PAGE: u32 = 200;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who was known.
    Anonymous,
    /// Somebody who administers the instance.
    Operator,
    /// An end user of a project.
    User,
    /// A key of a project or of an end user.
    Key,
    /// A command run beside the node.
    Command,
    /// The node itself.
    Node,
}

impl Actor {
    /// How it is kept and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Key => "key",
            Self::Command => "command",
            Self::Node => "node",
        }
    }

    fn of(word: &str) -> Self {
        let all = [Self::Operator, Self::User, Self::Key, Self::Command, Self::Node];
        all.into_iter().find(|actor| actor.word() == word).unwrap_or(Self::Anonymous)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The stage it concerns; `None` for the instance.
    pub connection: Option<ConnectionId>,
    /// Who did it.
    pub actor: Actor,
    /// Their id.
    pub actor_id: Option<String>,
    /// What was done, such as `operator.login`.
    pub action: String,
    /// To what: an id.
    pub target: Option<String>,
    /// From where.
    pub source_ip: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// `ok`, or the code of the refusal.
    pub result: String,
    /// Whatever else is worth knowing; never a secret.
    pub detail: Json,
}

/// A row as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub entry: Entry,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of these stages; `None` for all, the instance's own included.
    pub connections: Option<Vec<ConnectionId>>,
    /// Those of this action.
    pub action: Option<String>,
    /// Those of this actor.
    pub actor_id: Option<String>,
    /// Those older than this row.
    pub before: Option<i64>,
    /// How many; [`PAGE`] at most.
    pub limit: u32,
}

/// Adds a row.
///
/// # Errors
///
/// What the database says.
pub fn append(tx: &Tx<'_>, entry: &Entry, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO audit (at, connection_id, actor_kind, actor_id, action, target, source_ip, request_id, result, \
         detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            now.into(),
            entry.connection.as_ref().map(ConnectionId::as_str).into(),
            entry.actor.word().into(),
            entry.actor_id.clone().into(),
            (&entry.action).into(),
            entry.target.clone().into(),
            entry.source_ip.clone().into(),
            entry.request_id.clone().into(),
            (&entry.result).into(),
            entry.detail.to_string().into(),
        ],
    )
    .map(drop)
}

/// The rows that a filter wants, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, filter: &Filter) -> Result<Vec<Recorded>, StoreError> {
    let mut sql = "SELECT id, at, connection_id, actor_kind, actor_id, action, target, source_ip, request_id, result, \
                   detail FROM audit WHERE id < $1"
        .to_owned();
    let mut values = vec![filter.before.unwrap_or(i64::MAX).into()];
    for (column, wanted) in [("action", &filter.action), ("actor_id", &filter.actor_id)] {
        if let Some(wanted) = wanted {
            values.push(wanted.into());
            sql.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    if let Some(connections) = &filter.connections {
        let mut places = Vec::new();
        for connection in connections {
            values.push(connection.as_str().into());
            places.push(format!("${}", values.len()));
        }
        // A project without a stage has no rows; an empty list would be no SQL.
        places.push("''".to_owned());
        sql.push_str(&format!(" AND connection_id IN ({})", places.join(", ")));
    }
    values.push(i64::from(filter.limit.min(PAGE)).into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    tx.fetch_all(&sql, &values)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        id: row.int(0)?,
        at: row.time(1)?,
        entry: Entry {
            connection: row.opt_text(2)?.map(ConnectionId),
            actor: Actor::of(&row.text(3)?),
            actor_id: row.opt_text(4)?,
            action: row.text(5)?,
            target: row.opt_text(6)?,
            source_ip: row.opt_text(7)?,
            request_id: row.opt_text(8)?,
            result: row.text(9)?,
            detail: serde_json::from_str(&row.text(10)?).unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn entry(action: &str, connection: Option<&str>) -> Entry {
        Entry {
            connection: connection.map(|id| ConnectionId(id.to_owned())),
            actor: Actor::Operator,
            actor_id: Some("op_1".to_owned()),
            action: action.to_owned(),
            target: Some("usr_1".to_owned()),
            source_ip: Some("192.0.2.1".to_owned()),
            request_id: Some("r1".to_owned()),
            result: "ok".to_owned(),
            detail: json!({ "roles": ["a"] }),
        }
    }

    fn rows(tx: &Tx<'_>, filter: &Filter) -> Vec<String> {
        list(tx, &Filter { limit: 10, ..filter.clone() }).unwrap().into_iter().map(|row| row.entry.action).collect()
    }

    #[test]
    fn rows_come_back_as_they_were_told_newest_first_and_page_by_page() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        let tx = Tx(&connection);
        for (action, of) in [("a", None), ("b", Some("conn_1")), ("c", Some("conn_2")), ("d", Some("conn_1"))] {
            append(&tx, &entry(action, of), NOW).unwrap();
        }
        let all = list(&tx, &Filter { limit: 2, ..Filter::default() }).unwrap();
        assert_eq!(all[0].entry, entry("d", Some("conn_1")));
        assert_eq!((all[0].id, all[0].at, all.len()), (4, NOW, 2));
        assert_eq!(rows(&tx, &Filter { before: Some(3), ..Filter::default() }), ["b", "a"]);
        let of = |ids: &[&str]| Some(ids.iter().map(|id| ConnectionId((*id).to_owned())).collect());
        assert_eq!(rows(&tx, &Filter { connections: of(&["conn_1", "conn_2"]), ..Filter::default() }), ["d", "c", "b"]);
        assert_eq!(rows(&tx, &Filter { connections: of(&[]), ..Filter::default() }), [""; 0]);
        assert_eq!(rows(&tx, &Filter { action: Some("c".to_owned()), ..Filter::default() }), ["c"]);
        assert_eq!(rows(&tx, &Filter { actor_id: Some("op_2".to_owned()), ..Filter::default() }), [""; 0]);
    }

    #[test]
    fn sec_63_a_row_is_neither_changed_nor_removed() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrations::migrate(&mut connection).unwrap();
        append(&Tx(&connection), &entry("a", None), NOW).unwrap();
        for sql in ["UPDATE audit SET result = 'x'", "DELETE FROM audit"] {
            let error = connection.execute(sql, []).unwrap_err().to_string();
            assert!(error.contains("never"), "{sql}: {error}");
        }
    }
}
