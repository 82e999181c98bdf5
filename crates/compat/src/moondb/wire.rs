//! Answers: everything stands in `data`.

use super::ask::Ask;
use super::error::Refusal;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_query::Json;
use portcullis_web::BodyLimit;
use serde_json::{Map, Value, json};

/// What a route gives.
pub type Outcome = Result<Response<Body>, Refusal>;

/// Bytes of a body at most, where no bulk is meant.
pub const BODY: BodyLimit = BodyLimit(1024 * 1024);

/// `{"data": ...}`.
pub fn data(status: StatusCode, data: Value) -> Outcome {
    Ok(body(status, &json!({ "data": data })))
}

/// `{"data": {"ok": true}}`.
pub fn ok() -> Outcome {
    data(StatusCode::OK, json!({ "ok": true }))
}

/// Any JSON.
pub fn body(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The members of a body.
pub struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Reads the body, which must be an object; nothing at all is an empty one.
    pub async fn read(call: &mut Ask, limit: BodyLimit) -> Result<Self, Refusal> {
        match json_body(call, limit).await? {
            Some(Json::Object(members)) => Ok(Self(members)),
            None => Ok(Self(Vec::new())),
            Some(other) => {
                Err(Refusal::bad("VALIDATION_JSON", format!("The body is an object, not {}.", other.kind())))
            }
        }
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(at).1).filter(|value| !matches!(value, Json::Null))
    }

    /// Takes a text out that may be missing.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::bad("VALIDATION_TYPE", format!("`{name}` is a text.")).about(name)),
        }
    }

    /// Takes a text out that must be there.
    pub fn required(&mut self, name: &str) -> Result<String, Refusal> {
        let missing = || Refusal::bad("VALIDATION_REQUIRED_FIELD", format!("`{name}` is required.")).about(name);
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(missing)
    }

    /// Takes true or false out.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(Refusal::bad("VALIDATION_TYPE", format!("`{name}` is true or false.")).about(name)),
        }
    }

    /// The names that nobody has taken.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// What is left.
    pub fn rest(self) -> Vec<(String, Json)> {
        self.0
    }
}

/// Reads the body as words; nothing at all is `None`.
pub async fn json_body(call: &mut Ask, limit: BodyLimit) -> Result<Option<Json>, Refusal> {
    let bytes = call.bytes(limit).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let parsed = Json::parse(&bytes)
        .map_err(|error| Refusal::bad("VALIDATION_JSON", format!("The body is not valid JSON: {error}.")))?;
    Ok(Some(parsed))
}

/// A row as it was read.
pub fn row(bytes: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(row)) => row,
        _ => Map::new(),
    }
}
