//! Their three credentials: the public key that names a database, the session token of a user, the root token of a server.

use super::{RULES, Routed, SURFACE, error::Refused};
use crate::{State, Target};
use http::{StatusCode, request::Parts};
use portcullis_crypto::sha256;
use portcullis_documents::Author;
use portcullis_project::{KeyKind, Project};
use portcullis_query::access::EndUser;
use std::sync::Arc;

/// Characters of a credential at most. SEC-52.
const LONGEST: usize = 4_096;

/// The holder of a root token.
pub struct Root {
    /// For whom documents are made.
    pub author: Author,
}

/// The stage whose public key the call carries: in the header, else the parameter, else the cookie.
pub fn project(state: &State, target: &Target, head: &Parts) -> Result<Arc<Project>, Refused> {
    let invalid = || Refused::new(StatusCode::UNAUTHORIZED, "invalid StaticBackend public key");
    let key = public_key(head).filter(|key| key.len() <= LONGEST).ok_or_else(invalid)?;
    let hash = sha256(key.as_bytes());
    let has = |project: &Project| project.keys.kind(&hash) == Some(KeyKind::Public);
    target.first(state, &SURFACE, has).ok_or_else(invalid)
}

fn public_key(head: &Parts) -> Option<String> {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let given = header("sb-public-key").filter(|key| !key.is_empty()).map(str::to_owned);
    let given = given.or_else(|| parameter(head, "sbpk").filter(|key| !key.is_empty()));
    given.or_else(|| {
        let cookies = header("cookie")?.split(';').map(str::trim);
        cookies.filter_map(|cookie| cookie.strip_prefix("pk=")).map(str::to_owned).next()
    })
}

/// A parameter of the query; the first where there are several.
pub fn parameter(head: &Parts, name: &str) -> Option<String> {
    let query = head.uri.query()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The user of the session token.
pub async fn user(call: &Routed) -> Result<Arc<EndUser>, Refused> {
    let token = bearer(call)?;
    let identity = call.identity();
    let accepted = identity.accept_token(&call.project, &RULES, token, call.now()).await?;
    // Twelve hours are long: whoever was deleted or shut out meanwhile is asked for in the users table.
    identity.me(&call.project, &accepted.user, call.now()).await?;
    Ok(accepted.user)
}

/// For whom a call with a session token is made.
pub async fn author(call: &Routed) -> Result<Author, Refused> {
    let user = user(call).await?;
    Ok(portcullis_web::author_of(&call.state.web, &call.project, &user).await?)
}

/// The same where nobody known may call too.
pub async fn author_or_nobody(call: &Routed) -> Result<Author, Refused> {
    if call.header("authorization").is_none() {
        return Ok(Author::Anonymous);
    }
    author(call).await
}

/// The holder of the root token. A session token is none, not even that of an administrator.
pub async fn root(call: &Routed) -> Result<Root, Refused> {
    let token = bearer(call)?;
    if token.split('|').count() != 3 {
        return Err(Refused::bad("invalid root token"));
    }
    match call.identity().accept_root(&call.project, token).await? {
        Some(key) => Ok(Root { author: Author::Unlimited { user: key.id, account: key.account } }),
        None => Err(Refused::bad("invalid root token")),
    }
}

/// Whether the call carries something of a root token's form.
pub fn looks_like_root(call: &Routed) -> bool {
    bearer(call).is_ok_and(|token| token.contains('|'))
}

fn bearer(call: &Routed) -> Result<&str, Refused> {
    let header = call.header("authorization").ok_or_else(Refused::no_token)?;
    let token = header.strip_prefix("Bearer ").map(str::trim);
    token
        .filter(|token| !token.is_empty() && token.len() <= LONGEST)
        .ok_or_else(|| Refused::bad("the authorization header must be `Bearer` and a token"))
}
