//! Whole results, a chunk at a time.
//!
//! The rows stay in a cursor on the server and are fetched as the receiver takes them. Reading the answer of a plain
//! query would not do: the driver takes what the socket gives, however slow the reader is.

use super::{
    connect::Conn,
    decode,
    error::Failure,
    execute::{self, Param},
    pool::{Lease, LeaseState},
};
use crate::EngineError;
use portcullis_query::{Rows, Statement};
use tokio::sync::mpsc;

/// Rows of a chunk, also in [`FETCH`].
const CHUNK_ROWS: usize = 1_000;
// The cursor will be read to its end, so the plan must not favour its first rows.
const OPEN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 1";
const DECLARE: &str = "DECLARE portcullis NO SCROLL CURSOR FOR ";
const FETCH: &str = "FETCH FORWARD 1000 FROM portcullis";

/// Sends every row of a statement to `chunks`.
///
/// # Errors
///
/// [`EngineError`]; a receiver that went away is not one.
pub async fn stream(mut lease: Lease, statement: &Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError> {
    lease.state = LeaseState::Busy;
    let reading = async {
        read(&lease.conn, statement, &chunks).await?;
        lease.conn.client.batch_execute("ROLLBACK").await?;
        Ok::<_, Failure>(())
    };
    tokio::select! {
        result = reading => {
            lease.state = if result.is_ok() { LeaseState::Free } else { LeaseState::Transaction };
            result.map_err(EngineError::from)
        }
        // The lease is left busy: dropping it stops a long sort on the server.
        () = chunks.closed() => Ok(()),
    }
}

async fn read(conn: &Conn, statement: &Statement, chunks: &mpsc::Sender<Rows>) -> Result<(), Failure> {
    conn.client.batch_execute(OPEN).await?;
    let declare = conn.client.prepare(&format!("{DECLARE}{}", statement.text)).await?;
    conn.client.execute_raw(&declare, statement.values.iter().map(Param)).await?;
    let fetch = conn.client.prepare(FETCH).await?;
    let writers = decode::writers(&statement.outputs, fetch.columns())?;
    loop {
        let mut rows = Rows::new(statement.format);
        let answer = conn.client.query_raw(&fetch, std::iter::empty::<Param<'_>>()).await?;
        rows.affected = execute::take_rows(answer, statement, &writers, &mut rows).await?;
        let last = rows.affected < CHUNK_ROWS as u64;
        if (rows.affected > 0 && chunks.send(rows).await.is_err()) || last {
            return Ok(());
        }
    }
}
