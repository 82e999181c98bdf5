//! Opens the customer's file: nothing in it changes, everything set here lives and dies with the connection.

use super::{error, functions, traits::Traits};
use crate::{EngineError, EngineOptions};
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// How much of the file is mapped. Pages read through the map cost half of those copied.
const MMAP_BYTES: i64 = 1 << 30;
/// Page cache of a reading connection; what is mapped needs none. KiB.
const READER_CACHE_KIB: i64 = 4 * 1024;
/// Page cache of the writing connection: holds the changed pages of a group. KiB.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// How long reads trust that the path still leads to the file they have open. Milliseconds.
const FOLLOW_MS: u64 = 200;
/// Steps of SQLite's machine between two looks at the clock: some ten microseconds.
const STEPS_PER_LOOK: i32 = 2_000;

/// A file and how to open it.
#[derive(Debug)]
pub struct Source {
    /// Absolute, symbolic links followed.
    pub path: PathBuf,
    /// Whether the file can only be read.
    pub read_only: bool,
    /// Whether the file was in WAL mode when it was opened.
    pub wal: bool,
    /// The bounds.
    pub options: EngineOptions,
    traits: Mutex<Traits>,
    /// Which file the path led to: device and inode; `None` while there is no file.
    identity: Mutex<Option<(u64, u64)>>,
    started: Instant,
    /// When the path was last followed. Milliseconds since `started`.
    followed_ms: AtomicU64,
    /// Counts changes of the two above: a connection opened under older ones is replaced.
    epoch: AtomicU64,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads on the caller's thread: never waits for a lock, plans a statement once, whatever is bound to it.
    Inline,
    /// Reads; plans may follow what is bound, as a pattern needs it to be looked up in an index.
    Reader,
    /// Writes and checkpoints.
    Writer,
}

/// An open connection with a limit on the time of its statements.
pub struct Conn {
    /// The driver's connection.
    pub sql: Connection,
    /// The limit, for whoever wants to end a statement from outside.
    pub limit: Arc<Limit>,
    epoch: u64,
}

impl Source {
    /// Finds out how a file can be opened; gives the connection that found out.
    pub fn open(path: &Path, options: &EngineOptions) -> Result<(Self, Conn), EngineError> {
        // Absolute, because SQLite would take a name that starts with `file:` for a URI.
        let found = path
            .canonicalize()
            .and_then(|path| path.metadata().map(|about| (path, about)))
            .map_err(|error| EngineError::Unavailable { cause: format!("{}: {error}", path.display()) })?;
        let (path, about) = found;
        if about.is_dir() {
            return Err(EngineError::Unavailable { cause: format!("{} is a folder", path.display()) });
        }
        let mut source = Self {
            path,
            read_only: options.read_only,
            wal: false,
            options: options.clone(),
            traits: Mutex::default(),
            identity: Mutex::new(Some(identity(&about))),
            started: Instant::now(),
            followed_ms: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
        };
        let conn = source.raw().map_err(error::opening)?;
        conn.busy_timeout(source.busy_timeout()).map_err(error::opening)?;
        source.read_only |= conn.is_readonly("main").map_err(error::opening)?;
        source.wal = is_wal(&conn).map_err(error::opening)?;
        *source.traits.get_mut() = Traits::read(&conn).map_err(error::opening)?;
        let conn = source.configure(conn, Role::Inline).map_err(error::opening)?;
        Ok((source, conn))
    }

    /// Opens one more connection.
    pub fn connect(&self, role: Role) -> Result<Conn, EngineError> {
        self.raw().and_then(|conn| self.configure(conn, role)).map_err(error::opening)
    }

    /// Whether a connection was opened under what still holds.
    pub fn is_current(&self, conn: &Conn) -> bool {
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now_ms.saturating_sub(self.followed_ms.load(Ordering::Relaxed)) >= FOLLOW_MS {
            self.followed_ms.store(now_ms, Ordering::Relaxed);
            // Without the file nothing is current, and opening it tells why.
            let _ = self.find_again();
        }
        conn.epoch == self.epoch.load(Ordering::Acquire)
    }

    /// Looks whether the structure has changed in a way that matters to how connections are opened.
    pub fn look(&self, sql: &Connection) -> rusqlite::Result<()> {
        let version = Traits::version(sql)?;
        if version == self.traits.lock().version {
            return Ok(());
        }
        let found = Traits::read(sql)?;
        let mut known = self.traits.lock();
        if !known.same_as(&found) {
            self.epoch.fetch_add(1, Ordering::Release);
        }
        *known = found;
        Ok(())
    }

    /// Looks whether the path still leads to the file that was opened: one that was removed or put in another's place
    /// stays readable for those who have it open. After a change all connections are replaced.
    pub fn find_again(&self) -> Result<(), EngineError> {
        let about = self.path.metadata();
        let found = about.as_ref().ok().map(identity);
        let mut known = self.identity.lock();
        if *known != found {
            *known = found;
            self.epoch.fetch_add(1, Ordering::Release);
        }
        about.map(drop).map_err(|error| self.unavailable(&error))
    }

    /// Tells one state of the structure, and one file, from another.
    pub fn mark(&self, version: impl std::fmt::Display) -> String {
        let (device, inode) = self.identity.lock().unwrap_or_default();
        format!("{device}:{inode}:{version}")
    }

    fn unavailable(&self, error: &std::io::Error) -> EngineError {
        EngineError::Unavailable { cause: format!("{}: {error}", self.path.display()) }
    }

    fn busy_timeout(&self) -> Duration {
        self.options.statement_timeout.min(Duration::from_secs(600))
    }

    fn raw(&self) -> rusqlite::Result<Connection> {
        let access = if self.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        Connection::open_with_flags(&self.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    fn configure(&self, mut sql: Connection, role: Role) -> rusqlite::Result<Conn> {
        let (traits, epoch) = {
            let traits = self.traits.lock();
            (traits.clone(), self.epoch.load(Ordering::Acquire))
        };
        // The last connection to close would otherwise move the WAL into the file and delete it.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // A quoted name that is no column must be an error, not the name as text, or a dropped column goes unnoticed.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, traits.quoted_strings)?;
        sql.busy_timeout(if role == Role::Inline { Duration::ZERO } else { self.busy_timeout() })?;
        sql.pragma_update(None, "foreign_keys", true)?;
        // In WAL mode a loss of power costs the last commits at worst; with a rollback journal it could cost the file.
        sql.pragma_update(None, "synchronous", if is_wal(&sql)? { "NORMAL" } else { "FULL" })?;
        sql.pragma_update_and_check(None, "mmap_size", MMAP_BYTES, |_| Ok(()))?;
        let cache = if role == Role::Writer { WRITER_CACHE_KIB } else { READER_CACHE_KIB };
        sql.pragma_update(None, "cache_size", -cache)?;
        sql.pragma_update(None, "case_sensitive_like", !traits.plain_like)?;
        sql.pragma_update(None, "query_only", role != Role::Writer || self.read_only)?;
        // Without it SQLite plans a statement anew whenever other values are bound: a sixth of a page's time.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, role == Role::Inline)?;
        functions::register(&sql)?;
        if !traits.plain_case {
            functions::register_case(&sql)?;
        }
        sql.set_prepared_statement_cache_capacity(STATEMENTS);
        let limit = Arc::new(Limit::default());
        let watched = Arc::clone(&limit);
        sql.progress_handler(STEPS_PER_LOOK, Some(move || watched.is_over()))?;
        Ok(Conn { sql, limit, epoch })
    }
}

fn is_wal(sql: &Connection) -> rusqlite::Result<bool> {
    let mode: String = sql.query_row("PRAGMA main.journal_mode", [], |row| row.get(0))?;
    Ok(mode.eq_ignore_ascii_case("wal"))
}

#[cfg(unix)]
fn identity(about: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

impl Conn {
    /// Runs something that SQLite breaks off when it takes longer than `limit`.
    pub fn limited<T>(&self, limit: Option<Duration>, run: impl FnOnce() -> T) -> T {
        self.limit.start(limit, u64::MAX);
        let result = run();
        self.limit.start(None, u64::MAX);
        result
    }

    /// As [`Conn::limited`], and broken off as well after so many steps of SQLite's machine: time passes for many
    /// reasons, steps are the statement's own doing. Gives with the result whether it was they.
    pub fn limited_in_steps<T>(&self, limit: Duration, steps: u64, run: impl FnOnce() -> T) -> (T, bool) {
        self.limit.start(Some(limit), steps / STEPS_PER_LOOK as u64);
        let result = run();
        let spent = self.limit.looks_left.load(Ordering::Relaxed) == 0;
        self.limit.start(None, u64::MAX);
        (result, spent)
    }

    /// Runs fixed SQL without a result, keeping it prepared.
    pub fn command(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.sql.prepare_cached(sql)?.raw_query().next().map(|_| ())
    }
}

/// When the running statement has to end.
#[derive(Debug)]
pub struct Limit {
    /// Microseconds after [`START`].
    until_us: AtomicU64,
    /// Each look stands for [`STEPS_PER_LOOK`] steps.
    looks_left: AtomicU64,
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now_us() -> u64 {
    u64::try_from(START.elapsed().as_micros()).unwrap_or(u64::MAX)
}

impl Default for Limit {
    fn default() -> Self {
        Self { until_us: AtomicU64::new(u64::MAX), looks_left: AtomicU64::new(u64::MAX) }
    }
}

impl Limit {
    /// Ends whatever runs.
    pub fn end(&self) {
        self.until_us.store(0, Ordering::Relaxed);
    }

    fn start(&self, limit: Option<Duration>, looks: u64) {
        let until = limit
            .map_or(u64::MAX, |limit| now_us().saturating_add(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX)));
        self.until_us.store(until, Ordering::Relaxed);
        self.looks_left.store(looks, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        // Only the statement's own thread counts.
        let left = self.looks_left.load(Ordering::Relaxed).saturating_sub(1);
        self.looks_left.store(left, Ordering::Relaxed);
        left == 0 || now_us() >= self.until_us.load(Ordering::Relaxed)
    }
}
