//! One connection: how it is opened, what is set on it, what it has prepared.

use super::{
    decode::{self, Writer},
    error::{Failure, translate_connect},
    tls,
};
use crate::{
    EngineError, EngineOptions,
    target::{ServerTarget, TlsMode},
};
use parking_lot::Mutex;
use portcullis_schema::{Decode, Output};
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::AbortHandle;
use tokio_postgres::{Client, Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use xxhash_rust::xxh3::Xxh3Builder;

/// Prepared statements a connection keeps; when there are more it forgets all and starts again.
const PREPARED_MAX: usize = 256;
/// Texts above this (bulk inserts of a thousand rows) are prepared for one use. Bytes.
const PREPARED_TEXT_MAX_BYTES: usize = 8_192;
/// How long the server may stay silent beyond the statement timeout before the connection is given up.
const SILENCE: Duration = Duration::from_secs(1);

/// Opens connections to one server.
pub struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    connect_timeout: Duration,
    /// How long one answer may take as seen from here.
    pub answer_timeout: Duration,
    // Counted up when a prepared statement was found stale: every connection then forgets its own.
    structure: Arc<AtomicU64>,
}

impl Connector {
    /// Prepares connecting; does not touch the network.
    pub fn new(target: &ServerTarget, options: &EngineOptions) -> Result<Self, EngineError> {
        let mut config = Config::new();
        config
            .host(&target.host)
            .port(target.port)
            .user(&target.user)
            .dbname(&target.database)
            .application_name("portcullis")
            .options(session_settings(options.statement_timeout))
            .connect_timeout(options.connect_timeout)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
        if let Some(password) = &target.password {
            config.password(password.expose());
        }
        // A socket in the file system is not encrypted, as with libpq.
        config.ssl_mode(match target.tls {
            _ if target.host.starts_with('/') => SslMode::Disable,
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
        });
        Ok(Self {
            config,
            tls: tls::connector(target.tls)?,
            connect_timeout: options.connect_timeout,
            answer_timeout: options.statement_timeout + SILENCE,
            structure: Arc::new(AtomicU64::new(0)),
        })
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// [`EngineError::Denied`] if the login is refused, else [`EngineError::Unavailable`].
    pub async fn open(&self) -> Result<Conn, EngineError> {
        let (client, connection) = tokio::time::timeout(self.connect_timeout, self.config.connect(self.tls.clone()))
            .await
            .map_err(|_| EngineError::Unavailable { cause: "connecting took too long".to_owned() })?
            .map_err(|error| translate_connect(&error))?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "A database connection ended");
            }
        });
        Ok(Conn {
            client,
            task: task.abort_handle(),
            lost: AtomicBool::new(false),
            prepared: Mutex::new(PreparedCache { structure: 0, by_text: HashMap::default() }),
            structure: Arc::clone(&self.structure),
        })
    }

    /// Asks the server to stop what it does for a connection, and cuts the connection.
    pub fn give_up(&self, conn: &Conn) {
        if !conn.is_usable() {
            return;
        }
        conn.lost.store(true, Ordering::Relaxed);
        conn.task.abort();
        let token = conn.client.cancel_token();
        let (tls, limit) = (self.tls.clone(), self.connect_timeout);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Nobody waits for it; a server that does not take it has closed the connection or is gone.
                let _ = tokio::time::timeout(limit, token.cancel_query(tls)).await;
            });
        }
    }
}

// `search_path` stays the login's. The lock timeout is the shorter one, so that waiting for a lock is told apart
// in the server's log.
fn session_settings(statement_timeout: Duration) -> String {
    let statement_ms = statement_timeout.as_millis().max(1);
    let lock_ms = (statement_ms * 9 / 10).max(1);
    format!(
        "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex \
         -c statement_timeout={statement_ms} -c lock_timeout={lock_ms} \
         -c idle_in_transaction_session_timeout=60000"
    )
}

/// An open connection.
pub struct Conn {
    /// The driver's handle.
    pub client: Client,
    task: AbortHandle,
    lost: AtomicBool,
    prepared: Mutex<PreparedCache>,
    structure: Arc<AtomicU64>,
}

struct PreparedCache {
    structure: u64,
    by_text: HashMap<Box<str>, Arc<Prepared>, Xxh3Builder>,
}

/// A prepared statement with what reads its columns.
pub struct Prepared {
    /// The driver's handle.
    pub statement: tokio_postgres::Statement,
    decodes: Box<[Decode]>,
    writers: Box<[Writer]>,
}

impl Prepared {
    /// What reads the columns for these outputs. They are the ones it was prepared with unless two requests want
    /// different things of the same text.
    pub fn writers(&self, outputs: &[Output]) -> Result<Cow<'_, [Writer]>, EngineError> {
        if outputs.len() == self.decodes.len()
            && outputs.iter().zip(&self.decodes).all(|(output, decode)| output.shape.decode == *decode)
        {
            return Ok(Cow::Borrowed(&self.writers));
        }
        decode::writers(outputs, self.statement.columns()).map(Cow::Owned)
    }
}

impl Conn {
    /// Whether statements may still be sent.
    pub fn is_usable(&self) -> bool {
        !self.lost.load(Ordering::Relaxed) && !self.client.is_closed()
    }

    /// Notes that the server has closed the connection; the driver finds out a moment later.
    pub fn mark_lost(&self) {
        self.lost.store(true, Ordering::Relaxed);
        self.task.abort();
    }

    /// The prepared form of a text, from the cache if it is there.
    pub async fn prepare(&self, text: &str, outputs: &[Output]) -> Result<Arc<Prepared>, Failure> {
        if let Some(prepared) = self.cached(text) {
            return Ok(prepared);
        }
        let prepared = Arc::new(self.prepare_anew(text, outputs).await?);
        if text.len() <= PREPARED_TEXT_MAX_BYTES {
            let mut cache = self.prepared.lock();
            if cache.by_text.len() >= PREPARED_MAX {
                cache.by_text.clear();
            }
            cache.by_text.insert(text.into(), Arc::clone(&prepared));
        }
        Ok(prepared)
    }

    fn cached(&self, text: &str) -> Option<Arc<Prepared>> {
        let structure = self.structure.load(Ordering::Relaxed);
        let mut cache = self.prepared.lock();
        if cache.structure != structure {
            cache.by_text.clear();
            cache.structure = structure;
        }
        cache.by_text.get(text).map(Arc::clone)
    }

    async fn prepare_anew(&self, text: &str, outputs: &[Output]) -> Result<Prepared, Failure> {
        let statement = self.client.prepare(text).await?;
        let writers = decode::writers(outputs, statement.columns())?.into();
        let decodes = outputs.iter().map(|output| output.shape.decode.clone()).collect();
        Ok(Prepared { statement, decodes, writers })
    }

    /// Whether the kept form of a text takes other parameter types than the database would give it now. The server
    /// prepares the columns of a kept statement again by itself, but never the types of its parameters.
    pub async fn takes_old_types(&self, text: &str, outputs: &[Output]) -> bool {
        let Some(kept) = self.cached(text) else { return false };
        match self.prepare_anew(text, outputs).await {
            Ok(now) => now.statement.params() != kept.statement.params(),
            Err(_) => false,
        }
    }

    /// Forgets the prepared form of a text.
    pub fn forget(&self, text: &str) {
        self.prepared.lock().by_text.remove(text);
    }

    /// Makes this and every other connection forget its prepared statements: the tables have changed.
    pub fn forget_prepared(&self) {
        self.structure.fetch_add(1, Ordering::Relaxed);
        // Types are remembered too, and an enum may have been dropped and made again.
        self.client.clear_type_cache();
    }
}
