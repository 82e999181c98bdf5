//! `[surfaces.X]`: where an operator departs from what another product's clients expect.

use serde::{Deserialize, Serialize};

/// The surfaces at which end users sign in.
pub const SURFACES_OF_USERS: [&str; 4] = ["baasix", "moondb", "solobase", "staticbackend"];

/// `[surfaces.X]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurfaceSettings {
    /// Characters of a password at least, 6 to 64; absent: as the product has it, else `auth.password_min_length`.
    pub password_min_length: Option<u32>,
    /// Whether refresh tokens of the surface outlive a change of the password made at it; absent: as the product has it.
    pub keep_refresh_on_password_change: Option<bool>,
}
