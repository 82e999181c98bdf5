//! `/auth/mfa/...`: the authenticator app, the recovery codes, and the second step of a login.

use super::{Call, Fields, call::nothing};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::methods::SecondCode;
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `GET /auth/mfa`: which second factors one has.
pub async fn get(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let factors = call.state.identity.second_factors_of(call.project, &user.id).await?;
    let body = value!({
        "totp": factors.totp, "passkeys": factors.passkeys, "recovery_codes": factors.recovery_codes,
        "aal": if user.aal2 { "aal2" } else { "aal1" },
    });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// `POST mfa/totp/enroll {current_password?}`: the secret, as text, address and picture.
pub async fn enroll(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let current = fields.text(&["current_password", "password"])?.map(Secret::new);
    fields.done()?;
    let identity = &call.state.identity;
    let made = identity.enroll_totp(call.project, &user, current.as_ref(), call.client, call.now).await?;
    let body = value!({
        "secret": made.secret.expose(), "otpauth_url": made.url.expose(), "qr": made.qr.expose(),
    });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// `POST mfa/totp/confirm {code}`: the app counts from now on; recovery codes with the first factor.
pub async fn confirm(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let code = fields.required(&["code"])?;
    fields.done()?;
    let codes = call.state.identity.confirm_totp(call.project, &user, &code, call.client, call.now).await?;
    Ok(json(StatusCode::OK, value!({ "enabled": true, "recovery_codes": texts(&codes) }).to_string()))
}

/// `POST mfa/totp/verify {mfa_token, code | recovery_code}`: 200 and tokens.
pub async fn verify(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let ticket = fields.required(&["mfa_token"])?;
    let recovery = fields.text(&["recovery_code"])?;
    let code = match &recovery {
        Some(_) => String::new(),
        None => fields.required(&["code"])?,
    };
    fields.done()?;
    let code = match &recovery {
        Some(code) => SecondCode::Recovery(code),
        // Longer than any code of an app.
        None if code.trim().len() > 12 => SecondCode::Recovery(&code),
        None => SecondCode::Totp(&code),
    };
    let result = call.state.identity.second_step(call.project, &ticket, code, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}

/// `POST mfa/totp/disable`: 204.
pub async fn disable(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    Fields::json(&call.headers, &call.body)?.done()?;
    call.state.identity.disable_totp(call.project, &user, call.client, call.now).await?;
    Ok(nothing())
}

/// `GET mfa/recovery-codes`: how many are left.
pub async fn left(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let factors = call.state.identity.second_factors_of(call.project, &user.id).await?;
    Ok(json(StatusCode::OK, value!({ "left": factors.recovery_codes }).to_string()))
}

/// `POST mfa/recovery-codes`: new ones in place of the old; shown this once.
pub async fn regenerate(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    Fields::json(&call.headers, &call.body)?.done()?;
    let codes = call.state.identity.new_recovery_codes(call.project, &user, call.client, call.now).await?;
    Ok(json(StatusCode::OK, value!({ "recovery_codes": texts(&codes) }).to_string()))
}

pub fn texts(codes: &[Secret<String>]) -> Vec<Value> {
    codes.iter().map(|code| value!(code.expose())).collect()
}
