//! One call of the auth routes, with its body read and its limits counted.

use super::{error::Refusal, token};
use crate::{Call, State};
use bytes::Bytes;
use http::{Method, request::Parts};
use portcullis_base::Timestamp;
use portcullis_identity::{Client, Identity};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use std::sync::Arc;

/// One call.
#[derive(Debug)]
pub struct Asked {
    /// The node.
    pub state: Arc<State>,
    /// The stage.
    pub project: Arc<Project>,
    /// Who is at the other end of the wire.
    pub client: Client,
    /// The decoded path.
    pub segments: Vec<String>,
    /// The head: method, headers, URI.
    pub head: Parts,
    /// The body.
    pub body: Bytes,
    /// The present.
    pub now: Timestamp,
}

impl Asked {
    /// A call whose body was read.
    pub fn new(call: Call, project: Arc<Project>, body: Bytes) -> Self {
        let now = call.now();
        let Call { state, client, segments, head, .. } = call;
        Self { state, project, client, segments, head, body, now }
    }

    /// End users.
    pub fn identity(&self) -> &Arc<Identity> {
        self.state.identity()
    }

    /// Who is at the other end of the wire.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether nothing but the answer is wanted.
    pub fn reads(&self) -> bool {
        matches!(self.head.method, Method::GET | Method::HEAD)
    }

    /// The end user who calls.
    pub async fn user(&self) -> Result<Arc<EndUser>, Refusal> {
        token::user(&self.state, &self.project, &self.head.headers, self.now).await
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Result<Option<String>, Refusal> {
        Ok(portcullis_web::Query::parse(self.head.uri.query())?.take(name)?)
    }
}
