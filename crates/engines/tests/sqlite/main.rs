//! SQLite on files of a temporary folder, through the engines' port.

mod bench;
mod introspection;
mod opening;
mod reading;
mod transactions;
mod writing;
