//! `/auth/tenant` and `/auth/tenants`: the tenants of the caller, and choosing one.

use super::{Call, Fields, invalid};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::Tenant;
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `POST {tenant_id}`: 200 and tokens for the other tenant; the session goes on in it.
pub async fn switch(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let tenant = fields.id("tenant_id")?;
    let tenant = tenant.ok_or_else(|| invalid("tenant_id", "missing_field", "`tenant_id` is required".to_owned()))?;
    fields.done()?;
    let result = call.state.identity.switch_tenant(call.project, &user, &tenant, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}

/// `GET`: `{"data": [{id, name, roles, current}]}`.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let caller = call.user().await?;
    let all = call.state.identity.my_tenants(call.project, &caller).await?;
    let view = |one: &Tenant| {
        value!({
            "id": one.id,
            "name": one.name,
            "roles": one.roles,
            "current": caller.tenant.as_deref() == Some(one.id.as_str()),
        })
    };
    let data: Vec<Value> = all.iter().map(view).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}
