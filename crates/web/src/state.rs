//! What every surface is given.

use portcullis_base::Clock;
use portcullis_documents::Documents;
use portcullis_identity::Identity;
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
    /// Collections of documents.
    pub documents: Documents,
    /// End users: who they are, how they sign in.
    pub identity: Arc<Identity>,
    /// Where the node is reached from outside, without a slash at the end.
    pub public_url: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
}
