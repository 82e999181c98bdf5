//! The settings document: one struct per section, unknown keys refused.

use portcullis_query::access::TableAccess;
use portcullis_schema::Naming;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod auth;
mod documents;
mod duration;
mod email;
mod limits;
mod mapping;
mod outbound;
mod rbac;
mod social;
mod surfaces;
mod tenancy;

pub use auth::{
    AuthSettings, CookieMode, LegacyHash, LimitKey, LockoutSettings, PasswordFormat, RateLimit, RateLimits,
    TokenAlgorithm,
};
pub use documents::DocumentsSettings;
pub use duration::parse_duration;
pub use email::{EmailSecurity, EmailSettings, TOKEN_PLACE};
pub use limits::Limits;
pub use mapping::{
    ApiKeyCard, CardField, CardKind, Mapping, PasswordResetTokenCard, PermissionCard, RoleCard, RolePermissionCard,
    SessionCard, SocialProfileCard, UserCard, UserRoleCard,
};
pub use outbound::OutboundSettings;
pub use rbac::{RbacSettings, RoleRule, RoleSettings};
pub use social::{KNOWN_PROVIDERS, SocialProblem, SocialSettings, is_usable};
pub use surfaces::{SURFACES_OF_USERS, SurfaceSettings};
pub use tenancy::{Membership, OnSignup, TenancySettings};

/// One project's settings for one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The document's format; always 1.
    pub version: u32,
    /// How model names are made.
    pub naming: Naming,
    /// `[auth]`.
    pub auth: AuthSettings,
    /// `[tenancy]`.
    pub tenancy: TenancySettings,
    /// `[mapping.*]`.
    pub mapping: Mapping,
    /// `[email]`.
    pub email: EmailSettings,
    /// `[social.<name>]`.
    pub social: BTreeMap<String, SocialSettings>,
    /// `[outbound]`.
    pub outbound: OutboundSettings,
    /// `[rbac]`.
    pub rbac: RbacSettings,
    /// `[cors]`.
    pub cors: CorsSettings,
    /// `[documents]`.
    pub documents: DocumentsSettings,
    /// `[limits]`.
    pub limits: Limits,
    /// `[surfaces.X]`.
    pub surfaces: BTreeMap<String, SurfaceSettings>,
    /// `[tables.X]`, by API table name.
    pub tables: BTreeMap<String, TableSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            naming: Naming::default(),
            auth: AuthSettings::default(),
            tenancy: TenancySettings::default(),
            mapping: Mapping::default(),
            email: EmailSettings::default(),
            social: BTreeMap::new(),
            outbound: OutboundSettings::default(),
            rbac: RbacSettings::default(),
            cors: CorsSettings::default(),
            documents: DocumentsSettings::default(),
            limits: Limits::default(),
            surfaces: BTreeMap::new(),
            tables: BTreeMap::new(),
        }
    }
}

/// `[cors]`: which pages of other origins may call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Exact origins such as `https://app.example`; none: the `redirect_origins`.
    pub origins: Vec<String>,
}

impl Settings {
    /// The origins whose pages may call: the application people are sent back to is one that needs to.
    pub fn page_origins(&self) -> &[String] {
        if self.cors.origins.is_empty() { &self.auth.redirect_origins } else { &self.cors.origins }
    }
}

/// `[tables.X]`: whether and how a table is served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// Whether the table is served at all.
    pub expose: bool,
    /// Who may do what.
    pub access: TableAccess,
    /// The column that holds the id of a row's owner: filled in on insert, and never changed by end users.
    pub owner_column: Option<String>,
    /// The column that says when a row was deleted, where deleted rows stay: a delete writes it, and such a row is
    /// there for nobody.
    pub deleted_column: Option<String>,
    /// Which rows there are for end users and strangers, as a filter; it may name `$user.id`, `$user.<column>`,
    /// `$tenant`, `$role` and `$now`.
    pub row_rule: Option<serde_json::Value>,
    /// Columns that do not exist for end users.
    pub hidden: Vec<String>,
    /// Columns end users may not write.
    pub read_only: Vec<String>,
}
