//! The answer to a good sign-in, in both modes.

use super::super::super::{
    call::{Call, answer},
    cookie,
    error::Refused,
    role::Roles,
    rows,
    wire::Entry,
};
use axum::body::Body;
use http::{Response, StatusCode, header};
use portcullis_identity::AuthResult;
use serde_json::{Value, json};

/// How the token is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In the body.
    Jwt,
    /// In a cookie that no script reads.
    Cookie,
}

impl Mode {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Cookie => "cookie",
        }
    }

    /// An unknown word is the usual mode.
    pub fn of(word: Option<&str>) -> Self {
        if word == Some("cookie") { Self::Cookie } else { Self::Jwt }
    }
}

/// What a sign-in answers beside the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Role, permissions and tenant.
    Whole,
    /// The user alone: magic links.
    User,
}

/// 200 with the token.
pub async fn signed_in(
    call: &Call<'_>,
    result: &AuthResult,
    mode: Mode,
    message: Option<&str>,
    extent: Extent,
) -> Result<Response<Body>, Refused> {
    let identity = &call.state.identity;
    let accepted = identity.accept_token(call.project, call.client.surface, result.token.expose(), call.now).await?;
    let roles = Roles::load(identity, call.project).await?;
    let role = roles.active(&accepted.user);
    let permissions = rows::of_role(call, &roles, &role).await?;
    let tenant = match &result.tenant {
        Some(id) => tenant_row(call, &accepted.user, id).await?,
        None => Value::Null,
    };
    let cookie = mode == Mode::Cookie;
    let mut body = Entry { result, role: &role, permissions, tenant }.body(call.project, message, cookie);
    if let (Extent::User, Value::Object(members)) = (extent, &mut body) {
        for name in ["role", "permissions", "tenant"] {
            members.remove(name);
        }
    }
    let mut response = answer(StatusCode::OK, &body);
    if cookie {
        let value = cookie::set(call.project, result.token.expose(), result.expires_in_s, call.now)?;
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// The row of a user's tenant.
pub async fn tenant_row(call: &Call<'_>, user: &portcullis_query::access::EndUser, id: &str) -> Result<Value, Refused> {
    let all = call.state.identity.my_tenants(call.project, user).await?;
    let found = all.into_iter().find(|tenant| tenant.id == id);
    Ok(found.map_or(Value::Null, |tenant| json!({"id": tenant.id, "name": tenant.name})))
}
