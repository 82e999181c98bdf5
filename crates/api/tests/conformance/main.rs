//! The native surface gives the same answers on every engine.
//!
//! Requests go through the real router over the shop of `shop.sql`. Topics that only read share one application for each
//! engine, topics that write have one of their own. The outcome of every case is a line of `docs/engines.md`.

mod access;
mod batch;
mod bulk;
mod changing;
mod computed;
mod creating;
mod deleted;
mod drift;
mod exports;
mod figures;
mod idempotency;
mod keys;
mod limits;
mod lists;
mod mass;
mod operators;
mod previews;
mod refusals;
mod relationships;
mod routes;
mod shop;
mod types;
mod upserts;

use portcullis_testkit::conformance;
use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::run_suites(&[
        lists::SUITE,
        operators::SUITE,
        computed::SUITE,
        relationships::SUITE,
        figures::SUITE,
        keys::SUITE,
        creating::SUITE,
        changing::SUITE,
        deleted::SUITE,
        upserts::SUITE,
        bulk::SUITE,
        mass::SUITE,
        batch::SUITE,
        exports::SUITE,
        idempotency::SUITE,
        previews::SUITE,
        types::SUITE,
        refusals::SUITE,
        limits::SUITE,
        access::SUITE,
        routes::SUITE,
        drift::SUITE,
    ])
}
