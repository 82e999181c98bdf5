//! Runs statements on a connection.

use super::{connect::Conn, decode::SqliteRow, error};
use crate::EngineError;
use portcullis_query::{Rows, Statement, Value};
use rusqlite::types::Null;
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows of a chunk of a stream.
const CHUNK_ROWS: usize = 1_000;

/// Runs a statement to its end, which is also what lets SQLite finish a write with RETURNING.
pub fn run(conn: &Conn, statement: &Statement, limit: Option<Duration>) -> Result<Rows, EngineError> {
    conn.limited(limit, || collect(conn, statement))
}

/// As [`run`], broken off as well after so many steps; tells whether it was they.
pub fn run_in_steps(
    conn: &Conn,
    statement: &Statement,
    limit: Duration,
    steps: u64,
) -> (Result<Rows, EngineError>, bool) {
    conn.limited_in_steps(limit, steps, || collect(conn, statement))
}

fn collect(conn: &Conn, statement: &Statement) -> Result<Rows, EngineError> {
    let before = conn.sql.total_changes();
    let mut rows = Rows::new(statement.format);
    each_row(conn, statement, |row| {
        if !statement.outputs.is_empty() {
            rows.push(row, &statement.outputs);
        }
        true
    })?;
    // SQLite leaves the count of the last write standing when a statement only reads.
    if conn.sql.total_changes() != before {
        rows.affected = conn.sql.changes();
    }
    Ok(rows)
}

/// Reads all rows and hands them over in chunks; ends early when nobody takes them.
pub fn stream(conn: &Conn, statement: &Statement, chunks: &mpsc::Sender<Rows>) -> Result<(), EngineError> {
    let mut chunk = Rows::new(statement.format);
    let mut taken = true;
    let result = each_row(conn, statement, |row| {
        chunk.push(row, &statement.outputs);
        if chunk.len() >= CHUNK_ROWS {
            let full = std::mem::replace(&mut chunk, Rows::new(statement.format));
            taken = chunks.blocking_send(full).is_ok();
        }
        taken
    });
    if !taken {
        return Ok(());
    }
    result?;
    if !chunk.is_empty() {
        // A receiver that went away needs no last chunk.
        let _ = chunks.blocking_send(chunk);
    }
    Ok(())
}

fn each_row(
    conn: &Conn,
    statement: &Statement,
    mut take: impl FnMut(&SqliteRow<'_, '_>) -> bool,
) -> Result<(), EngineError> {
    let mut prepared = conn.sql.prepare_cached(&statement.text).map_err(error::map)?;
    bind(&mut prepared, &statement.values)?;
    let mut cursor = prepared.raw_query();
    while let Some(row) = cursor.next().map_err(error::map)? {
        if !take(&SqliteRow(row)) {
            break;
        }
    }
    Ok(())
}

fn bind(prepared: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), EngineError> {
    if prepared.parameter_count() != values.len() {
        return Err(EngineError::Other {
            cause: format!("{} values for {} placeholders", values.len(), prepared.parameter_count()),
        });
    }
    for (at, value) in values.iter().enumerate() {
        let at = at + 1;
        match value {
            Value::Null => prepared.raw_bind_parameter(at, Null),
            Value::Bool(value) => prepared.raw_bind_parameter(at, *value),
            Value::Int(value) => prepared.raw_bind_parameter(at, *value),
            Value::UInt(value) => match i64::try_from(*value) {
                Ok(value) => prepared.raw_bind_parameter(at, value),
                Err(_) => return Err(EngineError::InvalidValue { column: None }),
            },
            Value::Float(value) => prepared.raw_bind_parameter(at, *value),
            Value::Text(value) => prepared.raw_bind_parameter(at, value.as_str()),
            Value::Bytes(value) => prepared.raw_bind_parameter(at, value.as_slice()),
            Value::List(_) => return Err(EngineError::Other { cause: "a list cannot be bound".to_owned() }),
        }
        .map_err(error::map)?;
    }
    Ok(())
}
