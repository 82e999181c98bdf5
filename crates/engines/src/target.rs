//! Database URLs: `postgres://`, `mysql://`, `sqlite:`, or the bare path of a file.

use portcullis_base::Secret;
use std::path::PathBuf;
use url::Url;

/// Where a database is.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// PostgreSQL and whatever speaks its protocol.
    Postgres(ServerTarget),
    /// MySQL and MariaDB.
    MySql(ServerTarget),
    /// An SQLite file.
    Sqlite(PathBuf),
}

/// A server, a database on it and a login.
#[derive(Debug, Clone)]
pub struct ServerTarget {
    /// Host name, address, or the absolute path of the socket's folder (PostgreSQL) or of the socket (MySQL).
    pub host: String,
    /// The port.
    pub port: u16,
    /// The login.
    pub user: String,
    /// Its password, if it has one.
    pub password: Option<Secret<String>>,
    /// The database.
    pub database: String,
    /// PostgreSQL schemas from `?schema=a,b`, in order; empty when not given.
    pub schemas: Vec<String>,
    /// Whether TLS is used, and how far the server's certificate is checked.
    pub tls: TlsMode,
}

/// `?sslmode=` as PostgreSQL's clients spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS where the server offers it; the certificate is not checked. The default, as with PostgreSQL's clients.
    Prefer,
    /// TLS or nothing; the certificate is not checked.
    Require,
    /// TLS, and the certificate must be valid for the host.
    VerifyFull,
}

/// Why a URL cannot be used. Never repeats the URL: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another kind of URL.
    #[error(
        "`{0}` is not a database URL we know; use postgres://user:password@host:5432/database, \
         mysql://user:password@host:3306/database or sqlite:path/to/file.db"
    )]
    Scheme(String),
    /// A part is missing.
    #[error(
        "the database URL lacks {0}; it is written postgres://user:password@host:5432/database, \
         mysql://user:password@host:3306/database or sqlite:path/to/file.db"
    )]
    Missing(&'static str),
    /// A parameter is not known or has a value that is not.
    #[error("the database URL's parameter `{0}` is not known or has a wrong value")]
    Parameter(String),
    /// It cannot be parsed.
    #[error("the database URL is malformed: {0}")]
    Malformed(String),
}

impl DatabaseUrl {
    /// Takes a URL apart.
    ///
    /// # Errors
    ///
    /// [`UrlError`], which never repeats the password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(UrlError::Missing("the path of the file")),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if !text.contains("://") {
            return match text.split_once(':') {
                Some((scheme, _)) if scheme.len() > 1 && !scheme.contains(['/', '.']) => {
                    Err(UrlError::Scheme(scheme.to_owned()))
                }
                _ if text.is_empty() => Err(UrlError::Missing("everything")),
                _ => Ok(Self::Sqlite(PathBuf::from(text))),
            };
        }
        let url = Url::parse(text).map_err(|error| UrlError::Malformed(error.to_string()))?;
        match url.scheme() {
            "postgres" | "postgresql" => ServerTarget::from_url(&url, 5432).map(Self::Postgres),
            "mysql" | "mariadb" => ServerTarget::from_url(&url, 3306).map(Self::MySql),
            other => Err(UrlError::Scheme(other.to_owned())),
        }
    }

    /// The engine's name: `postgres`, `mysql` or `sqlite`.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::MySql(_) => "mysql",
            Self::Sqlite(_) => "sqlite",
        }
    }
}

impl ServerTarget {
    fn from_url(url: &Url, port: u16) -> Result<Self, UrlError> {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| UrlError::Malformed("not UTF-8".to_owned()))
        };
        let database = decode(url.path().trim_start_matches('/'))?;
        if database.is_empty() {
            return Err(UrlError::Missing("the database's name"));
        }
        let mut target = Self {
            host: decode(url.host_str().unwrap_or_default())?,
            port: url.port().unwrap_or(port),
            user: decode(url.username())?,
            password: url.password().map(decode).transpose()?.map(Secret::new),
            database,
            schemas: Vec::new(),
            tls: TlsMode::Prefer,
        };
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "schema" => {
                    target.schemas = value.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
                }
                // A socket has no place in a URL's host part.
                "host" | "socket" => target.host = value.into_owned(),
                "port" => target.port = value.parse().map_err(|_| UrlError::Parameter(key.into_owned()))?,
                "user" => target.user = value.into_owned(),
                "password" => target.password = Some(Secret::new(value.into_owned())),
                "sslmode" | "ssl-mode" => {
                    target.tls = match value.to_lowercase().as_str() {
                        "disable" | "disabled" => TlsMode::Disable,
                        "allow" | "prefer" | "preferred" => TlsMode::Prefer,
                        "require" | "required" => TlsMode::Require,
                        "verify-ca" | "verify_ca" | "verify-full" | "verify_identity" => TlsMode::VerifyFull,
                        _ => return Err(UrlError::Parameter(key.into_owned())),
                    };
                }
                _ => return Err(UrlError::Parameter(key.into_owned())),
            }
        }
        if target.host.is_empty() {
            return Err(UrlError::Missing("the host"));
        }
        if target.user.is_empty() {
            return Err(UrlError::Missing("the user"));
        }
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let DatabaseUrl::Postgres(target) =
            DatabaseUrl::parse("postgres://ada:p%40ss@db.example:6000/shop?schema=public,sales&sslmode=require")
                .unwrap()
        else {
            panic!("not postgres")
        };
        assert_eq!((target.host.as_str(), target.port, target.user.as_str()), ("db.example", 6000, "ada"));
        assert_eq!(target.password.unwrap().expose(), "p@ss");
        assert_eq!(target.schemas, ["public", "sales"]);
        assert_eq!(target.tls, TlsMode::Require);
        let DatabaseUrl::MySql(target) = DatabaseUrl::parse("mysql://root@localhost/shop?socket=/run/my.sock").unwrap()
        else {
            panic!("not mysql")
        };
        assert_eq!((target.host.as_str(), target.database.as_str()), ("/run/my.sock", "shop"));
        for (text, path) in
            [("sqlite:a/b.db", "a/b.db"), ("sqlite:///abs.db", "/abs.db"), ("./x.db", "./x.db"), ("/x.db", "/x.db")]
        {
            let DatabaseUrl::Sqlite(found) = DatabaseUrl::parse(text).unwrap() else { panic!("not sqlite") };
            assert_eq!(found, PathBuf::from(path));
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_the_password() {
        for text in
            ["oracle://u:hunter2@h/d", "postgres://u:hunter2@h", "mysql://:hunter2@h/d", "postgres://u:hunter2@h/d?x=1"]
        {
            let error = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
