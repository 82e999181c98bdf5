//! Opens connections and sets them up: TLS, time zone, strictness, time limits.
//!
//! Only the session is set, never anything of the server. What differs between MariaDB and MySQL is settled here,
//! by the version the server tells.

use super::error;
use crate::{
    EngineError, EngineOptions,
    target::{ServerTarget, TlsMode},
};
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, SslOpts, prelude::Queryable};
use rustls::{RootCertStore, pki_types::CertificateDer};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Prepared statements each connection keeps at most.
const STATEMENTS: usize = 256;

/// Strict about values, and nothing else changed: quotes, backslashes and `||` keep their usual meaning.
const SQL_MODE: &str =
    "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE";

/// Only on MySQL, where it is the default. MariaDB (10.11) with it refuses an aggregate over a subquery the second
/// time a prepared statement is run (error 1140); it would only refuse what we never write.
const MYSQL_MODE: &str = ",ONLY_FULL_GROUP_BY";

/// What a connection found out about its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// MariaDB, not MySQL.
    pub mariadb: bool,
    /// Whether INSERT and DELETE give the written rows back (MariaDB 10.5 and later).
    pub returning: bool,
    /// Whether transactions see one state unless told otherwise.
    pub repeatable_read: bool,
    /// Whether table names are compared without regard to case.
    pub fold_names: bool,
    /// Whether waiting too long for a lock undoes the whole transaction, not only the statement.
    pub undoes_on_timeout: bool,
}

/// An open connection and what it speaks to.
pub struct Link {
    /// The driver's connection.
    pub conn: Conn,
    /// The server behind it.
    pub server: Server,
}

/// Opens connections to one database.
pub struct Connector {
    plain: Opts,
    /// With TLS; `None` where TLS is not wanted or (socket) not needed.
    secure: Option<Opts>,
    /// Whether going without TLS is allowed when the server has none.
    prefer: bool,
    /// The server has no TLS: it is not asked again.
    no_tls: AtomicBool,
    /// What the last server said of RETURNING; false until there was one.
    returning: AtomicBool,
    connect_timeout: Duration,
    statement_timeout: Duration,
}

impl Connector {
    /// Prepares connecting; nothing is sent yet.
    pub fn new(target: &ServerTarget, options: &EngineOptions) -> Self {
        let socket = target.host.starts_with('/');
        let mut builder = OptsBuilder::default()
            .user(Some(target.user.clone()))
            .pass(target.password.as_ref().map(|password| password.expose().clone()))
            .db_name(Some(target.database.clone()))
            .prefer_socket(false)
            .client_found_rows(true)
            .stmt_cache_size(STATEMENTS)
            .tcp_keepalive(Some(Duration::from_secs(30)));
        builder = if socket {
            builder.socket(Some(target.host.clone()))
        } else {
            builder.ip_or_hostname(target.host.clone()).tcp_port(target.port)
        };
        let plain: Opts = builder.clone().into();
        // The driver would announce TLS on a socket and then not speak it.
        let secure = (!socket && target.tls != TlsMode::Disable).then(|| {
            let unchecked = target.tls != TlsMode::VerifyFull;
            let tls = if unchecked {
                SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true)
            } else {
                let roots = machine_roots();
                SslOpts::default()
                    .with_disable_built_in_roots(!roots.is_empty())
                    .with_root_certs(roots.into_iter().map(Into::into).collect())
            };
            builder.ssl_opts(Some(tls)).into()
        });
        Self {
            plain,
            secure,
            prefer: target.tls == TlsMode::Prefer,
            no_tls: AtomicBool::new(false),
            returning: AtomicBool::new(false),
            connect_timeout: options.connect_timeout,
            statement_timeout: options.statement_timeout,
        }
    }

    /// Whether written rows come back, as far as is known: before the first connection the answer is the one that
    /// is right on every server.
    pub fn returning(&self) -> bool {
        self.returning.load(Ordering::Relaxed)
    }

    /// How long a statement may take before the connection is given up: the server's own limit comes first.
    pub fn patience(&self) -> Duration {
        self.statement_timeout + Duration::from_secs(1)
    }

    /// Opens a connection and sets its session up, with the statement time limit or (`limited` false) without.
    ///
    /// # Errors
    ///
    /// `Unavailable` after the connect timeout or when nobody listens, `Denied` for a refused login.
    pub async fn open(&self, limited: bool) -> Result<Link, EngineError> {
        let opening = async {
            let mut conn = self.dial().await?;
            let server = Server::ask(&mut conn).await?;
            self.returning.store(server.returning, Ordering::Relaxed);
            conn.query_drop(self.session(server, limited)).await?;
            Ok(Link { conn, server })
        };
        match tokio::time::timeout(self.connect_timeout, opening).await {
            Ok(opened) => opened.map_err(|error| error::meaning(&error)),
            Err(_) => Err(EngineError::Unavailable { cause: "connecting took too long".to_owned() }),
        }
    }

    /// Ends a connection from another one, so that the server stops what it does for nobody. Best effort.
    pub async fn kill(&self, id: u32) {
        let killing = async {
            let mut conn = self.dial().await?;
            conn.query_drop(format!("KILL {id}")).await?;
            conn.disconnect().await
        };
        match tokio::time::timeout(self.connect_timeout, killing).await {
            Ok(Ok(())) => {}
            // 1094: it had ended by itself.
            Ok(Err(Error::Server(refused))) if refused.code == 1094 => {}
            Ok(Err(error)) => tracing::debug!(%error, "A statement nobody waits for could not be ended"),
            Err(_) => tracing::debug!("A statement nobody waits for could not be ended in time"),
        }
    }

    async fn dial(&self) -> Result<Conn, Error> {
        let Some(secure) = self.secure.as_ref().filter(|_| !self.no_tls.load(Ordering::Relaxed)) else {
            return Conn::new(self.plain.clone()).await;
        };
        match Conn::new(secure.clone()).await {
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if self.prefer => {
                self.no_tls.store(true, Ordering::Relaxed);
                Conn::new(self.plain.clone()).await
            }
            // A certificate nobody checks may be one nobody can read; `prefer` promises no more than plain text.
            Err(Error::Io(error)) if self.prefer && speaks_of_tls(&error) => {
                tracing::warn!(%error, "The database offers TLS that cannot be used; connecting without");
                Conn::new(self.plain.clone()).await
            }
            done => done,
        }
    }

    /// The one statement that sets a session up.
    fn session(&self, server: Server, limited: bool) -> String {
        let timeout = self.statement_timeout;
        let limit = match (limited, server.mariadb) {
            (true, true) => format!("max_statement_time={:.3}", timeout.as_secs_f64()),
            (true, false) => format!("max_execution_time={}", timeout.as_millis()),
            // A slow reader of a stream must not be taken for a dead one.
            (false, true) => "max_statement_time=0,net_write_timeout=600".to_owned(),
            (false, false) => "max_execution_time=0,net_write_timeout=600".to_owned(),
        };
        // Waiting for a lock ends a little earlier than the statement, so that the reason is known.
        let lock = timeout.as_secs().saturating_sub(1).max(1);
        let further = if server.mariadb { "" } else { MYSQL_MODE };
        format!(
            "SET NAMES utf8mb4,SESSION sql_mode='{SQL_MODE}{further}',SESSION time_zone='+00:00',\
             SESSION sql_quote_show_create=1,\
             SESSION innodb_lock_wait_timeout={lock},SESSION lock_wait_timeout={lock},SESSION {limit}"
        )
    }
}

/// The machine's own list: that is where a company puts its own authority. Bare containers have none; then the
/// driver's list counts. What cannot be parsed would make the driver refuse the whole list.
fn machine_roots() -> Vec<Vec<u8>> {
    let parses = |der: &CertificateDer<'static>| RootCertStore::empty().add(der.clone()).is_ok();
    let found = rustls_native_certs::load_native_certs().certs.into_iter();
    found.filter(parses).map(|der| der.to_vec()).collect()
}

/// A failed handshake comes as an input error with rustls' own inside.
fn speaks_of_tls(error: &IoError) -> bool {
    match error {
        IoError::Tls(_) => true,
        IoError::Io(error) => error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()),
    }
}

impl Server {
    async fn ask(conn: &mut Conn) -> Result<Self, Error> {
        let rows: Vec<(String, String)> = conn
            .query(
                "SHOW VARIABLES WHERE Variable_name IN \
                 ('version','tx_isolation','transaction_isolation','lower_case_table_names',\
                 'innodb_rollback_on_timeout')",
            )
            .await?;
        Ok(Self::from_variables(&rows))
    }

    fn from_variables(rows: &[(String, String)]) -> Self {
        let value = |name: &str| {
            rows.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        let isolation = value("transaction_isolation").or_else(|| value("tx_isolation")).unwrap_or_default();
        let version = value("version").unwrap_or_default();
        let mariadb = version.to_lowercase().contains("mariadb");
        // Old ones call themselves `5.5.5-10.5.8-MariaDB` for the sake of older clients.
        let mut numbers = version.strip_prefix("5.5.5-").unwrap_or(version).split(['.', '-']).map(str::parse::<u32>);
        let mut number = || numbers.next().and_then(Result::ok).unwrap_or(0);
        Self {
            mariadb,
            returning: mariadb && (number(), number()) >= (10, 5),
            repeatable_read: matches!(isolation, "REPEATABLE-READ" | "SERIALIZABLE"),
            fold_names: value("lower_case_table_names").is_some_and(|value| value != "0"),
            undoes_on_timeout: value("innodb_rollback_on_timeout") == Some("ON"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(url: &str) -> Connector {
        let Ok(crate::DatabaseUrl::MySql(target)) = crate::DatabaseUrl::parse(url) else { panic!("{url}") };
        Connector::new(&target, &EngineOptions::default())
    }

    fn server(rows: &[(&str, &str)]) -> Server {
        let rows: Vec<_> = rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Server::from_variables(&rows)
    }

    #[test]
    fn mariadb_and_mysql_are_told_apart() {
        let maria = server(&[
            ("version", "10.11.6-MariaDB-0+deb12u1-log"),
            ("tx_isolation", "REPEATABLE-READ"),
            ("lower_case_table_names", "0"),
        ]);
        assert_eq!(
            maria,
            Server {
                mariadb: true,
                returning: true,
                repeatable_read: true,
                fold_names: false,
                undoes_on_timeout: false
            }
        );
        assert!(server(&[("version", "5.5.5-10.5.8-MariaDB")]).returning);
        assert!(!server(&[("version", "10.4.30-MariaDB-log")]).returning);
        let mysql = server(&[
            ("version", "8.4.2"),
            ("transaction_isolation", "READ-COMMITTED"),
            ("lower_case_table_names", "2"),
        ]);
        assert_eq!(
            mysql,
            Server {
                mariadb: false,
                returning: false,
                repeatable_read: false,
                fold_names: true,
                undoes_on_timeout: false
            }
        );
    }

    #[test]
    fn each_kind_of_server_gets_its_own_time_limit() {
        let connector = connector("mysql://u@h/d");
        let maria = Server {
            mariadb: true,
            returning: true,
            repeatable_read: true,
            fold_names: false,
            undoes_on_timeout: false,
        };
        let mysql = Server { mariadb: false, returning: false, ..maria };
        let text = connector.session(maria, true);
        assert!(text.contains("max_statement_time=5.000") && text.contains("innodb_lock_wait_timeout=4"), "{text}");
        assert!(connector.session(mysql, true).contains("max_execution_time=5000"));
        assert!(connector.session(maria, false).contains("max_statement_time=0"));
        assert!(connector.session(mysql, false).contains("max_execution_time=0"));
    }

    #[test]
    fn tls_is_asked_for_as_the_url_says_and_never_on_a_socket() {
        let tls = |url: &str| {
            let connector = connector(url);
            let checked = connector.secure.as_ref().and_then(|o| o.ssl_opts()).map(|o| !o.accept_invalid_certs());
            (checked, connector.prefer)
        };
        assert_eq!(tls("mysql://u@h/d"), (Some(false), true));
        assert_eq!(tls("mysql://u@h/d?sslmode=disable"), (None, false));
        assert_eq!(tls("mysql://u@h/d?sslmode=require"), (Some(false), false));
        assert_eq!(tls("mysql://u@h/d?sslmode=verify-full"), (Some(true), false));
        assert_eq!(tls("mysql://u@h/d?sslmode=require&socket=/run/my.sock").0, None);
    }
}
