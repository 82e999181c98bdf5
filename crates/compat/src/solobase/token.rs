//! What a token says beside our own claims, and whose it is. Contract: sections 4 and 5.

use super::{RULES, error::Refusal, wire::standing};
use crate::State;
use http::{HeaderMap, header};
use portcullis_base::Timestamp;
use portcullis_identity::{ClaimsOf, IdentityError};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `role` and `permissions`; `sub`, `email`, `iat` and `exp` are ours.
pub fn claims(of: &ClaimsOf<'_>) -> Map<String, Value> {
    let (role, permissions) = standing(of.administrator, of.roles, of.permissions);
    Map::from_iter([("role".to_owned(), json!(role)), ("permissions".to_owned(), json!(permissions))])
}

/// The end user whose bearer token this is.
pub async fn user(
    state: &State,
    project: &Project,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Arc<EndUser>, Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = given.map(|(_, token)| token.trim()).ok_or_else(Refusal::token_invalid)?;
    let identity = state.identity();
    match identity.accept_token(project, &RULES, token, now).await {
        Ok(accepted) => Ok(accepted.user),
        Err(IdentityError::Unauthenticated | IdentityError::BadCredentials(_))
            if identity.is_expired(project, &RULES, token, now).await =>
        {
            Err(Refusal::token_expired())
        }
        Err(error) => Err(error.into()),
    }
}
