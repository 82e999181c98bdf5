//! `/auth/invitations`: asking others to join, and joining.

use super::{Call, Fields, call::nothing, verify::token};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::{Inviter, NewInvitation, ShownInvitation};
use portcullis_query::access::{Caller, EndUser};
use portcullis_web::{ApiError, caller, json};
use serde_json::{Value, json as value};
use std::sync::Arc;

/// `POST {email, role?, tenant_id?, redirect_url?}`: 201; the mail has the link.
pub async fn create(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = who(call).await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let new = NewInvitation {
        email: fields.required(&["email"])?,
        role: fields.text(&["role"])?.filter(|role| !role.is_empty()),
        tenant: fields.id("tenant_id")?,
        redirect_url: fields.text(&["redirect_url"])?,
    };
    fields.done()?;
    let made = call.state.identity.invite(call.project, inviter(&who), new, call.client, call.now).await?;
    Ok(json(StatusCode::CREATED, view(&made).to_string()))
}

/// `GET`: `{"data": [..]}`, the newest first; those of the caller's tenant, or with an admin key of all.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = who(call).await?;
    let all = call.state.identity.invitations(call.project, inviter(&who), call.now).await?;
    let data: Vec<Value> = all.iter().map(view).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `DELETE {id}`: 204.
pub async fn withdraw(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let who = who(call).await?;
    call.state.identity.withdraw_invitation(call.project, inviter(&who), id, call.client, call.now).await?;
    Ok(nothing())
}

/// `GET ?token=`: the open invitation of a link, for the page that asks whether to accept it. Uses nothing up.
pub async fn read(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let one = call.state.identity.read_invitation(call.project, &token(call)?, call.now).await?;
    Ok(json(StatusCode::OK, view(&one).to_string()))
}

/// `POST {token}`, signed in: 200 and tokens for the tenant of the invitation.
pub async fn accept(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let token = token(call)?;
    let identity = &call.state.identity;
    let result = identity.accept_invitation(call.project, &user, &token, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}

/// An end user, or nobody in particular who holds an admin key.
async fn who(call: &Call<'_>) -> Result<Option<Arc<EndUser>>, ApiError> {
    match caller(call.state, call.project, &call.method, &call.headers, call.client).await? {
        Caller::User(user) => Ok(Some(user)),
        Caller::Administrator => Ok(None),
        Caller::Anonymous | Caller::PublicKey => Err(ApiError::unauthenticated()),
    }
}

fn inviter(who: &Option<Arc<EndUser>>) -> Inviter<'_> {
    who.as_deref().map_or(Inviter::Operator, Inviter::User)
}

fn view(one: &ShownInvitation) -> Value {
    value!({
        "id": one.id,
        "email": one.email,
        "role": one.role,
        "tenant_id": one.tenant,
        "status": one.status,
        "invited_by": one.invited_by,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
    })
}
