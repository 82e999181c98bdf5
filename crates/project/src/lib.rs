//! An opened stage: engine, schema, policy and settings, immutable and swapped whole.
//!
//! A request takes one [`Project`] from the [`Registry`] and sees one schema and one policy from beginning to end.
//! Decides nothing and knows no use-case.

mod cards;
pub mod filling;
mod keys;
mod passwords;
mod policy;
mod project;
mod registry;
pub mod settings;

pub use cards::{CardRef, Cards, MembershipRef};
pub use keys::{KeyKind, Keys};
pub use passwords::{PasswordRefused, Passwords, Sometime};
pub use policy::{rule_faults, tenancy};
pub use project::{Opened, Project, Stage};
pub use registry::Registry;
pub use settings::Settings;
