//! The same requests on every engine give the same answers.
//!
//! Each case opens the shop of [`shop`] on a database of its own and talks to the use-cases as a surface does: JSON in,
//! bytes out. The outcome of every case is a line of `docs/engines.md`.

mod confined;
mod many;
mod reading;
mod relations;
mod shop;
mod types;
mod writing;

use portcullis_testkit::conformance;
use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::run(&[
        ("reading", reading::CASES),
        ("relationships_and_figures", relations::CASES),
        ("types", types::CASES),
        ("writing", writing::CASES),
        ("many_rows", many::CASES),
        ("confined_writing", confined::CASES),
    ])
}
