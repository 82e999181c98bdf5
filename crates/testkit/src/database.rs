//! A fresh database for one test.

use crate::Engine;
use mysql_async::prelude::Queryable;
use std::{future::Future, thread, time::Duration};
use tempfile::TempDir;
use url::Url;

/// The SQLite file in its folder.
const FILE: &str = "test.db";

/// A database of its own on one engine, dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    engine: Engine,
    url: String,
    home: Home,
}

/// Where it lives, and what has to be cleared away.
#[derive(Debug)]
enum Home {
    File(TempDir),
    Server { admin: Url, own: Url, name: String },
}

impl TestDatabase {
    /// Makes an empty database and runs `script` in it: any number of statements, in the engine's own SQL.
    ///
    /// # Panics
    ///
    /// The engine cannot be reached or the script fails; the message is the engine's.
    pub fn create(engine: Engine, script: &str) -> Self {
        let database = match engine.server_url() {
            None if engine == Engine::Sqlite => Self::create_file(),
            None => panic!("{engine} is not available: set {}", engine.variable().unwrap_or_default()),
            Some(url) => Self::create_on_server(engine, &url),
        };
        database.run(script);
        database
    }

    /// As [`TestDatabase::create`], on a server of the test's own.
    ///
    /// # Panics
    ///
    /// As [`TestDatabase::create`].
    pub fn create_at(engine: Engine, server: &str, script: &str) -> Self {
        let database = Self::create_on_server(engine, server);
        database.run(script);
        database
    }

    fn create_file() -> Self {
        let folder = tempfile::Builder::new().prefix("portcullis-").tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join(FILE).display());
        Self { engine: Engine::Sqlite, url, home: Home::File(folder) }
    }

    fn create_on_server(engine: Engine, server: &str) -> Self {
        let admin = Url::parse(server).expect("the test server's URL");
        let name = format!("pt_{}", uuid::Uuid::new_v4().simple());
        let mut own = admin.clone();
        own.set_path(&name);
        // MariaDB's own default is latin1.
        let charset = if engine == Engine::MariaDb { " CHARACTER SET utf8mb4" } else { "" };
        execute(engine, &admin, &format!("CREATE DATABASE {name}{charset}"));
        Self { engine, url: own.to_string(), home: Home::Server { admin, own, name } }
    }

    /// The engine it lives on.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Its URL, as `portcullis init` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs any number of statements past the product, straight through the driver.
    ///
    /// # Panics
    ///
    /// A statement fails; the message is the engine's.
    pub fn run(&self, script: &str) {
        if script.trim().is_empty() {
            return;
        }
        match &self.home {
            Home::File(folder) => {
                open_file(folder).execute_batch(script).unwrap_or_else(|error| panic!("{script}\n{error}"))
            }
            Home::Server { own, .. } => execute(self.engine, own, script),
        }
    }

    /// The first column of a query's rows as text, past the product; `None` is NULL.
    ///
    /// # Panics
    ///
    /// The query fails; the message is the engine's.
    pub fn texts(&self, query: &str) -> Vec<Option<String>> {
        match &self.home {
            Home::File(folder) => {
                let file = open_file(folder);
                let mut statement = file.prepare(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
                let rows = statement.query_map((), |row| row.get_ref(0).map(sqlite_text));
                let rows = rows.and_then(Iterator::collect);
                rows.unwrap_or_else(|error| panic!("{query}\n{error}"))
            }
            Home::Server { own, .. } => texts(self.engine, own, query),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Home::Server { admin, name, .. } = &self.home else { return };
        let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
        // A second panic while a failed test unwinds would hide the first.
        let (engine, admin, name) = (self.engine, admin.clone(), name.clone());
        let dropped = thread::spawn(move || execute(engine, &admin, &format!("DROP DATABASE {name}{force}"))).join();
        if dropped.is_err() && !thread::panicking() {
            eprintln!("the test database on {engine} is left behind");
        }
    }
}

fn open_file(folder: &TempDir) -> rusqlite::Connection {
    let file = rusqlite::Connection::open(folder.path().join(FILE)).expect("the test database's file");
    file.busy_timeout(Duration::from_secs(10)).expect("a busy timeout");
    file
}

fn execute(engine: Engine, url: &Url, script: &str) {
    apart(async || match engine {
        Engine::Postgres => {
            let client = postgres(url).await;
            client.batch_execute(script).await.unwrap_or_else(|error| panic!("{script}\n{}", pg_message(&error)));
        }
        _ => {
            let mut client = mariadb(url).await;
            client.query_drop(script).await.unwrap_or_else(|error| panic!("{script}\n{error}"));
            client.disconnect().await.unwrap_or_else(|error| panic!("{error}"));
        }
    });
}

fn texts(engine: Engine, url: &Url, query: &str) -> Vec<Option<String>> {
    apart(async || match engine {
        Engine::Postgres => {
            let client = postgres(url).await;
            let answer = client.simple_query(query).await;
            let answer = answer.unwrap_or_else(|error| panic!("{query}\n{}", pg_message(&error)));
            let rows = answer.into_iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                _ => None,
            });
            rows.collect()
        }
        _ => {
            let mut client = mariadb(url).await;
            let rows: Result<Vec<mysql_async::Row>, _> = client.query(query).await;
            let rows = rows.unwrap_or_else(|error| panic!("{query}\n{error}"));
            rows.into_iter().map(|row| row.unwrap().into_iter().next().and_then(mariadb_text)).collect()
        }
    })
}

/// On a thread with a runtime of its own: tests call this inside and outside of theirs.
fn apart<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime for the test's driver").block_on(work())
    };
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

async fn postgres(url: &Url) -> tokio_postgres::Client {
    // The driver would try the URL's host before the socket; a stranger's server may answer there.
    let mut config = tokio_postgres::Config::new();
    config.user(url.username()).dbname(url.path().trim_start_matches('/'));
    match parameter(url, "host") {
        Some(socket) => config.host(&socket),
        None => config.host(url.host_str().unwrap_or("localhost")),
    };
    config.port(url.port().unwrap_or(5432));
    if let Some(password) = url.password() {
        config.password(password);
    }
    let (client, connection) =
        config.connect(tokio_postgres::NoTls).await.unwrap_or_else(|error| panic!("{}", pg_message(&error)));
    tokio::spawn(connection);
    client
}

async fn mariadb(url: &Url) -> mysql_async::Conn {
    let options = mysql_async::OptsBuilder::default()
        .ip_or_hostname(url.host_str().unwrap_or("localhost"))
        .tcp_port(url.port().unwrap_or(3306))
        .user(Some(url.username()))
        .pass(url.password())
        .db_name(Some(url.path().trim_start_matches('/')))
        .prefer_socket(false)
        .socket(parameter(url, "socket"));
    mysql_async::Conn::new(options).await.unwrap_or_else(|error| panic!("{error}"))
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn pg_message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

fn sqlite_text(value: rusqlite::types::ValueRef<'_>) -> Option<String> {
    use rusqlite::types::ValueRef as V;
    match value {
        V::Null => None,
        V::Integer(number) => Some(number.to_string()),
        V::Real(number) => Some(number.to_string()),
        V::Text(bytes) | V::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn mariadb_text(value: mysql_async::Value) -> Option<String> {
    use mysql_async::Value as V;
    match value {
        V::NULL => None,
        V::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines;

    #[test]
    fn a_database_holds_what_its_script_made_and_is_gone_afterwards() {
        for engine in engines() {
            let script = "CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20)); \
                          INSERT INTO a VALUES (1, 'one'), (2, NULL); CREATE TABLE b (id INT);";
            let database = TestDatabase::create(engine, script);
            assert_eq!(database.texts("SELECT name FROM a ORDER BY id"), [Some("one".to_owned()), None], "{engine}");
            database.run("INSERT INTO b VALUES (7); INSERT INTO b VALUES (8)");
            assert_eq!(database.texts("SELECT COUNT(*) FROM b"), [Some("2".to_owned())], "{engine}");

            let other = TestDatabase::create(engine, "CREATE TABLE a (id INT)");
            assert_ne!(other.url(), database.url());
            let left = leftovers(&database);
            drop(database);
            assert_eq!(left(&other), 0, "{engine}");
        }
    }

    // How many of the database's things are there after it is dropped.
    fn leftovers(database: &TestDatabase) -> impl Fn(&TestDatabase) -> usize + use<> {
        let (file, name) = match &database.home {
            Home::File(folder) => (Some(folder.path().to_owned()), String::new()),
            Home::Server { name, .. } => (None, name.clone()),
        };
        move |other| match (&file, other.engine) {
            (Some(folder), _) => usize::from(folder.exists()),
            (None, Engine::Postgres) => {
                other.texts(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).len()
            }
            (None, _) => other.texts(&format!("SHOW DATABASES LIKE '{name}'")).len(),
        }
    }

    #[tokio::test]
    async fn it_works_inside_a_runtime() {
        for engine in engines() {
            let database = TestDatabase::create(engine, "CREATE TABLE a (id INT)");
            assert_eq!(database.texts("SELECT COUNT(*) FROM a"), [Some("0".to_owned())]);
        }
    }

    #[test]
    #[should_panic(expected = "missing")]
    fn a_script_that_fails_says_what_the_engine_said() {
        TestDatabase::create(Engine::Sqlite, "SELECT * FROM missing");
    }
}
