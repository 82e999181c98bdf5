//! A database of its own for a test, and the few words the tests share.

use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use portcullis_base::Secret;
use portcullis_engines::{DatabaseUrl, Engine, EngineError, EngineOptions};
use portcullis_query::{Cost, RowFormat, Rows, Statement, Value};
use portcullis_schema::{Decode, Output, OutputShape};
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A fresh database on the server under test.
#[derive(Clone)]
pub struct Site {
    /// The database's name.
    pub database: String,
    server: String,
}

impl Site {
    /// Makes a database, runs a case on it and drops it again.
    pub fn run(
        server: &str,
        name: &str,
        case: fn(Self) -> Pin<Box<dyn Future<Output = ()> + Send>>,
    ) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let site = Self { database: format!("pc_{}_{number}", std::process::id()), server: server.to_owned() };
        runtime.block_on(async {
            let mut admin = site.server_admin().await;
            admin
                .query_drop(format!("CREATE DATABASE {} CHARACTER SET utf8mb4", site.database))
                .await
                .map_err(|error| error.to_string())?;
            let done = tokio::spawn(case(site.clone())).await;
            admin.query_drop(format!("DROP DATABASE {}", site.database)).await.map_err(|error| error.to_string())?;
            let logins: Vec<String> = admin
                .exec("SELECT user FROM mysql.user WHERE user LIKE CONCAT(?, '\\_%')", (site.database.as_str(),))
                .await
                .map_err(|error| error.to_string())?;
            for login in logins {
                admin.query_drop(format!("DROP USER {login}")).await.map_err(|error| error.to_string())?;
            }
            done.map_err(|error| format!("{name}: {error}"))
        })
    }

    /// The URL of this database for a login.
    pub fn url(&self, user: &str) -> String {
        let (_, rest) = self.server.split_once("://").unwrap();
        let (login, rest) = rest.split_once('@').unwrap();
        let (host, rest) = rest.split_once('/').unwrap();
        let parameters = rest.split_once('?').map(|(_, parameters)| format!("?{parameters}")).unwrap_or_default();
        let login = if user.is_empty() { login } else { user };
        format!("mysql://{login}@{host}/{}{parameters}", self.database)
    }

    /// The engine under test with the default bounds.
    pub async fn engine(&self) -> Arc<dyn Engine> {
        self.engine_with(&EngineOptions::default()).await
    }

    /// The engine under test.
    pub async fn engine_with(&self, options: &EngineOptions) -> Arc<dyn Engine> {
        portcullis_engines::connect(&Secret::new(self.url("")), options).await.unwrap()
    }

    /// The engine under test as another login.
    pub async fn engine_as(&self, user: &str) -> Arc<dyn Engine> {
        portcullis_engines::connect(&Secret::new(self.url(user)), &EngineOptions::default()).await.unwrap()
    }

    /// A plain connection to this database that sets things up behind the engine's back.
    pub async fn admin(&self) -> Conn {
        Conn::new(self.options(Some(self.database.clone()))).await.unwrap()
    }

    /// Runs statements on a plain connection.
    pub async fn setup(&self, statements: &[&str]) {
        let mut admin = self.admin().await;
        for statement in statements {
            admin.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        admin.disconnect().await.unwrap();
    }

    /// A login of its own with the given grants; the name is the URL's.
    pub async fn login(&self, suffix: &str, grants: &[&str]) -> String {
        let user = format!("{}_{suffix}", self.database);
        let mut admin = self.admin().await;
        admin.query_drop(format!("CREATE OR REPLACE USER {user} IDENTIFIED BY 'secret'")).await.unwrap();
        for grant in grants {
            admin.query_drop(format!("GRANT {} TO {user}", grant.replace("{db}", &self.database))).await.unwrap();
        }
        format!("{user}:secret")
    }

    /// How many statements with this text run on the server just now.
    pub async fn running(&self, text: &str) -> u64 {
        let mut admin = self.server_admin().await;
        admin
            .exec_first(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ? AND INSTR(info, ?) > 0",
                (self.database.as_str(), text),
            )
            .await
            .unwrap()
            .unwrap_or(0)
    }

    /// How many connections this database has.
    pub async fn connections(&self) -> u64 {
        let mut admin = self.server_admin().await;
        let sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ?";
        admin.exec_first(sql, (self.database.as_str(),)).await.unwrap().unwrap_or(0)
    }

    async fn server_admin(&self) -> Conn {
        Conn::new(self.options(None)).await.unwrap()
    }

    fn options(&self, database: Option<String>) -> Opts {
        let Ok(DatabaseUrl::MySql(target)) = DatabaseUrl::parse(&self.server) else {
            panic!("PORTCULLIS_TEST_MARIADB is no MySQL URL")
        };
        let builder = OptsBuilder::default()
            .user(Some(target.user))
            .pass(target.password.map(|password| password.expose().clone()))
            .db_name(database)
            .prefer_socket(false);
        if target.host.starts_with('/') {
            builder.socket(Some(target.host)).into()
        } else {
            builder.ip_or_hostname(target.host).tcp_port(target.port).into()
        }
    }
}

/// A reading statement; every output is written and captured.
pub fn read(text: &str, values: Vec<Value>, outputs: &[(&str, Decode)]) -> Statement {
    let outputs = outputs
        .iter()
        .map(|(name, decode)| Output { shape: OutputShape::new(name, decode.clone()), visible: true, captured: true })
        .collect();
    Statement { text: text.to_owned(), values, outputs, cost: Cost::Scan, format: RowFormat::Json }
}

/// A writing statement without a result.
pub fn write(text: &str, values: Vec<Value>) -> Statement {
    Statement { cost: Cost::Write, ..read(text, values, &[]) }
}

/// A text value.
pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The rows as one JSON array.
pub fn json(rows: &Rows) -> String {
    format!("[{}]", String::from_utf8(rows.bytes.clone()).unwrap())
}

/// The one number a statement gives.
pub async fn count(engine: &Arc<dyn Engine>, sql: &str, values: Vec<Value>) -> i64 {
    let rows = engine.fetch(read(sql, values, &[("n", Decode::Int)])).await.unwrap();
    match rows.captured[0] {
        Value::Int(value) => value,
        ref other => panic!("{other:?}"),
    }
}

/// Fails unless the outcome is this error.
#[track_caller]
pub fn refused<T>(done: Result<T, EngineError>, expected: &str) {
    let error = done.err().map(|error| format!("{error:?}")).unwrap_or_else(|| "no error".to_owned());
    assert!(error.starts_with(expected), "expected {expected}, got {error}");
}

/// Waits until something holds, two seconds at most.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not happen");
}
