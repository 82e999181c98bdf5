//! `[tenancy]`: whose rows are whose.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[tenancy]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenancySettings {
    /// Whether rows are kept apart by tenant.
    pub enabled: bool,
    /// The table of tenants.
    pub tenant_table: Option<String>,
    /// The column of scoped tables that holds the tenant.
    pub tenant_column: Option<String>,
    /// Tables that are everybody's.
    pub exclude: Vec<String>,
    /// Tables scoped through a foreign key: table = parent.
    pub through: BTreeMap<String, String>,
    /// Where users belong to several tenants.
    pub membership: Option<Membership>,
    /// What tenant a new user gets.
    pub on_signup: OnSignup,
    /// Whether one address may be several users', one per tenant.
    pub email_per_tenant: bool,
}

/// `membership = { table, user_id, tenant_id }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The table that joins users and tenants.
    pub table: String,
    /// Its column of users.
    pub user_id: String,
    /// Its column of tenants.
    pub tenant_id: String,
}

/// What tenant a new user gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnSignup {
    /// None, until somebody assigns one.
    #[default]
    None,
    /// A new one of their own.
    Create,
    /// The one of their invitation.
    Invite,
}
