//! Runs statements on one connection: prepared, bound, read row by row.

use super::decode::MySqlRow;
use futures_util::StreamExt;
use mysql_async::{Conn, Error, Params, Row, prelude::Queryable};
use portcullis_query::{Cost, Rows, Statement, Value};
use tokio::sync::mpsc;

/// Rows of a stream that travel together.
const CHUNK_ROWS: usize = 1_000;
/// A chunk of wide rows ends earlier. Bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// "Prepared statement needs to be re-prepared" and "Unknown prepared statement handler": the server's memory of a
/// statement is out of date, nothing was run.
const STALE_STATEMENT: [u16; 2] = [1615, 1243];

/// Runs a statement and reads all of its rows.
pub async fn fetch(conn: &mut Conn, statement: &Statement) -> Result<Rows, Error> {
    match fetch_once(conn, statement).await {
        Err(Error::Server(refused)) if STALE_STATEMENT.contains(&refused.code) => {
            let stale = conn.prep(statement.text.as_str()).await?;
            conn.close(stale).await?;
            fetch_once(conn, statement).await
        }
        done => done,
    }
}

async fn fetch_once(conn: &mut Conn, statement: &Statement) -> Result<Rows, Error> {
    let mut rows = Rows::new(statement.format);
    let mut result = conn.exec_iter(statement.text.as_str(), bind(&statement.values)).await?;
    if !statement.outputs.is_empty() {
        result.for_each(|row| rows.push(&MySqlRow(row), &statement.outputs)).await?;
    }
    rows.affected = result.affected_rows();
    rows.last_insert_id = result.last_insert_id().filter(|id| *id > 0);
    result.drop_result().await?;
    // MariaDB's RETURNING answers with rows instead of a count.
    if statement.cost == Cost::Write && rows.affected == 0 {
        rows.affected = rows.len() as u64;
    }
    Ok(rows)
}

/// Reads the rows of a statement in chunks. False when it ended early because nobody takes them any more.
pub async fn stream(conn: &mut Conn, statement: &Statement, chunks: &mpsc::Sender<Rows>) -> Result<bool, Error> {
    let result = conn.exec_iter(statement.text.as_str(), bind(&statement.values)).await?;
    let Some(mut stream) = result.stream_and_drop::<Row>().await? else { return Ok(true) };
    let mut rows = Rows::new(statement.format);
    while let Some(row) = stream.next().await {
        rows.push(&MySqlRow(row?), &statement.outputs);
        if rows.len() >= CHUNK_ROWS || rows.bytes.len() >= CHUNK_BYTES {
            let full = std::mem::replace(&mut rows, Rows::new(statement.format));
            if chunks.send(full).await.is_err() {
                return Ok(false);
            }
        }
    }
    if !rows.is_empty() {
        // Nobody there for the last chunk is no failure of the database.
        let _ = chunks.send(rows).await;
    }
    Ok(true)
}

/// Runs several statements sent as one text and gives the first row of each.
pub async fn several(conn: &mut Conn, sql: &str) -> Result<Vec<Row>, Error> {
    let mut result = conn.query_iter(sql).await?;
    let mut firsts = Vec::new();
    while !result.is_empty() {
        firsts.extend(result.collect::<Row>().await?.into_iter().next());
    }
    result.drop_result().await?;
    Ok(firsts)
}

fn bind(values: &[Value]) -> Params {
    if values.is_empty() { Params::Empty } else { Params::Positional(values.iter().map(bound).collect()) }
}

fn bound(value: &Value) -> mysql_async::Value {
    use mysql_async::Value as Bound;
    match value {
        Value::Null => Bound::NULL,
        Value::Bool(value) => Bound::Int(i64::from(*value)),
        Value::Int(value) => Bound::Int(*value),
        Value::UInt(value) => Bound::UInt(*value),
        Value::Float(value) => Bound::Double(*value),
        Value::Text(value) => Bound::Bytes(value.as_bytes().to_vec()),
        Value::Bytes(value) => Bound::Bytes(value.clone()),
        // Lists are PostgreSQL's; as its text form it is at least never SQL.
        Value::List(_) => value.to_text().map_or(Bound::NULL, |text| Bound::Bytes(text.into_bytes())),
    }
}
