//! MySQL and MariaDB against a real server.
//!
//! Runs where `PORTCULLIS_TEST_MARIADB` names one (`mysql://root@localhost/test?socket=/run/my.sock`) with a login that
//! may create databases and users; elsewhere every test is ignored by name. With `REQUIRE_ENGINES=mariadb` a missing
//! server is a failure. Each test makes a database of its own.

mod catalogue;
mod errors;
mod limits;
mod site;
mod streams;
mod transactions;
mod values;

use libtest_mimic::{Arguments, Trial};
use site::Site;
use std::{future::Future, pin::Pin};

/// What a test does on a database of its own.
type Run = fn(Site) -> Pin<Box<dyn Future<Output = ()> + Send>>;
/// A test: a name that is a sentence, and what it does.
type Case = (&'static str, Run);

/// Lists the functions of a module as cases.
macro_rules! cases {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        &[$($((stringify!($name), (|site| Box::pin($module::$name(site))) as Run)),+),+]
    };
}

static CASES: &[Case] = cases! {
    values: every_type_is_written_as_json_and_found_again, nothing_is_null, days_that_do_not_exist_are_null,
        a_retyped_column_still_gives_valid_json, what_a_write_did_is_told, rows_written_come_back,
        sec_49_values_never_become_sql, names_may_hold_what_looks_like_a_placeholder,
        json_documents_stay_on_one_line;
    errors: every_refusal_has_its_meaning, a_missing_right_is_denied, a_wrong_password_is_denied,
        rel_12_a_table_that_is_gone_is_drift;
    transactions: what_is_committed_stays_and_the_rest_goes, a_dropped_transaction_is_rolled_back,
        a_savepoint_undoes_only_what_came_after_it, a_reading_transaction_sees_one_state_and_writes_nothing,
        rel_18_a_deadlock_is_a_serialization_failure_and_nothing_of_it_stays;
    limits: rel_5_a_slow_statement_ends_in_time, rel_5_a_slow_write_ends_in_time,
        a_lock_is_not_waited_for_for_ever, rel_4_a_full_pool_refuses_in_time,
        rel_3_connections_the_server_closed_are_replaced, a_statement_nobody_waits_for_is_ended,
        rel_5_a_server_that_never_answers_is_given_up, nobody_listening_is_unavailable,
        a_session_is_strict_and_in_utc, many_statements_stay_within_the_cache,
        an_aggregate_over_a_subquery_runs_more_than_once,
        requests_that_go_away_leave_no_place_taken_and_no_connection_behind;
    streams: rows_come_in_chunks_and_all_of_them, a_stream_outlives_the_statement_limit,
        a_stream_nobody_takes_ends_on_the_server, a_failing_stream_says_so;
    catalogue: a_nasty_schema_is_read_whole, a_login_with_only_select_sees_the_same,
        triggers_are_noticed, the_mark_changes_with_the_structure, progress_is_told;
};

fn main() {
    let arguments = Arguments::from_args();
    let server = std::env::var("PORTCULLIS_TEST_MARIADB").ok();
    let required =
        std::env::var("REQUIRE_ENGINES").is_ok_and(|list| list.split(',').any(|name| name.trim() == "mariadb"));
    let trials = CASES
        .iter()
        .map(|(name, case)| {
            let server = server.clone();
            let missing = server.is_none();
            Trial::test(format!("mariadb::{name}"), move || match server {
                Some(server) => Site::run(&server, name, *case).map_err(Into::into),
                None => Err("PORTCULLIS_TEST_MARIADB names no server".into()),
            })
            .with_ignored_flag(missing && !required)
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
