//! The SQL of random and of known requests on every engine: it runs, finds the rows its words say, and cursors walk over
//! every row once.
//!
//! The requests are those of `crates/query/tests`, which asks SQLite with nothing installed. `PROPTEST_CASES` sets how many
//! are asked; the default is small, since each random schema is a database of its own.

#[path = "../../../query/tests/support/mod.rs"]
mod support;

use portcullis_base::Secret;
use portcullis_engines::{Engine, EngineError, EngineOptions};
use portcullis_query::{
    Json, RowFormat, Rows, Statement, Value,
    access::{Caller, TableAccess},
    render::{self, Dialect},
    request::Paging,
};
use portcullis_schema::Catalog;
use portcullis_testkit::{
    TestDatabase,
    conformance::{self, Case},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::{fs, process::ExitCode, sync::Arc};
use support::{
    Build,
    catalog::catalog,
    commands::{self, Answer},
    ddl::ddl,
    every::statements,
    naive::{self, data, term},
    random,
    walk::{self, sort, things},
    words,
};

const CASES: &[Case] = &[
    Case::new("every_golden_statement_runs", every_golden_statement_runs),
    Case::new("every_random_statement_runs", every_random_statement_runs),
    Case::new("a_filter_finds_the_rows_that_its_words_say", a_filter_finds_the_rows_that_its_words_say),
    Case::new("a_cursor_walks_over_every_row_once", a_cursor_walks_over_every_row_once),
];

fn main() -> ExitCode {
    conformance::run(&[("statements", CASES)])
}

/// A database of one test, asked through the product's own engine.
struct Site {
    engine: Arc<dyn Engine>,
    runtime: tokio::runtime::Runtime,
    dialect: &'static dyn Dialect,
}

impl Site {
    fn open(database: &TestDatabase) -> Self {
        // SQLite has no file before it has a table.
        database.run("CREATE TABLE opened (id INT)");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = Secret::new(database.url().to_owned());
        let engine = runtime.block_on(portcullis_engines::connect(&url, &EngineOptions::default())).unwrap();
        let dialect = engine.dialect();
        Self { engine, runtime, dialect }
    }

    fn fetch(&self, statement: &Statement) -> Result<Rows, EngineError> {
        self.runtime.block_on(self.engine.fetch(statement.clone()))
    }

    /// A statement that must run; a key or foreign key that does not hold is the data's fault.
    fn runs(&self, statement: &Statement) -> Result<(), TestCaseError> {
        match self.fetch(statement) {
            Ok(_) | Err(EngineError::UniqueViolation { .. }) => Ok(()),
            Err(error) => Err(TestCaseError::fail(format!("{error:?}: {}\n{:?}", statement.text, statement.values))),
        }
    }
}

/// Makes the tables, compared byte by byte on MariaDB as on the others.
fn make(database: &TestDatabase, site: &Site, catalog: &Catalog) {
    let mariadb = site.dialect.name() == "mysql";
    for statement in ddl(catalog, site.dialect) {
        database.run(&if mariadb { statement + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" } else { statement });
    }
}

fn unmake(database: &TestDatabase, site: &Site, catalog: &Catalog) {
    for table in &catalog.tables {
        let mut text = "DROP TABLE ".to_owned();
        site.dialect.write_ident(&mut text, &table.name);
        // PostgreSQL keeps an enum's type apart.
        for column in table.columns.iter().filter(|_| site.dialect.name() == "postgres") {
            text.push_str("; DROP TYPE IF EXISTS ");
            site.dialect.write_ident(&mut text, &format!("{}.{}", table.name, column.name));
        }
        database.run(&text);
    }
}

fn built(catalog: &Catalog) -> Build {
    Build::new(catalog, TableAccess::default(), &[])
}

fn runner(cases: u32) -> TestRunner {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    TestRunner::new(Config { cases: asked.unwrap_or(cases), failure_persistence: None, ..Config::default() })
}

fn every_golden_statement_runs(database: &TestDatabase) {
    let site = Site::open(database);
    let build = Build::shop();
    make(database, &site, &catalog(support::SHOP));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../query/tests/golden");
    let mut run = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in text.split("== ").skip(1) {
            let command: Vec<_> = case.lines().filter_map(|line| line.strip_prefix("> ")).collect();
            let Ok(answers) = commands::run(&build, site.dialect, &command.join(" ")) else { continue };
            for answer in answers {
                match answer {
                    Answer::Statement(_, statement) => site.runs(&statement).unwrap_or_else(|error| panic!("{error}")),
                    Answer::Script(_, script) => site.runs(&bare(script)).unwrap_or_else(|error| panic!("{error}")),
                }
                run += 1;
            }
        }
    }
    assert!(run > 100, "{run} statements");
}

/// A script for people must be one the engine understands, too.
fn bare(text: String) -> Statement {
    let cost = if text.starts_with("SELECT") { portcullis_query::Cost::Scan } else { portcullis_query::Cost::Write };
    Statement { text, values: Vec::new(), outputs: Arc::new([]), cost, format: RowFormat::Json }
}

fn every_random_statement_runs(database: &TestDatabase) {
    let site = Site::open(database);
    let requests = (random::catalog(), vec(random::shape(), 4));
    let checked = runner(24).run(&requests, |(catalog, shapes)| {
        let build = built(&catalog);
        make(database, &site, &catalog);
        let outcome = shapes
            .iter()
            .flat_map(|shape| statements(&build, site.dialect, shape, 0))
            .try_for_each(|statement| site.runs(&statement));
        unmake(database, &site, &catalog);
        outcome
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

fn a_filter_finds_the_rows_that_its_words_say(database: &TestDatabase) {
    let site = Site::open(database);
    let tables = catalog(naive::TABLES);
    let build = built(&tables);
    make(database, &site, &tables);
    let filter = (0_usize..2).prop_flat_map(|table| (Just(table), vec(term(table, 3), 0..3)));
    let checked = runner(48).run(&(data(), vec(filter, 8)), |(data, filters)| {
        empty(&site, &["parents", "kids", "links"]);
        for statement in data.inserts(&build, site.dialect) {
            site.fetch(&statement).unwrap();
        }
        for (table, terms) in filters {
            let body = format!(r#"{{"expressions":[{}]}}"#, terms.join(","));
            let json = Json::parse(body.as_bytes()).unwrap();
            let mut request = words(&body).unwrap();
            request.paging = Paging::Page { page: 1, size: Some(100) };
            let planner = build.planner(&Caller::Administrator, site.dialect);
            // The same rows cannot be embedded twice.
            let Ok(plan) = planner.list(build.table(["parents", "kids"][table]), &request) else { continue };
            let rows = site.fetch(&render::select(&plan.select, site.dialect)).unwrap();
            let found: Vec<i64> = (0..rows.len()).map(|row| id(rows.row(row))).collect();
            let expected = data.matching(table, json.get("expressions").unwrap().as_array().unwrap());
            prop_assert_eq!(&found, &expected, "{}", body);
            let count = site.fetch(&render::count(plan.count.as_ref().unwrap(), site.dialect)).unwrap();
            prop_assert_eq!(&count.captured, &[Value::Int(expected.len() as i64)], "{}", body);
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

fn id(row: &[u8]) -> i64 {
    let row = Json::parse(row).unwrap();
    match row.get("id") {
        Some(Json::Number(digits)) => digits.parse().unwrap(),
        other => panic!("no id: {other:?}"),
    }
}

fn empty(site: &Site, tables: &[&str]) {
    for table in tables {
        site.fetch(&bare(format!("DELETE FROM {table}"))).unwrap();
    }
}

fn a_cursor_walks_over_every_row_once(database: &TestDatabase) {
    let site = Site::open(database);
    let tables = catalog(walk::TABLES);
    let build = built(&tables);
    make(database, &site, &tables);
    let requests = (things(), vec((sort(), 1_u64..9, any::<bool>(), any::<bool>()), 4));
    let checked = runner(16).run(&requests, |(things, walks)| {
        empty(&site, &["owners", "things"]);
        for statement in walk::inserts(&things, &build, site.dialect) {
            site.fetch(&statement).unwrap();
        }
        for (sort, size, projected, filtered) in walks {
            let mut request = words(if filtered { walk::FILTER } else { "{}" }).unwrap();
            request.sort = sort;
            if projected {
                request.projections = vec!["k2".to_owned(), "b".to_owned()];
            }
            let mut fetch = |statement: &Statement| {
                let width = statement.outputs.iter().filter(|output| output.captured).count();
                let rows = site.fetch(statement).unwrap();
                let shown = |row| String::from_utf8(rows.row(row).to_vec()).unwrap();
                (0..rows.len()).map(|row| (shown(row), rows.captured(row, width).to_vec())).collect()
            };
            walk::walk(&build, site.dialect, &mut fetch, &request, size)?;
            if !projected && !filtered {
                walk::turn_pages(&build, site.dialect, &mut fetch, &request, size, things.len())?;
            }
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}
