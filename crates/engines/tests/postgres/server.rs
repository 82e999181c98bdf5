//! A server, throw-away databases on it, and short words for statements.

use portcullis_base::Secret;
use portcullis_engines::{Engine, EngineError, EngineOptions};
use portcullis_query::{Cost, RowFormat, Rows, Statement, Value};
use portcullis_schema::{Decode, Output, OutputShape};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio_postgres::NoTls;
use url::Url;

pub struct Server {
    url: Url,
    next: AtomicU32,
}

/// A database of one case.
#[derive(Clone)]
pub struct Db {
    pub url: Url,
    pub name: String,
}

impl Server {
    pub fn new(url: String) -> Self {
        Self { url: url.parse().expect("PORTCULLIS_TEST_POSTGRES is a URL"), next: AtomicU32::new(0) }
    }

    pub async fn create_database(&self) -> Db {
        let name = format!("portcullis_{}_{}", std::process::id(), self.next.fetch_add(1, Ordering::Relaxed));
        admin(&self.url).await.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
        let mut url = self.url.clone();
        url.set_path(&name);
        Db { url, name }
    }

    pub async fn drop_database(&self, name: &str) {
        admin(&self.url).await.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    }
}

/// A plain connection beside the engine.
pub async fn admin(url: &Url) -> tokio_postgres::Client {
    let mut url = url.clone();
    // The driver takes no folder in the host part either, but knows the parameter.
    let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != "schema").collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    let mut config: tokio_postgres::Config = url.as_str().parse().unwrap();
    if let Some((_, folder)) = url.query_pairs().find(|(key, _)| key == "host") {
        let (user, database) = (config.get_user().unwrap().to_owned(), config.get_dbname().unwrap().to_owned());
        let port = config.get_ports().last().copied().unwrap_or(5432);
        config = tokio_postgres::Config::new();
        config.user(user).dbname(database).port(port).host(folder.as_ref());
    }
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Db {
    /// Runs SQL beside the engine.
    pub async fn sql(&self, sql: &str) {
        admin(&self.url).await.batch_execute(sql).await.unwrap();
    }

    /// One number by SQL beside the engine.
    pub async fn number(&self, sql: &str) -> i64 {
        admin(&self.url).await.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn engine(&self) -> Arc<dyn Engine> {
        self.engine_with(&EngineOptions::default()).await
    }

    pub async fn engine_with(&self, options: &EngineOptions) -> Arc<dyn Engine> {
        portcullis_engines::connect(&Secret::new(self.url.to_string()), options).await.unwrap()
    }

    /// The same database with another login.
    pub fn as_user(&self, user: &str) -> Self {
        let mut db = self.clone();
        db.url.set_username(user).unwrap();
        db
    }
}

/// Short timeouts, so that what waits does not wait long.
pub fn hasty() -> EngineOptions {
    EngineOptions {
        statement_timeout: Duration::from_millis(500),
        pool_wait: Duration::from_millis(300),
        pool_size: 2,
        connect_timeout: Duration::from_millis(1_000),
        read_only: false,
    }
}

pub fn outputs(columns: &[(&str, Decode)]) -> Arc<[Output]> {
    columns
        .iter()
        .map(|(name, decode)| Output { shape: OutputShape::new(name, decode.clone()), visible: true, captured: true })
        .collect()
}

pub fn scan(text: &str, values: Vec<Value>, columns: &[(&str, Decode)]) -> Statement {
    Statement { text: text.to_owned(), values, outputs: outputs(columns), cost: Cost::Scan, format: RowFormat::Json }
}

pub fn point(text: &str, values: Vec<Value>, columns: &[(&str, Decode)]) -> Statement {
    Statement { cost: Cost::Point, ..scan(text, values, columns) }
}

pub fn write(text: &str, values: Vec<Value>) -> Statement {
    Statement { cost: Cost::Write, ..scan(text, values, &[]) }
}

pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// What stands between the brackets of a list.
pub fn json(rows: Result<Rows, EngineError>) -> String {
    String::from_utf8(rows.unwrap().bytes).unwrap()
}
