//! A stage opened for a command on which requests can be tried and nothing is kept.

use crate::{Global, options::OfProject};
use portcullis_api::Stand;
use portcullis_base::SystemClock;
use portcullis_control::Opener;
use portcullis_identity::{
    Identity,
    mails::{Outbox, OutboxOptions},
};
use portcullis_project::Registry;
use std::sync::Arc;

/// The stage, and identity over it.
pub struct OpenStand {
    /// Where requests are tried.
    pub stand: Stand,
    /// Who is who.
    pub identity: Arc<Identity>,
}

/// Opens the stage a command names.
pub async fn open(global: &Global, of: &OfProject) -> anyhow::Result<OpenStand> {
    let control = global.open(false)?;
    let connection = control.connection(of.project.as_deref(), of.stage).await?;
    let project = Opener::open_alone(&control, &connection).await?;
    let store = control.store().clone();
    let identity = Arc::new(Identity::new(store.clone(), Outbox::new(store.clone(), OutboxOptions::default())));
    let state = portcullis_web::State {
        registry: Arc::new(Registry::default()),
        idempotency: store.idempotency(),
        documents: portcullis_documents::Documents::new(store.clone()),
        identity: identity.clone(),
        public_url: String::new(),
        clock: Arc::new(SystemClock),
    };
    Ok(OpenStand { stand: Stand::over(&state, &project).await?, identity })
}
