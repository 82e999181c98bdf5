//! `portcullis tenancy column` that is killed, or asked for what cannot be.

use crate::{stage::Stage, support::Place};
use portcullis_testkit::{Engine, TestDatabase};
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

/// Rows to fill: many statements.
const ROWS: usize = 60_000;

fn script(engine: Engine) -> String {
    let numbers = match engine {
        Engine::Sqlite => format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) \
             INSERT INTO notes SELECT i, 1 + i % 2 FROM n"
        ),
        Engine::Postgres => format!("INSERT INTO notes SELECT i, 1 + i % 2 FROM generate_series(1, {ROWS}) i"),
        Engine::MariaDb => format!("INSERT INTO notes SELECT seq, 1 + seq % 2 FROM seq_1_to_{ROWS}"),
    };
    format!(
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(20)); \
         CREATE TABLE people (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id)); \
         CREATE TABLE notes (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id)); \
         INSERT INTO accounts VALUES (1, 'one'), (2, 'two'); INSERT INTO people VALUES (1, 1), (2, 2); {numbers}"
    )
}

const WORDS: [&str; 6] = ["--tenant-table", "accounts", "--column", "account_id", "--table", "notes"];

fn number(database: &TestDatabase, sql: &str) -> usize {
    database.texts(sql)[0].as_deref().unwrap().parse().unwrap()
}

/// Starts the command and kills it as soon as it says that rows are filled.
fn kill_it(place: &Place) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(["tenancy", "column", "--project", "old", "--approve"]).args(WORDS).current_dir(place.dir.path());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("fill, ") && line.contains(" rows")), "it never told its progress");
    child.kill().unwrap();
    child.wait().unwrap();
}

pub fn a_tenant_column_that_was_broken_off_goes_on(database: &TestDatabase) {
    database.run(&script(database.engine()));
    let stage = Stage::init(database, "");
    kill_it(&stage.place);
    let missing = "SELECT count(*) FROM notes WHERE account_id IS NULL";
    let left = number(database, missing);
    assert!(left > 0 && left < ROWS, "{left} of {ROWS} rows are left: it was not broken off in the middle");
    let done = stage.column(&[&WORDS[..], &["--approve", "--json"]].concat()).json();
    // The statement that was under way at the kill may still have been finished by the server.
    let rest = done["rows"].as_u64().unwrap_or(0) as usize;
    assert!(done["approved"] == true && rest <= left && rest + 1_000 >= left, "{left} were left: {done}");
    assert_eq!(number(database, missing), 0);
    let right = "SELECT count(*) FROM notes n JOIN people p ON p.id = n.person_id AND p.account_id = n.account_id";
    assert_eq!(number(database, right), ROWS);
    eprintln!("{}: killed with {left} of {ROWS} rows left, and gone on", database.engine());
}

pub fn a_tenant_that_is_not_there_is_refused_before_anything_is_filled(database: &TestDatabase) {
    database.run(&script(database.engine()));
    database.run("UPDATE notes SET person_id = NULL WHERE id > 10");
    let stage = Stage::init(database, "");
    stage.column(&[&WORDS[..], &["--fill", "nobody", "--approve"]].concat()).refused("`nobody` is no tenant");
    let known = number(database, "SELECT count(*) FROM notes WHERE id > 0");
    let failed = stage.column(&[&WORDS[..], &["--fill", "99", "--approve"]].concat());
    assert_eq!(failed.code, 1, "{failed:?}");
    // What follows from other rows is filled; of the rest nothing.
    assert_eq!(number(database, "SELECT count(*) FROM notes WHERE account_id = 99"), 0);
    let done = stage.column(&[&WORDS[..], &["--fill", "2", "--approve"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(number(database, "SELECT count(*) FROM notes WHERE account_id = 2"), known - 5);
}
