//! One call below `/auth`, and the forms of its answers.

use super::fields::{Fields, is_form};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use portcullis_base::Timestamp;
use portcullis_identity::{AuthResult, Client};
use portcullis_project::{Project, settings::CookieMode};
use portcullis_query::access::{Caller, EndUser};
use portcullis_web::{ApiError, State, caller, json, set_cookies};
use serde_json::{Map, Value, json as value};
use std::sync::Arc;

/// One call.
pub struct Call<'a> {
    /// The node.
    pub state: &'a State,
    /// The stage.
    pub project: &'a Arc<Project>,
    /// Who is at the other end.
    pub client: &'a Client,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The query, undecoded.
    pub query: Option<String>,
    /// The body.
    pub body: Bytes,
    /// The present.
    pub now: Timestamp,
}

impl Call<'_> {
    /// The end user who calls.
    pub async fn user(&self) -> Result<Arc<EndUser>, ApiError> {
        match caller(self.state, self.project, &self.method, &self.headers, self.client).await? {
            // A key that is confined to tables manages no account.
            Caller::User(user) if user.scopes.is_some() && !matches!(self.method, Method::GET | Method::HEAD) => {
                Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "a key with scopes manages no account"))
            }
            Caller::User(user) => Ok(user),
            Caller::Anonymous | Caller::PublicKey => Err(ApiError::unauthenticated()),
            Caller::Administrator => Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "a project's key is nobody in particular; call with an end user's token",
            )),
        }
    }

    /// The client, in the tenant that the body names as `tenant`, else `X-Tenant-ID`.
    pub fn client_of(&self, fields: &mut Fields) -> Result<Client, ApiError> {
        let named = fields.id("tenant")?;
        Ok(Client { tenant: named.or_else(|| self.client.tenant.clone()), ..self.client.clone() })
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The answer to a good login.
    pub fn tokens(&self, status: StatusCode, result: &AuthResult, warnings: &[String]) -> Response<Body> {
        let mut body = value!({
            "token": result.token.expose(),
            "access_token": result.token.expose(),
            "token_type": "Bearer",
            "refresh_token": result.refresh_token.expose(),
            "expires_in": result.expires_in_s,
            "type": result.kind,
            "roles": result.roles,
            "permissions": result.permissions,
            "tenant": result.tenant,
            "user": result.user,
        });
        if !warnings.is_empty() {
            body["warnings"] = value!(warnings);
        }
        json(status, body.to_string())
    }

    /// The same, and cookies where they are used.
    pub fn signed_in(&self, status: StatusCode, result: &AuthResult, warnings: &[String]) -> Response<Body> {
        let mut response = self.tokens(status, result, warnings);
        // A form is what any page can make a browser send: it gets tokens, but signs no browser in. SEC-57.
        if self.project.settings.auth.cookie_mode != CookieMode::Off && !is_form(&self.headers) {
            set_cookies(self.project, result, response.headers_mut());
        }
        response
    }
}

/// `{"message": ..}`.
pub fn message(status: StatusCode, text: &str) -> Response<Body> {
    json(status, value!({ "message": text }).to_string())
}

/// A JSON object as it is.
pub fn object(status: StatusCode, body: Map<String, Value>) -> Response<Body> {
    json(status, Value::Object(body).to_string())
}

/// 204.
pub fn nothing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
