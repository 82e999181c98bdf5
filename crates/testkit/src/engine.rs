//! The engines there are, and how a test reaches them.

use std::{env, fmt};

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file in a temporary folder; always there.
    Sqlite,
    /// The server that `PORTCULLIS_TEST_POSTGRES` names.
    Postgres,
    /// The server that `PORTCULLIS_TEST_MARIADB` names; a MySQL server will do as well.
    MariaDb,
}

impl Engine {
    /// Every engine, the built-in one first.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MariaDb];

    /// Its name in test names, reports and `REQUIRE_ENGINES`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
        }
    }

    /// The variable that holds a URL with the right to create databases; SQLite needs none.
    pub const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("PORTCULLIS_TEST_POSTGRES"),
            Self::MariaDb => Some("PORTCULLIS_TEST_MARIADB"),
        }
    }

    /// The server's URL, if the engine needs one and has one.
    pub fn server_url(self) -> Option<String> {
        env::var(self.variable()?).ok().filter(|url| !url.is_empty())
    }

    /// Whether a test can have a database on it here.
    pub fn is_available(self) -> bool {
        self.variable().is_none() || self.server_url().is_some()
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The engines a test can use here: SQLite always, the others when their variable is set.
pub fn engines() -> Vec<Engine> {
    Engine::ALL.into_iter().filter(|engine| engine.is_available()).collect()
}

/// The engines that `REQUIRE_ENGINES` names: a test that lacks one of them fails instead of being left out.
///
/// # Panics
///
/// The variable holds a word that is no engine: a typing mistake must not switch the check off.
pub fn required_engines() -> Vec<Engine> {
    parse_required(&env::var("REQUIRE_ENGINES").unwrap_or_default())
}

fn parse_required(list: &str) -> Vec<Engine> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let engine = Engine::ALL.into_iter().find(|engine| engine.name() == word);
            engine
                .unwrap_or_else(|| panic!("REQUIRE_ENGINES names `{word}`; the engines are sqlite, postgres, mariadb"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_engines_are_read_with_their_blanks() {
        assert_eq!(parse_required(" postgres, mariadb,"), [Engine::Postgres, Engine::MariaDb]);
        assert_eq!(parse_required(""), []);
    }

    #[test]
    #[should_panic(expected = "`postgre`")]
    fn a_mistyped_required_engine_is_refused() {
        parse_required("postgre");
    }

    #[test]
    fn sqlite_is_always_there() {
        assert!(engines().contains(&Engine::Sqlite));
    }
}
