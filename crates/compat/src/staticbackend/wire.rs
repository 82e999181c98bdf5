//! Bodies and answers as StaticBackend's clients write and read them. Source: contract page, sections 1 and 6.

use super::{Routed, error::Refused};
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_documents::{Document, Page};
use portcullis_identity::{AccountUser, rfc3339};
use portcullis_query::Json;
use portcullis_web::BodyLimit;
use serde_json::{Map, Value, json};

/// Bytes of a body with a document or a few fields.
pub const BODY: BodyLimit = BodyLimit(1024 * 1024);
/// Bytes of a body with many documents.
pub const BULK: BodyLimit = BodyLimit(16 * 1024 * 1024);
/// Bytes of a text at most.
const LONGEST: usize = 64 * 1024;

/// What the server writes into every document; what a client sends under these names is not kept.
const OURS: [&str; 2] = ["id", "accountId"];

/// A bare JSON value.
pub fn json(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 200 with a bare JSON value.
pub fn ok(value: &Value) -> Response<Body> {
    json(StatusCode::OK, value)
}

/// A body as JSON; `None` where it is empty. Its type is not looked at: clients in other languages send none.
pub fn body(call: &Routed) -> Result<Option<Json>, Refused> {
    Ok(portcullis_web::read_json(&call.body)?)
}

/// The members of a body that must be an object.
pub fn fields(call: &Routed) -> Result<Fields, Refused> {
    match body(call)? {
        Some(Json::Object(members)) => Ok(Fields(members)),
        _ => Err(Refused::bad("invalid body")),
    }
}

/// A body's members.
pub struct Fields(Vec<(String, Json)>);

impl Fields {
    /// A text that may be absent, or null.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refused> {
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.len() <= LONGEST => Ok(Some(text)),
            Some(_) => Err(Refused::bad(&format!("`{name}` must be a string"))),
        }
    }

    /// A text that must be there and hold something.
    pub fn required(&mut self, name: &str) -> Result<String, Refused> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Refused::bad(&format!("`{name}` is required")))
    }

    /// A whole number that must be there.
    pub fn number(&mut self, name: &str) -> Result<i64, Refused> {
        match self.take(name) {
            Some(Json::Number(digits)) => digits.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| Refused::bad(&format!("`{name}` must be a whole number")))
    }

    /// Any member.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(at).1)
    }
}

/// An object without what the server writes itself.
pub fn own_members(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            Json::Object(members.into_iter().filter(|(name, _)| !OURS.contains(&name.as_str())).collect())
        }
        other => other,
    }
}

/// A document: the client's own members, with the server's over them.
pub fn document(document: Document) -> Value {
    let mut members = document.body;
    members.insert("id".to_owned(), Value::String(document.id));
    members.insert("accountId".to_owned(), Value::String(document.account));
    Value::Object(members)
}

/// A page. With nothing to show `results` is null, as their server writes it.
pub fn page(page: Page) -> Value {
    let results: Vec<Value> = page.documents.into_iter().map(document).collect();
    let results = if results.is_empty() { Value::Null } else { Value::Array(results) };
    json!({"page": page.page, "size": page.size, "total": page.total, "results": results})
}

/// A user of an account. Clients have `token` in their types; what stands there authenticates nothing.
pub fn user(user: &AccountUser) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(user.id));
    out.insert("userId".to_owned(), json!(user.id));
    out.insert("accountId".to_owned(), json!(user.account));
    out.insert("token".to_owned(), json!(""));
    out.insert("email".to_owned(), json!(user.email));
    out.insert("role".to_owned(), json!(user.level));
    out.insert("created".to_owned(), json!(rfc3339(user.created_at)));
    Value::Object(out)
}
