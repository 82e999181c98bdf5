//! The caller's tenants.

use super::{
    super::super::{
        call::{Call, answer},
        error::Refused,
        role::Roles,
    },
    entry::{Extent, Mode, signed_in},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::IdentityError;
use serde_json::json;

/// 400 without tenants.
pub fn check_tenancy(call: &Call<'_>) -> Result<(), Refused> {
    if call.project.settings.tenancy.enabled {
        return Ok(());
    }
    Err(Refused::bad("Multi-tenant mode is not enabled"))
}

/// `GET /auth/tenants`.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?.ok_or_else(Refused::unauthorized)?;
    check_tenancy(call)?;
    let identity = &call.state.identity;
    let roles = Roles::load(identity, call.project).await?;
    let tenants = identity.my_tenants(call.project, &user).await?;
    let row = |tenant: &portcullis_identity::Tenant| {
        let role = match tenant.roles.first() {
            Some(_) => roles.of(false, &tenant.roles),
            None => roles.of(false, &user.roles),
        };
        json!({"id": tenant.id, "name": tenant.name, "role": {"id": role.id, "name": role.name}})
    };
    let rows: Vec<_> = tenants.iter().map(row).collect();
    Ok(answer(StatusCode::OK, &json!({"tenants": rows, "data": rows})))
}

/// `POST /auth/switch-tenant`.
pub async fn switch(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?.ok_or_else(Refused::unauthorized)?;
    check_tenancy(call)?;
    let mut fields = call.members()?;
    let tenant = fields.id("tenant_Id").ok_or_else(|| Refused::bad("Tenant ID is required"))?;
    let mode = match fields.text("authMode")? {
        Some(word) => Mode::of(Some(&word)),
        None if call.by_cookie() => Mode::Cookie,
        None => Mode::Jwt,
    };
    let switched = call.state.identity.switch_tenant(call.project, &user, &tenant, call.client, call.now).await;
    let result = switched.map_err(|error| match error {
        IdentityError::NotAMember => Refused::message(StatusCode::FORBIDDEN, "Access denied for specified tenant"),
        other => other.into(),
    })?;
    signed_in(call, &result, mode, None, Extent::Whole).await
}
