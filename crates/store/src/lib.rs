//! Our own data: projects, connections, settings documents, builds, keys, remembered answers.
//!
//! One [`Store`] is one data directory: the embedded database `control.db` and the master key that seals what is
//! secret in it. The functions of the modules take a [`Tx`] and are run by [`Db::read`] or [`Db::write`].
//! Does not know what a settings document or a catalogue means; to it both are text.

pub mod accounts;
pub mod api_keys;
pub mod approvals;
pub mod attempts;
pub mod audit;
pub mod builds;
pub mod catalogs;
pub mod ceremonies;
pub mod connections;
mod data_dir;
mod db;
pub mod declared;
pub mod document_indexes;
pub mod documents;
pub mod embedded;
mod error;
pub mod factor_tries;
mod idempotency;
pub mod invitations;
pub mod issuers;
pub mod keys;
pub mod mail_templates;
pub mod mails;
pub mod memberships;
mod migrations;
pub mod nodes;
pub mod numbers;
pub mod one_time;
pub mod operator_sessions;
pub mod operators;
pub mod passkeys;
pub mod projects;
pub mod recovery_codes;
pub mod redirects;
pub mod registrants;
pub mod revision;
pub mod revocations;
pub mod role_rules;
pub mod roles;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod social_profiles;
mod store;
pub mod surfaces;
pub mod totp;
pub mod users;
mod value;

pub use db::{Db, Tx};
pub use error::StoreError;
pub use idempotency::{Claim, Idempotency, StoredAnswer};
pub use store::{OpenOptions, Store};
pub use value::{Row, Value};

#[cfg(test)]
mod tests;
