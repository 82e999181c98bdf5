//! The one door to the store's database.
//!
//! One thread writes and one reads, each with a connection of its own, so that nothing here ever blocks a request's
//! thread. Whatever waits for the writer at the same moment is committed together: one disk flush for all.
//! Statements are written once for both kinds of store, with `$1` placeholders.

use crate::{Row, StoreError, Value};
use rusqlite::{Connection, types::ValueRef};
use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// Jobs that share one commit at most.
const GROUP: usize = 64;
/// How long another process (a command beside a node) may hold the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store's database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    writer: Sender<Job>,
    reader: Sender<Job>,
}

/// Runs the work, or is told why it cannot be run, and gives what is to be done once the commit's outcome is known.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Done + Send>;
type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A running transaction.
pub struct Tx<'c>(pub(crate) &'c Connection);

impl Db {
    /// Starts the two threads on connections that are already set up.
    pub(crate) fn start(writer: Connection, reader: Connection) -> Result<Self, StoreError> {
        let start = |name: &str, begin: &'static str, group: usize, connection: Connection| {
            let (sender, jobs) = channel();
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || run(&connection, begin, group, &jobs))
                .map_err(|error| StoreError::Other(format!("cannot start a thread: {error}")))?;
            Ok::<_, StoreError>(sender)
        };
        Ok(Self {
            writer: start("store-writer", "BEGIN IMMEDIATE", GROUP, writer)?,
            // Each read begins anew: in another's transaction it would miss what was committed before it was asked.
            reader: start("store-reader", "BEGIN", 1, reader)?,
        })
    }

    /// Runs `work` in a transaction that reads.
    ///
    /// # Errors
    ///
    /// What `work` gives, or what the database says.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        submit(&self.reader, work).await
    }

    /// Runs `work` in a transaction that writes. An error of `work` undoes all it did.
    ///
    /// # Errors
    ///
    /// What `work` gives, or what the database says.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        submit(&self.writer, work).await
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Db")
    }
}

impl Tx<'_> {
    /// Runs a statement and gives the number of rows it changed.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn execute(&self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        bind(&mut statement, values)?;
        Ok(statement.raw_execute()?)
    }

    /// Runs a statement and gives its rows.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn fetch_all(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        bind(&mut statement, values)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|at| Ok(own(row.get_ref(at)?))).collect::<Result<_, rusqlite::Error>>()?;
            all.push(Row(values));
        }
        Ok(all)
    }

    /// Runs a statement and gives its first row.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn fetch_optional(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch_all(sql, values)?.into_iter().next())
    }

    /// Runs a statement and gives the one row it must have.
    ///
    /// # Errors
    ///
    /// What the database says; [`StoreError::Other`] when there is no row.
    pub fn fetch_one(&self, sql: &str, values: &[Value]) -> Result<Row, StoreError> {
        self.fetch_optional(sql, values)?.ok_or_else(|| StoreError::Other("a record is missing".to_owned()))
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

/// Opens a connection with the settings every connection to the store has.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was confirmed survives a power cut; the group commit keeps the price down.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

async fn submit<T, F>(to: &Sender<Job>, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = connection.and_then(|connection| in_savepoint(connection, work));
        Box::new(move |committed| {
            // A caller who went away needs no answer.
            let _ = reply.send(result.and_then(|value| committed.map(|()| value)));
        })
    });
    to.send(job).map_err(|_| StoreError::Closed)?;
    answer.await.map_err(|_| StoreError::Closed)?
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("SAVEPOINT job")?.raw_execute()?;
    let result =
        catch_unwind(AssertUnwindSafe(|| work(&Tx(connection)))).unwrap_or_else(|panic| Err(panicked(&*panic)));
    // A full disk ends the whole transaction, and the savepoint with it.
    if !connection.is_autocommit() {
        if result.is_err() {
            connection.prepare_cached("ROLLBACK TO job")?.raw_execute()?;
        }
        connection.prepare_cached("RELEASE job")?.raw_execute()?;
    }
    result
}

fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!("A job of the control store panicked: {}", text.unwrap_or("no message"));
    StoreError::Other("a job panicked".to_owned())
}

/// A thread's life: takes jobs in groups until the last [`Db`] is gone.
fn run(connection: &Connection, begin: &'static str, group: usize, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        if let Err(error) = connection.prepare_cached(begin).and_then(|mut begin| begin.raw_execute()) {
            first(Err(error.into()))(Ok(()));
            continue;
        }
        let mut done = vec![first(Ok(connection))];
        // The database ends a transaction by itself when the disk is full: what follows must not run outside one.
        while done.len() < group
            && !connection.is_autocommit()
            && let Ok(job) = jobs.try_recv()
        {
            done.push(job(Ok(connection)));
        }
        let committed = connection.execute_batch("COMMIT").map_err(StoreError::from);
        if committed.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        for job in done {
            job(committed.as_ref().copied().map_err(again));
        }
    }
}

/// The same error for every job of a group.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::DiskFull => StoreError::DiskFull,
        other => StoreError::Other(other.to_string()),
    }
}

/// `$1` becomes `?1`: SQLite takes `$1` as a name in order of appearance, so that `$2 .. $1` would swap the values.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let placeholder = c == '$' && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if placeholder { '?' } else { c });
    }
    out
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), rusqlite::Error> {
    for (at, value) in values.iter().enumerate() {
        match value {
            Value::Null => statement.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
            Value::Int(number) => statement.raw_bind_parameter(at + 1, number)?,
            Value::Text(text) => statement.raw_bind_parameter(at + 1, text)?,
            Value::Bytes(bytes) => statement.raw_bind_parameter(at + 1, bytes)?,
        }
    }
    Ok(())
}

fn own(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // Our tables are STRICT and hold no REAL column.
        ValueRef::Real(number) => Value::Int(number as i64),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_bind_by_their_number() {
        let connection = Connection::open_in_memory().unwrap();
        let row = Tx(&connection).fetch_one("SELECT $2, $1, '$'", &["one".into(), "two".into()]).unwrap();
        assert_eq!((row.text(0).unwrap().as_str(), row.text(1).unwrap().as_str()), ("two", "one"));
    }
}
