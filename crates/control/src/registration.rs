//! Where the databases of projects are made that strangers make themselves: each a file of ours, or on a server that the
//! instance names, a schema of their own (PostgreSQL) or a database of their own (MariaDB, MySQL).

use crate::{Control, ControlError, Target, connect};
use portcullis_base::{Secret, new_id};
use portcullis_crypto::sha256;
use portcullis_project::Stage;

/// A server on which databases of ours are made.
#[derive(Debug, Clone)]
pub struct RegistrationServer {
    target: Target,
}

impl RegistrationServer {
    /// Takes the URL of a server apart; its login must be able to make schemas (PostgreSQL) or databases.
    ///
    /// # Errors
    ///
    /// [`ControlError::Database`] for what is no such server.
    pub fn parse(url: &Secret<String>) -> Result<Self, ControlError> {
        let target = Target::parse(url)?;
        if target.engine == "sqlite" || !target.schemas.is_empty() {
            return Err(ControlError::database(
                "databases of new projects are made on a PostgreSQL, MariaDB or MySQL server".to_owned(),
                "name the URL of one database of it, without `schema`; for files in the data directory leave it out",
            ));
        }
        Ok(Self { target })
    }

    /// Makes a place for a project, and gives its URL.
    async fn make(&self, name: &str) -> Result<Target, ControlError> {
        let engine = connect(&self.target).await?;
        // The name is our own: letters and digits.
        let (sql, url) = match self.target.engine {
            "postgres" => (format!("CREATE SCHEMA \"{name}\""), with_schema(self.target.url.expose(), name)),
            _ => {
                let sql = format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4");
                (sql, with_database(self.target.url.expose(), name))
            }
        };
        engine.restructure(&[sql]).await.map_err(|failure| connect::explain(&self.target, &failure.error))?;
        Target::parse(&Secret::new(url))
    }
}

impl Control {
    /// Makes an empty database of ours for a new project: a file in the data directory, or on a server.
    pub(crate) async fn database_for(
        &self,
        slug: &str,
        server: Option<&RegistrationServer>,
    ) -> Result<Target, ControlError> {
        match server {
            Some(server) => {
                let random = sha256(new_id("place", &mut rand::rng()).as_bytes());
                let digits: String = random[..10].iter().map(|byte| format!("{byte:02x}")).collect();
                server.make(&format!("pc_{digits}")).await
            }
            None => self.managed_target(slug, Stage::Production),
        }
    }
}

fn with_schema(url: &str, schema: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}schema={schema}")
}

fn with_database(url: &str, database: &str) -> String {
    let (url, parameters) = url.split_once('?').map_or((url, None), |(url, rest)| (url, Some(rest)));
    let (scheme, rest) = url.split_once("://").unwrap_or(("mysql", url));
    let server = rest.split('/').next().unwrap_or_default();
    let parameters = parameters.map_or_else(String::new, |parameters| format!("?{parameters}"));
    format!("{scheme}://{server}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_gets_a_place_on_the_same_server_with_the_same_login_and_parameters() {
        let cases = [
            ("postgres://u:p%2F@h:5432/db", "postgres://u:p%2F@h:5432/db?schema=pc_1"),
            ("postgres://u@h/db?sslmode=require", "postgres://u@h/db?sslmode=require&schema=pc_1"),
        ];
        for (given, made) in cases {
            assert_eq!(with_schema(given, "pc_1"), made);
        }
        let cases = [
            ("mysql://u:p@h:3306/db", "mysql://u:p@h:3306/pc_1"),
            ("mysql://u@h/db?ssl-mode=required", "mysql://u@h/pc_1?ssl-mode=required"),
        ];
        for (given, made) in cases {
            assert_eq!(with_database(given, "pc_1"), made);
        }
    }

    #[test]
    fn files_and_single_schemas_are_no_servers() {
        for url in ["sqlite:x.db", "postgres://u@h/db?schema=sales"] {
            let error = RegistrationServer::parse(&Secret::new(url.to_owned())).unwrap_err();
            assert!(error.to_string().contains("server") || url.starts_with("sqlite"), "{error}");
        }
        RegistrationServer::parse(&Secret::new("mysql://u@h/db".to_owned())).unwrap();
    }
}
