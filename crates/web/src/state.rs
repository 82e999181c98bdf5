//! What every surface is given.

use portcullis_base::Clock;
use portcullis_project::Registry;
use portcullis_store::Idempotency;
use std::sync::Arc;

/// The node as surfaces see it; cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// The open stages.
    pub registry: Arc<Registry>,
    /// Remembered answers.
    pub idempotency: Idempotency,
    /// The time.
    pub clock: Arc<dyn Clock>,
}
