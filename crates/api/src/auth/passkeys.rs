//! `/auth/passkeys/...`: both halves of registration and login speak the browser's own JSON.

use super::{Call, Fields, call::nothing, invalid, mfa::texts};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::methods::passkey::{Begun, PasskeyInfo};
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `POST passkeys/register/begin {current_password?}`: `{ticket, options}`.
pub async fn begin_register(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let current = fields.text(&["current_password", "password"])?.map(Secret::new);
    fields.done()?;
    let identity = &call.state.identity;
    begun(&identity.begin_passkey(call.project, &user, current.as_ref(), call.client, call.now).await?)
}

/// `POST passkeys/register/finish {ticket, credential, name?}`: 201 and the passkey.
pub async fn finish_register(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (ticket, credential) = (fields.required(&["ticket"])?, credential(call)?);
    let name = fields.text(&["name"])?.unwrap_or_else(|| "passkey".to_owned());
    drop(fields.take("credential"));
    fields.done()?;
    let identity = &call.state.identity;
    let made = identity.finish_passkey(call.project, &user, &ticket, credential, &name, call.client, call.now).await?;
    let mut body = view(&made.info);
    if !made.recovery_codes.is_empty() {
        body["recovery_codes"] = Value::Array(texts(&made.recovery_codes));
    }
    Ok(json(StatusCode::CREATED, body.to_string()))
}

/// `POST passkeys/login/begin {mfa_token?}`: `{ticket, options}`; with a token as second step of a login.
pub async fn begin_login(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let half = fields.text(&["mfa_token"])?;
    fields.done()?;
    begun(&call.state.identity.begin_passkey_login(call.project, half.as_deref(), call.now).await?)
}

/// `POST passkeys/login/finish {ticket, credential, mfa_token?}`: 200 and tokens.
pub async fn finish_login(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (ticket, credential) = (fields.required(&["ticket"])?, credential(call)?);
    let half = fields.text(&["mfa_token"])?;
    drop(fields.take("credential"));
    fields.done()?;
    let identity = &call.state.identity;
    let half = half.as_deref();
    let result = identity.finish_passkey_login(call.project, half, &ticket, credential, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}

/// `GET passkeys`.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let all = call.state.identity.passkeys_of(call.project, &user.id).await?;
    let data: Vec<Value> = all.iter().map(view).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `PATCH passkeys/{id} {name}`.
pub async fn rename(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let name = fields.required(&["name"])?;
    fields.done()?;
    let renamed = call.state.identity.rename_passkey(call.project, &user, id, &name).await?;
    Ok(json(StatusCode::OK, view(&renamed).to_string()))
}

/// `DELETE passkeys/{id}`: 204.
pub async fn delete(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    call.state.identity.delete_passkey(call.project, &user, id, call.client, call.now).await?;
    Ok(nothing())
}

/// The browser's JSON as it came; the body was read as JSON before.
fn credential(call: &Call<'_>) -> Result<Value, ApiError> {
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    let credential = body.and_then(|mut body| body.get_mut("credential").map(Value::take));
    credential
        .filter(Value::is_object)
        .ok_or_else(|| invalid("credential", "missing_field", "`credential` is required, an object".to_owned()))
}

fn begun(begun: &Begun) -> Result<Response<Body>, ApiError> {
    let body = value!({ "ticket": begun.ticket.expose(), "options": begun.options });
    Ok(json(StatusCode::OK, body.to_string()))
}

fn view(key: &PasskeyInfo) -> Value {
    value!({
        "id": key.id, "name": key.name, "created_at": portcullis_identity::rfc3339(key.created_at),
        "last_used": key.last_used_at.map(portcullis_identity::rfc3339),
    })
}
