//! Shapes of answers, field for field as Swain's command line reads them (contract 3, 6 and 7).

use super::ids;
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_control::operators::{OperatorInfo, SignedTokens};
use portcullis_identity::rfc3339;
use portcullis_records::Page;
use portcullis_web::json;
use serde_json::{Map, Value};

/// A JSON answer.
pub fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    json(status, body.to_string())
}

/// `AuthResult` (contract 6).
pub fn auth_result(tokens: &SignedTokens, user: Value) -> Value {
    serde_json::json!({
        "token": tokens.access.expose(),
        "access_token": tokens.access.expose(),
        "token_type": "Bearer",
        "refresh_token": tokens.refresh.expose(),
        "expires_in": tokens.expires_in_s,
        "type": "local",
        "roles": ["operator"],
        "tenant": ids::ACCOUNT,
        "user": user,
    })
}

/// `models.User` (contract 6): an operator as they see themselves.
pub fn user(operator: &OperatorInfo, number: i64) -> Value {
    serde_json::json!({
        "id": number,
        "email": operator.email,
        "name": operator.email,
        "is_active": true,
        "anonymous": false,
        "last_login": operator.last_login_at.map(rfc3339),
        "additional_data": {},
        "roles": [{ "id": 1, "name": "operator", "description": "", "permissions": [] }],
    })
}

/// What the access token says beside what all of ours say: exactly one tenant.
pub fn claims() -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("tenant_id".to_owned(), ids::ACCOUNT.into());
    claims.insert("roles".to_owned(), serde_json::json!(["operator"]));
    claims
}

/// `MFilterResponse` (contract 3).
pub fn page(page: &Page) -> Response<Body> {
    let mut body = Vec::with_capacity(page.rows.len() + 96);
    body.extend_from_slice(b"{\"data\":[");
    body.extend_from_slice(&page.rows);
    let total = page.total.unwrap_or(page.len as u64);
    let pages = total.div_ceil(page.size.max(1));
    let tail =
        format!("],\"total\":{total},\"page\":{},\"page_size\":{},\"total_pages\":{pages}}}", page.page, page.size);
    body.extend_from_slice(tail.as_bytes());
    json(StatusCode::OK, body)
}
