//! The conformance harness, watched from outside: this binary runs itself again as a small suite.

use libtest_mimic::{Arguments, Failed, Trial};
use portcullis_testkit::{
    Engine, TestDatabase, cases,
    conformance::{self, Case},
};
use std::{
    fs,
    process::{Command, ExitCode},
};

const CHILD: &str = "PORTCULLIS_HARNESS_CHILD";
const SUMS: &[Case] = cases![one_and_one_is_two, it_fails];

fn main() -> ExitCode {
    if std::env::var_os(CHILD).is_some() {
        return conformance::run(&[("sums", SUMS)]);
    }
    let trials = vec![
        Trial::test("a_missing_engine_is_ignored_by_name", a_missing_engine_is_ignored_by_name),
        Trial::test("a_missing_engine_that_is_required_fails", a_missing_engine_that_is_required_fails),
        Trial::test("outcomes_are_recorded_line_by_line", outcomes_are_recorded_line_by_line),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn one_and_one_is_two(database: &TestDatabase) {
    assert_eq!(database.texts("SELECT 1 + 1"), [Some("2".to_owned())]);
}

fn it_fails(database: &TestDatabase) {
    assert_eq!(database.texts("SELECT 1 + 1"), [Some("3".to_owned())]);
}

// What the suite prints, whether it passed, and what it recorded about SQLite, where no server can be reached.
fn child(required: &str, filter: &str) -> (String, bool, String) {
    let records = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(std::env::current_exe().expect("our own path"));
    for engine in Engine::ALL {
        engine.variable().map(|name| command.env_remove(name));
    }
    command.env(CHILD, "1").env("REQUIRE_ENGINES", required).env("PORTCULLIS_CONFORMANCE_DIR", records.path());
    let output = command.args(["--color", "never", filter]).output().expect("the suite starts");
    let record = fs::read_to_string(records.path().join("sqlite.json")).unwrap_or_default();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success(), record)
}

fn a_missing_engine_is_ignored_by_name() -> Result<(), Failed> {
    let (printed, passed, _) = child("", "one_and_one");
    assert!(passed, "{printed}");
    for line in ["sqlite::sums::one_and_one_is_two   ... ok", "postgres::sums::one_and_one_is_two ... ignored"] {
        assert!(printed.contains(line), "{printed}");
    }
    Ok(())
}

fn a_missing_engine_that_is_required_fails() -> Result<(), Failed> {
    let (printed, passed, _) = child("postgres", "one_and_one");
    assert!(!passed, "{printed}");
    assert!(printed.contains("postgres is not available: set PORTCULLIS_TEST_POSTGRES"), "{printed}");
    assert!(printed.contains("mariadb::sums::one_and_one_is_two  ... ignored"), "{printed}");
    Ok(())
}

fn outcomes_are_recorded_line_by_line() -> Result<(), Failed> {
    let (_, passed, record) = child("", "sqlite");
    assert!(!passed);
    let mut lines: Vec<&str> = record.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            r#"{"engine":"sqlite","suite":"sums","case":"it_fails","outcome":"failed"}"#,
            r#"{"engine":"sqlite","suite":"sums","case":"one_and_one_is_two","outcome":"passed"}"#,
        ]
    );
    Ok(())
}
