//! The PostgreSQL engine against a real server.
//!
//! Runs where `PORTCULLIS_TEST_POSTGRES` holds a URL such as `postgres://postgres@localhost/postgres?host=/run/postgresql`
//! of a login that may create databases and roles; without it every case is listed as ignored, or, with
//! `REQUIRE_ENGINES=postgres`, fails. Each case has a database of its own.

mod connections;

mod errors;
mod proxy;
mod server;
mod streams;
mod structure;
mod structure_marks;
mod transactions;
mod types;

use libtest_mimic::{Arguments, Trial};
use server::Server;
use std::{future::Future, process::ExitCode, sync::Arc};

/// Makes a trial of an async function that takes a [`server::Db`], called by the function's name.
macro_rules! cases {
    ($server:expr, $($module:ident :: $case:ident),* $(,)?) => {
        vec![$(trial(concat!(stringify!($module), "::", stringify!($case)), $server, $module::$case)),*]
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = std::env::var("PORTCULLIS_TEST_POSTGRES").ok().map(|url| Arc::new(Server::new(url)));
    if server.is_none() {
        eprintln!("PORTCULLIS_TEST_POSTGRES is not set: no PostgreSQL to test against");
    }
    let trials = cases![
        &server,
        types::every_type_goes_in_as_text_and_comes_out_as_json,
        types::null_of_every_type_is_null,
        types::captured_values_can_be_bound_again,
        types::casts_and_aggregates_are_read_by_their_wire_type,
        types::arrays_nest_and_hold_nulls,
        types::one_text_may_be_asked_for_in_two_ways,
        errors::each_refusal_has_its_meaning,
        errors::sec_62_causes_never_repeat_values,
        errors::rel_5_a_slow_statement_is_stopped_by_the_server,
        errors::a_held_lock_is_a_timeout,
        transactions::a_commit_lasts_and_a_drop_does_not,
        transactions::a_savepoint_undoes_only_what_came_after_it,
        transactions::a_failed_transaction_cannot_be_committed,
        transactions::a_reading_transaction_sees_one_state_and_cannot_write,
        transactions::concurrent_changes_are_a_serialization_failure,
        transactions::a_dropped_future_leaves_no_transaction_behind,
        connections::rel_3_reads_survive_the_loss_of_idle_connections,
        connections::rel_4_waiting_for_a_connection_is_bounded_and_ping_still_answers,
        connections::a_read_that_proved_quick_needs_no_connection_of_its_own,
        connections::a_read_held_up_by_a_slow_one_is_sent_again_elsewhere,
        connections::sec_46_what_a_transaction_set_is_gone_for_the_next,
        connections::rel_5_a_peer_that_never_answers_is_given_up,
        connections::rel_5_a_server_that_falls_silent_is_given_up,
        connections::rel_12_a_retyped_column_is_read_in_its_new_type,
        connections::rel_12_a_retyped_parameter_is_taken_in_its_new_type,
        connections::rel_12_a_dropped_column_is_drift,
        connections::a_server_that_is_down_is_found_out_by_the_first_statement,
        connections::tls_is_used_as_the_url_asks,
        connections::a_refused_login_is_denied,
        connections::prepared_statements_are_bounded,
        connections::sessions_are_set_up_the_same_everywhere,
        connections::quick_reads_run_side_by_side,
        connections::a_locked_table_holds_up_no_reads_of_another,
        streams::every_row_arrives_in_chunks,
        streams::a_slow_receiver_slows_the_reading_and_memory_stays_flat,
        streams::a_dropped_receiver_ends_the_reading_on_the_server,
        streams::a_stream_outlives_the_statement_timeout,
        streams::errors_come_out_and_the_connection_is_used_again,
        structure::a_difficult_schema_is_read_whole,
        structure::a_login_that_may_only_read_sees_what_it_may_read,
        structure::types_are_named_in_our_words,
        structure::domains_are_followed_to_their_base,
        structure::several_schemas_keep_their_order,
        structure::what_an_extension_made_is_left_out,
        structure_marks::the_mark_changes_with_the_structure_and_only_with_it,
        structure_marks::thousands_of_tables_take_seconds,
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial<F, Fut>(name: &str, server: &Option<Arc<Server>>, case: F) -> Trial
where
    F: FnOnce(server::Db) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let required =
        std::env::var("REQUIRE_ENGINES").is_ok_and(|list| list.split(',').any(|name| name.trim() == "postgres"));
    let ignored = server.is_none() && !required;
    let server = server.clone();
    Trial::test(format!("postgres::{name}"), move || {
        let server = server.ok_or("PORTCULLIS_TEST_POSTGRES is not set")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let db = server.create_database().await;
            let name = db.name.clone();
            // In a task of its own, so that the database goes away after a panic as well.
            let result = tokio::spawn(case(db)).await;
            server.drop_database(&name).await;
            result.map_err(|error| {
                let panic = error.into_panic();
                let text = panic.downcast_ref::<String>().cloned();
                text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default().into()
            })
        })
    })
    .with_ignored_flag(ignored)
}
