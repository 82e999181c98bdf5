//! `[outbound]`: where requests of ours may go.

use serde::{Deserialize, Serialize};

/// `[outbound]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundSettings {
    /// Whether providers that these settings name may stand in this machine's own network.
    pub allow_private: bool,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self { allow_private: true }
    }
}
