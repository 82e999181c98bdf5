//! Invitations into a tenant and a role.

use super::{
    super::super::{
        call::{Call, answer},
        error::Refused,
        role::Roles,
    },
    entry::{Extent, Mode, signed_in},
    mails::page,
    tenants::check_tenancy,
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::{IdentityError, Inviter, NewInvitation};
use serde_json::{Value, json};

/// `POST /auth/invite`.
pub async fn invite(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let identity = &call.state.identity;
    let roles = Roles::load(identity, call.project).await?;
    let who = call.who(&roles).await?;
    let user = who.signed_in().map_err(|_| Refused::error(StatusCode::UNAUTHORIZED, "Unauthorized"))?;
    check_tenancy(call)?;
    let mut fields = call.members()?;
    let (email, role, tenant) = (fields.text("email")?, fields.id("role_Id"), fields.id("tenant_Id"));
    let link = fields.text("link")?;
    let (Some(email), Some(role)) = (email, role) else { return Err(Refused::bad("Email and role are required")) };
    let tenant = tenant.ok_or_else(|| Refused::bad("Tenant ID is required"))?;
    let role = roles.find(&role).ok_or_else(|| Refused::bad("Role not found"))?;
    let new = NewInvitation {
        email,
        // The usual role is what everybody has; whoever may invite into it by name does so by name.
        role: (role.name != roles.usual().name || who.role.invites.contains(&role.name)).then(|| role.name.clone()),
        tenant: Some(tenant),
        redirect_url: page(link, "auth/accept-invite"),
    };
    let sent = identity.invite(call.project, Inviter::User(user), new, call.client, call.now).await;
    let sent = sent.map_err(|error| match error {
        IdentityError::RedirectRefused => Refused::bad("Invalid application URL"),
        IdentityError::Forbidden | IdentityError::NotAMember => {
            Refused::message(StatusCode::FORBIDDEN, "You don't have permission to invite users")
        }
        other => other.into(),
    })?;
    let invite = json!({"id": sent.id, "email": sent.email, "status": "pending", "expiresAt": sent.expires_at});
    Ok(answer(StatusCode::OK, &json!({"message": "Invitation sent successfully", "invite": invite, "data": invite})))
}

/// `GET /auth/verify-invite/{token}?link=`. Tells of the address only what the mail told.
pub async fn show(call: &Call<'_>, token: &str) -> Result<Response<Body>, Refused> {
    let identity = &call.state.identity;
    let invalid = |error: IdentityError| match error {
        IdentityError::InvalidToken => Refused::bad("Invalid or expired invitation"),
        other => other.into(),
    };
    let open = identity.read_invitation(call.project, token, call.now).await.map_err(invalid)?;
    let roles = Roles::load(identity, call.project).await?;
    let exists = identity.has_address(call.project, &open.email, call.client, call.now).await?;
    let role = roles.of(false, &open.role.into_iter().collect::<Vec<_>>());
    let role = json!({"id": role.id, "name": role.name});
    let name = match &open.tenant {
        Some(id) => identity.name_of_tenant(call.project, id).await?,
        None => None,
    };
    let tenant = open.tenant.as_ref().map_or(Value::Null, |id| json!({"id": id, "name": name}));
    let mut body = json!({"valid": true, "email": open.email, "userExists": exists, "tenant": tenant, "role": role});
    if let Some(link) = call.parameter("link") {
        let link = link.trim_end_matches('/');
        identity.check_redirect(call.project, link).await.map_err(|_| Refused::bad("Invalid application URL"))?;
        body["acceptUrl"] = json!(format!("{link}/auth/accept-invite/{token}"));
    }
    body["data"] = body.clone();
    Ok(answer(StatusCode::OK, &body))
}

/// `POST /auth/accept-invite`.
pub async fn accept(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?;
    let user = user.ok_or_else(|| Refused::error(StatusCode::UNAUTHORIZED, "Unauthorized"))?;
    let mut fields = call.members()?;
    let token = match fields.text("inviteToken")? {
        Some(token) => Some(token),
        None => fields.text("token")?,
    };
    let token = token.ok_or_else(|| Refused::bad("Invitation token is required"))?;
    let mode = Mode::of(fields.text("authMode")?.as_deref());
    let accepted = call.state.identity.accept_invitation(call.project, &user, &token, call.client, call.now).await;
    let result = accepted.map_err(|error| match error {
        IdentityError::InvalidToken => Refused::bad("Invalid or expired invitation"),
        IdentityError::Conflict { code: "invitation_of_another", .. } => {
            Refused::message(StatusCode::FORBIDDEN, "This invitation is for a different email address")
        }
        other => other.into(),
    })?;
    signed_in(call, &result, mode, Some("Invitation accepted successfully"), Extent::Whole).await
}
