//! From tenant to tenant: nothing crosses on real schemas, on every engine, and what does cross is seen. The stages are
//! made as operators make them, with the real binary: `init`, `tenancy column`, `settings apply`, `doctor --tenants`.

mod broken;
mod chinook;
mod column;
mod nasty;
mod shop;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use portcullis_testkit::{cases, conformance, conformance::Case};
use std::process::ExitCode;

/// What is made here.
const OWN: &[Case] = cases![
    nothing_crosses_in_the_shop,
    nothing_crosses_in_nasty_schemas,
    every_path_of_a_broken_stage_is_seen_to_leak,
    a_user_let_into_another_tenant_is_seen,
    a_tenant_column_that_was_broken_off_goes_on,
    a_tenant_that_is_not_there_is_refused_before_anything_is_filled,
];

/// What is made of Chinook's scripts.
const CHINOOK: &[Case] = &[
    Case::new("nothing_crosses_between_the_sellers_of_chinook", chinook::nothing_crosses_between_sellers)
        .needs(portcullis_testkit::chinook::is_there),
    Case::new("nothing_crosses_between_the_customers_of_chinook", chinook::nothing_crosses_between_customers)
        .needs(portcullis_testkit::chinook::is_there),
];

use broken::{a_user_let_into_another_tenant_is_seen, every_path_of_a_broken_stage_is_seen_to_leak};
use column::{
    a_tenant_column_that_was_broken_off_goes_on, a_tenant_that_is_not_there_is_refused_before_anything_is_filled,
};
use nasty::nothing_crosses_in_nasty_schemas;
use shop::nothing_crosses_in_the_shop;

fn main() -> ExitCode {
    conformance::run(&[("crossing", OWN), ("crossing_chinook", CHINOOK)])
}
