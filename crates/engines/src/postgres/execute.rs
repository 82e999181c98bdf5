//! Running statements: parameters as text, rows in binary, JSON written as they arrive.

use super::{
    connect::{Conn, Connector},
    decode::{PgRow, Writer},
    error::Failure,
    pool::{Lease, LeaseState},
};
use crate::EngineError;
use bytes::{BufMut, BytesMut};
use futures_util::{StreamExt as _, future::join};
use portcullis_query::{Rows, Statement, Value};
use std::pin::pin;
use tokio_postgres::{
    RowStream,
    types::{Format, IsNull, ToSql, Type},
};

/// A value on its way to the server: always as text, so that the server's own parser takes every type.
#[derive(Debug)]
pub struct Param<'v>(pub &'v Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Text(text) => out.put_slice(text.as_bytes()),
            Value::Int(number) => out.put_slice(itoa::Buffer::new().format(*number).as_bytes()),
            other => {
                let mut text = String::new();
                other.write_text(&mut text);
                out.put_slice(text.as_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
}

/// Runs a statement on a connection that may be shared, within the time one answer may take.
///
/// # Errors
///
/// [`Failure`]; on a timeout the connection has been given up.
pub async fn run(connector: &Connector, conn: &Conn, statement: &Statement) -> Result<Rows, Failure> {
    match tokio::time::timeout(connector.answer_timeout, run_twice(conn, statement)).await {
        Ok(result) => result,
        Err(_) => {
            connector.give_up(conn);
            Err(EngineError::Timeout.into())
        }
    }
}

/// Runs a statement outside a transaction on a checked-out connection.
///
/// # Errors
///
/// [`Failure`].
pub async fn run_leased(lease: &mut Lease, statement: &Statement) -> Result<Rows, Failure> {
    lease.state = LeaseState::Busy;
    let limit = lease.connector().answer_timeout;
    // Left busy when time is up: dropping it then cancels and cuts.
    let result = tokio::time::timeout(limit, run_twice(&lease.conn, statement))
        .await
        .map_err(|_| Failure::Engine(EngineError::Timeout))?;
    lease.state = LeaseState::Free;
    result
}

/// Runs a statement inside a transaction, sending `begin` ahead of it in the same packet if it is still due.
///
/// # Errors
///
/// [`EngineError`]; a stale plan is [`EngineError::Drift`], since the transaction cannot go on after it.
pub async fn run_inside(
    lease: &mut Lease,
    begin: Option<&'static str>,
    statement: &Statement,
) -> Result<Rows, EngineError> {
    lease.state = LeaseState::Busy;
    let limit = lease.connector().answer_timeout;
    let conn = &lease.conn;
    let work = async {
        let Some(begin) = begin else { return run_once(conn, statement).await };
        let (begun, result) = join(conn.client.batch_execute(begin), run_once(conn, statement)).await;
        begun?;
        result
    };
    let result = tokio::time::timeout(limit, work).await.map_err(|_| EngineError::Timeout)?;
    lease.state = LeaseState::Transaction;
    result.map_err(|failure| {
        if failure.may_be_an_old_type() {
            lease.conn.forget(&statement.text);
        }
        if failure.is_stale_plan() {
            lease.conn.forget_prepared();
            return EngineError::Drift { cause: "a prepared statement no longer fits its tables".to_owned() };
        }
        failure.into()
    })
}

// A statement that failed has done nothing, so that even a write may be sent again.
async fn run_twice(conn: &Conn, statement: &Statement) -> Result<Rows, Failure> {
    let failure = match run_once(conn, statement).await {
        Err(failure) => failure,
        result => return result,
    };
    let stale = failure.is_stale_plan()
        || failure.may_be_an_old_type() && conn.takes_old_types(&statement.text, &statement.outputs).await;
    if failure.is_lost_connection() {
        conn.mark_lost();
    }
    if !stale {
        return Err(failure);
    }
    conn.forget_prepared();
    run_once(conn, statement).await
}

async fn run_once(conn: &Conn, statement: &Statement) -> Result<Rows, Failure> {
    let prepared = conn.prepare(&statement.text, &statement.outputs).await?;
    let writers = prepared.writers(&statement.outputs)?;
    let stream = conn.client.query_raw(&prepared.statement, statement.values.iter().map(Param)).await?;
    let mut rows = Rows::new(statement.format);
    rows.affected = take_rows(stream, statement, &writers, &mut rows).await?;
    Ok(rows)
}

/// Takes every row of an answer over; gives the server's count.
///
/// # Errors
///
/// The driver's.
pub async fn take_rows(
    stream: RowStream,
    statement: &Statement,
    writers: &[Writer],
    rows: &mut Rows,
) -> Result<u64, Failure> {
    let mut stream = pin!(stream);
    while let Some(row) = stream.next().await {
        let row = row?;
        // A statement without outputs may still have a result, such as a function's void.
        if !statement.outputs.is_empty() {
            rows.push(&PgRow { row: &row, writers }, &statement.outputs);
        }
    }
    Ok(stream.rows_affected().unwrap_or(0))
}
