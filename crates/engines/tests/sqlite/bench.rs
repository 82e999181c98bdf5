//! A file in a folder that goes away, and statements on it.

use portcullis_engines::{Engine, EngineError, EngineOptions, sqlite::SqliteEngine};
use portcullis_query::{Cost, RowFormat, Rows, Statement, Value};
use portcullis_schema::{Decode, Output, OutputShape};
use std::{path::PathBuf, time::Duration};
use tempfile::TempDir;

/// A database file.
pub struct File {
    folder: TempDir,
}

impl File {
    /// A new file made by these statements.
    pub fn new(sql: &str) -> Self {
        let file = Self { folder: tempfile::tempdir().unwrap() };
        file.change(sql);
        file
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("the file.db")
    }

    /// The WAL's size in bytes.
    pub fn wal_bytes(&self) -> u64 {
        std::fs::metadata(self.folder.path().join("the file.db-wal")).map_or(0, |about| about.len())
    }

    /// Changes the file as its owner would.
    pub fn change(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap();
    }

    pub fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    pub fn journal_mode(&self) -> String {
        self.connection().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap()
    }

    pub fn engine(&self) -> SqliteEngine {
        self.engine_with(&EngineOptions::default())
    }

    pub fn engine_with(&self, options: &EngineOptions) -> SqliteEngine {
        SqliteEngine::open(&self.path(), options).unwrap()
    }
}

/// Options with these times.
pub fn times(statement: Duration, wait: Duration) -> EngineOptions {
    EngineOptions { statement_timeout: statement, pool_wait: wait, ..EngineOptions::default() }
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A statement whose result columns are called a, b, c, ... and read as `decodes` say.
pub fn statement(cost: Cost, text: &str, values: Vec<Value>, decodes: &[Decode]) -> Statement {
    let outputs = decodes.iter().enumerate().map(|(at, decode)| Output {
        shape: OutputShape::new(&char::from(b'a' + at as u8).to_string(), decode.clone()),
        visible: true,
        captured: false,
    });
    Statement { text: text.to_owned(), values, outputs: outputs.collect(), cost, format: RowFormat::Json }
}

pub fn write(text: &str, values: Vec<Value>) -> Statement {
    statement(Cost::Write, text, values, &[])
}

pub fn text(rows: &Rows) -> String {
    format!("[{}]", std::str::from_utf8(&rows.bytes).unwrap())
}

/// Reads one whole number.
pub async fn number(engine: &SqliteEngine, sql: &str) -> i64 {
    let rows = engine.fetch(statement(Cost::Scan, sql, vec![], &[Decode::Int])).await.unwrap();
    let row = text(&rows);
    row.trim_start_matches("[{\"a\":").trim_end_matches("}]").parse().unwrap()
}

/// What a statement was refused with.
pub async fn refusal(engine: &SqliteEngine, statement: Statement) -> EngineError {
    engine.fetch(statement).await.expect_err("the statement should be refused")
}

/// A query that counts for minutes.
pub const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n";
