//! What an operation is given, and who calls.

use crate::{Surface, fields::Fields, refusal};
use axum::body::Body;
use http::{HeaderMap, header};
use portcullis_control::{
    Connection,
    operators::{Client, OperatorCaller, OperatorError},
};
use portcullis_project::{Project, Stage};
use portcullis_web::{ApiError, BodyLimit, Problem, Query, check_json, read_body, read_json};
use std::sync::Arc;

/// No body here is longer.
const BODY: BodyLimit = BodyLimit(64 * 1024);

/// One request.
pub struct Call {
    /// What to work on.
    pub surface: Surface,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, not yet read.
    pub body: Body,
    /// The values of the path's parameters.
    pub values: Vec<String>,
    /// The parameters that nobody has taken yet.
    pub query: Query,
    /// Where it came from.
    pub client: Client,
}

impl Call {
    /// Reads the body, an object of text fields; takes no parameters.
    ///
    /// # Errors
    ///
    /// 400, 408, 413, 415.
    pub async fn fields(&mut self) -> Result<Fields, ApiError> {
        self.fields_of(&[]).await
    }

    /// The same, where the parameters that are known here were taken before.
    ///
    /// # Errors
    ///
    /// As [`Call::fields`]'s.
    pub async fn fields_of(&mut self, known: &[&'static str]) -> Result<Fields, ApiError> {
        self.query.end(known)?;
        check_json(&self.headers, true)?;
        let body = read_body(&self.headers, std::mem::take(&mut self.body), BODY).await?;
        Fields::new(read_json(&body)?)
    }

    /// Reads the body, an object with members of any kind.
    ///
    /// # Errors
    ///
    /// As [`Call::fields`]'s.
    pub async fn json_object(&mut self) -> Result<serde_json::Map<String, serde_json::Value>, ApiError> {
        check_json(&self.headers, true)?;
        let body = read_body(&self.headers, std::mem::take(&mut self.body), BODY).await?;
        read_json(&body)?;
        serde_json::from_slice(&body)
            .map_err(|_| ApiError::new(http::StatusCode::BAD_REQUEST, "invalid_body", "the body is an object"))
    }

    /// The project that the path names.
    pub fn project(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// The connection of the project that the path names and the stage that `?stage=` names.
    ///
    /// # Errors
    ///
    /// 400 for a stage that is none, 404 for what does not exist.
    pub async fn connection(&mut self) -> Result<Connection, ApiError> {
        let stage = self.stage()?;
        self.surface.control.connection(Some(self.project()), stage).await.map_err(refusal::of_control)
    }

    /// The open stage of the project that the path names.
    ///
    /// # Errors
    ///
    /// As [`Call::connection`]; 503 where this node has not opened it.
    pub async fn open_project(&mut self) -> Result<Arc<Project>, ApiError> {
        let connection = self.connection().await?;
        let open = self.surface.registry.get(&format!("{}@{}", connection.slug, connection.stage));
        open.ok_or_else(|| ApiError::unavailable("not_open", "the stage is not open on this node"))
    }

    /// Takes `?stage=` out.
    ///
    /// # Errors
    ///
    /// 400.
    pub fn stage(&mut self) -> Result<Option<Stage>, ApiError> {
        let Some(text) = self.query.take("stage")? else { return Ok(None) };
        text.parse::<Stage>().map(Some).map_err(|_| {
            let message = format!("`stage` is development, staging or production, not `{text}`");
            let mut error = ApiError::new(http::StatusCode::BAD_REQUEST, "invalid_parameter", message.clone());
            error.errors.push(Problem { place: "stage".to_owned(), code: "invalid_parameter".to_owned(), message });
            error
        })
    }
}

/// The operator whose token is in the header.
///
/// # Errors
///
/// 401 in one wording for none, bad and foreign credentials. SEC-20: nowhere but in the header.
pub async fn caller(surface: &Surface, headers: &HeaderMap) -> Result<OperatorCaller, ApiError> {
    let value = headers.get(header::AUTHORIZATION).ok_or_else(ApiError::unauthenticated)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(ApiError::unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::unauthenticated());
    }
    surface.operators.caller(token.trim()).await.map_err(|error| match error {
        OperatorError::InvalidToken => ApiError::unauthenticated(),
        other => refusal::of_operators(other),
    })
}
