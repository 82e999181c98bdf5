//! Who can say why a request was answered as it was; asked by the operators' surface, answered by the native one.

use crate::{ApiError, Denial};
use portcullis_project::Project;
use serde_json::Value;
use std::{fmt, pin::Pin, sync::Arc};

/// An explanation on its way.
pub type Explained<'a> = Pin<Box<dyn Future<Output = Result<Value, ApiError>> + Send + 'a>>;

/// Says why.
pub trait Explainer: Send + Sync + fmt::Debug {
    /// Tries a request and says what decided; nothing it writes is kept.
    fn explain<'a>(&'a self, project: Arc<Project>, denial: Denial) -> Explained<'a>;

    /// The request of an id, if this node still remembers it.
    fn find(&self, request_id: &str) -> Option<Denial>;
}
