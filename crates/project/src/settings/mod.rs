//! The settings document: one struct per section, unknown keys refused.

use portcullis_query::access::TableAccess;
use portcullis_schema::Naming;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod duration;
mod email;
mod limits;

pub use duration::parse_duration;
pub use email::{EmailSecurity, EmailSettings, TOKEN_PLACE};
pub use limits::Limits;

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
    /// `[cors]`.
    pub cors: CorsSettings,
    /// `[email]`.
    pub email: EmailSettings,
    /// `[limits]`.
    pub limits: Limits,
    /// `[tables.X]`, by API table name.
    pub tables: BTreeMap<String, TableSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            naming: Naming::default(),
            auth: AuthSettings::default(),
            cors: CorsSettings::default(),
            email: EmailSettings::default(),
            limits: Limits::default(),
            tables: BTreeMap::new(),
        }
    }
}

/// `[auth]`: who may call at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Off means: every exposed table is public. `doctor` says so loudly.
    pub enabled: bool,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// `[cors]`: which pages of other origins may call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSettings {
    /// Exact origins such as `https://app.example`.
    pub origins: Vec<String>,
}

/// `[tables.X]`: whether and how a table is served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// Whether the table is served at all.
    pub expose: bool,
    /// Who may do what.
    pub access: TableAccess,
    /// Columns that do not exist for end users.
    pub hidden: Vec<String>,
    /// Columns end users may not write.
    pub read_only: Vec<String>,
}
