//! Who may do what to which table: one pure function, and the proof that it was asked.
//!
//! Knows no HTTP, no token and no IO. [`decide`] is the only maker of [`Grant`]s, and every planner function asks
//! for one, so that a statement nobody checked cannot be written.

mod action;
mod caller;
mod compile;
mod decide;
mod grant;
mod policy;
mod refusal;
mod rights;
mod rule;
mod tenancy;

pub use action::Action;
pub use caller::{Caller, EndUser, Scope};
pub use compile::compile;
pub use decide::{decide, decide_at};
pub use grant::{Grant, RowScope};
pub use policy::{AccessLevel, ColumnSet, Policy, TableAccess, TablePolicy};
pub use refusal::{Reason, Refusal, RefusalKind};
pub use rights::{PermissionWords, Problem, Right, Rights, RoleWords, RuleWords, TableRights};
pub use rule::{Rule, RuleGround, RuleValue};
pub use tenancy::{Tenancy, TenancyWords, TenantRule};
