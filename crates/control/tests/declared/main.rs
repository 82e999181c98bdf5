//! Declared schemas on every engine: made, changed, refused, gone on with.

mod changing;
mod making;
mod refusing;
mod world;

use portcullis_testkit::conformance;
use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::run(&[
        ("declared_schemas", making::CASES),
        ("declared_schema_changes", changing::CASES),
        ("declared_schema_refusals", refusing::CASES),
    ])
}
