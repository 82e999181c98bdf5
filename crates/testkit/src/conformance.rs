//! The same cases on every engine.
//!
//! A test target without the usual harness (`harness = false`) lists its cases and hands them over:
//!
//! ```no_run
//! use portcullis_testkit::{TestDatabase, cases, conformance::{self, Case}};
//!
//! fn nulls_stay_nulls(database: &TestDatabase) {
//!     database.run("CREATE TABLE t (a INT); INSERT INTO t VALUES (NULL)");
//!     assert_eq!(database.texts("SELECT a FROM t"), [None]);
//! }
//!
//! const TYPES: &[Case] = cases![nulls_stay_nulls];
//!
//! fn main() -> std::process::ExitCode {
//!     conformance::run(&[("types", TYPES)])
//! }
//! ```
//!
//! Each runs as `<engine>::<suite>::<case>` on an empty database of its own. An engine that cannot be reached shows its
//! cases as ignored, by name, and never as passed; if `REQUIRE_ENGINES` names the engine, they fail instead.
//!
//! Every outcome is also a line of JSON in `target/conformance/<engine>.json` (another folder by
//! `PORTCULLIS_CONFORMANCE_DIR`), from which `docs/engines.md` is made; the last line about a case counts.

use crate::{Engine, TestDatabase, required_engines};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    any::Any,
    fs::{self, OpenOptions},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
};

/// One thing that holds on every engine, or on those it names.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: fn(&TestDatabase),
    engines: &'static [Engine],
}

impl Case {
    /// A case for every engine. The name is a sentence in snake case.
    pub const fn new(name: &'static str, run: fn(&TestDatabase)) -> Self {
        Self { name, run, engines: &Engine::ALL }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A case about something that only these engines have.
    #[must_use]
    pub const fn only(mut self, engines: &'static [Engine]) -> Self {
        self.engines = engines;
        self
    }
}

/// Lists functions as cases, each called by its own name; `name on Postgres MariaDb` is for those engines only.
#[macro_export]
macro_rules! cases {
    ($($case:ident $(on $($engine:ident)+)?),* $(,)?) => {
        &[$($crate::conformance::Case::new(stringify!($case), $case)$(.only(&[$($crate::Engine::$engine),+]))?),*]
    };
}

/// Runs suites of cases, each with its name, with the command line of an ordinary test binary.
pub fn run(suites: &[(&'static str, &[Case])]) -> ExitCode {
    let required = required_engines();
    let mut trials = Vec::new();
    for engine in Engine::ALL {
        let left_out = !engine.is_available() && !required.contains(&engine);
        for (suite, case) in suites.iter().flat_map(|(suite, cases)| cases.iter().map(move |case| (*suite, *case))) {
            if case.engines.contains(&engine) {
                let name = format!("{engine}::{suite}::{}", case.name);
                let trial = Trial::test(name, move || attempt(suite, engine, case));
                trials.push(trial.with_ignored_flag(left_out));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn attempt(suite: &str, engine: Engine, case: Case) -> Result<(), Failed> {
    let outcome = catch_unwind(AssertUnwindSafe(|| (case.run)(&TestDatabase::create(engine, ""))));
    let outcome = outcome.map_err(|panic| panic_text(panic.as_ref()));
    record(suite, engine, case.name, &outcome);
    outcome.map_err(Failed::from)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

// One short write to a file opened for appending: suites run side by side, each in a process of its own.
fn record(suite: &str, engine: Engine, case: &str, outcome: &Result<(), String>) {
    let line = serde_json::json!({
        "engine": engine.name(),
        "suite": suite,
        "case": case,
        "outcome": if outcome.is_ok() { "passed" } else { "failed" },
    });
    let folder = folder();
    let written = fs::create_dir_all(&folder).and_then(|()| {
        let path = folder.join(format!("{engine}.json"));
        OpenOptions::new().create(true).append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
    });
    if let Err(error) = written {
        eprintln!("the outcome of {engine}::{suite}::{case} is not recorded: {error}");
    }
}

fn folder() -> PathBuf {
    match std::env::var_os("PORTCULLIS_CONFORMANCE_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/conformance")),
    }
}
