//! Creating and configuring projects: connect, sync, settings, builds, approvals, keys.
//!
//! [`Control`] holds the use-cases; commands, the admin API and a node's watchers call it. What it changes, running
//! nodes notice by the store's revision; [`Opener`] is their side of it. Knows no HTTP and no token format.

mod approve;
mod audit;
mod builds;
mod check;
mod check_access;
mod check_auth;
mod connect;
mod control;
mod create;
pub mod declared;
mod derive;
mod diff;
pub mod document;
mod error;
mod identity_column;
mod in_force;
mod keys;
mod managed;
mod numbers;
mod offline;
mod opener;
pub mod operators;
mod plan;
mod projects;
mod registrants;
mod registration;
mod root_tokens;
mod surfaces;
mod sync;
mod tenant_column;

pub use approve::{Approved, Waiting};
pub use builds::BuildInfo;
pub use check::check;
pub use connect::{Target, connect, introspect};
pub use control::Control;
pub use create::{Created, FreshKeys, NewStage, check_slug, propose, slug_of};
pub use derive::Change;
pub use error::{ControlError, Faults};
pub use identity_column::{ColumnOffer, UserField, WantedUserColumn};
pub use in_force::InForce;
pub use keys::KeyInfo;
pub use managed::map_managed_users;
pub use opener::{OpenStage, Opener};
pub use plan::Plan;
pub use portcullis_store::connections::Connection;
pub use registrants::RegistrantError;
pub use registration::RegistrationServer;
pub use sync::Synced;
pub use tenant_column::{TenantColumn, TenantProgress, TenantStep};

#[cfg(test)]
mod tests;
