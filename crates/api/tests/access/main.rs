//! Who may do what, over the real router and on every engine: a matrix of callers, tables of every access level and
//! endpoints, whose expected outcome comes of a few lines that say what the settings mean. SEC-44.

mod crossing;
mod denials;
mod matrix;
mod site;

use portcullis_testkit::conformance;
use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::run_suites(&[matrix::SUITE, crossing::SUITE, denials::SUITE])
}
