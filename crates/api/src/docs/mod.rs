//! The documents of a project, and the page that shows them.

use axum::body::Body;
use http::{Request, Response};
use portcullis_project::Project;
use portcullis_web::ApiError;
use std::sync::Arc;

/// Answers where the path is that of a document or of the page.
pub fn serve(_: &Arc<Project>, _: &str, _: &[&str], _: &Request<Body>) -> Result<Option<Response<Body>>, ApiError> {
    Ok(None)
}
