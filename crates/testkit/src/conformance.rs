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
//! [`run_suites`] is for cases that talk to an application over a [`Fixture`], which is set up once per engine and
//! shared, so that a case costs no more than its requests.
//!
//! Each runs as `<engine>::<suite>::<case>` on an empty database of its own. An engine that cannot be reached shows its
//! cases as ignored, by name, and never as passed; if `REQUIRE_ENGINES` names the engine, they fail instead.
//!
//! Every outcome is also a line of JSON in `target/conformance/<engine>.json` (another folder by
//! `PORTCULLIS_CONFORMANCE_DIR`), from which `docs/engines.md` is made; the last line about a case counts.

use crate::{Engine, TestApp, TestDatabase, required_engines};
use libtest_mimic::{Arguments, Failed, Trial};
use portcullis_project::Settings;
use std::{
    any::Any,
    collections::HashMap,
    fs::{self, OpenOptions},
    io::Write,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// One thing that holds on every engine, or on those it names.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: Run,
    engines: &'static [Engine],
    limit: Option<&'static str>,
    there: fn() -> bool,
}

/// What a case is given.
#[derive(Debug, Clone, Copy)]
enum Run {
    Database(fn(&TestDatabase)),
    Served(fn(&Served)),
}

impl Case {
    /// A case for every engine, on an empty database of its own. The name is a sentence in snake case.
    pub const fn new(name: &'static str, run: fn(&TestDatabase)) -> Self {
        Self { name, run: Run::Database(run), engines: &Engine::ALL, limit: None, there: always }
    }

    /// A case for every engine, over the application of its suite.
    pub const fn served(name: &'static str, run: fn(&Served)) -> Self {
        Self { name, run: Run::Served(run), engines: &Engine::ALL, limit: None, there: always }
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

    /// A case that needs something beside the repository; shown as ignored where it is not there.
    #[must_use]
    pub const fn needs(mut self, there: fn() -> bool) -> Self {
        self.there = there;
        self
    }

    /// What holds on the other engines instead, in a sentence for the page about engines.
    #[must_use]
    pub const fn limit(mut self, text: &'static str) -> Self {
        self.limit = Some(text);
        self
    }
}

const fn always() -> bool {
    true
}

/// Lists functions as cases, each called by its own name; `name on Postgres MariaDb` is for those engines only, and
/// `=> "..."` behind it says what holds on the others.
#[macro_export]
macro_rules! cases {
    ($($case:ident $(on $($engine:ident)+ $(=> $limit:literal)?)?),* $(,)?) => {
        &[$($crate::conformance::Case::new(stringify!($case), $case)
            $(.only(&[$($crate::Engine::$engine),+])$(.limit($limit))?)?),*]
    };
}

/// As [`cases`](crate::cases), for functions over the application of their suite.
#[macro_export]
macro_rules! served {
    ($($case:ident $(on $($engine:ident)+ $(=> $limit:literal)?)?),* $(,)?) => {
        &[$($crate::conformance::Case::served(stringify!($case), $case)
            $(.only(&[$($crate::Engine::$engine),+])$(.limit($limit))?)?),*]
    };
}

/// What the applications of suites serve.
#[derive(Debug)]
pub struct Fixture {
    /// Suites with a fixture of one name share the application.
    pub name: &'static str,
    /// Makes the database.
    pub script: fn(Engine) -> String,
    /// Changes the settings.
    pub settings: fn(&mut Settings),
}

/// Cases about one topic.
#[derive(Debug)]
pub struct Suite {
    /// The topic.
    pub name: &'static str,
    /// What its application serves.
    pub fixture: &'static Fixture,
    /// The cases.
    pub cases: &'static [Case],
}

/// An application over a database of its own.
pub struct Served {
    // Before the database: its connections go first.
    app: TestApp,
    /// The database, for a look past the product.
    pub database: TestDatabase,
}

impl Served {
    /// Makes the database of a fixture and serves it.
    pub fn start(engine: Engine, fixture: &Fixture) -> Self {
        let database = TestDatabase::create(engine, &(fixture.script)(engine));
        Self { app: TestApp::with(&database, fixture.settings), database }
    }

    /// The engine it runs on.
    pub const fn engine(&self) -> Engine {
        self.database.engine()
    }
}

impl Deref for Served {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// The applications that run, by fixture and engine.
type Running = Arc<Mutex<HashMap<(&'static str, Engine), Arc<OnceLock<Served>>>>>;

/// For cases that make their own.
static NOTHING: Fixture = Fixture { name: "nothing", script: |_| String::new(), settings: |_| {} };

/// Runs suites of cases, each with its name, with the command line of an ordinary test binary.
pub fn run(suites: &[(&'static str, &'static [Case])]) -> ExitCode {
    let suites: Vec<Suite> = suites.iter().map(|(name, cases)| Suite { name, fixture: &NOTHING, cases }).collect();
    run_suites(&suites)
}

/// Runs suites whose cases talk to an application, with the command line of an ordinary test binary.
pub fn run_suites(suites: &[Suite]) -> ExitCode {
    let required = required_engines();
    let running = Running::default();
    let mut trials = Vec::new();
    for engine in Engine::ALL {
        let left_out = !engine.is_available() && !required.contains(&engine);
        for (suite, case) in suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, *case))) {
            if case.engines.contains(&engine) {
                let name = format!("{engine}::{}::{}", suite.name, case.name);
                let (topic, fixture, running) = (suite.name, suite.fixture, running.clone());
                let trial = Trial::test(name, move || attempt(topic, fixture, engine, case, &running));
                trials.push(trial.with_ignored_flag(left_out || !(case.there)()));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn attempt(
    suite: &str,
    fixture: &'static Fixture,
    engine: Engine,
    case: Case,
    running: &Running,
) -> Result<(), Failed> {
    let outcome = catch_unwind(AssertUnwindSafe(|| match case.run {
        Run::Database(run) => run(&TestDatabase::create(engine, "")),
        Run::Served(run) => {
            let mut known = running.lock().unwrap_or_else(PoisonError::into_inner);
            let place = known.entry((fixture.name, engine)).or_default().clone();
            drop(known);
            run(place.get_or_init(|| Served::start(engine, fixture)));
        }
    }));
    let outcome = outcome.map_err(|panic| panic_text(panic.as_ref()));
    record(suite, engine, case, &outcome);
    outcome.map_err(Failed::from)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

// One short write to a file opened for appending: suites run side by side, each in a process of its own.
fn record(suite: &str, engine: Engine, case: Case, outcome: &Result<(), String>) {
    let mut line = serde_json::json!({
        "engine": engine.name(),
        "suite": suite,
        "case": case.name,
        "outcome": if outcome.is_ok() { "passed" } else { "failed" },
    });
    if let Some(limit) = case.limit {
        line["limit"] = limit.into();
    }
    let folder = folder();
    let written = fs::create_dir_all(&folder).and_then(|()| {
        let path = folder.join(format!("{engine}.json"));
        OpenOptions::new().create(true).append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
    });
    if let Err(error) = written {
        eprintln!("the outcome of {engine}::{suite}::{} is not recorded: {error}", case.name);
    }
}

fn folder() -> PathBuf {
    match std::env::var_os("PORTCULLIS_CONFORMANCE_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/conformance")),
    }
}
