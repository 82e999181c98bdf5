//! The node's answer to the question why.

use super::{Question, explain, recorded};
use crate::{Asked, RehearsalError, Stand};
use http::StatusCode;
use portcullis_project::Project;
use portcullis_web::{ApiError, Denial, Explained, Explainer, State};
use std::sync::Arc;

/// Explains requests of this node.
#[derive(Debug)]
pub struct NodeExplainer(pub State);

impl Explainer for NodeExplainer {
    fn explain<'a>(&'a self, project: Arc<Project>, denial: Denial) -> Explained<'a> {
        Box::pin(async move {
            let stand = Stand::over(&self.0, &project).await.map_err(|error| refused(&error.into()))?;
            let Denial { caller, method, path, body, refused: answer, replays, .. } = denial;
            let asked = Asked { method, path, body, media_type: None };
            let told = match answer {
                Some(answer) if !replays => {
                    let question = Question::new(&stand, &caller, &asked);
                    recorded::explain(&self.0.identity, &question, &answer).await
                }
                _ => explain(&stand, &caller, &asked).await.map_err(|error| refused(&error))?,
            };
            serde_json::to_value(told).map_err(|error| ApiError::internal(&error))
        })
    }

    fn find(&self, request_id: &str) -> Option<Denial> {
        self.0.denials.find(request_id)
    }
}

fn refused(error: &RehearsalError) -> ApiError {
    match error {
        RehearsalError::NotData(_) | RehearsalError::NoRequest(_) => {
            ApiError::new(StatusCode::BAD_REQUEST, "not_explainable", error.to_string())
        }
        RehearsalError::Database(_) => ApiError::unavailable("database_unavailable", "the database does not answer"),
    }
}
