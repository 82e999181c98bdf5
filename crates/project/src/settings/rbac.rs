//! `[rbac]`: roles and what they may do.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `[rbac]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RbacSettings {
    /// Whether permissions are asked for.
    pub enabled: bool,
    /// The role of users who have none.
    pub default_role: Option<String>,
    /// Roles whose holders are administrators.
    pub administrator_roles: Vec<String>,
    /// `[[rbac.roles]]`.
    pub roles: Vec<RoleSettings>,
}

/// One role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSettings {
    /// Its name.
    pub name: String,
    /// Such as `orders.*`.
    pub permissions: Vec<String>,
    /// Refinements per table.
    pub rules: Vec<RoleRule>,
}

/// A role's refinement for one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleRule {
    /// The table.
    pub table: String,
    /// What may be done.
    pub actions: Vec<String>,
    /// The columns it is about; empty is all.
    pub fields: Vec<String>,
    /// Which rows, as a filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
    /// Values that new rows are given.
    pub defaults: Map<String, Value>,
}
