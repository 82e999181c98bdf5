//! Of every request over every schema: values never reach the SQL text, and SQLite takes each statement.
//!
//! The other engines are asked in `crates/records/tests/statements.rs`, where there are drivers.

use crate::sqlite;
use crate::support::{
    Build,
    every::statements,
    random::{self, MARK, Shape},
};
use portcullis_query::render::{
    Dialect,
    dialects::{DIALECTS, SQLITE},
};
use portcullis_schema::Catalog;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

fn build(catalog: &Catalog) -> Build {
    Build::new(catalog, portcullis_query::access::TableAccess::default(), &[])
}

/// The text without anything between quotes, each quote inside doubled; what is left was written by us.
fn outside_quotes(text: &str, quote: char) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c == quote, inside) {
            (true, true) if chars.peek() == Some(&quote) => drop(chars.next()),
            (true, _) => inside = !inside,
            (false, true) => {}
            (false, false) => out.push(c),
        }
    }
    assert!(!inside, "a quote is left open: {text}");
    out
}

/// What the writers themselves write.
fn is_ours(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .,()=<>*?$_:'\\+-@&#".contains(c)
}

fn check_text(dialect: &'static dyn Dialect, catalog: &Catalog, shape: &Shape) -> Result<(), TestCaseError> {
    let build = build(catalog);
    let (first, second) = (statements(&build, dialect, shape, 0), statements(&build, dialect, shape, 40));
    prop_assert_eq!(first.len(), second.len());
    let quote = if dialect.name() == "mysql" { '`' } else { '"' };
    for (one, other) in first.iter().zip(&second) {
        prop_assert_eq!(&one.text, &other.text, "the text follows the values");
        let ours = outside_quotes(&one.text, quote);
        prop_assert!(ours.chars().all(is_ours), "{}", ours);
        prop_assert!(!ours.contains("--") && !ours.contains(MARK) && !ours.contains("alias"), "{}", ours);
        let placeholders = ours.matches(['?', '$']).count();
        prop_assert_eq!(placeholders, one.values.len(), "{}", one.text);
    }
    Ok(())
}

#[test]
fn the_random_requests_are_worth_asking() {
    let mut runner = TestRunner::deterministic();
    let mut texts = Vec::new();
    for _ in 0..400 {
        let catalog = random::catalog().new_tree(&mut runner).unwrap().current();
        let shape = random::shape().new_tree(&mut runner).unwrap().current();
        texts.extend(statements(&build(&catalog), &SQLITE, &shape, 0).into_iter().map(|statement| statement.text));
    }
    for part in [
        " WHERE ",
        "EXISTS (",
        " JOIN ",
        "SELECT DISTINCT ",
        " GROUP BY ",
        " HAVING ",
        " DESC",
        " OFFSET ",
        " NOT (",
        " OR ",
        " IN (",
        "IN (VALUES ",
        " BETWEEN ",
        " LIKE ",
        " IS NULL",
        "INSERT ",
        "ON CONFLICT",
        "UPDATE ",
        "DELETE ",
        "count(*)",
    ] {
        let found = texts.iter().filter(|text| text.contains(part)).count();
        assert!(found >= 10, "only {found} of {} statements have `{part}`", texts.len());
    }
}

proptest! {
    #[test]
    fn sec_49_no_request_text_reaches_the_sql(catalog in random::catalog(), shape in random::shape()) {
        for dialect in DIALECTS {
            check_text(*dialect, &catalog, &shape)?;
        }
    }

    #[test]
    fn every_statement_runs_on_sqlite(catalog in random::catalog(), shapes in proptest::collection::vec(random::shape(), 4)) {
        let build = build(&catalog);
        let database = sqlite::database(&catalog);
        for shape in &shapes {
            for statement in statements(&build, &SQLITE, shape, 0) {
                // A second row of the same key is the only thing that may go wrong.
                if let Err(error) = sqlite::fetch(&database, &statement) {
                    prop_assert!(error.to_string().contains("UNIQUE"), "{error}: {}", statement.text);
                }
            }
        }
    }

    #[test]
    fn a_quoted_name_is_read_back_as_it_was(name in "[^\0]{1,20}") {
        for dialect in DIALECTS {
            let mut quoted = String::new();
            dialect.write_ident(&mut quoted, &name);
            let quote = quoted.chars().next().unwrap();
            let inner = &quoted[1..quoted.len() - 1];
            let doubled = format!("{quote}{quote}");
            prop_assert_eq!(inner.replace(&doubled, &quote.to_string()), &name[..]);
            prop_assert_eq!(outside_quotes(&quoted, quote), "");
        }
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let mut text = "SELECT 1 AS ".to_owned();
        SQLITE.write_ident(&mut text, &name);
        let statement = connection.prepare(&text).unwrap();
        prop_assert_eq!(statement.column_name(0).unwrap(), &name[..]);
    }

    #[test]
    fn a_text_literal_is_read_back_as_it_was(value in "[^\0]{0,20}") {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let mut text = "SELECT ".to_owned();
        SQLITE.write_text_literal(&mut text, &value);
        let read: String = connection.query_row(&text, [], |row| row.get(0)).unwrap();
        prop_assert_eq!(read, value);
    }
}
