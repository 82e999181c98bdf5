//! The services of a node, for hooks and for the program around it.

use crate::{Node, Service};
use axum::{body::Body, http::Request, response::Response};
use portcullis_base::Timestamp;
use portcullis_control::Control;
use portcullis_identity::Identity;
use portcullis_project::Project;
use std::{fmt, sync::Arc};

/// The services of a node; cheap to clone.
#[derive(Clone)]
pub struct AppHandle {
    pub(super) node: Arc<Node>,
    /// The node's routes without hooks, so that what a hook asks does not come back to it.
    pub(super) plain: Service,
}

impl AppHandle {
    /// The open stage that `shop`, `shop@staging` or an id names: its tables, its settings, its database.
    pub fn project(&self, name: &str) -> Option<Arc<Project>> {
        self.node.registry.get(name)
    }

    /// End users: who they are, how they sign in.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.node.identity
    }

    /// Projects, settings, keys, builds.
    pub fn control(&self) -> &Control {
        &self.node.control
    }

    /// Takes in at once what was changed through [`AppHandle::control`]; without it the node notices a moment later.
    ///
    /// # Errors
    ///
    /// What the control store says.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        self.node.opener.refresh().await?;
        Ok(self.node.surfaces.refresh(self.node.control.store()).await?)
    }

    /// The present, by the node's clock.
    pub fn now(&self) -> Timestamp {
        self.node.clock.now()
    }

    /// Answers a request of the program's own by the node's routes, without hooks: the way to rows, with a project's
    /// key as credentials.
    pub async fn request(&self, request: Request<Body>) -> Response {
        self.plain.answer(request).await
    }
}

impl fmt::Debug for AppHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppHandle")
    }
}
