//! A well-known database, asked the same on every engine.
//!
//! The requests stand in `requests/*.json`, the answers in `golden/*.json`, normalised by [`answers`]. The answers are
//! SQLite's (`UPDATE_GOLDEN=1` writes them); the other engines must give the same, except where [`DIFFERENCES`] says
//! otherwise. Without the database's scripts the tests show as ignored, by name.

mod answers;
mod database;
mod walks;

use answers::{Asked, Difference};
use libtest_mimic::{Arguments, Trial};
use portcullis_testkit::{Engine, TestDatabase, cases, conformance, conformance::Case};
use std::process::ExitCode;

/// Answers that differ by the nature of an engine; each has a golden file of its own, `NAME.ENGINE.json`.
const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "17-text-in-order",
        engine: Engine::MariaDb,
        reason: "text is ordered by the column's collation, which here minds neither capitals nor accents",
    },
    Difference {
        name: "18-nothing-in-order",
        engine: Engine::Postgres,
        reason: "NULL comes last in an ascending order",
    },
    Difference {
        name: "45-a-backslash-is-text",
        engine: Engine::MariaDb,
        reason: "the database's own script loses its backslashes there",
    },
    Difference {
        name: "49-eq-minds-capitals",
        engine: Engine::MariaDb,
        reason: "text is compared by the column's collation, which here minds no capitals",
    },
];

const CASES: &[Case] = cases![
    reading_gives_the_same_rows,
    every_operator_finds_the_same_rows,
    relationships_lead_to_the_same_rows,
    figures_are_the_same,
    writing_leaves_the_same_rows,
    cursors_pass_every_row_once,
    an_export_is_the_whole_table,
    what_was_written_is_gone_again,
];

fn main() -> ExitCode {
    if database::is_there() {
        return conformance::run(&[("chinook", CASES)]);
    }
    let name = |case: &Case| format!("chinook::{} (needs ../shared/data/chinook)", case.name());
    let ignored = CASES.iter().map(|case| Trial::test(name(case), || Ok(())).with_ignored_flag(true));
    libtest_mimic::run(&Arguments::from_args(), ignored.collect()).exit_code()
}

fn reading_gives_the_same_rows(database: &TestDatabase) {
    Asked::of(database, include_str!("requests/reading.json")).check(DIFFERENCES);
}

fn every_operator_finds_the_same_rows(database: &TestDatabase) {
    Asked::of(database, include_str!("requests/operators.json")).check(DIFFERENCES);
}

fn relationships_lead_to_the_same_rows(database: &TestDatabase) {
    Asked::of(database, include_str!("requests/relations.json")).check(DIFFERENCES);
}

fn figures_are_the_same(database: &TestDatabase) {
    Asked::of(database, include_str!("requests/figures.json")).check(DIFFERENCES);
}

fn writing_leaves_the_same_rows(database: &TestDatabase) {
    Asked::of(database, include_str!("requests/writing.json")).check(DIFFERENCES);
}

fn cursors_pass_every_row_once(database: &TestDatabase) {
    walks::cursors(database);
}

fn an_export_is_the_whole_table(database: &TestDatabase) {
    walks::exports(database);
}

fn what_was_written_is_gone_again(database: &TestDatabase) {
    walks::there_and_back(database, include_str!("requests/writing.json"));
}

/// The engine whose answers are the golden ones.
const REFERENCE: Engine = Engine::Sqlite;
