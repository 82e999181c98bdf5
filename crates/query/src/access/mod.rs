//! Who may do what to which table: one pure function, and the proof that it was asked.
//!
//! Knows no HTTP, no token and no IO. [`decide`] is the only maker of [`Grant`]s, and every planner function asks
//! for one, so that a statement nobody checked cannot be written.

mod grant;
mod policy;

pub use grant::{Action, Caller, EndUser, Grant, Refusal, Scope, decide};
pub use policy::{AccessLevel, ColumnSet, Policy, TableAccess, TablePolicy};
