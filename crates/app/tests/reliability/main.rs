//! What a node does when things break: it is killed, its database goes away or hangs, clients send rubbish or nothing.
//!
//! Drives the real binary over loopback. Needs nothing for SQLite; PostgreSQL and MariaDB by the variables of the
//! testkit, and what cannot be reached is shown as ignored, by name. `PORTCULLIS_KILLS` raises the rounds of the
//! crash tests.

mod crash;
mod http;
mod limits;
mod load;
mod restart;
mod servers;
mod slow;
mod stop;
mod structure;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use libtest_mimic::{Arguments, Failed, Trial};
use portcullis_testkit::{Engine, required_engines};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

/// A test and the engine it needs.
pub type Test = (&'static str, Engine, fn());

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each test has a node and clients of its own: more at once would measure each other.
    arguments.test_threads.get_or_insert(2);
    let required = required_engines();
    let tests =
        [crash::TESTS, restart::TESTS, limits::TESTS, stop::TESTS, structure::TESTS, slow::TESTS, wire::TESTS].concat();
    let trials = tests.into_iter().map(|(name, engine, run)| {
        let left_out = !engine.is_available() && !required.contains(&engine);
        Trial::test(format!("{engine}::{name}"), move || attempt(run)).with_ignored_flag(left_out)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn attempt(run: fn()) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| panic_text(panic.as_ref()).into())
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}
