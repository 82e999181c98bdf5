//! Words, schema and grant into a plan: names resolved, values typed, scope joined in, limits applied.
//!
//! Knows no spelling of SQL. A plan is complete: `render` only writes it.

mod aggregate;
mod check;
mod computed;
mod condition;
mod cursor;
mod error;
mod groups;
mod include;
pub mod internal;
mod keys;
mod limits;
mod logic;
mod order;
mod planner;
mod relation;
mod scope;
mod select;
mod types;
mod write;

pub use check::WriteChecks;
pub use condition::operators_of;
pub use cursor::{cursor_of, fingerprint};
pub use error::PlanError;
pub use keys::{parse_key, split_key};
pub use limits::PlanLimits;
pub use planner::Planner;
pub use types::*;
pub use write::WriteRow;
