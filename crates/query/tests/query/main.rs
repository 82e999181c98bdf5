//! The tests of this crate, one program: what they share is built and linked once.

mod access;
mod checks;
mod confinement;
mod cursors;
mod decision;
mod deleted;
mod golden;
mod groups;
mod guards;
mod keys;
mod plans;
mod reading;
mod refusals;
mod rules;
mod semantics;
#[path = "../support/sqlite.rs"]
mod sqlite;
mod statements;
#[path = "../support/mod.rs"]
mod support;
mod tenancy;
mod writing;
