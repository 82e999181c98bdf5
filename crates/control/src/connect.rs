//! Reaching a customer's database, with errors that say what is wrong and what to try.

use crate::ControlError;
use portcullis_base::Secret;
use portcullis_crypto::sha256;
use portcullis_engines::{DatabaseUrl, Engine, EngineError, EngineOptions, IntrospectOptions};
use portcullis_schema::Catalog;
use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A database URL, understood.
#[derive(Debug, Clone)]
pub struct Target {
    /// The URL, with a file's path made absolute.
    pub url: Secret<String>,
    /// `postgres`, `mysql` or `sqlite`.
    pub engine: &'static str,
    /// The URL without login and parameters, for people and logs.
    pub display: String,
    /// The same for every URL of one database, whatever the login.
    pub identity: [u8; 32],
    /// The database's or file's own name.
    pub name: String,
    /// PostgreSQL schemas to read, in order.
    pub schemas: Vec<String>,
}

impl Target {
    /// Takes a URL apart. A relative path is taken from the working directory of this moment.
    ///
    /// # Errors
    ///
    /// [`ControlError::Database`]; never repeats the URL.
    pub fn parse(url: &Secret<String>) -> Result<Self, ControlError> {
        let refused = |error: portcullis_engines::UrlError| {
            ControlError::database(error.to_string(), "check the spelling, and quote the URL in the shell")
        };
        let parsed = DatabaseUrl::parse(url.expose()).map_err(refused)?;
        let engine = parsed.engine();
        Ok(match parsed {
            DatabaseUrl::Sqlite(path) => Self::file(&path)?,
            DatabaseUrl::Postgres(target) | DatabaseUrl::MySql(target) => {
                let host = match target.host.to_lowercase().as_str() {
                    "localhost" | "::1" | "[::1]" => "127.0.0.1".to_owned(),
                    host => host.to_owned(),
                };
                Self {
                    url: url.clone(),
                    engine,
                    display: if target.host.starts_with('/') {
                        // A socket.
                        let key = if engine == "postgres" { "host" } else { "socket" };
                        format!("{engine}://localhost/{}?{key}={}", target.database, target.host)
                    } else {
                        format!("{engine}://{}:{}/{}", target.host, target.port, target.database)
                    },
                    identity: sha256(format!("{engine}\n{host}\n{}\n{}", target.port, target.database).as_bytes()),
                    name: target.database,
                    schemas: target.schemas,
                }
            }
        })
    }

    fn file(path: &Path) -> Result<Self, ControlError> {
        check_file(path)?;
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let text = path.to_string_lossy();
        Ok(Self {
            url: Secret::new(format!("sqlite:{text}")),
            engine: "sqlite",
            display: format!("sqlite:{text}"),
            identity: sha256(format!("sqlite\n{text}").as_bytes()),
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            schemas: Vec::new(),
        })
    }
}

/// Connects and makes sure that the database answers.
///
/// # Errors
///
/// [`ControlError::Database`], which says what is wrong and what to try.
pub async fn connect(target: &Target) -> Result<Arc<dyn Engine>, ControlError> {
    let engine = portcullis_engines::connect(&target.url, &EngineOptions::default())
        .await
        .map_err(|error| explain(target, &error))?;
    engine.ping().await.map_err(|error| explain(target, &error))?;
    Ok(engine)
}

/// Reads the schema.
///
/// # Errors
///
/// As [`connect`].
pub async fn introspect(
    target: &Target,
    engine: &dyn Engine,
    progress: Option<Arc<dyn Fn(usize, usize) + Send + Sync>>,
) -> Result<Catalog, ControlError> {
    let options = IntrospectOptions { schemas: target.schemas.clone(), progress };
    engine.introspect(&options).await.map_err(|error| explain(target, &error))
}

/// What keeps a database from being used, and what to try.
pub fn explain(target: &Target, error: &EngineError) -> ControlError {
    let Target { display, engine, .. } = target;
    let cause = error.cause().map_or_else(String::new, |cause| format!(": {}", cause.trim_end()));
    let what = match error {
        EngineError::Denied => format!("the database {display} refused the login, or it may not read the catalogue"),
        EngineError::Timeout => format!("the database {display} did not answer in time"),
        EngineError::Unavailable { .. } => format!("the database {display} cannot be reached{cause}"),
        EngineError::Url(error) => error.to_string(),
        error => format!("the database {display} cannot be used: {error}{cause}"),
    };
    let hint = match (error, *engine) {
        (EngineError::Denied, _) => "check user and password in the URL, and percent-encode special letters in them \
             (`@` is %40, `:` is %3A, `/` is %2F)"
            .to_owned(),
        (_, "sqlite") => {
            "check that the file is an SQLite database and that this user may read and write it".to_owned()
        }
        (_, "postgres") => {
            "check host, port and database name; `psql <DATABASE_URL>` must work from this machine".to_owned()
        }
        _ => "check host, port and database name; the `mysql` client must reach it from this machine".to_owned(),
    };
    ControlError::Database { what, hint }
}

/// A file that is not there must not be made by accident, and one that is no database must not be opened.
fn check_file(path: &Path) -> Result<(), ControlError> {
    let shown = path.display();
    let metadata = fs::metadata(path).map_err(|error| {
        ControlError::database(
            format!("the SQLite file `{shown}` cannot be opened: {error}"),
            format!("check the path{}, or write `managed` for a database that portcullis keeps itself", beside(path)),
        )
    })?;
    if !metadata.is_file() {
        return Err(ControlError::database(
            format!("`{shown}` is not a file"),
            "give the path of an SQLite database file, or a URL such as postgres://user:password@host/database",
        ));
    }
    let mut head = [0u8; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read(&mut head)).map_err(|error| {
        ControlError::database(
            format!("the SQLite file `{shown}` cannot be read: {error}"),
            "check that this user may read and write it",
        )
    })?;
    // An empty file is an empty database. Source: SQLite, "Database File Format", section 1.3.
    if read > 0 && head != *b"SQLite format 3\0" {
        return Err(ControlError::database(
            format!("`{shown}` is not an SQLite database"),
            "check the path; an SQLite database begins with the words `SQLite format 3`",
        ));
    }
    Ok(())
}

/// Names the file in the same directory that may have been meant.
fn beside(path: &Path) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let names: Vec<String> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    portcullis_schema::closest(&wanted, names.iter().map(String::as_str))
        .map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}
